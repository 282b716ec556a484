"""How many different pairs were seen in each week, and altogether: of channel and reader, among millions of rows.

The pairs are dealt once, into buckets that fit the cache; each bucket then tells its weeks and the whole.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import Numbers, Whole, side_by_side, stretches
from abate.numeric import pages

Words64 = npt.NDArray[np.uint64]

_WORD = 63
_BUCKET = 1 << 15
"""Pairs a bucket: their hash set is half a megabyte."""
_MOST = 13
"""Binary logarithm of the most buckets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Rows by week and cell, as for :func:`abate.measurement.counting.distinct.distinct`."""

    week: Numbers
    cell: Numbers
    weeks: int
    cells: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """How many different pairs there are."""

    weekly: Whole
    """Shape ``(weeks, cells)``."""
    whole: int
    """Over all weeks and cells, each pair once."""


def pairs(rows: Rows, one: Numbers, ones: int, other: Numbers, others: int) -> Pairs | None:
    """Count the different pairs; ``None`` for few rows, and where a pair and its week do not fit one word.

    :param one: shape ``(rows,)``, in ``[0, ones)``; ``other`` likewise
    """
    parts, bits = 0, (ones * others - 1).bit_length()
    while len(one) > _BUCKET << parts and parts < min(_MOST, bits):
        parts += 1
    room = (rows.weeks * rows.cells - 1).bit_length()
    if len(one) < distinct.KERNEL_FROM or bits - parts + room > _WORD or bits > _WORD:
        return None
    kept, ends = _dealt(rows, one, other, (others, bits, bits - parts), room)
    return _counted(rows, kept, ends, room)


def _dealt(rows: Rows, one: Numbers, other: Numbers, mixing: tuple[int, int, int], room: int) -> tuple[Words64, Whole]:
    """Return what is kept of the pairs bucket by bucket, and where each bucket ends."""
    from abate.measurement.counting.pairs_kernel import fill_pairs, pair_sizes  # numba: for millions of rows only

    _, bits, shift = mixing

    def sizes_of(first: int, last: int) -> Whole:
        sizes = np.zeros(1 << (bits - shift), dtype=np.int64)
        pair_sizes(one[first:last], other[first:last], *mixing, sizes)
        return sizes

    sizes = np.array(side_by_side(sizes_of, len(one)))
    ends = np.cumsum(sizes.sum(axis=0))
    # Each processor has its own stretch of every bucket: those before it go first.
    begins = iter(ends - sizes[::-1].cumsum(axis=0)[::-1])
    places = dict(zip(stretches(len(one)), begins, strict=True))
    kept = pages.column(len(one), np.uint64)

    def fill(first: int, last: int) -> None:
        week, cell = rows.week[first:last], rows.cell[first:last]
        of_pairs, goes_on = (one[first:last], other[first:last]), places[first, last]
        fill_pairs(*of_pairs, *mixing, week, cell, rows.cells, room, goes_on, kept)

    side_by_side(fill, len(one))
    return kept, ends


def _counted(rows: Rows, kept: Words64, ends: Whole, room: int) -> Pairs:
    from abate.measurement.counting.pairs_kernel import count_pairs  # numba: for millions of rows only

    table = 16
    while table < 2 * int(np.diff(ends, prepend=0).max()):
        table *= 2

    def count(first: int, last: int) -> tuple[Whole, int]:
        counts = np.zeros(rows.weeks * rows.cells, dtype=np.int64)
        slots = np.empty((2, table), dtype=np.uint64)
        return counts, count_pairs(kept, ends, first, last, room, slots[0], slots[1], counts)

    found = side_by_side(count, len(ends))
    weekly: Whole = np.sum([counts for counts, _ in found], axis=0, dtype=np.int64)
    return Pairs(weekly=weekly.reshape(rows.weeks, rows.cells), whole=sum(whole for _, whole in found))
