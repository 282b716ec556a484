"""Word columns joined into one number a row: a channel on its platform, a reader of a channel."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import Numbers, Whole, deal, dense
from abate.measurement.tables.columns import Words

_KEY_LIMIT = 1 << 62
SPARSE_FROM = 1 << 31
"""From this many possible numbers on nobody can make a table of them, and they stay as they are."""
_FLAGS_LIMIT = 1 << 28
_LOOSE = 2
"""Up to so many possible numbers for one that occurs, closing the gaps takes longer than having them."""

Flags = npt.NDArray[np.bool_]


def joined(columns: Sequence[Words | None], where: str) -> tuple[Numbers, int]:
    """Give each row a number; two have the same one when all their cells are the same, missing cells too.

    :param columns: ``None`` for a column that the table does not have, which tells nothing apart
    :param where: the file, for the error
    :return: the numbers, from 0, and a bound above them. All numbers below the bound occur, unless it is 2^31 or more
    :raises InputError: when the joined numbers do not fit 63 bits
    """
    number, bound, occurring = _joined(columns, where)
    return (number, bound) if bound >= SPARSE_FROM or occurring is None else _closed_up(number, occurring)


def loosely_joined(columns: Sequence[Words | None], where: str) -> tuple[Numbers, int, int]:
    """Do the same, but leave gaps where few numbers below the bound do not occur.

    :return: the numbers, a bound above them, and how many different ones there are; the bound itself from 2^31 on
    """
    number, bound, occurring = _joined(columns, where)
    if bound >= SPARSE_FROM or occurring is None:
        return number, bound, bound
    count = int(np.count_nonzero(occurring))
    if bound <= _LOOSE * count:
        return number, bound, count
    number, count = _closed_up(number, occurring)
    return number, count, count


def _joined(columns: Sequence[Words | None], where: str) -> tuple[Numbers, int, Flags | None]:
    """Return the numbers, a bound, and which below it occur; ``None`` where all do, or where the bound is too large."""
    there = [column for column in columns if column is not None]
    rows = len(there[0].codes) if there else 0
    if rows < distinct.KERNEL_FROM:
        key, bound = _key(there, rows, where)
        few, found = dense(key, bound)
        return few, len(found), None
    there, occurring = _without_homes(there)
    number: Numbers
    if len(there) == 1 and (there[0].codes.min() >= 0 if occurring is None else not occurring[-1]):
        # The last place is that of a missing cell.
        number, bound = there[0].codes, len(there[0].names)
        occurring = None if occurring is None else occurring[:-1]
    else:
        (number, bound), occurring = _key(there, rows, where), None
    if bound >= SPARSE_FROM:
        return number, bound, None
    if bound > _FLAGS_LIMIT:
        return *renumbered(number), None
    return number, bound, _occurring(number, bound) if occurring is None else occurring


def _occurring(number: Numbers, bound: int) -> Flags:
    from abate.measurement.counting.distinct_kernel import occurrence  # numba: for millions of rows only

    there = np.zeros(bound, dtype=bool)
    occurrence(number, there)
    return there


def _closed_up(number: Numbers, occurring: Flags) -> tuple[Numbers, int]:
    """Give the numbers that occur new ones without gaps; the same where there is no gap."""
    count = int(np.count_nonzero(occurring))
    if count == len(occurring):
        return number, count
    places = np.cumsum(occurring, dtype=np.int32) - np.int32(1)
    return places[number], count


def renumbered(number: Numbers) -> tuple[Numbers, int]:
    """Give the numbers that occur new ones without gaps, however far apart they lie.

    :return: the new numbers, and how many there are
    """
    from abate.measurement.counting.distinct_kernel import number_buckets  # numba: for millions of rows only

    kept, rows, ends, _ = deal(np.zeros(len(number), dtype=np.int32), number, 1, rows=True)
    table = 16
    while table < 2 * int(np.diff(ends, prepend=0).max()):
        table *= 2
    slots, values = np.empty(table, dtype=np.int64), np.empty(table, dtype=np.int32)
    out = np.empty(len(number), dtype=np.int32)
    return out, number_buckets(kept, rows, ends, slots, values, out)


def _without_homes(columns: list[Words]) -> tuple[list[Words], Flags | None]:
    """Leave out columns that tell nothing apart: a channel, or a reader, on one platform only needs no platform.

    :return: the rest, and where that is one column, which of its names occur; the last for a missing cell
    """
    occurring: Flags | None = None
    while len(columns) > 1:
        found = (_homes(inner, columns[0]) for inner in reversed(columns[1:]))
        occurring = next((homes for homes in found if homes is not None), None)
        if occurring is None:
            break
        columns = columns[1:]
    return columns, occurring


def _homes(inner: Words, outer: Words) -> Flags | None:
    """Return which inner names occur, a missing one last, if each comes with a single outer one; ``None`` otherwise."""
    from abate.measurement.counting.distinct_kernel import NOBODY, lies_in_one  # numba: for millions of rows only

    # Five million readers of a few platforms fit the cache as bytes.
    few = len(outer.names) <= np.iinfo(np.int8).max
    home: Numbers = np.full(len(inner.names) + 1, NOBODY, dtype=np.int8 if few else np.int32)
    return home != NOBODY if lies_in_one(inner.codes, outer.codes, home) else None


def _key(columns: Sequence[Words], rows: int, where: str) -> tuple[Whole, int]:
    key = np.zeros(rows, dtype=np.int64)
    bound = 1
    for column in columns:
        size = len(column.names) + 1
        bound *= size
        if bound > _KEY_LIMIT:
            msg = "too many different values of several columns together; measure one platform at a time"
            raise InputError(msg, where=where)
        key *= size
        key += column.codes
        key += 1
    return key, bound
