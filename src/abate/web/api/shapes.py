"""What goes over the wire, in and out: strict, bounded, and apart from the domain so that neither binds the other.

Nothing here names a path of this machine: what a caller may say and see of an item leaves ``path`` out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from abate.domain.audit import AuditRecord
from abate.domain.bank import EntryState, Match, Stance
from abate.domain.case import Decision, Ground
from abate.domain.item import Item, Kind
from abate.domain.located import Located
from abate.domain.opinion import OpinionWord
from abate.domain.order import Authentication, ClockEvent, Deadline, RemovalOrder
from abate.domain.scan import Verdict
from abate.domain.signal import Context, Language, Mention, Score, Span
from abate.flows.cases import CaseView

Name = Annotated[str, msgspec.Meta(max_length=512, pattern=r"^[^\x00]*$")]
Text = Annotated[str, msgspec.Meta(max_length=20_000, pattern=r"^[^\x00]*$")]
LongText = Annotated[str, msgspec.Meta(max_length=1_000_000, pattern=r"^[^\x00]*$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Incoming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends: a field we do not know is a mistake we should not swallow."""


class ItemIn(Incoming, frozen=True, kw_only=True):
    """One item to look at."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=512, pattern=r"^[^\x00]+$")]
    """The platform's own identifier; sending it again changes nothing."""
    kind: Kind
    text: LongText = ""
    language: Name = ""
    """ISO 639 code."""
    account: Name = ""
    """The platform's pseudonym of the account."""
    channel: Name = ""
    platform: Name = ""
    """Empty for the platform of the settings."""
    posted_at: datetime | None = None
    """ISO 8601 with an offset."""
    url: Annotated[str, msgspec.Meta(max_length=4096, pattern=r"^[^\x00]*$")] = ""
    views: Count | None = None
    surface: Name = ""
    """Where it is shown: feed, search, profile, in the platform's own words."""
    account_created_at: datetime | None = None
    """When the account was made; as ``posted_at``."""
    channel_created_at: datetime | None = None
    channel_members: Count | None = None
    """How many the channel has now."""
    content: bytes | None = None
    """The media bytes in Base64."""


class DecisionIn(Incoming, frozen=True, kw_only=True):
    """What a person decided."""

    verdict: Verdict
    """``none`` keeps the item up; ``review`` is no decision."""
    ground: Ground = Ground.TERMS
    note: Text = ""


class NoteIn(Incoming, frozen=True, kw_only=True):
    """A note, where one is welcome."""

    note: Text = ""


class OrderIn(Incoming, frozen=True, kw_only=True):
    """A removal order as it came in."""

    raw: Annotated[bytes, msgspec.Meta(min_length=1)]
    """The message as received, in Base64."""
    authority: Name = ""
    authority_reference: Name = ""
    issuing_state: Name = ""
    received_at: Name = ""
    """ISO 8601 with its own offset; empty for now."""
    items: tuple[Name, ...] = ()
    urls: tuple[Annotated[str, msgspec.Meta(max_length=4096)], ...] = ()
    material_types: tuple[Name, ...] = ()
    reasons: Text = ""
    authentication: Authentication = Authentication.UNVERIFIED


class PauseIn(Incoming, frozen=True, kw_only=True):
    """Why the clock must wait."""

    impossible: bool
    """True for Article 3(7), false for Article 3(8)."""
    reason: Text


class ReasonIn(Incoming, frozen=True, kw_only=True):
    """Why."""

    reason: Text


class ReplyIn(Incoming, frozen=True, kw_only=True):
    """What was answered to the authority."""

    text: Text


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What we answer."""


class ItemOut(Outgoing, frozen=True, kw_only=True):
    """An item, without its place on this machine."""

    id: str
    kind: Kind
    text: str
    language: str
    account: str
    channel: str
    platform: str
    posted_at: datetime | None
    url: str
    views: int | None
    surface: str
    account_created_at: datetime | None
    channel_created_at: datetime | None
    channel_members: int | None
    has_content: bool


class OpinionOut(Outgoing, frozen=True, kw_only=True):
    """What a source says of an entry now."""

    source: str
    opinion: OpinionWord
    at: datetime
    reason: str


class LocatedOut(Outgoing, frozen=True, kw_only=True):
    """Where in two videos the same is seen."""

    item: tuple[float, float]
    """From and to, in seconds after the item's first frame."""
    entry: tuple[float, float]
    item_percent: float
    """Of the item's usable frames, how many are in the entry."""
    entry_percent: float
    frames: str


