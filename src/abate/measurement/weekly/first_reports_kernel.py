"""The compiled count of first reports by week and age. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

from abate.measurement.weeks import WEEK
from abate.numeric.kernels import njit

Whole = npt.NDArray[np.int64]
_WEEK = int(WEEK)
"""A constant here, so that the division becomes a multiplication."""


@njit
def first_reports(
    at: Whole,
    observed: Whole,
    unit: npt.NDArray[np.signedinteger],
    start: int,
    into: int,
    youngest: npt.NDArray[np.int8],
    counts: Whole,
) -> None:
    """Count each unit once in a week, at the age of its first report.

    :param start: when the first of the weeks begins; rows outside the weeks are passed over
    :param into: how far into a week it is looked at
    :param youngest: shape ``(weeks, units)``, filled with the number of ages; changed in place
    :param counts: shape ``(weeks, ages)``, added to
    """
    weeks, ages = counts.shape
    for row in range(len(at)):
        if at[row] < start:
            continue
        week = (at[row] - start) // _WEEK
        if week >= weeks:
            continue
        late = observed[row] - (start + week * _WEEK) - into
        # A report less than a week late belongs to age 0 or 1: dividing is for the few others.
        age = 0 if late <= 0 else 1 if late <= _WEEK else min(-(-late // _WEEK), ages - 1)
        before = youngest[week, unit[row]]
        if age < before:
            youngest[week, unit[row]] = age
            counts[week, age] += 1
            if before < ages:
                counts[week, before] -= 1
