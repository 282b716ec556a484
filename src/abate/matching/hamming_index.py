"""Finds 256-bit values that differ in few bits. Exact: every neighbour within the radius is found, and no other."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.extend.index import Hit, Index

DIGITS: Final = 64
BITS: Final = 256
BATCH: Final = 1024
"""Values looked up by one run of the kernel; bounds the memory that one run's answer can take."""

_FIRST_ROOM: Final = 4096
"""Rows of hits that a run has room for before it must come again."""


class HammingIndex:
    """Known values, word by word. 32 bytes each; never changes, so any number of threads may look up."""

    def __init__(self, values: Sequence[str], *, radius: int) -> None:
        self._radius = radius
        self._known = np.ascontiguousarray(_words(values).T)

    def __len__(self) -> int:
        """Return how many values are held."""
        return int(self._known.shape[1])

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, its neighbours within the radius, nearest first, ties by position.

        :raises InputError: when a value is not 64 hexadecimal digits
        """
        queries = _words(values)
        hits: list[list[Hit]] = []
        for start in range(0, len(values), BATCH):
            hits.extend(self._batch(queries[start : start + BATCH]))
        return hits

    def _batch(self, queries: npt.NDArray[np.uint64]) -> list[list[Hit]]:
        # numba takes most of a second to import: paid at the first lookup
        from abate.matching.hamming_kernel import search

        found = np.empty((_FIRST_ROOM, 3), dtype=np.int64)
        count = search(self._known, queries, self._radius, found)
        if count > len(found):
            found = np.empty((count, 3), dtype=np.int64)
            search(self._known, queries, self._radius, found)
        hits: list[list[Hit]] = [[] for _ in queries]
        rows = found[:count]
        for query, position, distance in rows[np.lexsort((rows[:, 1], rows[:, 2]))].tolist():
            hits[query].append(Hit(position=position, distance=distance))
        return hits


class HammingIndexType:
    """Builds brute-force Hamming indexes."""

    name = "hamming"

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        """Build an index over canonical ``values`` of 256 bits.

        :raises InputError: when a value is not 64 hexadecimal digits, or the radius is not within 0–256
        """
        if not 0 <= radius <= BITS:
            msg = f"a radius of {radius} bits is not within 0–{BITS}; correct the signal type"
            raise InputError(msg, where="radius")
        return HammingIndex(values, radius=radius)


def _words(values: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Return ``(n, 4)`` words. Their order within a value does not matter to a distance."""
    for value in values:
        if len(value) != DIGITS:
            raise _refusal(value)
    try:
        packed = bytes.fromhex("".join(values))
    except ValueError as error:
        raise _refusal(next(value for value in values if not _is_hex(value))) from error
    if len(packed) * 2 != DIGITS * len(values):
        # bytes.fromhex passes over white space
        raise _refusal(next(value for value in values if not _is_hex(value)))
    return np.frombuffer(packed, dtype=np.uint64).reshape(len(values), 4)


def _is_hex(value: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in value)


def _refusal(value: str) -> InputError:
    return InputError(f"{value[:80]!r} is not a 256-bit value; a Hamming index takes {DIGITS} hexadecimal digits")
