"""The store in memory: the same promises as on a database, until the process ends.

A write transaction copies a table when it first changes it and swaps the copies in on leaving; what only grows is
appended then. So a reader keeps the state that it began with, and a rollback is to drop the copies.
"""

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Generic, TypeVar

from abate.domain.audit import AuditOpening, AuditRecord, canonical, commitment, link
from abate.domain.errors import StoreError
from abate.domain.history import HistoryEvent, Step
from abate.domain.work import Job, JobKind, JobState
from abate.extend.clock import Clock
from abate.extend.counters import Counters
from abate.extend.store import (
    AuditLog,
    EntryChanges,
    HistoryLog,
    Jobs,
    KeptSignals,
    RuleEvents,
    RuleHits,
    Transaction,
)
from abate.stores.memory_changes import MemoryEntryChanges
from abate.stores.memory_rules import MemoryRuleEvents, MemoryRuleHits
from abate.stores.memory_signals import MemoryKeptSignals
from abate.stores.memory_tables import MemoryTables, time_of
from abate.stores.rules import (
    NESTED_WRITE,
    SALT_BYTES,
    UNFINISHED,
    check_job,
    check_job_where,
    check_views,
    lease_lost,
    no_opening,
    no_such_job,
)
from abate.stores.tables import RecordTables, TableSpec

T = TypeVar("T")


class MemoryRecords(Generic[T]):
    """The ``Records`` of one declaration."""

    def __init__(self, spec: TableSpec[T], tables: MemoryTables) -> None:
        self._spec = spec
        self._tables = tables

    def _taken(self, value: T) -> bool:
        rows: dict[str, T] = self._tables.seen(self._spec.name)
        return self._spec.key_of(value) in rows or self._shared(value)

    def _shared(self, value: T) -> bool:
        """Say whether another value holds one of the unique fields."""
        return any(
            getattr(other, name) == getattr(value, name)
            for name in self._spec.unique
            for key, other in self._tables.seen(self._spec.name).items()
            if key != self._spec.key_of(value)
        )

    def add(self, value: T) -> None:
        """Store a new value."""
        rows = self._tables.changed(self._spec.name)
        if self._taken(value):
            raise self._spec.taken(value)
        rows[self._spec.key_of(value)] = value

    def add_many(self, values: Iterable[T]) -> int:
        """Store the values whose key is free."""
        rows = self._tables.changed(self._spec.name)
        before = len(rows)
        for value in values:
            if not self._taken(value):
                rows[self._spec.key_of(value)] = value
        return len(rows) - before

    def put_many(self, values: Iterable[T]) -> None:
        """Store each value, in place of the one with its key."""
        self._spec.check_put()
        rows = self._tables.changed(self._spec.name)
        rows.update((self._spec.key_of(value), value) for value in values)

    def replace(self, value: T) -> None:
        """Store ``value`` in place of the one with its key."""
        rows = self._tables.changed(self._spec.name)
        self._spec.check_change(self.get(self._spec.key_of(value)), value)
        if self._shared(value):
            raise self._spec.taken(value)
        rows[self._spec.key_of(value)] = value

    def remove(self, key: str) -> None:
        """Delete a value."""
        self._spec.check_removal(key)
        if self._tables.changed(self._spec.name).pop(key, None) is None:
            raise self._spec.missing(key)

    def get(self, key: str) -> T:
        """Return the value under ``key``."""
        rows: dict[str, T] = self._tables.seen(self._spec.name)
        if key not in rows:
            raise self._spec.missing(key)
        return rows[key]

    def get_many(self, keys: Iterable[str]) -> list[T]:
        """Return the values under those of ``keys`` that are there."""
        rows: dict[str, T] = self._tables.seen(self._spec.name)
        wanted = {key for key in keys if key in rows}
        return [value for key, value in rows.items() if key in wanted] if wanted else []

    def find(self, *, limit: int | None = None, **where: str) -> list[T]:
        """Return the values that match, oldest first."""
        return list(islice(self._matching(where), limit))

    def count(self, **where: str) -> int:
        """Return how many values match."""
        return sum(1 for _ in self._matching(where))

    def _matching(self, where: Mapping[str, str]) -> Iterator[T]:
        self._spec.check_where(where)
        rows: dict[str, T] = self._tables.seen(self._spec.name)
        return (value for value in rows.values() if all(getattr(value, name) == text for name, text in where.items()))


