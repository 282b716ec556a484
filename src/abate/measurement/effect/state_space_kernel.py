"""The compiled local-level filter over a grid of drift ratios. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Floats = npt.NDArray[np.float64]


@njit
def filter_levels(
    columns: Floats,
    seen: npt.NDArray[np.bool_],
    ratios: Floats,
    cross: Floats,
    states: Floats,
    spreads: Floats,
    logs: Floats,
) -> None:
    """Whiten every column with one filter per ratio; the last four arrays are filled in place.

    The gain depends on no data, so outcome and regressors pass the same filter, and the regression becomes least
    squares on what it leaves over. The level starts at zero with certainty: the constant among the columns is its
    diffuse start, exactly.

    :param columns: shape ``(times, columns)``, the outcome first
    :param seen: shape ``(times,)``; an unseen time moves the level's variance and nothing else
    :param ratios: variance of a level step over that of the noise, shape ``(nodes,)``
    :param cross: sums of products of the scaled innovations, shape ``(nodes, columns, columns)``, zero on entry
    :param states: the level of each column after the last time, shape ``(nodes, columns)``, zero on entry
    :param spreads: variance of that level ahead of the next time, in noise variances, shape ``(nodes,)``, zero on entry
    :param logs: sum of log innovation variances, shape ``(nodes,)``, zero on entry
    """
    times, width = columns.shape
    innovation = np.zeros(width)
    for node in range(len(ratios)):
        spread = 0.0
        for time in range(times):
            if seen[time]:
                total = spread + 1.0
                gain = spread / total
                for one in range(width):
                    innovation[one] = columns[time, one] - states[node, one]
                    states[node, one] += gain * innovation[one]
                    for other in range(one + 1):
                        cross[node, one, other] += innovation[one] * innovation[other] / total
                logs[node] += np.log(total)
                spread = gain
            spread += ratios[node]
        spreads[node] = spread
        for one in range(width):
            for other in range(one):
                cross[node, other, one] = cross[node, one, other]
