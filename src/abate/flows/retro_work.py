"""Who works on retro runs: one worker a run, for as long as it renews its lease."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from abate.domain.errors import ConflictError
from abate.domain.retro import RetroState
from abate.domain.work import Job, JobKind, JobState
from abate.flows.kit import Kit
from abate.flows.retro import Pause, carry_on, go_on, never

LEASE: Final = timedelta(seconds=120)
"""How long a run that a worker left behind waits for the next. Reading a bank of a million entries fits into it."""
RENEW_AFTER_S: Final = 20.0


def work(kit: Kit, *, worker: str, pause: Pause = go_on, enough: Callable[[], bool] = never) -> int:
    """Work on the run that waits longest until it is done or it is ``enough``; return how many there were: 0 or 1."""
    with kit.store.write() as tx:
        jobs = tx.jobs.claim([JobKind.RETRO], worker=worker, limit=1, lease=LEASE)
    for job in jobs:
        held = _Held(kit, job, worker)
        run = carry_on(kit, job.subject, pause=pause, enough=lambda held=held: enough() or held.is_lost())  # type: ignore[misc]  # a default argument binds it
        held.leave(done=run.state is RetroState.DONE)
    return len(jobs)


class _Held:
    """A claimed job whose lease is renewed as long as its worker lives: by giving it back and taking it again."""

    def __init__(self, kit: Kit, job: Job, worker: str) -> None:
        self._kit, self._job, self._worker = kit, job, worker
        self._renew_at = time.monotonic() + RENEW_AFTER_S
        self._lost = False

    def is_lost(self) -> bool:
        """Renew the lease when it is time; say whether another worker has the run now, or an older run comes first."""
        if not self._lost and time.monotonic() >= self._renew_at:
            self._lost = not self._renewed()
            self._renew_at = time.monotonic() + RENEW_AFTER_S
        return self._lost

    def _renewed(self) -> bool:
        job, worker = self._job, self._worker
        with suppress(ConflictError), self._kit.store.write() as tx:
            tx.jobs.postpone(job.key, worker=worker, run_at=job.run_at, note="goes on")
            for claimed in tx.jobs.claim([JobKind.RETRO], worker=worker, limit=1, lease=LEASE):
                if claimed.key == job.key:
                    return True
                tx.jobs.postpone(claimed.key, worker=worker, run_at=claimed.run_at, note="")
        return False

    def leave(self, *, done: bool) -> None:
        """Finish the job, or give it back for the next worker; nothing where another has it."""
        job, worker = self._job, self._worker
        with suppress(ConflictError), self._kit.store.write() as tx:
            if done:
                tx.jobs.finish(job.key, worker=worker)
            else:
                tx.jobs.postpone(job.key, worker=worker, run_at=job.run_at, note="goes on")


def is_due(kit: Kit) -> bool:
    """Say whether a run waits for a worker, or was left by one."""
    with kit.store.read() as tx:
        left = tx.jobs.find(kind=JobKind.RETRO.value, state=JobState.RUNNING.value, limit=1)
        ready = tx.jobs.find(kind=JobKind.RETRO.value, state=JobState.READY.value, limit=1)
    now = kit.store.now()
    return any(job.run_at <= now for job in ready) or any(job.lease_until and job.lease_until <= now for job in left)
