"""One moment of the index, and how the next is made of it. Who publishes the next, and when, is not decided here."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from abate.matching.hamming.codes import Ints, Words
from abate.matching.hamming.parts import Growing, Ids, Part, Sealed, growing, joined, question, sealed
from abate.matching.hamming.threads import in_threads

BULK: Final = 16384
"""Codes added at once from which they get a part of their own instead of being linked one by one."""
_SMALLER: Final = 4
"""A part is left out of a partial merge when it is more than this many times what comes after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What a search sees."""

    parts: tuple[Part, ...]
    """In the order of their identifiers."""
    next_id: int

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def search(self, queries: Words, radius: int, *, threads: int) -> Ints:
        """Return ``(query, identifier, distance)`` rows by query, then distance, then identifier."""

        def share(first: int, end: int) -> Ints:
            asked = question(queries[first:end], radius)
            found = [part.search(asked) for part in self.parts if part.size]
            rows = found[0] if len(found) == 1 else np.concatenate([*found, np.zeros((0, 3), dtype=np.int64)])
            if len(rows) > 1:
                rows = rows[np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0]))]
            if first:
                rows[:, 0] += first
            return rows

        shares = in_threads(share, len(queries), threads)
        return shares[0] if len(shares) == 1 else np.concatenate(shares)

    def added(self, codes: Words) -> Self:
        """Return the state with codes that are known by ``next_id`` and on."""
        parts, next_id = [*self.parts], self.next_id
        if len(codes) >= BULK:
            parts.append(sealed(codes, Ids(first=next_id)))
            next_id += len(codes)
        while next_id < self.next_id + len(codes):
            last = parts[-1] if parts else None
            if not isinstance(last, Growing) or not last.has_room:
                last = growing(next_id)
                parts.append(last)
            parts[-1], left = last.grown(codes[next_id - self.next_id :])
            next_id = self.next_id + len(codes) - len(left)
        return replace(self, parts=tuple(parts), next_id=next_id)

    def without(self, ids: Ints) -> Self:
        """Return the state with these dead."""
        return replace(self, parts=tuple(part.without(ids) for part in self.parts))

    def closed(self) -> Self:
        """Return the state whose parts gain no code any more: the next one added opens a new part."""
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Growing) and last.size:
            return replace(self, parts=(*self.parts, growing(self.next_id)))
        return self

    def worth_joining(self, *, whole: bool) -> slice:
        """Return which parts to join: all, or those behind the last that is much larger than what comes after it."""
        end = len(self.parts)
        if end and isinstance(self.parts[-1], Growing) and not self.parts[-1].size:
            end -= 1
        first, after = 0 if whole else end, 0
        while first > 0 and (after == 0 or self.parts[first - 1].size <= _SMALLER * after):
            first -= 1
            after += self.parts[first].size
        return slice(first, end)

    def with_joined(self, before: Self, place: slice, part: Sealed) -> Self:
        """Return the state with ``part`` for those of ``before`` at ``place``, less what has died since."""
        pairs = zip(self.parts[place], before.parts[place], strict=True)
        died = [now.newly_dead(then) for now, then in pairs]
        alive = part.without(np.concatenate(died)) if died else part
        return replace(self, parts=(*self.parts[: place.start], alive, *self.parts[place.stop :]))


def join(state: State, place: slice, *, threads: int = 1) -> Sealed:
    """Return one part over what lives in the parts at ``place``."""
    return joined(state.parts[place], threads=threads)
