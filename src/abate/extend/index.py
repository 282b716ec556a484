"""An index: finds the entries near a value. Entry-point group ``abate.indexes``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One neighbour."""

    position: int
    """Position of the entry's value in the sequence that the index was built from."""
    distance: int


class Index(Protocol):
    """A built index. Immutable: a changed bank gets a new one, swapped in whole."""

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, its neighbours within the radius, nearest first, ties by position."""
        ...

    def __len__(self) -> int:
        """Return how many values are held."""
        ...


class IndexType(Protocol):
    """Builds indexes."""

    name: str

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        """Build an index over canonical ``values``; one value may stand there more than once."""
        ...
