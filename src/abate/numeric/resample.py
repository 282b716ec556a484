"""Moving-block resampling: draw a series again without losing the likeness of neighbours (Künsch 1989)."""

import numpy as np
import numpy.typing as npt


def block_length(size: int) -> int:
    """Return the length of a block for a series of ``size`` values: its cube root, two or more."""
    return max(2, round(float(np.cbrt(size))))


def block_places(
    size: int, replicates: int, draw: np.random.Generator, *, length: int | None = None
) -> npt.NDArray[np.int64]:
    """Return which values each replicate holds, shape ``(replicates, size)``, in blocks of neighbours.

    :param size: of the series, 1 or more
    :param length: of a block, in values; by default :func:`block_length`, and never longer than the series
    """
    long = min(block_length(size) if length is None else length, size)
    blocks = -(-size // long)
    starts = draw.integers(0, size - long + 1, size=(replicates, blocks))
    places: npt.NDArray[np.int64] = (starts[:, :, None] + np.arange(long)).reshape(replicates, -1)[:, :size]
    return places
