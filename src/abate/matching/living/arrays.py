"""The arrays that kernels share, and the bitmap of the dead as they read it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Bytes = npt.NDArray[np.uint8]
Shorts = npt.NDArray[np.uint16]
Rows = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]

Whole = int | np.integer[Any]
"""What kernels pass to each other: numpy's integers keep their width, which Python's have not."""


@njit
def is_dead(dead: Bytes, row: Whole) -> bool:
    """Return whether a row was discarded; an empty array says that none was."""
    return bool(dead.shape[0] > 0 and (dead[row >> 3] >> np.uint8(row & 7)) & np.uint8(1) != 0)
