"""What lets new entries be held against what was posted before: kept signals, and the runs that read them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.signal import Signal
from abate.domain.times import aware, optional_aware

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptSignal:
    """A signal of an item that was taken in. Kept without the item's content, until the item's content is forgotten."""

    item: str
    """The item's identifier."""
    signal: Signal


def packed(value: str) -> bytes:
    """Return a signal's value as it is streamed: lower-case hex two digits a byte, anything else as UTF-8.

    Equal values give equal bytes. Two different ones might too (a text may spell what a hash packs into): what is found
    by these bytes is looked up again by the value itself.
    """
    return bytes.fromhex(value) if is_hex(value) else value.encode("utf-8", "surrogatepass")


def is_hex(value: str) -> bool:
    """Say whether a value is lower-case hex of whole bytes, so that half its length holds it."""
    return len(value) % 2 == 0 and _HEX.issuperset(value)


def unpacked(code: bytes, *, is_text: bool) -> str:
    """Return the value that :func:`packed` made ``code`` of."""
    return code.decode("utf-8", "surrogatepass") if is_text else code.hex()


class RetroState(StrEnum):
    """Where a retro run stands."""

    WAITING = "waiting"
    """Takes further entries in; begins when a worker has time."""
    RUNNING = "running"
    """Its entries and its end are fixed; goes on from ``position`` after whatever stopped it."""
    DONE = "done"


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """What a run met of an entry that is set aside, and asked nobody about."""

    entry: str
    quarantine: str
    """Which time that it was set aside: a lead who ends it by releasing the entry has these items found anew."""
    items: int
    """Items that met it, and nothing else that no case of theirs has seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetroRun:
    """New entries held against the signals of all items that were taken in before them."""

    id: str
    created_at: datetime
    by: str
    """Who asked: a user, a token, or whoever filled the bank."""
    bank: str = ""
    """Only entries of this bank; empty for all."""
    since: datetime | None = None
    """Only entries added at or after this moment."""
    entries: tuple[str, ...] = ()
    """Only entries of these identifiers; empty for all that ``bank`` and ``since`` leave."""
    state: RetroState = RetroState.WAITING
    finished_at: datetime | None = None
    position: int = 0
    """All kept signals up to this one are dealt with, committed together with what they led to."""
    upto: int = 0
    """The newest kept signal when it began: items that came later were matched with these entries at the door."""
    entry_count: int = 0
    """Entries that were held against history."""
    found: int = 0
    """Items that meet one of the entries."""
    opened: int = 0
    """Cases opened, those of items that a person had decided before among them."""
    joined: int = 0
    """Open cases that got further matches."""
    limited: int = 0
    """Automatic limits set."""
    removed_already: int = 0
    """Items found whose removal stands: nobody is asked again."""
    set_aside: tuple[HeldBack, ...] = ()
    """For each entry that is set aside, what no case was opened or joined for; an item may be in several."""
    held_back: int = 0
    """Items that met entries that are set aside, and nothing else: they wait for a lead's word about the entries."""
    items: int = 0
    """Items with kept signals when it began; 0 in a run that an older version began."""
    unread: int = 0
    """Items without kept signals when it began: taken in by an older version, and not held against anything."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, "created_at"))
        object.__setattr__(self, "since", optional_aware(self.since, "since"))
        object.__setattr__(self, "finished_at", optional_aware(self.finished_at, "finished_at"))
