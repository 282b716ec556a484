"""The compiled loops of reach: each looks once at millions of readings. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

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
            number = item[row]
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
        number = item[row]
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
    counts: Mask, item: Numbers, views: Whole, observed: Whole, first: Whole, start: int, into: int, gained: Whole
) -> None:
    """Add up what each week's items gained at each age over what was known of them before.

    :param start: when the first of the weeks begins; items of other weeks are passed over
    :param into: how far into a week it is looked at
    :param gained: shape ``(ages, weeks)``, added to
    """
    ages, weeks = gained.shape
    end = start + weeks * _WEEK
    sizes = np.zeros(ages + 1, dtype=np.int64)
    age_of = np.full(len(item), -1, dtype=np.int8)
    for row in range(len(item)):
        posted = first[item[row]]
        if counts[row] and start <= posted < end:
            late = observed[row] - (posted - (posted - start) % _WEEK) - into
            # A reading less than a week late belongs to age 0 or 1: dividing is for the few others.
            age = 0 if late <= 0 else 1 if late <= _WEEK else min(-(-late // _WEEK), ages - 1)
            age_of[row] = age
            sizes[age + 1] += 1
    places = np.cumsum(sizes)
    order = np.empty(places[-1], dtype=np.int32)
    for row in range(len(item)):
        if age_of[row] >= 0:
            order[places[age_of[row]]] = row
            places[age_of[row]] += 1
    known = np.zeros(len(first), dtype=np.int64)
    for row in order:
        number = item[row]
        if views[row] > known[number]:
            gained[age_of[row], (first[number] - start) // _WEEK] += views[row] - known[number]
            known[number] = views[row]
