"""Work that must happen even if the process dies: jobs with leases. The outbox and the alarms are jobs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware, optional_aware


class JobState(StrEnum):
    """Where a job stands."""

    READY = "ready"
    RUNNING = "running"
    """Claimed under a lease; when the lease runs out it can be claimed again."""
    DONE = "done"
    DEAD = "dead"
    """Given up after its last attempt; waits for a person."""


class JobKind(StrEnum):
    """What a job does."""

    DELIVER = "deliver"
    """Send an action through its connector; the subject is the action."""
    ALARM = "alarm"
    """Ring because a deadline nears; the subject is the deadline's."""
    EXPIRE = "expire"
    """End a limit or destroy held evidence on its date."""
    RETRO = "retro"
    """Hold new entries against history; the subject is the run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A piece of work, committed in the same transaction as its cause."""

    key: str
    """Unique: adding the same key twice does nothing, so a retried cause never doubles its effect."""
    kind: JobKind
    subject: str
    run_at: datetime
    state: JobState = JobState.READY
    attempts: int = 0
    worker: str = ""
    lease_until: datetime | None = None
    note: str = ""
    """The last failure, one sentence."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "run_at", aware(self.run_at, "run_at"))
        object.__setattr__(self, "lease_until", optional_aware(self.lease_until, "lease_until"))
