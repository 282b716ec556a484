"""Finds 256-bit values that differ in few bits. Exact: every neighbour within the radius is found, and no other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.extend.index import Hit, Index
from abate.matching.living.merging import Beside

if TYPE_CHECKING:
    from abate.matching.hamming.index import HammingIndex

__all__ = ["BATCH", "HammingIndex", "HammingIndexType", "HammingLookup", "codes_of"]

# late: abate.matching.hamming.index - brings numba, which takes most of a second: not for who has no such entry

DIGITS: Final = 64
BITS: Final = 256
BATCH: Final = 4096
"""Values looked up at once; bounds the memory that one answer can take."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562's signature
    """Give ``HammingIndex`` to who imports it from here, and load numba only then."""
    if name == "HammingIndex":
        from abate.matching.hamming.index import HammingIndex

        return HammingIndex
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


class HammingLookup:
    """A Hamming index over values in hexadecimal, for one radius. Lookups may run while values come and go."""

    def __init__(self, values: Sequence[str], *, radius: int) -> None:
        from abate.matching.hamming.index import HammingIndex

        self._radius = radius
        self._index = HammingIndex.build(codes_of(values))
        self._merging = Beside()

    def __len__(self) -> int:
        """Return how many values are held."""
        return len(self._index)

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, its neighbours within the radius, nearest first, ties by position.

        :raises InputError: when a value is not 64 hexadecimal digits
        """
        queries = codes_of(values)
        hits: list[list[Hit]] = [[] for _ in values]
        for start in range(0, len(values), BATCH):
            found = self._index.search(queries[start : start + BATCH], self._radius)
            for query, entry, distance in zip(*(column.tolist() for column in found), strict=True):
                hits[start + query].append(Hit(position=entry, distance=distance))
        return hits

    def add(self, values: Sequence[str]) -> int:
        """Add values; the first gets the position returned, the others those after it.

        :raises InputError: when a value is not 64 hexadecimal digits; none is then added
        """
        given = self._index.add(codes_of(values))
        self._merging.merge_when_due(self._index)
        return int(given[0]) if len(given) else self._index.next_id

    def discard(self, positions: Sequence[int]) -> None:
        """Take out what stands at these positions; nothing else moves."""
        self._index.discard(np.array(positions, dtype=np.int64))
        self._merging.merge_when_due(self._index)


class HammingIndexType:
    """Builds Hamming indexes."""

    name = "hamming"

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        """Build an index over canonical ``values`` of 256 bits.

        :raises InputError: when a value is not 64 hexadecimal digits, or the radius is not within 0–256
        """
        if not 0 <= radius <= BITS:
            msg = f"a radius of {radius} bits is not within 0–{BITS}; correct the signal type"
            raise InputError(msg, where="radius")
        return HammingLookup(values, radius=radius)


def codes_of(values: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return values in hexadecimal as codes ``(n, 32)``.

    :raises InputError: when a value is not 64 hexadecimal digits
    """
    for value in values:
        if len(value) != DIGITS:
            raise _refusal(value)
    try:
        # Writable, because a kernel is compiled anew for an array that is not.
        packed = bytearray.fromhex("".join(values))
    except ValueError as error:
        raise _refusal(next(value for value in values if not _is_hex(value))) from error
    if len(packed) * 2 != DIGITS * len(values):
        # fromhex passes over white space
        raise _refusal(next(value for value in values if not _is_hex(value)))
    return np.frombuffer(packed, dtype=np.uint8).reshape(len(values), DIGITS // 2)


def _is_hex(value: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in value)


def _refusal(value: str) -> InputError:
    return InputError(f"{value[:80]!r} is not a 256-bit value; a Hamming index takes {DIGITS} hexadecimal digits")