class MemoryJobs:
    """The ``Jobs`` of one transaction."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def add(self, job: Job) -> bool:
        """Store a job; False when its key is known."""
        check_job(job)
        rows = self._tables.changed("jobs")
        if job.key in rows:
            return False
        rows[job.key] = job
        return True

    def claim(self, kinds: Sequence[JobKind], *, worker: str, limit: int, lease: timedelta) -> list[Job]:
        """Take up to ``limit`` jobs that are due."""
        now = self._tables.now()
        due = sorted((job for job in self._all() if job.kind in kinds and _is_due(job, now)), key=_when)
        claimed = [
            replace(job, state=JobState.RUNNING, worker=worker, lease_until=now + lease, attempts=job.attempts + 1)
            for job in due[:limit]
        ]
        self._tables.changed("jobs").update({job.key: job for job in claimed})
        return claimed

    def _all(self) -> list[Job]:
        return list(self._tables.seen("jobs").values())

    def finish(self, key: str, *, worker: str) -> None:
        """Mark a claimed job done."""
        self._put(replace(self._held(key, worker), state=JobState.DONE, lease_until=None))

    def postpone(self, key: str, *, worker: str, run_at: datetime, note: str) -> None:
        """Give a claimed job back."""
        held = self._held(key, worker)
        self._put(replace(held, state=JobState.READY, worker="", lease_until=None, run_at=run_at, note=note))

    def bury(self, key: str, *, worker: str, note: str) -> None:
        """Give a claimed job up."""
        self._put(replace(self._held(key, worker), state=JobState.DEAD, lease_until=None, note=note))

    def _held(self, key: str, worker: str) -> Job:
        job = self.get(key)
        if job.state is not JobState.RUNNING or job.worker != worker:
            raise lease_lost(job, worker)
        return job

    def _put(self, job: Job) -> None:
        self._tables.changed("jobs")[job.key] = job

    def cancel(self, key: str) -> bool:
        """Mark a job that has not finished as done without running it."""
        job: Job | None = self._tables.changed("jobs").get(key)
        if job is None or job.state not in UNFINISHED:
            return False
        self._put(replace(job, state=JobState.DONE, lease_until=None))
        return True

    def get(self, key: str) -> Job:
        """Return a job."""
        job: Job | None = self._tables.seen("jobs").get(key)
        if job is None:
            raise no_such_job(key)
        return job

    def find(self, *, limit: int | None = None, **where: str) -> list[Job]:
        """Return the jobs that match, by ``run_at``."""
        check_job_where(where)
        found = (job for job in self._all() if all(getattr(job, name) == text for name, text in where.items()))
        return sorted(found, key=_when)[:limit]


def _when(job: Job) -> datetime:
    return job.run_at


def _is_due(job: Job, now: datetime) -> bool:
    if job.state is JobState.RUNNING:
        return job.lease_until is not None and job.lease_until <= now
    return job.state is JobState.READY and job.run_at <= now


class MemoryAudit:
    """The ``AuditLog`` of one transaction."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def append(self, *, at: datetime, tag: str, subject: str, body: Mapping[str, object]) -> AuditRecord:
        """Link a record to the chain."""
        chain = self._tables.grow("audit")
        salt = secrets.token_hex(SALT_BYTES)
        previous: AuditRecord | None = self._tables.last("audit")
        record = link(previous=previous, at=at, tag=tag, subject=subject, committed=commitment(salt, body))
        opening = AuditOpening(seq=record.seq, salt=salt, body=canonical(body).decode())
        self._tables.changed("openings")[record.seq] = opening
        chain.append(record)
        return record

    def read(self, *, after: int = 0, limit: int | None = None) -> list[AuditRecord]:
        """Return the records with ``seq > after``, in order."""
        return list(islice((record for record in self._tables.log("audit") if record.seq > after), limit))

    def opening(self, seq: int) -> AuditOpening:
        """Return what opens a record's commitment."""
        found: AuditOpening | None = self._tables.seen("openings").get(seq)
        if found is None:
            raise no_opening(seq)
        return found

    def forget(self, seq: int) -> None:
        """Destroy a record's opening."""
        self._tables.changed("openings").pop(seq, None)


