"""The parts that a state of the index is made of. Values: changing one gives another, and searches keep the old.

A sealed part never gains a text; a growing one does, beyond the rows that this value of it knows. Both lose texts by a
bitmap of their dead that is copied when it changes, so that a search sees one moment from its first query to its last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt

from abate.matching.hamming.parts import Ids
from abate.matching.winnowing import chains as chain
from abate.matching.winnowing import postings as posting
from abate.matching.winnowing.candidates import Asked, Found
from abate.matching.winnowing.chains import TEXTS, Chains, empty_chains, link_all
from abate.matching.winnowing.postings import Postings, post_all, unpost
from abate.matching.winnowing.sketches import SPREAD, Bytes, Ints, Rows, Shorts, Sketches

_NONE_DEAD: Final = np.zeros(0, dtype=np.uint8)
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


class Part(Protocol):
    """Texts that are searched together."""

    @property
    def size(self) -> int:
        """Rows, the dead ones among them."""
        ...

    @property
    def dead(self) -> Bytes:
        """A bit a row, or nothing at all when all live."""
        ...

    @property
    def ids(self) -> Ids:
        """The identifiers of the rows."""
        ...

    def __len__(self) -> int:
        """Return how many texts live."""
        ...

    def probe(self, sketches: Sketches) -> tuple[Ints, Ints]:
        """Return where the part has each fingerprint, in a way of its own, and how many living texts have it."""
        ...

    def search(self, asked: Asked) -> tuple[Ints, Ints]:
        """Return hits ``(h, 4)`` (query, identifier, distance, how many runs) and the runs of all, ``(r, 2)``."""
        ...

    def without(self, ids: Ints) -> Self:
        """Return the part with these dead; itself when it holds none of them."""
        ...

    def living(self) -> Living:
        """Return the texts that live."""
        ...

    def newly_dead(self, before: Self) -> Ints:
        """Return the identifiers of those that lived ``before``."""
        ...

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return everything that a search may read."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rows:
    """What both kinds of part share: rows with identifiers, and the dead."""

    size: int
    capacity: int
    ids: Ids
    dead: Bytes = field(default_factory=lambda: _NONE_DEAD)
    died: int = 0

    def __len__(self) -> int:
        return self.size - self.died

    def without(self, ids: Ints) -> Self:
        """Return the part with these dead; see ``Part``."""
        rows = np.unique(self.ids.rows(ids, self.size))
        rows = rows[self._alive(rows)]
        if not len(rows):
            return self
        dead = self.dead.copy() if len(self.dead) else np.zeros((self.capacity + 7) // 8, dtype=np.uint8)
        np.bitwise_or.at(dead, rows >> 3, np.left_shift(1, rows & 7).astype(np.uint8))
        return replace(self, dead=dead, died=self.died + len(rows))

    def newly_dead(self, before: Self) -> Ints:
        """Return identifiers; see ``Part``."""
        if self.died == before.died:
            return np.zeros(0, dtype=np.int64)
        rows = np.arange(self.size)
        return self.ids.of(rows[~self._alive(rows) & before._alive(rows)])

    def _alive(self, rows: Ints) -> npt.NDArray[np.bool_]:
        if not len(self.dead):
            return np.ones(len(rows), dtype=np.bool_)
        return np.asarray(self.dead[rows >> 3] >> (rows & 7).astype(np.uint8) & 1 == 0, dtype=np.bool_)

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
class Sealed(_Rows):
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
        alive = self._alive(every)
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
class Growing(_Rows):
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
        alive = self._alive(every)
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
    unbroken = len(ids) == 0 or ids[-1] - ids[0] == len(ids) - 1
    hashes = np.concatenate([one.hashes for one in living])
    starts = np.concatenate([one.starts for one in living])
    return Sealed(
        size=len(ids),
        capacity=len(ids),
        ids=Ids(first=int(ids[0]) if len(ids) else 0, listed=None if unbroken else ids),
        postings=post_all(hashes, np.concatenate(rows), starts),
        sizes=np.concatenate([one.sizes for one in living]),
        letters=np.concatenate([one.letters for one in living]),
    )
