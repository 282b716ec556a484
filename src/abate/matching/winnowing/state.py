"""One moment of the index: how it is searched, and how what is added comes into the next."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from abate.matching.living.arrays import Ints
from abate.matching.living.state import State as LivingState
from abate.matching.winnowing.candidates import Asked
from abate.matching.winnowing.judging import COMMON
from abate.matching.winnowing.parts import Growing, Part, Sealed, growing, joined, sealed
from abate.matching.winnowing.sketches import SPREAD, Sketches

BULK: Final = 4096
"""Texts added at once from which they get a part of their own instead of being linked one by one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State(LivingState[Part]):
    """What a search sees."""

    @staticmethod
    def opened(first: int) -> Part:
        """Return a part without a row, whose first will be known as ``first``."""
        return growing(first)

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
