"""The compiled counting of lifetimes by day, in one pass. Importing it imports numba.

Days are unsigned here: of a signed place numba asks each time whether it counts from the end, which takes as long as
the counting itself. Nothing branches, as who was seen late and who was lost follow no pattern a processor could guess.
"""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Days = npt.NDArray[np.int64]
Tallies = npt.NDArray[np.uint32]
_U = np.uint64
_ONE, _TWO, _MORE = _U(1), _U(2), np.uint32(1)


@njit
def tally(leave: Days, ended: npt.NDArray[np.uint8], entry: Days, left: Tallies, came: Tallies) -> int:
    """Count the subjects that were ever at risk by the day on which they left, and on which they came.

    :param leave: shape ``(subjects,)``, 0 or more and below ``days``
    :param entry: shape ``(subjects,)``, 0 or more, or empty where all were seen from the beginning; they are not
        counted by it then
    :param left: shape ``(2 * days + 2,)``: at twice each day who was lost, after it who ended; changed in place. The
        last two places are for those who were never at risk, as is the last of ``came``
    :param came: shape ``(days + 1,)``, changed in place
    :return: how many were never at risk
    """
    nowhere = _U(len(came) - 1)
    if len(entry) == 0:
        for row in range(len(leave)):
            left[_TWO * _U(leave[row]) + _U(ended[row])] += _MORE
        return 0
    for row in range(len(leave)):
        gone, first = _U(leave[row]), _U(entry[row])
        # Who was there from the beginning has nothing below its entry; everybody else must outlast the day of it.
        never = max(gone, _ONE) - _ONE < first
        came[nowhere if never else first] += _MORE
        left[_TWO * (nowhere if never else gone) + _U(ended[row])] += _MORE
    return int(came[nowhere])