class MemoryHistory:
    """The ``HistoryLog`` of one transaction."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def append(self, events: Iterable[HistoryEvent]) -> None:
        """Add events."""
        log = self._tables.grow("history")
        for event in events:
            check_views(event)
            log.append(event)

    def read(self, *, steps: Sequence[Step] = (), limit: int | None = None) -> list[HistoryEvent]:
        """Return events in the order they were appended."""
        wanted = (event for event in self._tables.log("history") if not steps or event.step in steps)
        return list(islice(wanted, limit))

    def newest(self) -> int:
        """Return how many events there are."""
        return self._tables.size("history")

    def batches(self, size: int) -> Iterator[list[HistoryEvent]]:
        """Yield all events in lists of at most ``size``."""
        events = self._tables.log("history")
        while batch := list(islice(events, size)):
            yield batch


class MemoryCounters:
    """The ``Counters`` of one transaction."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def add(self, key: str, at: datetime) -> None:
        """Count one event."""
        self._tables.grow("counters").append((key, at))

    def since(self, key: str, start: datetime) -> int:
        """Return how many events of ``key`` happened at or after ``start``."""
        return sum(1 for name, at in self._tables.log("counters") if name == key and at >= start)


class MemoryTransaction(RecordTables):
    """The tables of one transaction in memory."""

    def __init__(self, tables: MemoryTables) -> None:
        super().__init__(lambda spec: MemoryRecords(spec, tables))
        self.jobs: Jobs = MemoryJobs(tables)
        self.entry_changes: EntryChanges = MemoryEntryChanges(tables)
        self.signals: KeptSignals = MemoryKeptSignals(tables)
        self.rule_events: RuleEvents = MemoryRuleEvents(tables)
        self.rule_hits: RuleHits = MemoryRuleHits(tables)
        self.audit: AuditLog = MemoryAudit(tables)
        self.history: HistoryLog = MemoryHistory(tables)
        self.counters: Counters = MemoryCounters(tables)


class MemoryStore:
    """The ``Store`` in memory; safe to share between threads.

    :param clock: the store's time; the machine's where it is left out
    """

    name = "memory"

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock
        self._tables: dict[str, dict[Any, Any]] = {}
        self._logs: dict[str, list[Any]] = {}
        self._writer = threading.Lock()
        self._swap = threading.Lock()
        self._mine = threading.local()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that sees one state and writes nothing."""
        view = self._view(writable=False)
        try:
            yield MemoryTransaction(view)
        finally:
            view.ended = True

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open the one write transaction."""
        if getattr(self._mine, "writing", False):
            raise StoreError(NESTED_WRITE)
        with self._writer:
            self._mine.writing = True
            view = self._view(writable=True)
            try:
                yield MemoryTransaction(view)
                self._commit(view)
            finally:
                view.ended = True
                self._mine.writing = False

    def _view(self, *, writable: bool) -> MemoryTables:
        with self._swap:
            return MemoryTables(self._tables, self._logs, writable=writable, clock=self._clock)

    def _commit(self, view: MemoryTables) -> None:
        with self._swap:
            self._tables = self._tables | view.copies
            for name, grown in view.grown.items():
                self._logs.setdefault(name, []).extend(grown)

    def now(self) -> datetime:
        """Return the store's time."""
        return time_of(self._clock)

    def migrate(self) -> None:
        """Do nothing: the tables are always of this version."""

    def close(self) -> None:
        """Do nothing: what it held goes with it."""
