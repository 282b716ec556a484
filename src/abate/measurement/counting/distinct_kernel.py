"""The compiled inner loops of exact counts. Importing it imports numba.

Each loop works on a stretch of its rows, so that plain threads can share them. Where numbers are unsigned, all are:
numba makes a float of an unsigned and a signed number together.
"""

import numpy as np
import numpy.typing as npt

from abate.measurement.weeks import WEEK
from abate.numeric.kernels import njit, popcount

Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.signedinteger]
"""Shape ``(rows,)``, int32 or int64."""
Bits = npt.NDArray[np.uint64]

_WEEK = int(WEEK)
"""A constant here, so that the division becomes a multiplication."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_LOT, _LOW = np.uint64(0x9E3779B1), np.uint64(0xFFFFFFFF)
"""As where a sample is drawn from few rows."""
NOBODY = -2
"""In a table of homes: not seen yet. -1 is a missing cell."""


@njit
def set_bits(week: Numbers, cell: Numbers, unit: Numbers, cells: int, bits: Bits) -> None:
    """Set bit ``unit[i]`` of row ``week[i] * cells + cell[i]``; ``bits`` has shape ``(weeks * cells, words)``."""
    for row in range(len(week)):
        place, number = np.uint64(week[row]), np.uint64(unit[row])
        if cells > 1:
            place = place * np.uint64(cells) + np.uint64(cell[row])
        bits[place, number >> np.uint64(6)] |= np.uint64(1) << (number & np.uint64(63))


@njit
def count_bits(bits: Bits, counts: Whole) -> None:
    """Write how many bits each row has set; ``counts`` has shape ``(rows,)``."""
    for row in range(len(bits)):
        total = np.int64(0)
        for place in range(bits.shape[1]):
            total += np.int64(popcount(bits[row, place]))
        counts[row] = total


@njit
def spans(unit: Numbers, at: Whole, first: Whole, last: Whole) -> None:
    """Lower ``first`` and raise ``last`` of each unit to its times."""
    for row in range(len(unit)):
        number = np.uint64(unit[row])
        first[number] = min(first[number], at[row])
        last[number] = max(last[number], at[row])


@njit
def last_rows(unit: Numbers, rows: Whole) -> None:
    """Write the last row of each unit; shape ``(units,)``."""
    for row in range(len(unit)):
        rows[np.uint64(unit[row])] = row


@njit
def gaps(there: npt.NDArray[np.bool_], silent: int, last: Whole, unit: Whole, week: Whole, gap: Whole) -> int:
    """Find where a unit is there again after at least so many weeks in which it was not.

    :param there: shape ``(weeks, units)``
    :param last: shape ``(units,)``, filled with -1: the last week in which each was there; changed in place
    :param unit: room for the unit of each find, as ``week`` and ``gap`` for its week and its weeks of silence
    :return: how many there are
    """
    count = 0
    for place in range(there.shape[0]):
        for number in range(there.shape[1]):
            if there[place, number]:
                between = place - last[number] - 1
                if between >= silent and last[number] >= 0:
                    unit[count], week[count], gap[count] = number, place, between
                    count += 1
                last[number] = place
    return count


@njit
def drawn(number: Numbers, step: int, rows: npt.NDArray[np.int32]) -> int:
    """Write the rows of one number in ``step``, of each so many in a row by lot; of a negative number none.

    :param rows: shape ``(rows,)``; written from the front
    :return: how many there are
    """
    count = 0
    # A product is quicker than a quotient, and half a step of room on either side makes it as exact.
    part = 1.0 / step
    for row in range(len(number)):
        value = np.int64(number[row])
        block = np.int64((value + 0.5) * part)
        lot = (((np.uint64(block) * _LOT) & _LOW) * np.uint64(step)) >> _HALF
        rows[count] = row
        count += int(value >= 0 and value - block * step == np.int64(lot))
    return count


@njit
def mark_weeks(at: Whole, start: int, there: npt.NDArray[np.bool_]) -> None:
    """Set ``there`` for each week after ``start`` in which a time lies; shape ``(weeks,)``."""
    for row in range(len(at)):
        there[np.uint64((at[row] - start) // _WEEK)] = True


@njit
def mark(one: Numbers, other: Numbers, there: npt.NDArray[np.bool_]) -> None:
    """Set ``there`` for each pair of numbers, which are its places."""
    for row in range(len(one)):
        there[np.uint64(one[row]), np.uint64(other[row])] = True


@njit
def week_numbers(at: Whole, start: int, weeks: Numbers) -> tuple[int, int]:
    """Write how many weeks after ``start`` each time lies.

    :return: the smallest number, or 0 where none is below it, and the largest
    """
    low, high = 0, 0
    for row in range(len(at)):
        number = (at[row] - start) // _WEEK
        low, high = min(low, number), max(high, number)
        weeks[row] = number
    return low, high


@njit
def lies_in_one(inner: Numbers, outer: Numbers, home: Numbers) -> bool:
    """Say whether each inner value comes with a single outer one.

    :param home: shape ``(inner values + 1,)``, of a type that holds all outer values, filled with ``NOBODY``; the last
        is for a missing cell
    """
    last = np.uint64(len(home) - 1)
    for row in range(len(inner)):
        # That of a missing cell is far beyond the last.
        place = min(np.uint64(inner[row]), last)
        if home[place] != outer[row]:
            if home[place] != NOBODY:
                return False
            home[place] = outer[row]
    return True


@njit
def occurrence(number: Numbers, there: npt.NDArray[np.bool_]) -> None:
    """Mark the numbers that occur in ``there``."""
    for row in range(len(number)):
        there[np.uint64(number[row])] = True


@njit
def bucket_sizes(group: Numbers, key: Numbers, shift: int, sizes: Whole) -> None:
    """Count the rows of each bucket: the group, divided by the highest bits of the mixed key.

    :param shift: 64 less the number of those bits; 64 for none
    """
    parts = 1 << (64 - shift)
    for row in range(len(key)):
        part = (np.uint64(key[row]) * _MIX) >> np.uint64(shift) if shift < 64 else np.uint64(0)  # noqa: PLR2004 - bits
        sizes[group[row] * parts + np.int64(part)] += 1


@njit
def fill_buckets(
    group: Numbers, key: Numbers, shift: int, places: Whole, kept: Whole, rows: Numbers, begun: int
) -> None:
    """Write each key to the next place of its bucket, and its row number where ``rows`` has room for it.

    :param places: where each bucket goes on; moved forward
    :param begun: the number of the first row
    """
    parts = 1 << (64 - shift)
    for row in range(len(key)):
        part = (np.uint64(key[row]) * _MIX) >> np.uint64(shift) if shift < 64 else np.uint64(0)  # noqa: PLR2004 - bits
        bucket = group[row] * parts + np.int64(part)
        place = places[bucket]
        kept[place] = key[row]
        if len(rows):
            rows[place] = begun + row
        places[bucket] = place + 1


@njit
def count_buckets(  # noqa: PLR0913, PLR0917 - a kernel's state lies in arrays
    kept: Whole, ends: Whole, first: int, last: int, parts: int, units: int, table: Whole, counts: Whole
) -> None:
    """Count the different keys of the buckets from ``first`` to ``last`` by a hash set that fits the cache.

    :param ends: where each bucket ends in ``kept``
    :param units: a key is ``cell * units + unit``; ``counts`` has shape ``(weeks, cells)``
    :param table: at least twice the largest bucket, a power of two
    """
    for bucket in range(first, last):
        begin = ends[bucket - 1] if bucket else 0
        size = 16
        while size < 2 * (ends[bucket] - begin):
            size *= 2
        mask = np.uint64(size - 1)
        table[:size] = -1
        for place in range(begin, ends[bucket]):
            key = kept[place]
            mixed = np.uint64(key) * _MIX
            slot = (mixed ^ (mixed >> _HALF)) & mask
            while table[slot] != key:
                if table[slot] < 0:
                    table[slot] = key
                    counts[bucket // parts, key // units if counts.shape[1] > 1 else 0] += 1
                    break
                slot = (slot + np.uint64(1)) & mask


@njit
def in_order(posted: Whole, observed: Whole, unknown: int) -> bool:
    """Say whether every posting time is known and none lies after its observation."""
    late = 0
    for row in range(len(posted)):
        late += int(posted[row] == unknown or posted[row] > observed[row])
    return late == 0


@njit
def bound_times(posted: Whole, observed: Whole, unknown: int, at: Whole) -> int:
    """Write the posting time, but never one after the observation; the observation where it is unknown.

    :return: how many are unknown
    """
    late = 0
    for row in range(len(at)):
        if posted[row] == unknown:
            late += 1
            at[row] = observed[row]
        else:
            at[row] = min(posted[row], observed[row])
    return late


@njit
def earliest(item: Numbers, at: Whole, posted: Whole, unknown: int, first: Whole, known: npt.NDArray[np.bool_]) -> None:
    """Find the time of each item: the earliest among the rows that know their posting time, else among all.

    :param item: shape ``(rows,)``, -1 for a row without one
    :param posted: shape ``(rows,)``, or empty where no row knows it
    :param first: shape ``(items,)``, filled with the largest number; written
    """
    for row in range(len(item)):
        number = item[row]
        if number < 0:
            continue
        knows = len(posted) > 0 and posted[row] != unknown
        if knows and not known[number]:
            known[number] = True
            first[number] = at[row]
        elif knows == known[number]:
            first[number] = min(first[number], at[row])


@njit
def settle(item: Numbers, posted: Whole, unknown: int, first: Whole, at: Whole) -> None:
    """Give the rows that do not know their posting time that of their item."""
    for row in range(len(item)):
        if item[row] >= 0 and (len(posted) == 0 or posted[row] == unknown):
            at[row] = first[item[row]]


@njit
def number_buckets(
    kept: Whole, rows: Numbers, ends: Whole, table: Whole, values: npt.NDArray[np.int32], numbers: Numbers
) -> int:
    """Give the different keys a number, bucket by bucket, and write that of each row.

    :param table: a power of two, at least twice the largest bucket; ``values`` likewise
    :return: how many there are
    """
    count = 0
    for bucket in range(len(ends)):
        begin = ends[bucket - 1] if bucket else 0
        size = 16
        while size < 2 * (ends[bucket] - begin):
            size *= 2
        mask = np.uint64(size - 1)
        table[:size] = -1
        for place in range(begin, ends[bucket]):
            key = kept[place]
            mixed = np.uint64(key) * _MIX
            slot = (mixed ^ (mixed >> _HALF)) & mask
            while table[slot] >= 0 and table[slot] != key:
                slot = (slot + np.uint64(1)) & mask
            if table[slot] < 0:
                table[slot] = key
                values[slot] = count
                count += 1
            numbers[rows[place]] = values[slot]
    return count
