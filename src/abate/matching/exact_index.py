"""Finds equal values: a dictionary."""

from collections import defaultdict
from collections.abc import Sequence

from abate.domain.errors import InputError
from abate.extend.index import Hit, Index


class ExactIndex:
    """Equal values only."""

    def __init__(self, values: Sequence[str]) -> None:
        self._length = len(values)
        self._hits: dict[str, list[Hit]] = defaultdict(list)
        for position, value in enumerate(values):
            self._hits[value].append(Hit(position=position, distance=0))

    def __len__(self) -> int:
        """Return how many values are held."""
        return self._length

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, its equals by position."""
        return [list(self._hits.get(value, ())) for value in values]


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
