"""Rows that are searched together. Values: changing one gives another, and searches keep the old.

Rows are lost by a bitmap of their dead that is copied when it changes, so that a search sees one moment from its first
query to its last.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from abate.matching.living.arrays import Bytes, Ints

_NONE_DEAD: Final = np.zeros(0, dtype=np.uint8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ids:
    """The identifiers of rows, ascending: listed, or in one unbroken run."""

    first: int
    listed: Ints | None = None

    @classmethod
    def over(cls, ids: Ints) -> Self:
        """Return the identifiers ``ids``, ascending, as a run where they are one."""
        unbroken = len(ids) == 0 or ids[-1] - ids[0] == len(ids) - 1
        return cls(first=int(ids[0]) if len(ids) else 0, listed=None if unbroken else ids)

    def of(self, rows: Ints) -> Ints:
        """Return the identifiers of these rows."""
        return rows + self.first if self.listed is None else self.listed[rows]

    def rows(self, ids: Ints, length: int) -> Ints:
        """Return the rows, of ``length``, that these identifiers stand at; others are passed over."""
        if self.listed is None:
            rows = ids - self.first
            return rows[(rows >= 0) & (rows < length)]
        at = np.minimum(np.searchsorted(self.listed[:length], ids), max(length - 1, 0))
        return at[self.listed[at] == ids] if length else at[:0]


class Part(Protocol):
    """Rows that are searched together, as a state sees them; each kind of index adds how."""

    @property
    def size(self) -> int:
        """Rows, the dead ones among them."""
        ...

    @property
    def dead(self) -> Bytes:
        """A bit a row, or nothing at all when all live."""
        ...

    @property
    def grows(self) -> bool:
        """Whether rows may still be added to it."""
        ...

    def __len__(self) -> int:
        """Return how many rows live."""
        ...

    def without(self, ids: Ints) -> Self:
        """Return the part with these dead; itself when it holds none of them."""
        ...

    def newly_dead(self, before: Self) -> Ints:
        """Return the identifiers of those that lived ``before``."""
        ...

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return everything that a search may read."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class LivingRows:
    """What parts of every kind share: rows with identifiers, and the dead."""

    size: int
    capacity: int
    """Rows that there is room for in the bitmap of the dead."""
    ids: Ids
    dead: Bytes = field(default_factory=lambda: _NONE_DEAD)
    died: int = 0

    def __len__(self) -> int:
        return self.size - self.died

    @property
    def grows(self) -> bool:
        """Say no; see ``Part``."""
        return False

    def without(self, ids: Ints) -> Self:
        """Return the part with these dead; see ``Part``."""
        rows = np.unique(self.ids.rows(ids, self.size))
        rows = rows[self.lives(rows)]
        if not len(rows):
            return self
        dead = self.dead.copy() if len(self.dead) else np.zeros((self.capacity + 7) // 8, dtype=np.uint8)
        np.bitwise_or.at(dead, rows >> 3, np.left_shift(1, rows & 7).astype(np.uint8))
        return replace(self, dead=dead, died=self.died + len(rows))

    def newly_dead(self, before: Self) -> Ints:
        """Return identifiers; see ``Part``."""
        if self.died == before.died:
            return np.zeros(0, dtype=np.int64)
        rows = np.flatnonzero(np.unpackbits(self.dead, bitorder="little", count=self.size))
        return self.ids.of(rows[before.lives(rows)])

    def lives(self, rows: Ints) -> npt.NDArray[np.bool_]:
        """Say of each of these rows whether it lives."""
        if not len(self.dead):
            return np.ones(len(rows), dtype=np.bool_)
        return np.asarray(self.dead[rows >> 3] >> (rows & 7).astype(np.uint8) & 1 == 0, dtype=np.bool_)
