"""What organisations say of an entry: each holds one opinion at a time, and none is ever erased."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware


class OpinionWord(StrEnum):
    """What a source says of an entry."""

    CONFIRM = "confirm"
    """It is what its bank says it is."""
    DISPUTE = "dispute"
    """It is not."""
    WITHDRAW = "withdraw"
    """We say nothing of it any more, whatever we or our list said before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """One source's word on one entry. Added, never changed: a newer one of the same source takes its place."""

    id: str
    entry: str
    source: str
    """An organisation; ``self`` for this platform."""
    word: OpinionWord
    by: str = ""
    """Who wrote it down: a user's identifier."""
    at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))


def newest_of_each(opinions: Iterable[Opinion]) -> tuple[Opinion, ...]:
    """Return the opinion that each source holds now, by source. The order in which they arrive changes nothing.

    Of two at the same moment the one with the greater identifier counts, on every machine.
    """
    held: dict[str, Opinion] = {}
    for one in opinions:
        known = held.get(one.source)
        if known is None or (known.at, known.id) < (one.at, one.id):
            held[one.source] = one
    return tuple(held[source] for source in sorted(held))
