"""What is done about an item, its result and its undo; and the evidence that is kept of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware, optional_aware


class Effect(StrEnum):
    """What the platform is asked to do."""

    LIMIT = "limit"
    REMOVE = "remove"
    RESTORE = "restore"
    """The undo of the other two."""


class ActionState(StrEnum):
    """How far an action has come."""

    PENDING = "pending"
    """Committed with its decision, not yet sent."""
    SENT = "sent"
    """The connector accepted it."""
    SIMULATED = "simulated"
    """Would have been sent: the simulated consequences were in force."""
    CANCELLED = "cancelled"
    """Taken back before anything left."""
    FAILED = "failed"
    """Given up after the last attempt; waits on the dead-letter page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One effect on one item, asked of one connector."""

    id: str
    """Also the idempotency key under which the connector sends it."""
    decision: str
    item: str
    effect: Effect
    connector: str
    state: ActionState = ActionState.PENDING
    created_at: datetime
    until: datetime | None = None
    """When a limit ends by itself; required of automatic ones (at most 24 hours)."""
    undoes: str = ""
    """The action that this one takes back."""
    result: str = ""
    """What the connector answered, one sentence."""
    tries: int = 0
    """How often the connector was really asked."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, "created_at"))
        object.__setattr__(self, "until", optional_aware(self.until, "until"))


class HoldState(StrEnum):
    """What became of held evidence."""

    HELD = "held"
    DESTROYED = "destroyed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """Evidence kept sealed until its date. Source: Regulation (EU) 2021/784, Article 6."""

    id: str
    item: str
    action: str
    """The removal that it belongs to."""
    purposes: tuple[str, ...]
    """From the closed list in ``compliance.preservation``."""
    sealed: str
    """The vault's address of the sealed bytes; empty where the item had none at hand (the reason is in ``note``)."""
    placed_at: datetime
    expires_at: datetime
    state: HoldState = HoldState.HELD
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "placed_at", aware(self.placed_at, "placed_at"))
        object.__setattr__(self, "expires_at", aware(self.expires_at, "expires_at"))
