"""The parts that a state of the index is made of; what they share with those of other indexes is in ``living/rows.py``.

A sealed part never gains a code; a growing one does, beyond the rows that this value of it knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Any, Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from abate.matching.hamming.brute import search as search_all
from abate.matching.hamming.chains import CAPACITY, Chains, empty_chains, link_all, probe_chains
from abate.matching.hamming.codes import CHUNKS, Question, Words
from abate.matching.hamming.postings import Postings, post_all, probe_postings
from abate.matching.living.arrays import Ints, Shorts
from abate.matching.living.rows import Ids, LivingRows
from abate.matching.living.rows import Part as LivingPart

FEW: Final = 4096
"""Codes up to which comparing with every one is as fast as an index."""
WIDEST: Final = 47
"""The radius up to which a multi-index is asked: beyond, three bits a chunk mean 697 buckets, and brute force wins."""
CROWDED: Final = (128, 32)
"""A query is answered by brute force when its buckets hold more than one in so many of all postings, up to a radius of
31 and beyond. Without near copies it is one in 3,855, and one in 478."""

_FIRST_ROOM: Final = 1024
_ROOM: Final = 8
"""Rows of hits that a kernel has room for before it must come again: so many, and so many a query when that is more.

Memory that nothing is written to is not taken; coming again costs the whole search once more.
"""


class Part(LivingPart, Protocol):
    """Codes that are searched together."""

    def search(self, asked: Question) -> Ints:
        """Return ``(query, identifier, distance)`` rows in no order."""
        ...

    def living(self) -> tuple[Words, Ints]:
        """Return the codes that live, and their identifiers."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Codes(LivingRows):
    """What both kinds of part share: a row is a code."""

    codes: Words

    def living(self) -> tuple[Words, Ints]:
        """Return codes and identifiers; see ``Part``."""
        rows = np.arange(self.size)
        if self.died:
            rows = rows[self.lives(rows)]
            return self.codes[rows], self.ids.of(rows)
        return self.codes[: self.size], self.ids.of(rows)

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return what is read; see ``Part``."""
        held: list[npt.NDArray[Any]] = [self.codes[: self.size], self.dead]
        return held if self.ids.listed is None else [*held, self.ids.listed]

    def _search_all(self, asked: Question) -> Ints:
        known, radius = self.codes[: self.size], int(asked.budgets[3])
        return self._collected(asked, lambda found: search_all(known, self.dead, asked.queries, radius, found))

    def _collected(self, asked: Question, kernel: Callable[[Ints], int]) -> Ints:
        found = np.empty((max(_FIRST_ROOM, _ROOM * len(asked.queries)), 3), dtype=np.int64)
        count = kernel(found)
        if count > len(found):
            found = np.empty((count, 3), dtype=np.int64)
            kernel(found)
        rows = found[:count]
        if count:
            rows[:, 1] = self.ids.of(rows[:, 1])
        return rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed(_Codes):
    """Codes with their multi-index, or without one when they are few."""

    postings: Postings | None
    mark: str = ""
    """Names the file that holds this part, its dead aside; empty when none does."""

    def search(self, asked: Question) -> Ints:
        """Return hits; see ``Part``."""
        postings = self.postings
        if postings is None or asked.budgets[3] > WIDEST:
            return self._search_all(asked)
        crowded = np.empty(len(asked.queries) + 1, dtype=np.uint8)
        found = self._collected(
            asked, lambda found: probe_postings(self.codes, postings, self.dead, asked, crowded, found)
        )
        if not crowded[-1]:
            return found
        halves = []
        for rows, search in (
            (np.flatnonzero(crowded[:-1] == 0), self.search),
            (np.flatnonzero(crowded[:-1]), self._search_all),
        ):
            found = search(asked._replace(queries=asked.queries[rows]))
            found[:, 0] = rows[found[:, 0]]
            halves.append(found)
        return np.concatenate(halves)

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return what is read; see ``Part``."""
        return [*_Codes.arrays(self), *(self.postings or ())]


@dataclass(frozen=True, kw_only=True, slots=True)
class Growing(_Codes):
    """The first ``size`` rows of chains that others may be adding to."""

    chains: Chains

    def search(self, asked: Question) -> Ints:
        """Return hits; see ``Part``."""
        if self.size <= FEW or asked.budgets[3] > WIDEST:
            return self._search_all(asked)
        return self._collected(asked, lambda found: probe_chains(self.chains, self.size, self.dead, asked, found))

    @property
    def grows(self) -> bool:
        """Say yes; see ``Part``."""
        return True

    @property
    def has_room(self) -> bool:
        """Return whether codes can be added here: not when full, and not when rows were begun that it does not know."""
        return self.size == int(self.chains.claimed[0]) < CAPACITY

    def grown(self, codes: Words) -> tuple[Self, Words]:
        """Return the part with as many of these codes as it has room for, and the others."""
        taken = codes[: CAPACITY - self.size]
        link_all(self.chains, self.size, taken)
        return replace(self, size=self.size + len(taken)), codes[len(taken) :]


def sealed(codes: Words, ids: Ids, *, threads: int = 1) -> Sealed:
    """Return a part over shuffled codes."""
    postings = post_all(codes, threads=threads) if len(codes) > FEW else None
    return Sealed(codes=codes, size=len(codes), capacity=len(codes), ids=ids, postings=postings)


def growing(first: int) -> Growing:
    """Return a part without a code, whose first will be known as ``first``."""
    chains = empty_chains()
    return Growing(codes=chains.codes, size=0, capacity=len(chains.codes), ids=Ids(first=first), chains=chains)


def joined(parts: Sequence[Part], *, threads: int = 1) -> Sealed:
    """Return one part over everything that lives; the identifiers of each part lie above those of the one before."""
    living = [part.living() for part in parts]
    codes = np.concatenate([codes for codes, _ in living])
    ids = np.concatenate([ids for _, ids in living])
    return sealed(codes, Ids.over(ids), threads=threads)


def question(queries: Words, radius: int) -> Question:
    """Return what to ask: see ``postings`` for why these budgets miss nothing."""
    return Question(queries, _flips(min(radius, WIDEST) // CHUNKS), _budgets(radius))


@cache
def _budgets(radius: int) -> Ints:
    chain = [length * radius // CHUNKS for length in (1, 2, 3)]
    return np.array([*chain, radius, CROWDED[radius // CHUNKS > 1]], dtype=np.int64)


@cache
def _flips(most: int) -> Shorts:
    """Return every pattern of at most ``most`` of 16 bits."""
    sets = [bits for count in range(most + 1) for bits in combinations(range(CHUNKS), count)]
    return np.array([sum(1 << bit for bit in bits) for bits in sets], dtype=np.uint16)
