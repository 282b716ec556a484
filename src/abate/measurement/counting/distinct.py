"""Exact distinct counts: how many different units were seen in each week and cell.

Where it fits, each unit gets one bit a week and cell; counting is then reading bits. Pairs of channel and reader are
too many for bits: they are dealt into buckets that fit the cache, and each bucket is counted by a hash set. A sketch
would be cheaper still, and wrong by more than the change that is looked for (``approx_count_distinct``: root mean
square error 3 %, worst 8 %).
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from abate.measurement.weeks import week_start, weeks_of
from abate.numeric import pages

T = TypeVar("T")
Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.signedinteger]
"""Shape ``(rows,)``, int16, int32 or int64: what is counted, as numbers from 0."""

KERNEL_FROM = 1_000_000
"""Below this many rows sorting is quicker than loading the kernel."""
_TABLE_LIMIT = 1 << 27
"""Up to this many possible values a table of flags (128 MB) beats sorting."""
_BITS_A_ROW = 64
"""With more bits than these, most of them stay unset, and buckets are quicker and smaller."""
_BUCKET = 1 << 15
"""Keys a bucket: their hash set is half a megabyte."""
_MOST_BUCKETS = 1 << 13
_KEY_LIMIT = 1 << 62
_SHORT = int(np.iinfo(np.int16).max)


def dense(values: Whole, bound: int) -> tuple[Whole, Whole]:
    """Give each value that occurs a number, from 0.

    :param values: shape ``(rows,)``, each in ``[0, bound)``
    :return: the number of each row's value, and the values in ascending order
    """
    if bound == 1:
        return values, np.zeros(min(len(values), 1), dtype=np.int64)
    if bound > _TABLE_LIMIT or bound > 64 * max(len(values), 1024):
        found, numbers = np.unique(values, return_inverse=True)
        return numbers.astype(np.int64), found
    there = np.zeros(bound, dtype=bool)
    there[values] = True
    found = np.flatnonzero(there)
    if len(found) == bound:
        return values, found
    numbers = np.zeros(bound, dtype=np.int64)
    numbers[found] = np.arange(len(found))
    return numbers[values], found


def week_places(at: Whole, first: int, count: int) -> Numbers:
    """Return for each time the place of its week, counted from the week ``first``, shape ``(rows,)``.

    :raises ValueError: when a time lies outside the ``count`` weeks
    """
    if len(at) < KERNEL_FROM:
        places: Numbers = weeks_of(at) - first
        low, high = int(places.min(initial=0)), int(places.max(initial=0))
    else:
        from abate.measurement.counting.distinct_kernel import week_numbers  # numba: for millions of rows only

        # Three hundred years of weeks fit sixteen bits, and half the memory takes half the time to get.
        places = pages.column(len(at), np.int16 if count <= _SHORT else np.int32)
        low, high = week_numbers(at, week_start(first), places)
    if low < 0 or high >= count:
        msg = f"times lie {-low} weeks before or {high - count + 1} weeks after the calendar"
        raise ValueError(msg)
    return places


def distinct(week: Numbers, cell: Numbers, unit: Numbers, *, weeks: int, cells: int, units: int) -> Whole:
    """Count the different units of each week and cell.

    :param week: shape ``(rows,)``, in ``[0, weeks)``; ``cell`` and ``unit`` likewise
    :return: counts, shape ``(weeks, cells)``
    """
    if weeks * cells * units >= _KEY_LIMIT:
        found, unit = np.unique(unit, return_inverse=True)
        units = len(found)
    if len(week) < KERNEL_FROM:
        return _by_sorting(week, cell, unit, weeks, cells, units)
    if weeks * cells * units > _BITS_A_ROW * len(week):
        return _by_buckets(week, cell, unit, weeks, cells, units)
    return _by_bits(week, cell, unit, weeks, cells, units)


def _by_sorting(week: Numbers, cell: Numbers, unit: Numbers, weeks: int, cells: int, units: int) -> Whole:
    seen = np.unique((week.astype(np.int64) * cells + cell) * units + unit)
    return np.bincount(seen // units, minlength=weeks * cells).reshape(weeks, cells)


def _by_bits(week: Numbers, cell: Numbers, unit: Numbers, weeks: int, cells: int, units: int) -> Whole:
    from abate.measurement.counting.distinct_kernel import count_bits, set_bits  # numba: for millions of rows only

    bits = np.zeros((weeks * cells, (units + 63) // 64), dtype=np.uint64)
    set_bits(week, cell, unit, cells, bits)
    out = np.zeros(weeks * cells, dtype=np.int64)
    count_bits(bits, out)
    return out.reshape(weeks, cells)


def _by_buckets(week: Numbers, cell: Numbers, unit: Numbers, weeks: int, cells: int, units: int) -> Whole:
    from abate.measurement.counting.distinct_kernel import count_buckets  # numba: for millions of rows only

    key = unit if cells == 1 else cell.astype(np.int64) * units + unit
    kept, _, ends, parts = deal(week, key, weeks)
    sizes = np.diff(ends, prepend=0)
    table = 16
    while table < 2 * int(sizes.max()):
        table *= 2

    def count(first: int, last: int) -> Whole:
        counts = np.zeros((weeks, cells), dtype=np.int64)
        count_buckets(kept, ends, first, last, parts, units, np.empty(table, dtype=np.int64), counts)
        return counts

    total: Whole = np.sum(side_by_side(count, len(ends)), axis=0, dtype=np.int64)
    return total


def deal(group: Numbers, key: Numbers, groups: int, *, rows: bool = False) -> tuple[Whole, Numbers, Whole, int]:
    """Deal keys into buckets: by group, and within it by the key's hash, so that the same keys meet.

    :param rows: keep each key's row number too
    :return: the keys bucket by bucket, their rows, where each bucket ends, and how many buckets a group has
    """
    from abate.measurement.counting.distinct_kernel import bucket_sizes, fill_buckets  # numba: for millions of rows

    bits = 0
    while len(key) > _BUCKET * groups << bits and groups << bits < _MOST_BUCKETS:
        bits += 1
    kept = np.empty(len(key), dtype=np.int64)
    numbers = np.empty(len(key) if rows else 0, dtype=np.int32)

    def sizes_of(first: int, last: int) -> Whole:
        sizes = np.zeros(groups << bits, dtype=np.int64)
        bucket_sizes(group[first:last], key[first:last], 64 - bits, sizes)
        return sizes

    sizes = np.array(side_by_side(sizes_of, len(key)))
    ends = np.cumsum(sizes.sum(axis=0))
    # Each processor has its own stretch of every bucket: those before it go first.
    begins = iter(ends - sizes[::-1].cumsum(axis=0)[::-1])
    places = dict(zip(stretches(len(key)), begins, strict=True))

    def fill(first: int, last: int) -> None:
        fill_buckets(group[first:last], key[first:last], 64 - bits, places[first, last], kept, numbers, first)

    side_by_side(fill, len(key))
    return kept, numbers, ends, 1 << bits


def side_by_side(work: Callable[[int, int], T], size: int) -> list[T]:
    """Do the work on each of the :func:`stretches`, all at once; its kernels must let go of the interpreter."""
    parts = stretches(size)
    if len(parts) == 1:
        return [work(0, size)]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(lambda part: work(*part), parts))


def stretches(size: int) -> list[tuple[int, int]]:
    """Cut ``[0, size)`` into one stretch a processor."""
    count = os.cpu_count() or 1
    return [(size * place // count, size * (place + 1) // count) for place in range(count)]
