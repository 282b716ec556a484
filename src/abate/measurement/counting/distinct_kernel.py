"""The compiled inner loop of exact distinct counts. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit


@njit
def set_bits(week: npt.NDArray[np.int64], pair: npt.NDArray[np.int64], bits: npt.NDArray[np.uint8]) -> None:
    """Set bit ``pair[i]`` of row ``week[i]``; ``bits`` has shape ``(weeks, bytes)`` and is changed in place."""
    for row in range(len(week)):
        bits[week[row], pair[row] >> 3] |= np.uint8(1 << (pair[row] & 7))
