"""Finds texts that repeat each other in part, by their winnowing fingerprints. What it finds it has verified."""

import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from abate.domain.errors import InputError
from abate.domain.signal import Span
from abate.extend.index import Hit, Index
from abate.matching.living.merging import Beside

if TYPE_CHECKING:
    from abate.matching.winnowing.index import WinnowingIndex

__all__ = ["WinnowingIndex", "WinnowingIndexType", "WinnowingLookup"]

# late: abate.matching.winnowing.index, abate.matching.winnowing.sketches - numba: not for who has no such entry

FARTHEST: Final = 100
BATCH: Final = 64
"""Values looked up at once, so that what one answer takes stays bounded."""
BATCH_DIGITS: Final = 1 << 20
FILE: Final = "near_text.index"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562's signature
    """Give ``WinnowingIndex`` to who imports it from here, and load numba only then."""
    if name == "WinnowingIndex":
        from abate.matching.winnowing.index import WinnowingIndex

        return WinnowingIndex
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


class WinnowingLookup:
    """A winnowing index over written values, for one radius. Lookups may run while values come and go."""

    def __init__(self, index: "WinnowingIndex", *, radius: int) -> None:
        """Answer from ``index``; :meth:`WinnowingIndexType.build` makes one."""
        self._radius = radius
        self._index = index
        self._merging = Beside()

    @classmethod
    def over(cls, values: Sequence[str], *, radius: int, path: Path | None = None) -> Self:
        """Build over values, or open what was built over them and saved at ``path``."""
        from abate.matching.winnowing.index import WinnowingIndex

        written = _bytes_of(values)
        index = WinnowingIndex.build(written) if path is None else WinnowingIndex.open_or_build(path, written)
        return cls(index, radius=radius)

    def __len__(self) -> int:
        """Return how many values are held."""
        return len(self._index)

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, the texts that it repeats within the radius, nearest first, ties by position.

        A hit's distance says how much of the shorter text is not in the other, in percent of its fingerprints; its runs
        say which of the value's letters the entry repeats. Of texts that more than a hundred entries repeat, those that
        share most are found.

        :raises InputError: when a value is no text's fingerprints
        """
        hits: list[list[Hit]] = []
        batch: list[str] = []
        digits = 0
        for value in values:
            batch.append(value)
            digits += len(value)
            if len(batch) == BATCH or digits > BATCH_DIGITS:
                hits += self._hits(batch)
                batch, digits = [], 0
        return hits + self._hits(batch) if batch else hits

    def _hits(self, values: Sequence[str]) -> list[list[Hit]]:
        from abate.matching.winnowing.sketches import read_sketches

        found, runs = self._index.search(read_sketches(_bytes_of(values)))
        hits: list[list[Hit]] = [[] for _ in values]
        begin = 0
        for query, entry, distance, end in found.tolist():
            if distance <= self._radius:
                spans = tuple(Span(start=first, end=behind) for first, behind in runs[begin:end].tolist())
                hits[query].append(Hit(position=entry, distance=distance, runs=spans))
            begin = end
        return hits

    def meeting(self, written: Sequence[bytes]) -> list[int]:
        """Return the places of those packed values that repeat something that is held, ascending.

        What is no text's fingerprints meets nothing.
        """
        from abate.matching.winnowing.sketches import read_what_can_be

        sketches, places = read_what_can_be(written)
        found, _ = self._index.search(sketches)
        return [places[query] for query in np.unique(found[found[:, 2] <= self._radius, 0]).tolist()]

    def add(self, values: Sequence[str]) -> int:
        """Add values; the first gets the position returned, the others those after it.

        :raises InputError: when a value is no text's fingerprints; none is then added
        """
        from abate.matching.winnowing.sketches import read_sketches

        first = self._index.add(read_sketches(_bytes_of(values)))
        self._merging.merge_when_due(self._index)
        return first

    def discard(self, positions: Sequence[int]) -> None:
        """Take out what stands at these positions; nothing else moves."""
        self._index.discard(np.array(positions, dtype=np.int64))
        self._merging.merge_when_due(self._index)


class WinnowingIndexType:
    """Builds winnowing indexes."""

    name = "winnowing"

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        """Build an index over canonical ``values``, as ``near_text`` writes them.

        :param radius: percent of the shorter text that may be missing from the other, 0–100
        :raises InputError: when a value is no text's fingerprints, or the radius is not within 0–100
        """
        return WinnowingLookup.over(values, radius=_checked(radius))

    def open_or_build(self, folder: Path, values: Sequence[str], *, radius: int) -> Index:
        """Return what :meth:`build` gives, from a file in ``folder`` where one holds these values or the first of them.

        Otherwise it is built and the file written: a process that starts again with the same bank opens it. A file
        that is damaged is written anew. The folder is not made.

        :raises InputError: as :meth:`build`
        :raises ConflictError: while another process writes the file
        :raises OSError: when it cannot be written
        """
        return WinnowingLookup.over(values, radius=_checked(radius), path=folder / FILE)


def _checked(radius: int) -> int:
    if not 0 <= radius <= FARTHEST:
        msg = f"a radius of {radius} percent is not within 0–{FARTHEST}; correct the signal type"
        raise InputError(msg, where="radius")
    return radius


def _bytes_of(values: Sequence[str]) -> list[bytes]:
    """Return values in hexadecimal as bytes.

    :raises InputError: when one is not in hexadecimal
    """
    try:
        return [binascii.unhexlify(value) for value in values]
    except ValueError as error:
        bad = next(value for value in values if not _is_hex(value))
        msg = f"{bad[:80]!r} is no text's fingerprints; a winnowing index takes what near_text writes"
        raise InputError(msg) from error


def _is_hex(value: str) -> bool:
    return len(value) % 2 == 0 and all(digit in "0123456789abcdefABCDEF" for digit in value)
