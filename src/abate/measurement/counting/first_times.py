"""When a row counts: the posting time that an item's rows agree on, or the item's first observation."""

from collections.abc import Sequence

import numpy as np

from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import Numbers
from abate.measurement.counting.joined import joined, renumbered
from abate.measurement.tables.columns import Words
from abate.measurement.weeks import NO_TIME, Micros

_LATEST = int(np.iinfo(np.int64).max)
_SPARSE = 4
"""With more possible numbers a row than these, the ones that occur are numbered anew."""


def bounded(posted: Micros | None, observed: Micros) -> tuple[Micros, int]:
    """Return the posting time of each row, at most its observation; and how many rows do not know it.

    Those have their observation instead. Nobody may write into the times: they may be those that were given.
    """
    if posted is None:
        return observed.copy(), len(observed)
    if len(observed) < distinct.KERNEL_FROM:
        unknown = posted == NO_TIME
        return np.where(unknown, observed, np.minimum(posted, observed)), int(unknown.sum())
    from abate.measurement.counting.distinct_kernel import bound_times, in_order  # numba: for millions of rows only

    if in_order(posted, observed, NO_TIME):
        # Fifty million times are 400 MB; those that change nothing are not written again.
        return posted, 0
    at = np.empty(len(observed), dtype=np.int64)
    return at, bound_times(posted, observed, NO_TIME, at)


def settle_items(at: Micros, posted: Micros | None, columns: Sequence[Words | None], where: str) -> None:
    """Give each row that does not know its posting time the first time of its item.

    :param at: shape ``(rows,)``, the time of each row by itself; changed in place
    :param columns: what an item is told apart by; the second is the item, and a row without it stays as it is
    :raises abate.domain.errors.InputError: for more items than 63 bits can tell apart
    """
    item = columns[1]
    assert item is not None
    number, bound = joined(columns, where)
    if bound > _SPARSE * max(len(number), 1):
        number, bound = renumbered(number)
    if (item.codes < 0).any():
        number = np.where(item.codes < 0, -1, number)
    known = np.empty(0, dtype=np.int64) if posted is None else posted
    first, found = np.full(bound, _LATEST), np.zeros(bound, dtype=bool)
    if len(at) < distinct.KERNEL_FROM:
        _settle(at, known, number, first)
        return
    from abate.measurement.counting.distinct_kernel import earliest, settle  # numba: for millions of rows only

    earliest(number, at, known, NO_TIME, first, found)
    settle(number, known, NO_TIME, first, at)


def _settle(at: Micros, posted: Micros, number: Numbers, first: Micros) -> None:
    late = posted == NO_TIME if len(posted) else np.ones(len(at), dtype=bool)
    of_item = number >= 0
    observed_first = first.copy()
    np.minimum.at(first, number[of_item & ~late], at[of_item & ~late])
    np.minimum.at(observed_first, number[of_item & late], at[of_item & late])
    first = np.where(first == _LATEST, observed_first, first)
    asked = of_item & late
    at[asked] = first[number[asked]]
