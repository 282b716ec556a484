"""Memory for columns of millions of cells, in pages of the usual size.

numpy asks for large pages whenever an array is large. Where memory has been in use, the system must first clear a way
for each of them, which for gigabytes of columns can take longer than everything that is done with them. Large pages pay
for tables that are looked up in any order, and not for columns that are read from one end to the other.
"""

import mmap
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)


def column(rows: int, kind: type[Scalar]) -> npt.NDArray[Scalar]:
    """Return room for so many cells, shape ``(rows,)``, filled with zeros.

    :raises OSError: when there is not so much memory
    """
    size = rows * np.dtype(kind).itemsize
    if not size:
        return np.empty(0, dtype=kind)
    return np.frombuffer(_anonymous(size), dtype=kind)


def _anonymous(size: int) -> mmap.mmap:
    if hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return mmap.mmap(-1, size)
