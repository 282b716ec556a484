"""The compiled inner loops of counting pairs. Importing it imports numba.

A pair is one number below ``2 ** bits``; mixed one to one, its highest bits say in which bucket it lies and the rest,
in one word with the week, is all that the bucket keeps of it. Everything here is unsigned, as in the other kernels.
"""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Whole = npt.NDArray[np.int64]
Words64 = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.signedinteger]
"""Shape ``(rows,)``, int32 or int64."""

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
"""In a hash set: nothing. No kept word has its highest bit set."""
_U = np.uint64
_ONE = _U(1)
_K0, _K1 = _U(0x9E3779B97F4A7C15), _U(0xD6E8FEB86659FD93)
_HALF = _U(32)


@njit
def pair_sizes(one: Numbers, other: Numbers, others: int, bits: int, shift: int, sizes: Whole) -> None:
    """Count the pairs ``one * others + other`` of each bucket.

    :param bits: a pair is below ``2 ** bits``
    :param shift: ``bits`` less the binary logarithm of the number of buckets
    """
    width, mask, half, down = _U(others), (_ONE << _U(bits)) - _ONE, _U((bits + 1) // 2), _U(shift)
    for row in range(len(one)):
        mixed = ((_U(one[row]) * width + _U(other[row])) * _K0) & mask
        mixed = ((mixed ^ (mixed >> half)) * _K1) & mask
        sizes[mixed >> down] += 1


@njit
def fill_pairs(  # noqa: PLR0913, PLR0917 - a kernel's state lies in arrays
    one: Numbers,
    other: Numbers,
    others: int,
    bits: int,
    shift: int,
    week: Numbers,
    cell: Numbers,
    cells: int,
    room: int,
    places: Whole,
    kept: Words64,
) -> None:
    """Write what is left of each pair, and above it nothing, with the week and cell in the lowest ``room`` bits.

    :param cell: shape ``(rows,)``; not looked at where there is one
    :param places: where each bucket goes on; moved forward
    """
    width, mask, half, down = _U(others), (_ONE << _U(bits)) - _ONE, _U((bits + 1) // 2), _U(shift)
    rest, up = (_ONE << down) - _ONE, _U(room)
    for row in range(len(one)):
        mixed = ((_U(one[row]) * width + _U(other[row])) * _K0) & mask
        mixed = ((mixed ^ (mixed >> half)) * _K1) & mask
        bucket = mixed >> down
        place = places[bucket]
        where = _U(week[row]) * _U(cells) + _U(cell[row]) if cells > 1 else _U(week[row])
        kept[_U(place)] = ((mixed & rest) << up) | where
        places[bucket] = place + 1


@njit
def count_pairs(  # noqa: PLR0913, PLR0917 - as above
    kept: Words64, ends: Whole, first: int, last: int, room: int, table: Words64, more: Words64, counts: Whole
) -> int:
    """Count the different pairs of each week and cell in the buckets from ``first`` to ``last``.

    A pair that lies in several weeks is rare enough to be looked up again, in a second set.

    :param ends: where each bucket ends in ``kept``
    :param table: at least twice the largest bucket, a power of two; ``more`` likewise
    :param counts: shape ``(weeks * cells,)``, added to
    :return: how many different pairs there are, whatever their weeks
    """
    up, low = _U(room), (_ONE << _U(room)) - _ONE
    whole = 0
    for bucket in range(first, last):
        begin = ends[bucket - 1] if bucket else 0
        size = 16
        while size < 2 * (ends[bucket] - begin):
            size *= 2
        mask = _U(size - 1)
        table[:size] = EMPTY
        again = False
        for place in range(begin, ends[bucket]):
            word = kept[place]
            pair = word >> up
            mixed = pair * _K0
            slot = (mixed ^ (mixed >> _HALF)) & mask
            while table[slot] != EMPTY and table[slot] >> up != pair:
                slot = (slot + _ONE) & mask
            if table[slot] == EMPTY:
                table[slot] = word
                whole += 1
                counts[word & low] += 1
            elif table[slot] != word:
                if not again:
                    more[:size] = EMPTY
                    again = True
                mixed = word * _K0
                slot = (mixed ^ (mixed >> _HALF)) & mask
                while more[slot] != EMPTY and more[slot] != word:
                    slot = (slot + _ONE) & mask
                if more[slot] == EMPTY:
                    more[slot] = word
                    counts[word & low] += 1
    return whole
