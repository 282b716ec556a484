"""The compiled counting of lifetimes by day. Importing it imports numba.

Three small loops, not one: joined, the processor waits for its own writes and takes twice as long.
"""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Days = npt.NDArray[np.int64]


@njit
def never_at_risk(leave: Days, entry: Days) -> int:
    """Count the subjects that left no later than the day on which they were first seen."""
    never = 0
    for row in range(len(leave)):
        never += (entry[row] > 0) & (leave[row] <= entry[row])
    return never


@njit
def tally(days: Days, counts: Days) -> None:
    """Add one to ``counts`` at each day; changed in place."""
    for row in range(len(days)):
        counts[days[row]] += 1


@njit
def tally_split(days: Days, flags: npt.NDArray[np.uint8], counts: Days) -> None:
    """Add one to ``counts`` at twice each day, plus its flag of 0 or 1; changed in place."""
    for row in range(len(days)):
        counts[2 * days[row] + flags[row]] += 1
