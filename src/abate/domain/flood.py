"""An entry that suddenly matches everything: how often each is met, and what is set aside because of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware, optional_aware


@dataclass(frozen=True, kw_only=True, slots=True)
class TallyStep:
    """What was counted in one step of time."""

    at: datetime
    """When the step began."""
    count: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class TallyAccount:
    """How much of a tally one account brought."""

    digest: str
    """A hash of platform and account, long enough to tell them apart and of no other use."""
    at: datetime
    """When it last brought something."""
    count: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How often an entry was met of late, or how many items came in at all. Bounded, whatever is counted."""

    id: str
    """The entry's identifier, or a word of its own for the stream."""
    steps: tuple[TallyStep, ...] = ()
    """The steps of the present window that counted anything, oldest first."""
    accounts: tuple[TallyAccount, ...] = ()
    """The accounts within the window, as many as are needed to tell many from one."""
    peaks: tuple[TallyStep, ...] = ()
    """The highest window of each of the last days, by the day's midnight, oldest first: what is usual for it."""


class QuarantineState(StrEnum):
    """Where an entry that was set aside stands."""

    OPEN = "open"
    """A lead has to look; until then its matches go to people."""
    RELEASED = "released"
    """A lead looked and let it act again."""
    NEGATED = "negated"
    """A lead looked, and made it a negative entry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantine:
    """An entry set aside because it suddenly matched too much."""

    id: str
    entry: str
    bank: str
    state: QuarantineState = QuarantineState.OPEN
    opened_at: datetime
    items: int
    """Items that met it within the window."""
    seen: int
    """Items that came in within the window."""
    usual: int
    """The most that met it within one window of the days before."""
    run: str = ""
    """The retro run that met it so often; ``items`` and ``seen`` are then of the history that it had read."""
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""
    """Why it was released or made negative."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "opened_at", aware(self.opened_at, "opened_at"))
        object.__setattr__(self, "closed_at", optional_aware(self.closed_at, "closed_at"))
