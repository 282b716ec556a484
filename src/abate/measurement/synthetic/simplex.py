"""The mix of columns that lies closest to zero: least squares over weights of zero or more that add up to one."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def nearest_mix(columns: Floats, ridge: float = 0.0) -> Floats:
    """Minimise ``|columns · w|² + ridge |w|²`` over ``w ≥ 0``, ``Σ w = 1``.

    Exact, by one non-negative least squares (Lawson and Hanson 1974): with a row of ones whose target is 1 a mix that
    costs ``d``, times a free sum ``s``, costs ``s² d + (s - 1)²``; at the best ``s`` that is ``d / (1 + d)``, which
    grows with ``d``, so that both problems have the same mix. The active-set method ends at the optimum to machine
    precision, where gradient methods stop at the second or third decimal.

    :param columns: shape ``(rows, columns)``, one column or more, finite
    :return: the weights, shape ``(columns,)``; where several mixes are equally close, one of them
    """
    from scipy.optimize import nnls  # heavy: only where weights are asked for

    count = columns.shape[1]
    stacked = np.vstack([columns, np.sqrt(ridge) * np.eye(count)]) if ridge > 0 else columns
    # The closest single column sets the scale: beside it the row of ones neither drowns nor drowns the others.
    scale = float(np.sqrt((stacked**2).sum(axis=0).min())) or 1.0
    target = np.zeros(len(stacked) + 1)
    target[-1] = 1.0
    weights, _ = nnls(np.vstack([stacked / scale, np.ones((1, count))]), target, maxiter=100 * max(count, 30))
    mix: Floats = weights / weights.sum()
    return mix
