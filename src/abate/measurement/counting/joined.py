"""Word columns joined into one number a row: a channel on its platform, a reader of a channel."""

from collections.abc import Sequence

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import Numbers, Whole, deal, dense
from abate.measurement.tables.columns import Words

_KEY_LIMIT = 1 << 62
_SPARSE_FROM = 1 << 31
"""From this many possible numbers on nobody can make a table of them, and they stay as they are."""
_FLAGS_LIMIT = 1 << 28


def joined(columns: Sequence[Words | None], where: str) -> tuple[Numbers, int]:
    """Give each row a number; two have the same one when all their cells are the same, missing cells too.

    :param columns: ``None`` for a column that the table does not have, which tells nothing apart
    :param where: the file, for the error
    :return: the numbers, from 0, and a bound above them. All numbers below the bound occur, unless it is 2^31 or more
    :raises InputError: when the joined numbers do not fit 63 bits
    """
    there = [column for column in columns if column is not None]
    rows = len(there[0].codes) if there else 0
    if rows < distinct.KERNEL_FROM:
        key, bound = _key(there, rows, where)
        number, found = dense(key, bound)
        return number, len(found)
    while len(there) > 1 and any(_lies_in_one(inner, there[0]) for inner in reversed(there[1:])):
        # A channel, or a reader, that lies on one platform only needs no platform to be told apart.
        there = there[1:]
    if len(there) == 1 and there[0].codes.min() >= 0:
        return _closed_up(there[0].codes, len(there[0].names))
    sparse, bound = _key(there, rows, where)
    return (sparse, bound) if bound >= _SPARSE_FROM else _closed_up(sparse, bound)


def _closed_up(number: Numbers, bound: int) -> tuple[Numbers, int]:
    """Give the numbers that occur new ones without gaps; the same where there is no gap."""
    from abate.measurement.counting.distinct_kernel import occurring  # numba: for millions of rows only

    if bound > _FLAGS_LIMIT:
        return renumbered(number)
    there = np.zeros(bound, dtype=bool)
    count = occurring(number, there)
    if count == bound:
        return number, bound
    places = np.cumsum(there, dtype=np.int32) - np.int32(1)
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


def _lies_in_one(inner: Words, outer: Words) -> bool:
    from abate.measurement.counting.distinct_kernel import NOBODY, lies_in_one  # numba: for millions of rows only

    home = np.full(len(inner.names) + 1, NOBODY, dtype=np.int32)
    return lies_in_one(inner.codes, outer.codes, home)


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
