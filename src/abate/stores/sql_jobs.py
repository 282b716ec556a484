"""The job table in a database: one claim statement, leases by the database's time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import Row

from abate.domain.work import Job, JobKind, JobState
from abate.stores.codec import escape, optional_read_time, optional_time_text, read_time, read_word, time_text, unescape
from abate.stores.rules import UNFINISHED, check_job, check_job_where, lease_lost, no_such_job
from abate.stores.schema import JOBS
from abate.stores.wire import Wire, insert_or_pass


class SqlJobs:
    """The ``Jobs`` of one transaction."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def add(self, job: Job) -> bool:
        """Store a job; False when its key is known."""
        check_job(job)
        return bool(self._wire.change(insert_or_pass(self._wire.engine, JOBS), _row(job)).rowcount)

    def claim(self, kinds: Sequence[JobKind], *, worker: str, limit: int, lease: timedelta) -> list[Job]:
        """Take up to ``limit`` jobs that are due."""
        now = self._wire.now()
        moment = time_text(now)
        ready = and_(JOBS.c.state == JobState.READY, JOBS.c.run_at <= moment)
        left = and_(JOBS.c.state == JobState.RUNNING, JOBS.c.lease_until <= moment)
        due = select(JOBS.c.seq).where(JOBS.c.kind.in_([*kinds]), or_(ready, left)).order_by(JOBS.c.run_at, JOBS.c.seq)
        # The lock clause exists on PostgreSQL only; SQLite has one writer and needs none.
        due = due.limit(limit).with_for_update(skip_locked=True)
        claim = update(JOBS).where(JOBS.c.seq.in_(due.scalar_subquery()))
        claimed = claim.values(
            state=JobState.RUNNING,
            worker=escape(worker),
            lease_until=time_text(now + lease),
            attempts=JOBS.c.attempts + 1,
        ).returning(*JOBS.c)
        rows = self._wire.change(claimed).all()
        return [_job(row) for row in sorted(rows, key=lambda row: (row.run_at, row.seq))]

    def finish(self, key: str, *, worker: str) -> None:
        """Mark a claimed job done."""
        self._leave(key, worker, state=JobState.DONE)

    def postpone(self, key: str, *, worker: str, run_at: datetime, note: str) -> None:
        """Give a claimed job back."""
        self._leave(key, worker, state=JobState.READY, worker="", run_at=time_text(run_at), note=escape(note))

    def bury(self, key: str, *, worker: str, note: str) -> None:
        """Give a claimed job up."""
        self._leave(key, worker, state=JobState.DEAD, note=escape(note))

    def _leave(self, key: str, held_by: str, **values: str) -> None:
        held = update(JOBS).where(
            JOBS.c.key == escape(key), JOBS.c.state == JobState.RUNNING, JOBS.c.worker == escape(held_by)
        )
        if not self._wire.change(held.values(lease_until=None, **values)).rowcount:
            raise lease_lost(self.get(key), held_by)

    def cancel(self, key: str) -> bool:
        """Mark a job that has not finished as done without running it."""
        waiting = update(JOBS).where(JOBS.c.key == escape(key), JOBS.c.state.in_(UNFINISHED))
        return bool(self._wire.change(waiting.values(state=JobState.DONE, lease_until=None)).rowcount)

    def get(self, key: str) -> Job:
        """Return a job."""
        rows = self._wire.rows(select(JOBS).where(JOBS.c.key == escape(key)))
        if not rows:
            raise no_such_job(key)
        return _job(rows[0])

    def find(self, *, limit: int | None = None, **where: str) -> list[Job]:
        """Return the jobs that match, by ``run_at``."""
        check_job_where(where)
        asked = select(JOBS).order_by(JOBS.c.run_at, JOBS.c.seq).limit(limit)
        asked = asked.where(*(JOBS.c[name] == escape(text) for name, text in where.items()))
        return [_job(row) for row in self._wire.rows(asked)]


def _row(job: Job) -> dict[str, Any]:
    return {
        "key": escape(job.key),
        "kind": job.kind.value,
        "subject": escape(job.subject),
        "run_at": time_text(job.run_at),
        "state": job.state.value,
        "attempts": job.attempts,
        "worker": escape(job.worker),
        "lease_until": optional_time_text(job.lease_until),
        "note": escape(job.note),
    }


def _job(row: Row[Any]) -> Job:
    return Job(
        key=unescape(row.key),
        kind=read_word(JobKind, row.kind),
        subject=unescape(row.subject),
        run_at=read_time(row.run_at),
        state=read_word(JobState, row.state),
        attempts=row.attempts,
        worker=unescape(row.worker),
        lease_until=optional_read_time(row.lease_until),
        note=unescape(row.note),
    )
