"""An operator's rules as they are kept: versions and their lives, the events they are tried on, what they hit.

A version is what a rule says, by the hash of it: whoever changes a word has another version, which has been tried on
nothing yet. What a version leads to is decided by its state, and each change of state is a record that stays.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware, optional_aware
from abate.domain.verdict import Verdict


class RuleState(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    """Kept, and asked nothing."""
    SHADOW = "shadow"
    """Asked about every item; its hits are kept and lead to nothing."""
    LIVE = "live"
    """Its hits propose, for its share of the accounts."""
    RETIRED = "retired"
    """Kept for the record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleVersion:
    """One version of one rule, and how it stands."""

    id: str
    """SHA-256 of what the rule says, 64 hex digits (``policy.rules.tree.Rule.version``)."""
    name: str
    text: str
    """The ``rule(…)`` call as its author wrote it."""
    created_at: datetime
    created_by: str
    state: RuleState = RuleState.DRAFT
    since: datetime
    """When it came into this state."""
    share: int = 0
    """Percent of the accounts that a live version is asked about, 1 to 100; 0 for one that is not live."""
    replaces: str = ""
    """The version of the same name that was live when this one went live; empty for none."""
    backtest: str = ""
    """The backtest that it was asked to go live with; empty before."""
    asked_at: datetime | None = None
    """Since when it waits for a second person; ``None`` where it does not wait."""
    asked_by: str = ""
    asked_share: int = 0
    """The share that it is to go live with."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, "created_at"))
        object.__setattr__(self, "since", aware(self.since, "since"))
        object.__setattr__(self, "asked_at", optional_aware(self.asked_at, "asked_at"))


class RuleStep(StrEnum):
    """What happened to a version."""

    DRAFTED = "drafted"
    SHADOWED = "shadowed"
    ASKED = "asked"
    """Somebody wants it live, and names the backtest."""
    WITHDRAWN = "withdrawn"
    """It is not asked for any more."""
    APPROVED = "approved"
    """A second person let it go live."""
    COOLED_OFF = "cooled_off"
    """In a team of one, the same person let it go live a day later."""
    SHARED = "shared"
    """Its share of the accounts was changed."""
    RETIRED = "retired"
    REPLACED = "replaced"
    """A newer version of its name took over all accounts."""
    ROLLED_BACK = "rolled_back"
    """It was retired at once, and what it had replaced is live again."""
    RESTORED = "restored"
    """It is live again because its successor was rolled back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleChange:
    """One step in the life of a version. Added, never changed."""

    id: str
    rule: str
    """The version."""
    name: str
    step: RuleStep
    at: datetime
    by: str
    share: int = 0
    backtest: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Backtest:
    """What a version would have done, as it was measured once. Added, never changed."""

    id: str
    rule: str
    """The version."""
    ran_at: datetime
    by: str
    since: datetime
    until: datetime
    events: int
    """Items that came in between."""
    hits: int
    report: str
    """The whole result as canonical JSON."""

    def __post_init__(self) -> None:
        for name in ("ran_at", "since", "until"):
            object.__setattr__(self, name, aware(getattr(self, name), name))


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleEvent:
    """What rules could read of an item when it came in. Kept without its words and address, which stand in the item."""

    item: str
    at: int
    """When abate received it: microseconds since 1970 in UTC, never falling as ``seq`` rises."""
    body: str
    """JSON of field → value, as ``policy.rules.event.record`` made it, without ``item.text`` and ``item.url``."""
    seq: int = 0
    """The order of receipt, from 1; given by the store."""
    text: str = ""
    """The item's words, where they were asked for and are still there."""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleHit:
    """A version fired on an item that came in."""

    event: int
    """The event's ``seq``."""
    rule: str
    """The version."""
    item: str
    at: int
    """As the event's."""
    live: bool
    """Whether it counted: a version in shadow, or out of its share, counts for nothing."""
    verdict: Verdict
    """What it proposed, or would have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PastCounts:
    """What rules may know of an account or a channel of this platform besides its items. Counts, and nothing else."""

    id: str
    """``account:PLATFORM:NAME`` or ``channel:PLATFORM:NAME``, each part with its length before it."""
    created_at: datetime | None = None
    """When the platform says that it was made."""
    items: int = 0
    """Items of it that came in."""
    removed: int = 0
    """Of these, the ones that a person removed and nobody restored."""
    members: int | None = None
    """Of a channel, as the platform last said."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", optional_aware(self.created_at, "created_at"))
