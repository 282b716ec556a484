"""The law's words for a removal order and for a deadline. Transitions live in ``compliance.removal_order``."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware, optional_aware


class OrderState(StrEnum):
    """Where a removal order stands."""

    RECEIVED = "received"
    NEEDS_CLARIFICATION = "needs_clarification"
    """Article 3(8): manifest errors or too little information; the clock waits for the answer."""
    IMPOSSIBLE = "impossible"
    """Article 3(7): force majeure or de facto impossibility; the clock waits for the ground to end."""
    EXECUTED = "executed"
    """Every item is removed or disabled."""
    REPLIED = "replied"
    """Feedback (Annex II) sent to the authority."""
    NOT_AN_ORDER = "not_an_order"
    """A person found that it is no removal order under the Regulation."""


class Authentication(StrEnum):
    """What checking the sender gave."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


class ClockEventKind(StrEnum):
    """What moves the statutory clock."""

    STARTED = "started"
    PAUSED = "paused"
    RESTARTED = "restarted"
    """A full hour runs again from here (Article 3(7) and (8))."""
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockEvent:
    """One movement of an order's clock; the list of them is the clock report."""

    kind: ClockEventKind
    at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovalOrder:
    """A removal order under Article 3 of Regulation (EU) 2021/784.

    ``received_at``, ``received_text`` and ``raw_sha256`` never change once stored: the store enforces it too.
    """

    id: str
    received_at: datetime
    received_text: str
    """The receipt time as it was written, with its original offset."""
    raw_sha256: str
    """SHA-256 of the message as it came in."""
    authority: str
    authority_reference: str
    issuing_state: str
    """ISO 3166-1 alpha-2 code of the Member State."""
    authentication: Authentication = Authentication.UNVERIFIED
    items: tuple[str, ...] = ()
    """Identifiers of the items to remove: those named, and those found behind the addresses."""
    urls: tuple[str, ...] = ()
    material_types: tuple[str, ...] = ()
    """Codes of Article 2(7), see ``compliance.removal_order.MATERIAL_TYPES``."""
    reasons: str = ""
    state: OrderState = OrderState.RECEIVED
    clock: tuple[ClockEvent, ...] = ()
    executing_since: datetime | None = None
    """When a person had its items removed; the clock stops once the platform did it."""
    executed_at: datetime | None = None
    replied_at: datetime | None = None
    reply: str = ""
    """What was answered to the authority, or a reference to it."""

    def __post_init__(self) -> None:
        for name in ("received_at", "executing_since", "executed_at", "replied_at"):
            object.__setattr__(self, name, optional_aware(getattr(self, name), name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """Something that the law, or a house rule, wants done by a time."""

    subject: str
    """What it belongs to, as ``order:ID``."""
    name: str
    """The timer's identifier, such as ``T_ORDER``."""
    due: datetime
    basis: str
    """The article or house rule."""
    text: str
    """What must be done, one sentence."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "due", aware(self.due, "due"))
