"""The parts that a state of the index is made of; what they share with those of other indexes is in ``living/rows.py``.

A sealed part never gains a text; a growing one does, beyond the rows that this value of it knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt

from abate.matching.living.arrays import Ints, Rows, Shorts
from abate.matching.living.rows import Ids, LivingRows
from abate.matching.living.rows import Part as LivingPart
from abate.matching.winnowing import chains as chain
from abate.matching.winnowing import postings as posting
from abate.matching.winnowing.candidates import Asked, Found
from abate.matching.winnowing.chains import TEXTS, Chains, empty_chains, link_all
from abate.matching.winnowing.postings import Postings, post_all, unpost
from abate.matching.winnowing.sketches import SPREAD, Sketches

_ROOM: Final = 64
_A_QUERY: Final = 4
"""Hits for which there is room before a kernel must come again: so many, and so many a query when that is more; and for
eight runs a hit. Coming again costs the whole search once more."""


class Living(NamedTuple):
    """The texts of a part that live."""

    hashes: Rows
    rows: Rows
    """Numbered anew, from 0; ascending among the postings of one fingerprint."""
    starts: Shorts
    sizes: Shorts
    letters: Shorts
    ids: Ints


class Part(LivingPart, Protocol):
    """Texts that are searched together."""

    def probe(self, sketches: Sketches) -> tuple[Ints, Ints]:
        """Return where the part has each fingerprint, in a way of its own, and how many living texts have it."""
        ...

    def search(self, asked: Asked) -> tuple[Ints, Ints]:
        """Return hits ``(h, 4)`` (query, identifier, distance, how many runs) and the runs of all, ``(r, 2)``."""
        ...

    def living(self) -> Living:
        """Return the texts that live."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Texts(LivingRows):
    """What both kinds of part share: a row is a text."""

    def _collected(self, asked: Asked, kernel: Callable[[Found], None]) -> tuple[Ints, Ints]:
        hits = max(_ROOM, _A_QUERY * len(asked.sketches.sizes))
        runs = 8 * hits
        while True:
            found = Found(
                hits=np.empty((hits, 4), dtype=np.int64),
                runs=np.empty((runs, 2), dtype=np.int64),
                used=np.zeros(2, dtype=np.int64),
            )
            kernel(found)
            needed = found.used.tolist()
            if needed[0] <= hits and needed[1] <= runs:
                break
            hits, runs = needed
        rows = found.hits[: needed[0]]
        if needed[0]:
            rows[:, 1] = self.ids.of(rows[:, 1])
        return rows, found.runs[: needed[1]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed(_Texts):
    """Texts with an index that does not grow."""

    postings: Postings
    sizes: Shorts
    letters: Shorts
    mark: str = ""
    """What names the file that holds this part; empty where none does."""

    def probe(self, sketches: Sketches) -> tuple[Ints, Ints]:
        """Return places and counts; see ``Part``."""
        begins, counts = np.empty((2, len(sketches.hashes)), dtype=np.int64)
        posting.probe(self.postings, self.dead, sketches, begins, counts)
        return begins, counts

    def search(self, asked: Asked) -> tuple[Ints, Ints]:
        """Return hits and runs; see ``Part``."""
        facts = (self.sizes, self.letters)
        return self._collected(asked, lambda found: posting.search(self.postings, self.dead, facts, asked, found))

    def living(self) -> Living:
        """Return the texts that live; see ``Part``."""
        hashes = unpost(self.postings.offsets, self.postings.rests)
        rows, starts = self.postings.rows, self.postings.starts
        every = np.arange(self.size)
        alive = self.lives(every)
        if self.died:
            kept = alive[rows]
            hashes, rows, starts = hashes[kept], rows[kept], starts[kept]
            rows = (np.cumsum(alive) - 1).astype(np.uint32)[rows]
        return Living(hashes, rows, starts, self.sizes[alive], self.letters[alive], self.ids.of(every[alive]))

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return what is read; see ``Part``."""
        held: list[npt.NDArray[Any]] = [*self.postings, self.sizes, self.letters, self.dead]
        return held if self.ids.listed is None else [*held, self.ids.listed]


@dataclass(frozen=True, kw_only=True, slots=True)
class Growing(_Texts):
    """Texts that were added one by one or in small numbers. Up to the capacity others may be added behind them."""

    chains: Chains

    def probe(self, sketches: Sketches) -> tuple[Ints, Ints]:
        """Return places and counts; see ``Part``."""
        begins, counts = np.empty((2, len(sketches.hashes)), dtype=np.int64)
        chain.probe(self.chains, self.size, self.dead, sketches, SPREAD, (begins, counts))
        return begins, counts

    def search(self, asked: Asked) -> tuple[Ints, Ints]:
        """Return hits and runs; see ``Part``."""
        return self._collected(asked, lambda found: chain.search(self.chains, self.size, self.dead, asked, found))

    def living(self) -> Living:
        """Return the texts that live; see ``Part``."""
        end = int(self.chains.firsts[self.size])
        every = np.arange(self.size)
        alive = self.lives(every)
        rows = self.chains.rows[:end]
        kept = alive[rows]
        return Living(
            self.chains.hashes[:end][kept],
            (np.cumsum(alive) - 1).astype(np.uint32)[rows[kept]],
            self.chains.starts[:end][kept],
            self.chains.sizes[: self.size][alive],
            self.chains.letters[: self.size][alive],
            self.ids.of(every[alive]),
        )

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return what is read; see ``Part``."""
        end = int(self.chains.firsts[self.size])
        held: list[npt.NDArray[Any]] = [self.chains.heads, self.dead]
        held += [one[:end] for one in (self.chains.links, self.chains.hashes, self.chains.rows, self.chains.starts)]
        return [*held, self.chains.sizes[: self.size], self.chains.letters[: self.size]]

    @property
    def grows(self) -> bool:
        """Say yes; see ``Part``."""
        return True

    @property
    def has_room(self) -> bool:
        """Return whether texts can be added here: not when full, and not when rows were begun that it does not know."""
        return self.size == int(self.chains.claimed[0]) < TEXTS

    def grown(self, sketches: Sketches) -> tuple[Self, int]:
        """Return the part with as many of these texts as it has room for, and how many those are."""
        taken = int(link_all(self.chains, self.size, sketches, SPREAD))
        return replace(self, size=self.size + taken), taken


def growing(first: int) -> Growing:
    """Return a part without a text, whose first will be known as ``first``."""
    return Growing(size=0, capacity=TEXTS, ids=Ids(first=first), chains=empty_chains())


def sealed(sketches: Sketches, first: int) -> Sealed:
    """Return a part over texts, which are known as ``first`` and on."""
    leading = sketches.leaders == np.arange(len(sketches.hashes))
    rows = np.repeat(np.arange(len(sketches.sizes), dtype=np.uint32), np.diff(sketches.bounds))[leading]
    return Sealed(
        size=len(sketches.sizes),
        capacity=len(sketches.sizes),
        ids=Ids(first=first),
        postings=post_all(sketches.hashes[leading], rows, sketches.starts[leading]),
        sizes=sketches.sizes,
        letters=sketches.letters,
    )


def joined(parts: Sequence[Part]) -> Sealed:
    """Return one part over everything that lives; the identifiers of each part lie above those of the one before."""
    living = [part.living() for part in parts]
    rows, base = [], 0
    for one in living:
        rows.append(one.rows + np.uint32(base))
        base += len(one.sizes)
    ids = np.concatenate([one.ids for one in living])
    hashes = np.concatenate([one.hashes for one in living])
    starts = np.concatenate([one.starts for one in living])
    return Sealed(
        size=len(ids),
        capacity=len(ids),
        ids=Ids.over(ids),
        postings=post_all(hashes, np.concatenate(rows), starts),
        sizes=np.concatenate([one.sizes for one in living]),
        letters=np.concatenate([one.letters for one in living]),
    )
