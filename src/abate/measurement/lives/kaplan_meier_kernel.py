"""The compiled counting of lifetimes by day, in one pass. Importing it imports numba.

Many subjects share few days, above all entry on day 0: a single counter a day makes the processor wait for its own last
write. Two tables are written in turn and added up afterwards.
"""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Days = npt.NDArray[np.int64]
Tallies = npt.NDArray[np.int32]
LANES = 2


@njit
def tally(leave: Days, ended: npt.NDArray[np.uint8], entry: Days, left: Tallies, came: Tallies) -> int:
    """Count the subjects that were ever at risk by the day on which they left, and on which they came.

    :param entry: shape ``(subjects,)``, or empty where all were seen from the beginning; they are not counted then
    :param left: shape ``(LANES, 2 * days + 1)``: at twice each day who was lost, after it who ended; changed in place.
        The last place is for those who were never at risk, as it is in ``came``
    :param came: shape ``(LANES, days + 1)``, changed in place
    :return: how many were never at risk
    """
    never = 0
    nowhere, late = left.shape[1] - 1, len(entry) > 0
    for row in range(len(leave)):
        gone, lane = leave[row], row & (LANES - 1)
        if late:
            first = entry[row]
            out = (first > 0) & (gone <= first)
            never += int(out)
            came[lane, nowhere >> 1 if out else first] += 1
        else:
            out = False
        left[lane, nowhere if out else 2 * gone + ended[row]] += 1
    return never
