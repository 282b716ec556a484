"""What measurement reads: every step of the loop as an event, and what was seen where and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware, optional_aware


class Step(StrEnum):
    """A step of the loop that leaves a trace in the history."""

    RECEIVED = "received"
    MATCHED = "matched"
    PROPOSED = "proposed"
    OPENED = "opened"
    DECIDED = "decided"
    ACTED = "acted"
    UNDONE = "undone"
    HELD = "held"
    REACTED = "reacted"
    """Somebody followed or read: one pseudonym of the audience."""
    CHECKED = "checked"
    """A channel was looked at, and answered or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEvent:
    """One step, with the columns that measurement counts by. No text, no name, no cross-platform identity."""

    at: datetime
    step: Step
    item: str = ""
    platform: str = ""
    channel: str = ""
    group: str = ""
    """The organisation of the bank that matched; empty for anything else."""
    language: str = ""
    kind: str = ""
    posted_at: datetime | None = None
    audience: str = ""
    """Pseudonym of one follower or reader within this platform."""
    views: int | None = None
    detail: str = ""
    """The step's own word: a verdict, an effect, a check's result."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))
        object.__setattr__(self, "posted_at", optional_aware(self.posted_at, "posted_at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervention:
    """Something done at a date that measurement should know about; ``collector…`` kinds mark a change of instrument."""

    id: str
    date: datetime
    platform: str
    kind: str
    end: datetime | None = None
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "date", aware(self.date, "date"))
        object.__setattr__(self, "end", optional_aware(self.end, "end"))
