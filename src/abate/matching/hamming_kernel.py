"""Brute-force Hamming search over 256-bit values, a tile of the known values at a time.

A value is four 64-bit words; the known values lie word by word, so that one instruction counts several of them. A tile
stays in the first-level cache while every query passes over it. Half of the bits decide first: two unrelated values
differ in 64 ± 6 of 128, so at a radius of 31 about one in 10⁹ needs the other half. That is speed only; the answer is
exact.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit, popcount

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

TILE: Final = 2048
"""Known values a tile: two words of 8 bytes each make 32 KiB."""


@njit
def search(known: Words, queries: Words, radius: int, found: Ints) -> int:
    """Write ``(query, position, distance)`` rows into ``found`` and return how many there are.

    :param known: ``(4, n)``
    :param queries: ``(m, 4)``
    :param found: ``(capacity, 3)``; rows beyond the capacity are counted, not written: the caller comes again
    """
    count = 0
    length = known.shape[1]
    # Signed and unsigned words meet as floats in numba, and the loop would no longer be counted eight at a time.
    limit = np.uint64(radius)
    for start in range(0, length, TILE):
        end = min(start + TILE, length)
        first, second, third, fourth = (
            known[0, start:end],
            known[1, start:end],
            known[2, start:end],
            known[3, start:end],
        )
        for q in range(queries.shape[0]):
            one, two, three, four = queries[q, 0], queries[q, 1], queries[q, 2], queries[q, 3]
            near = np.uint64(0)
            for i in range(end - start):
                near += np.uint64(popcount(first[i] ^ one) + popcount(second[i] ^ two) <= limit)
            if near == 0:
                continue
            for i in range(end - start):
                half = popcount(first[i] ^ one) + popcount(second[i] ^ two)
                if half > limit:
                    continue
                distance = half + popcount(third[i] ^ three) + popcount(fourth[i] ^ four)
                if distance > limit:
                    continue
                if count < found.shape[0]:
                    found[count, 0] = q
                    found[count, 1] = start + i
                    found[count, 2] = distance
                count += 1
    return count
