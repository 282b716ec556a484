"""The compiled count of first reports by week and age. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

from abate.measurement.weekly.waiting_kernel import by_age
from abate.measurement.weeks import WEEK
from abate.numeric.kernels import njit

Whole = npt.NDArray[np.int64]
_WEEK = int(WEEK)
"""A constant here, so that the division becomes a multiplication."""
_ONE = np.uint64(1)
_SIX, _LOW = np.uint64(6), np.uint64(63)


@njit
def first_reports(  # noqa: PLR0913, PLR0917 - a kernel's state lies in arrays
    at: Whole,
    observed: Whole,
    unit: npt.NDArray[np.signedinteger],
    start: int,
    into: int,
    bits: npt.NDArray[np.uint64],
    later: npt.NDArray[np.int32],
    age_of: npt.NDArray[np.int8],
    counts: Whole,
) -> None:
    """Count each unit once in a week, at the age of its first report.

    Most reports are of age 0 and counted at once; the others wait, and are counted age by age where none came before.

    :param start: when the first of the weeks begins; rows outside the weeks are passed over
    :param into: how far into a week it is looked at
    :param bits: shape ``(weeks, units / 64)``, zeros: which units are known of; changed in place
    :param later: room for the rows that wait, as ``age_of``
    :param counts: shape ``(weeks, ages)``, added to
    """
    weeks, ages = counts.shape
    waiting = 0
    sizes = np.zeros(ages + 1, dtype=np.int64)
    for row in range(len(at)):
        since = at[row] - start
        if since < 0:
            continue
        week = since // _WEEK
        if week >= weeks:
            continue
        number = np.uint64(unit[row])
        if (bits[week, number >> _SIX] >> (number & _LOW)) & _ONE:
            continue
        late = observed[row] - (start + week * _WEEK) - into
        if late <= 0:
            bits[week, number >> _SIX] |= _ONE << (number & _LOW)
            counts[week, 0] += 1
        else:
            age = min(-(-late // _WEEK), ages - 1)
            later[waiting], age_of[waiting] = row, age
            sizes[age + 1] += 1
            waiting += 1
    for waited in by_age(age_of, sizes, waiting):
        late_row = later[waited]
        week, number = (at[late_row] - start) // _WEEK, np.uint64(unit[late_row])
        if not (bits[week, number >> _SIX] >> (number & _LOW)) & _ONE:
            bits[week, number >> _SIX] |= _ONE << (number & _LOW)
            counts[week, age_of[waited]] += 1
