"""Codes as the kernels hold them, and the fixed shuffle of their bits.

Neighbouring bits of a perceptual hash agree more often than chance, so that 16 of them in a row take far fewer than
65,536 values and few buckets hold most codes: two unrelated pictures share a chunk several times as often as random
codes do. Shuffled, the bits of one chunk come from all over the picture, and no distance changes. The shuffle is made
here, number by number, and never changes: files hold shuffled codes.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.matching.living.arrays import Bytes, Ints, Shorts, Whole
from abate.numeric.kernels import njit, popcount

Words = npt.NDArray[np.uint64]
"""``(n, 4)``: 256 bits a row."""

BITS: Final = 256
WIDTH: Final = 32
WORDS: Final = 4
CHUNKS: Final = 16
SEED: Final = 0x5EED_0F_AB47E
"""Of the shuffle; a file written under another cannot be read by this one."""


class Question(NamedTuple):
    """What a search asks of each part."""

    queries: Words
    flips: Shorts
    """What a chunk may differ by at the start of a chain: every pattern of ``budgets[0]`` bits or fewer."""
    budgets: Ints
    """Bytes that the first one, two and three chunks of a chain may differ in; the radius; and at how many postings a
    query is crowded: of all, one in so many."""


@njit
def chunk(codes: Words, row: Whole, place: Whole) -> np.uint16:
    """Return chunk ``place``, 0 to 15, of a code."""
    return np.uint16(codes[row, place >> 2] >> np.uint64((place & 3) << 4))


@njit
def distance_between(codes: Words, row: Whole, queries: Words, q: Whole) -> Whole:
    """Return how many bits a code and a query differ in."""
    return np.int64(
        popcount(codes[row, 0] ^ queries[q, 0])
        + popcount(codes[row, 1] ^ queries[q, 1])
        + popcount(codes[row, 2] ^ queries[q, 2])
        + popcount(codes[row, 3] ^ queries[q, 3])
    )


@njit
def shuffle_into(codes: Bytes, table: npt.NDArray[np.uint64], shuffled: Words) -> None:
    """Write each code ``(n, 32)`` with its bits shuffled, a byte at a time, by the table of :func:`shuffle_table`."""
    for row in range(codes.shape[0]):
        one, two, three, four = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
        for place in range(WIDTH):
            value = codes[row, place]
            one |= table[place, value, 0]
            two |= table[place, value, 1]
            three |= table[place, value, 2]
            four |= table[place, value, 3]
        shuffled[row, 0] = one
        shuffled[row, 1] = two
        shuffled[row, 2] = three
        shuffled[row, 3] = four


def shuffled_places() -> list[int]:
    """Return, for each of the 256 bits, the place that it goes to: Fisher-Yates over splitmix64."""
    places, state = list(range(BITS)), SEED
    for last in range(BITS - 1, 0, -1):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        word = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
        other = (word ^ word >> 31) % (last + 1)
        places[last], places[other] = places[other], places[last]
    return places


@cache
def shuffle_table() -> npt.NDArray[np.uint64]:
    """Return ``(32, 256, 4)``: the words that each value of each byte gives."""
    table = np.zeros((WIDTH, BITS, WORDS), dtype=np.uint64)
    values = np.arange(BITS, dtype=np.uint64)
    for bit, place in enumerate(shuffled_places()):
        is_set = values >> np.uint64(bit % 8) & np.uint64(1)
        table[bit // 8, :, place // 64] |= is_set << np.uint64(place % 64)
    return table


def shuffled(codes: Bytes) -> Words:
    """Return codes ``(n, 32)`` as shuffled words.

    :raises InputError: when they are not bytes of that shape
    """
    if codes.ndim != 2 or codes.shape[1] != WIDTH or codes.dtype != np.uint8:  # noqa: PLR2004 - a table has two
        msg = f"codes of shape {codes.shape} and type {codes.dtype} are not 256-bit codes; give uint8 of shape (n, 32)"
        raise InputError(msg, where="codes")
    words = np.empty((len(codes), WORDS), dtype=np.uint64)
    # A kernel is compiled anew for an array that cannot be written to.
    whole = codes if codes.flags.c_contiguous and codes.flags.writeable else codes.copy()
    shuffle_into(whole, shuffle_table(), words)
    return words
