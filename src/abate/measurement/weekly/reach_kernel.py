"""The compiled loops of reach: each looks once at millions of readings. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

from abate.measurement.weekly.waiting_kernel import by_age
from abate.measurement.weeks import WEEK
from abate.numeric.kernels import njit

Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.signedinteger]
Mask = npt.NDArray[np.bool_]
_WEEK = int(WEEK)
"""A constant here, so that the division becomes a multiplication."""


@njit
def earliest_posting(item: Numbers, posted: Whole, observed: Whole, unknown: int, first: Whole) -> None:
    """Lower ``first`` of each item to its posting times, each at most its observation; shape ``(items,)``."""
    for row in range(len(item)):
        if posted[row] != unknown:
            number = np.uint64(item[row])
            first[number] = min(first[number], posted[row], observed[row])


@njit
def most_by_age(  # noqa: PLR0913, PLR0917 - a kernel's state lies in arrays
    item: Numbers,
    views: Whole,
    moments: Whole,
    observed: Whole,
    unknown: int,
    first: Whole,
    age: int,
    counts: Mask,
    most: Whole,
) -> None:
    """Mark the readings within an age of the item's posting, and find the most views of each item among them.

    :param moments: when the views were read, or empty where no row says
    :param counts: shape ``(rows,)``, filled with no; written
    :param most: shape ``(items,)``, filled with -2; written. -1 where no reading of an item counts
    """
    for row in range(len(item)):
        number = np.uint64(item[row])
        read = observed[row]
        if len(moments) > 0 and moments[row] != unknown:
            read = moments[row]
        seen = np.int64(-1)
        if views[row] >= 0 and read - first[number] <= age:
            counts[row] = True
            seen = views[row]
        most[number] = max(most[number], seen)


@njit
def views_by_age(  # noqa: PLR0913, PLR0917 - as above
    counts: Mask,
    item: Numbers,
    views: Whole,
    observed: Whole,
    first: Whole,
    start: int,
    into: int,
    later: npt.NDArray[np.int32],
    age_of: npt.NDArray[np.int8],
    gained: Whole,
) -> None:
    """Add up what each week's items gained at each age over what was known of them before.

    Readings of age 0 are added up at once; the others wait, and are taken age by age where they show more.

    :param start: when the first of the weeks begins; items of other weeks are passed over
    :param into: how far into a week it is looked at
    :param later: room for the rows that wait, as ``age_of``
    :param gained: shape ``(ages, weeks)``, added to
    """
    ages, weeks = gained.shape
    end = start + weeks * _WEEK
    waiting = 0
    sizes = np.zeros(ages + 1, dtype=np.int64)
    known = np.zeros(len(first), dtype=np.int64)
    for row in range(len(item)):
        number = np.uint64(item[row])
        posted = first[number]
        if not (counts[row] and start <= posted < end and views[row] > known[number]):
            continue
        week = (posted - start) // _WEEK
        late = observed[row] - (start + week * _WEEK) - into
        if late <= 0:
            gained[0, week] += views[row] - known[number]
            known[number] = views[row]
        else:
            age = min(-(-late // _WEEK), ages - 1)
            later[waiting], age_of[waiting] = row, age
            sizes[age + 1] += 1
            waiting += 1
    for waited in by_age(age_of, sizes, waiting):
        late_row = later[waited]
        number = np.uint64(item[late_row])
        if views[late_row] > known[number]:
            gained[age_of[waited], (first[number] - start) // _WEEK] += views[late_row] - known[number]
            known[number] = views[late_row]


@njit
def views_by_week(first: Whole, most: Whole, lowest: Whole, start: int, cells: int, total: Whole, unread: Mask) -> None:
    """Add up the most views of each item by the week of its posting, and find where none was read of any.

    :param most: shape ``(items,)``; -2 for an item that has no row, -1 where no reading of it counts
    :param lowest: shape ``(items,)``: the cell in which an item counts; not looked at where there is one
    :param start: when the first week begins
    :param total: shape ``(weeks * cells,)``, added to
    :param unread: shape ``(weeks * cells,)``, filled with no; written
    """
    read = np.zeros(len(total), dtype=np.bool_)
    for number in range(len(first)):
        if most[number] < -1:
            continue
        place = (first[number] - start) // _WEEK
        if cells > 1:
            place = place * cells + lowest[number]
        unread[place] = True
        if most[number] >= 0:
            read[place] = True
            total[place] += most[number]
    for place in range(len(total)):
        unread[place] = unread[place] and not read[place]
