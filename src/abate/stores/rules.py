"""What every store refuses alike, and the sentences it refuses with."""

import json
from collections.abc import Collection, Mapping

from abate.domain.errors import ConflictError, InputError, NotFoundError, StoreError
from abate.domain.history import HistoryEvent
from abate.domain.work import Job, JobState

SALT_BYTES = 32
"""As long as the digest: a commitment to one of few possible bodies cannot be opened by trying them."""

MOST_VIEWS = 2**63 - 1
"""What a database's whole number holds; a platform that reports more reports nonsense."""

JOB_FIELDS = ("kind", "state", "subject")
"""What jobs can be searched by."""

UNFINISHED = (JobState.READY, JobState.RUNNING)
"""States that a cancellation ends. A dead job was tried, and may have reached the platform: a person looks at it."""

HOUR = 3_600_000_000
"""Microseconds; the unit of the times of rules' events and hits."""

LONGEST_JOB_TEXT = 250
"""Characters of a job's key and of its subject: both are indexed as they are."""


NESTED_WRITE = "this thread already has a write transaction open and would wait for itself; pass that one on"


def check_job(job: Job) -> None:
    """Refuse a key or subject that is too long to be indexed.

    :raises InputError: naming the field
    """
    for name in ("key", "subject"):
        if len(getattr(job, name)) > LONGEST_JOB_TEXT:
            msg = (
                f"a job's {name} is over {LONGEST_JOB_TEXT} characters long; refer to its matter by a short identifier"
            )
            raise InputError(msg, where=name)


def check_job_where(where: Mapping[str, str]) -> None:
    """Refuse a question about a field that jobs are not searched by.

    :raises TypeError: naming the field and those that can be asked for
    """
    for name in where:
        if name not in JOB_FIELDS:
            msg = f"jobs cannot be searched by {name!r}; they can by {', '.join(JOB_FIELDS)}"
            raise TypeError(msg)


def lease_lost(job: Job, worker: str) -> ConflictError:
    """Return the error for a worker that no longer holds ``job``."""
    now = f"held by {job.worker!r}" if job.state is JobState.RUNNING else str(job.state)
    return ConflictError(f"job {job.key!r} is no longer held by {worker!r}: it is {now}; leave it and claim again")


def no_such_job(key: str) -> NotFoundError:
    """Return the error for a job that is not there."""
    return NotFoundError(f"there is no job {key!r}; list the jobs and name one of those")


def check_writable(*, writable: bool, ended: bool) -> None:
    """Refuse a change inside a transaction that only reads, or after its end.

    :raises StoreError: with the way to open one that writes
    """
    if ended:
        msg = "this transaction has ended and nothing was changed; open another with store.write()"
        raise StoreError(msg)
    if not writable:
        msg = "this transaction was opened for reading and nothing was changed; open it with store.write()"
        raise StoreError(msg)


def no_opening(seq: int) -> NotFoundError:
    """Return the error for an opening that is not there."""
    return NotFoundError(f"audit record {seq} has no opening: it was destroyed on its date, or there is no such record")


def check_views(event: HistoryEvent) -> None:
    """Refuse a number of views that no database holds.

    :raises InputError: naming the item
    """
    if event.views is not None and abs(event.views) > MOST_VIEWS:
        msg = "views is larger than any platform's; leave the field out or send the true number"
        raise InputError(msg, where=f"item {event.item}")


def without(body: str, fields: Collection[str]) -> str:
    """Return the JSON of an event record without some of its fields; as it stands where it is no such JSON."""
    try:
        held = json.loads(body)
    except ValueError:
        return body
    if not isinstance(held, dict):
        return body
    left = {name: value for name, value in held.items() if name not in fields}
    return json.dumps(left, ensure_ascii=False, separators=(",", ":"))
