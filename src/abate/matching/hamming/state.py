"""One moment of the index: how it is searched, and how what is added comes into the next."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from abate.matching.hamming.codes import Words
from abate.matching.hamming.parts import Growing, Part, Sealed, growing, joined, question, sealed
from abate.matching.living.arrays import Ints
from abate.matching.living.rows import Ids
from abate.matching.living.state import State as LivingState
from abate.matching.living.threads import in_threads

BULK: Final = 16384
"""Codes added at once from which they get a part of their own instead of being linked one by one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State(LivingState[Part]):
    """What a search sees."""

    @staticmethod
    def opened(first: int) -> Part:
        """Return a part without a row, whose first will be known as ``first``."""
        return growing(first)

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


def join(state: State, place: slice, *, threads: int = 1) -> Sealed:
    """Return one part over what lives in the parts at ``place``."""
    return joined(state.parts[place], threads=threads)
