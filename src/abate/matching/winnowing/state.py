"""One moment of the index, and how the next is made of it. Who publishes the next, and when, is not decided here."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from abate.matching.winnowing.candidates import Asked
from abate.matching.winnowing.judging import COMMON
from abate.matching.winnowing.parts import Growing, Part, Sealed, growing, joined, sealed
from abate.matching.winnowing.sketches import SPREAD, Ints, Sketches

BULK: Final = 4096
"""Texts added at once from which they get a part of their own instead of being linked one by one."""
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

    def search(self, sketches: Sketches) -> tuple[Ints, Ints]:
        """Return hits ``(h, 4)`` by query, then distance, then identifier, and the runs of each in that order.

        A hit is query, identifier, distance, and where its runs end in the second array, ``(r, 2)``.
        """
        parts = [part for part in self.parts if part.size]
        if not parts:
            return np.zeros((0, 4), dtype=np.int64), np.zeros((0, 2), dtype=np.int64)
        probed = [part.probe(sketches) for part in parts]
        totals = probed[0][1] if len(parts) == 1 else np.sum([counts for _, counts in probed], axis=0)
        found, rooms = [], np.full(len(totals), COMMON)
        for part, (begins, counts) in zip(parts, probed, strict=True):
            found.append(part.search(Asked(sketches, begins, counts, rooms, totals, SPREAD)))
            # What many have is gone through from the oldest on, in whichever part those are.
            rooms = np.maximum(rooms - counts, 0)
        hits, runs = found[0] if len(found) == 1 else (np.concatenate(column) for column in zip(*found, strict=True))
        return _in_order(hits, runs)

    def added(self, sketches: Sketches) -> Self:
        """Return the state with texts that are known by ``next_id`` and on."""
        parts, next_id, left = [*self.parts], self.next_id, sketches
        if len(sketches.sizes) >= BULK:
            parts.append(sealed(sketches, next_id))
            return replace(self, parts=tuple(parts), next_id=next_id + len(sketches.sizes))
        while len(left.sizes):
            last = parts[-1] if parts else None
            if not isinstance(last, Growing) or not last.has_room:
                last = growing(next_id)
                parts.append(last)
            parts[-1], taken = last.grown(left)
            next_id += taken
            left = _behind(left, taken)
            if len(left.sizes):
                parts.append(growing(next_id))
        return replace(self, parts=tuple(parts), next_id=next_id)

    def without(self, ids: Ints) -> Self:
        """Return the state with these dead."""
        return replace(self, parts=tuple(part.without(ids) for part in self.parts))

    def closed(self) -> Self:
        """Return the state whose parts gain no text any more: the next one added opens a new part."""
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


def _in_order(hits: Ints, runs: Ints) -> tuple[Ints, Ints]:
    """Return hits by query, distance and identifier, with where the runs of each end, and the runs in that order."""
    if len(hits) <= 1:
        return hits, runs
    ends = np.cumsum(hits[:, 3])
    order = np.lexsort((hits[:, 1], hits[:, 2], hits[:, 0]))
    moved = [runs[ends[hit] - hits[hit, 3] : ends[hit]] for hit in order.tolist()]
    hits = hits[order]
    hits[:, 3] = np.cumsum(hits[:, 3])
    return hits, np.concatenate(moved)


def _behind(sketches: Sketches, count: int) -> Sketches:
    """Return the texts behind the first ``count``."""
    if count == 0:
        return sketches
    first = sketches.bounds[count]
    return Sketches(
        hashes=sketches.hashes[first:],
        starts=sketches.starts[first:],
        lengths=sketches.lengths[first:],
        leaders=sketches.leaders[first:] - first,
        bounds=sketches.bounds[count:] - first,
        sizes=sketches.sizes[count:],
        letters=sketches.letters[count:],
    )


def join(state: State, place: slice) -> Sealed:
    """Return one part over what lives in the parts at ``place``."""
    return joined(state.parts[place])
