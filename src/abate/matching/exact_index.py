"""Finds equal values: a dictionary."""

from collections.abc import Sequence
from threading import Lock

from abate.domain.errors import InputError
from abate.extend.index import Hit, Index


class ExactIndex:
    """Equal values only."""

    def __init__(self, values: Sequence[str]) -> None:
        self._next = 0
        self._hits: dict[str, list[Hit]] = {}
        self._values: dict[int, str] = {}
        self._one_at_a_time = Lock()
        self.add(values)

    def __len__(self) -> int:
        """Return how many values are held."""
        return len(self._values)

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, its equals by position."""
        with self._one_at_a_time:
            return [[*self._hits.get(value, ())] for value in values]

    def add(self, values: Sequence[str]) -> int:
        """Add values; the first gets the position returned, the others those after it."""
        with self._one_at_a_time:
            first = self._next
            for position, value in enumerate(values, first):
                self._hits.setdefault(value, []).append(Hit(position=position, distance=0))
                self._values[position] = value
            self._next += len(values)
            return first

    def discard(self, positions: Sequence[int]) -> None:
        """Take out what stands at these positions; nothing else moves."""
        with self._one_at_a_time:
            for position in positions:
                value = self._values.pop(position, None)
                if value is not None:
                    self._drop(value, position)

    def _drop(self, value: str, position: int) -> None:
        left = [hit for hit in self._hits[value] if hit.position != position]
        if left:
            self._hits[value] = left
        else:
            del self._hits[value]


class ExactIndexType:
    """Builds exact indexes."""

    name = "exact"

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        """Build an index over canonical ``values``.

        :raises InputError: for a radius other than 0, which a dictionary cannot serve
        """
        if radius != 0:
            msg = f"an exact index finds equal values only, not those within {radius}; name another index in the plug"
            raise InputError(msg, where="radius")
        return ExactIndex(values)
