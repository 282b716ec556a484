"""Brute-force Hamming search over 256-bit values, a tile at a time: the oracle, and the answer to a wide radius.

A value is four 64-bit words. A tile is turned so that its values lie word by word and one instruction counts several of
them; it stays in the first-level cache while every query passes over it. Half of the bits decide first: two unrelated
values differ in 64 ± 6 of 128, so at a radius of 31 about one in 10⁹ needs the other half. That is speed only; the
answer is exact.
"""

from typing import Final

import numpy as np

from abate.matching.hamming.codes import Words
from abate.matching.living.arrays import Bytes, Ints, is_dead
from abate.numeric.kernels import njit, popcount

TILE: Final = 2048
"""Known values a tile: two words of 8 bytes each make 32 KiB."""


@njit
def search(known: Words, dead: Bytes, queries: Words, radius: int, found: Ints) -> int:
    """Write ``(query, position, distance)`` rows into ``found`` and return how many there are.

    :param known: ``(n, 4)``
    :param dead: a bit a value, set where it is not to be found; empty when all are
    :param queries: ``(m, 4)``
    :param found: ``(capacity, 3)``; rows beyond the capacity are counted, not written: the caller comes again
    """
    count = 0
    turned = np.empty((4, TILE), dtype=np.uint64)
    for start in range(0, known.shape[0], TILE):
        length = min(TILE, known.shape[0] - start)
        for i in range(length):
            for word in range(4):
                turned[word, i] = known[start + i, word]
        for q in range(queries.shape[0]):
            if any_near(turned[:, :length], queries, q, radius):
                room = found[min(count, found.shape[0]) :]
                count += search_tile(turned[:, :length], (start, q), dead, queries, radius, room)
    return count


@njit
def any_near(tile: Words, queries: Words, q: int, radius: int) -> bool:
    """Return whether the first half of any value lies within the radius."""
    one, two = queries[q, 0], queries[q, 1]
    first, second = tile[0], tile[1]
    # Signed and unsigned words meet as floats in numba, and the loop would no longer be counted eight at a time.
    limit = np.uint64(radius)
    near = np.uint64(0)
    for i in range(tile.shape[1]):
        near += np.uint64(popcount(first[i] ^ one) + popcount(second[i] ^ two) <= limit)
    return bool(near != 0)


@njit
def search_tile(tile: Words, at: tuple[int, int], dead: Bytes, queries: Words, radius: int, found: Ints) -> int:
    """Search one tile, whose first value and query are ``at``, value by value."""
    start, q = at
    count = 0
    for i in range(tile.shape[1]):
        half = popcount(tile[0, i] ^ queries[q, 0]) + popcount(tile[1, i] ^ queries[q, 1])
        if np.int64(half) > radius:
            continue
        distance = np.int64(half + popcount(tile[2, i] ^ queries[q, 2]) + popcount(tile[3, i] ^ queries[q, 3]))
        if distance > radius or is_dead(dead, start + i):
            continue
        if count < found.shape[0]:
            found[count, 0] = q
            found[count, 1] = start + i
            found[count, 2] = distance
        count += 1
    return count
