"""One moment of an index, and how the next is made of it. Who publishes the next, and when, is not decided here."""

from dataclasses import dataclass, replace
from typing import Final, Generic, Self, TypeVar

import numpy as np

from abate.matching.living.arrays import Ints
from abate.matching.living.rows import Part

P = TypeVar("P", bound=Part)

_SMALLER: Final = 4
"""A part is left out of a partial merge when it is more than this many times what comes after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State(Generic[P]):
    """What a search sees. Each kind of index says how its states are searched and added to."""

    parts: tuple[P, ...]
    """In the order of their identifiers."""
    next_id: int

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    @staticmethod
    def opened(first: int) -> P:
        """Return a part without a row, whose first will be known as ``first``."""
        raise NotImplementedError

    def without(self, ids: Ints) -> Self:
        """Return the state with these dead."""
        return replace(self, parts=tuple(part.without(ids) for part in self.parts))

    def closed(self) -> Self:
        """Return the state whose parts gain nothing any more: what is added next opens a new part."""
        last = self.parts[-1] if self.parts else None
        if last is not None and last.grows and last.size:
            return replace(self, parts=(*self.parts, self.opened(self.next_id)))
        return self

    def worth_joining(self, *, whole: bool) -> slice:
        """Return which parts to join: all, or those behind the last that is much larger than what comes after it."""
        end = len(self.parts)
        if end and self.parts[-1].grows and not self.parts[-1].size:
            end -= 1
        first, after = 0 if whole else end, 0
        while first > 0 and (after == 0 or self.parts[first - 1].size <= _SMALLER * after):
            first -= 1
            after += self.parts[first].size
        return slice(first, end)

    def with_joined(self, before: Self, place: slice, part: P) -> Self:
        """Return the state with ``part`` for those of ``before`` at ``place``, less what has died since."""
        pairs = zip(self.parts[place], before.parts[place], strict=True)
        died = [now.newly_dead(then) for now, then in pairs]
        alive = part.without(np.concatenate(died)) if died else part
        return replace(self, parts=(*self.parts[: place.start], alive, *self.parts[place.stop :]))