class MatchOut(Outgoing, frozen=True, kw_only=True):
    """An item met an entry: how near, and all that is known of the entry."""

    bank: str
    entry: str
    signal_type: str
    distance: int
    source: tuple[str, ...]
    """Who vouches for the entry."""
    exact: bool
    group: str
    label: str
    ref: str
    """The entry's identifier at its source."""
    origin: str
    """The list or file that it came from."""
    added_at: datetime | None
    added_by: str
    spans: tuple[Span, ...]
    """Which stretches of the text meet it, in code points; empty where all of it does."""
    located: LocatedOut | None
    stance: Stance
    state: EntryState
    opinions: tuple[OpinionOut, ...]
    ceiling: Verdict
    """The most that the bank lets a match propose."""
    most: Verdict
    """The most that this match may propose, once all that speaks against it was weighed."""
    held_back: str
    """Why that is less than the ceiling; empty where nothing speaks against it."""


class CaseOut(Outgoing, frozen=True, kw_only=True):
    """A case with its item and all that was decided about it."""

    id: str
    state: str
    opened_at: datetime
    item: ItemOut
    why: tuple[str, ...]
    matches: tuple[MatchOut, ...]
    mentions: tuple[Mention, ...]
    scores: tuple[Score, ...]
    language: Language | None
    context: Context
    proposed: Verdict
    due: datetime | None
    """The soonest deadline of the law that the item stands under."""
    decision: str
    decisions: tuple[Decision, ...]


class OrderOut(Outgoing, frozen=True, kw_only=True):
    """A removal order and where its clock stands."""

    id: str
    state: str
    authority: str
    authority_reference: str
    issuing_state: str
    authentication: Authentication
    received_at: datetime
    received_text: str
    raw_sha256: str
    items: tuple[str, ...]
    urls: tuple[str, ...]
    material_types: tuple[str, ...]
    reasons: str
    clock: tuple[ClockEvent, ...]
    due: datetime | None
    executed_at: datetime | None
    replied_at: datetime | None


class CasesOut(Outgoing, frozen=True, kw_only=True):
    """Open cases, the most urgent first."""

    cases: Sequence[CaseOut]


class OrdersOut(Outgoing, frozen=True, kw_only=True):
    """Removal orders, oldest first."""

    orders: Sequence[OrderOut]


class DueOut(Outgoing, frozen=True, kw_only=True):
    """Running deadlines, soonest first."""

    due: Sequence[Deadline]


class AuditOut(Outgoing, frozen=True, kw_only=True):
    """A stretch of the audit chain, in order."""

    records: Sequence[AuditRecord]


def item_out(item: Item) -> ItemOut:
    """Return what a caller may see of an item."""
    shown = {name: getattr(item, name) for name in ItemOut.__struct_fields__ if name != "has_content"}
    return ItemOut(**shown, has_content=bool(item.path))


def match_out(match: Match) -> MatchOut:
    """Return a match as it is answered: the same keys as in a scan result."""
    opinions = (OpinionOut(source=o.source, opinion=o.word, at=o.at, reason=o.reason) for o in match.opinions)
    same = {"source", "exact", "opinions", "located"}
    shown = {name: getattr(match, name) for name in MatchOut.__struct_fields__ if name not in same}
    return MatchOut(
        **shown,
        source=match.sources,
        exact=match.distance == 0,
        opinions=tuple(opinions),
        located=_located_out(match.located) if match.located else None,
    )


def _located_out(located: Located) -> LocatedOut:
    return LocatedOut(
        item=(located.item_from_s, located.item_to_s),
        entry=(located.entry_from_s, located.entry_to_s),
        item_percent=located.item_percent,
        entry_percent=located.entry_percent,
        frames=located.frames,
    )


def case_out(view: CaseView) -> CaseOut:
    """Return a case as it is answered."""
    return CaseOut(
        id=view.case.id,
        state=view.case.state.value,
        opened_at=view.case.opened_at,
        item=item_out(view.item),
        why=view.why,
        matches=tuple(match_out(match) for match in view.case.matches),
        mentions=view.case.mentions,
        scores=view.case.scores,
        language=view.case.language,
        context=view.case.context,
        proposed=view.case.proposal.verdict,
        due=view.deadline.due if view.deadline else None,
        decision=view.case.decision,
        decisions=view.decisions,
    )


def order_out(order: RemovalOrder, deadline: Deadline | None) -> OrderOut:
    """Return an order as it is answered."""
    shown = {name: getattr(order, name) for name in OrderOut.__struct_fields__ if name not in {"due", "state"}}
    return OrderOut(**shown, state=order.state.value, due=deadline.due if deadline else None)
