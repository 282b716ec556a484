"""The compiled order of rows that wait for their age. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit


@njit
def by_age(age_of: npt.NDArray[np.int8], sizes: npt.NDArray[np.int64], waiting: int) -> npt.NDArray[np.int32]:
    """Return the places of the rows that wait, youngest age first, those of one age as they came.

    :param age_of: the age of each, in its first ``waiting`` places
    :param sizes: shape ``(ages + 1,)``: how many have each age, one place on
    """
    places = np.cumsum(sizes)
    order = np.empty(waiting, dtype=np.int32)
    for place in range(waiting):
        order[places[age_of[place]]] = place
        places[age_of[place]] += 1
    return order
