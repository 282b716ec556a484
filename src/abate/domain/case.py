"""What a person has to decide, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.bank import Match
from abate.domain.scan import Proposal, Verdict
from abate.domain.signal import NO_CONTEXT, Context, Language, Mention, Score
from abate.domain.times import aware


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    DECIDED = "decided"


class Ground(StrEnum):
    """The primary legal basis of a decision: exactly one. The closed list of the compliance specification."""

    TCO_ART3 = "TCO_ART3"
    TCO_ART5 = "TCO_ART5"
    DSA_ART9 = "DSA_ART9"
    DSA_ART10 = "DSA_ART10"
    DSA_ART16 = "DSA_ART16"
    DSA_ART22 = "DSA_ART22"
    TERMS = "TC"
    UK_TA2006_S3 = "UK_TA2006_S3"
    AU_CC_474_34 = "AU_CC_474_34"
    OTHER_NOTIFICATION = "OTHER_NOTIFICATION"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A thing for a person: one item that the rules, an order or a report put before a reviewer."""

    id: str
    item: str
    """The item's identifier."""
    state: CaseState = CaseState.OPEN
    opened_at: datetime
    proposal: Proposal
    matches: tuple[Match, ...] = ()
    mentions: tuple[Mention, ...] = ()
    scores: tuple[Score, ...] = ()
    language: Language | None = None
    context: Context = NO_CONTEXT
    decision: str = ""
    """The identifier of the decision in force; empty while open."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "opened_at", aware(self.opened_at, "opened_at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a person decided, on which ground. Decisions are added, never changed: an undo is one more decision."""

    id: str
    case: str
    item: str
    by: str
    """The deciding user's identifier (pseudonymous outside the access room); ``automatic`` for the rules."""
    at: datetime
    verdict: Verdict
    """``none`` keeps the item up; ``limit`` and ``remove`` act on it."""
    ground: Ground = Ground.TERMS
    note: str = ""
    reverses: str = ""
    """The decision that this one takes back; empty otherwise."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))


AUTOMATIC = "automatic"
"""The ``by`` of what the rules did without a person."""
