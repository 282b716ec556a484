"""The compiled search for the best levels, and how well errors around them foretell each other.

Importing it imports numba.
"""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_NOTHING = 1e-12
"""Variance, as a share of the whole, below which errors count as none."""


@njit
def best_partitions(values: Floats, shortest: int, costs: Floats, origins: Places) -> None:
    """Cut the series into one, two, … levels, each time with the least sum of squares; filled in place.

    The recursion over the last cut (Auger and Lawrence 1989) is exact: no candidate is passed over.

    :param values: shape ``(times,)``, centred, so that sums of squares do not cancel
    :param shortest: periods that a level lasts at least
    :param costs: sum of squares of the first ``j`` values with ``k`` changes, shape ``(times + 1, changes + 1)``;
        infinite where so many levels do not fit
    :param origins: where the last of those levels begins, same shape
    """
    times = len(values)
    sums, squares = np.zeros(times + 1), np.zeros(times + 1)
    for time in range(times):
        sums[time + 1] = sums[time] + values[time]
        squares[time + 1] = squares[time] + values[time] ** 2
    costs[:] = np.inf
    origins[:] = 0
    for stop in range(shortest, times + 1):
        costs[stop, 0] = squares[stop] - sums[stop] ** 2 / stop
        for begin in range(shortest, stop - shortest + 1):
            level = sums[stop] - sums[begin]
            own = squares[stop] - squares[begin] - level * level / (stop - begin)
            for changes in range(1, min(costs.shape[1], begin // shortest + 1)):
                cost = costs[begin, changes - 1] + own
                if cost < costs[stop, changes]:
                    costs[stop, changes] = cost
                    origins[stop, changes] = begin


@njit
def unforetold(errors: Floats, order: int, partials: Floats) -> float:
    """Return the variance that an autoregression leaves of the errors (Burg 1975), and its partial autocorrelations.

    Burg's recursion minimises errors in both directions of time, is stationary always, and shrinks less in short series
    than the equations of Yule and Walker.

    :param errors: shape ``(times,)``, of mean zero
    :param partials: filled in place, shape ``(order,)``
    """
    times = len(errors)
    ahead, behind = errors.copy(), errors.copy()
    left = float((errors**2).mean())
    for step in range(order):
        product, square = 0.0, 0.0
        for time in range(times - 1, step, -1):
            product += ahead[time] * behind[time - 1]
            square += ahead[time] ** 2 + behind[time - 1] ** 2
        share = 2 * product / square if square > 0 else 0.0
        partials[step] = share
        left *= 1 - share * share
        for time in range(times - 1, step, -1):
            forward = ahead[time]
            ahead[time] = forward - share * behind[time - 1]
            behind[time] = behind[time - 1] - share * forward
    return left


@njit
def best_order(errors: Floats, levels: int, most: int) -> int:
    """Return the order of the autoregression by the corrected criterion of Hurvich and Tsai 1989.

    :param errors: shape ``(times,)``, of mean zero
    :param levels: how many levels were taken away
    :param most: highest order tried, 1 or more
    """
    times = len(errors)
    partials = np.empty(most)
    left = unforetold(errors, most, partials)
    if left <= 0:
        return 1
    least, chosen = np.inf, 1
    size = 1.0
    for order in range(1, most + 1):
        size *= 1 - partials[order - 1] ** 2
        known = order + levels + 1
        value = times * np.log(size) + 2 * known * times / max(times - known - 1, 1)
        if value < least:
            least, chosen = value, order
    return chosen


@njit
def errors_around(values: Floats, cuts: Places, errors: Floats) -> None:
    """Take each level's mean away; ``errors`` is filled in place.

    :param cuts: where levels begin and the last one ends, shape ``(levels + 1,)``
    """
    for level in range(len(cuts) - 1):
        mean = 0.0
        for time in range(cuts[level], cuts[level + 1]):
            mean += values[time]
        mean /= cuts[level + 1] - cuts[level]
        for time in range(cuts[level], cuts[level + 1]):
            errors[time] = values[time] - mean


@njit
def cuts_of(origins: Places, changes: int, cuts: Places) -> None:
    """Follow the origins back from the end; ``cuts``, shape ``(changes + 2,)``, is filled in place."""
    stop = origins.shape[0] - 1
    cuts[changes + 1] = stop
    for level in range(changes, -1, -1):
        stop = origins[stop, level] if level else 0
        cuts[level] = stop


@njit
def on_the_hull(costs: Floats, hull: npt.NDArray[np.bool_]) -> None:
    """Mark the numbers of changes that are best at some penalty; ``hull`` is filled in place.

    :param costs: of the whole series by number of changes, shape ``(changes + 1,)``
    """
    hull[:] = False
    hull[0] = True
    place = 0
    while True:
        following, steepest = 0, 0.0
        for other in range(place + 1, len(costs)):
            if np.isfinite(costs[other]):
                gain = (costs[place] - costs[other]) / (other - place)
                if gain > steepest:
                    following, steepest = other, gain
        if not following:
            return
        hull[following] = True
        place = following


@njit
def likelihood_gains(values: Floats, order: int, costs: Floats, origins: Places, gains: Floats) -> None:
    """Tell by how much each number of changes raises twice the log likelihood; ``gains`` is filled in place.

    Errors are an autoregression, learnt anew around each set of levels: whatever likeness of neighbours the changes
    would explain, the likeness itself may explain without them. Where no penalty makes a number the best, the gain is
    minus infinity.

    :param costs: as :func:`best_partitions` leaves them
    :param gains: shape ``(changes + 1,)``
    """
    times = len(values)
    errors, partials = np.empty(times), np.empty(order)
    hull = np.zeros(len(gains), dtype=np.bool_)
    on_the_hull(costs[times], hull)
    gains[:] = -np.inf
    gains[0] = 0.0
    errors_around(values, np.array([0, times]), errors)
    whole = unforetold(errors, order, partials)
    least = _NOTHING * whole
    for changes in range(1, len(gains)):
        if hull[changes]:
            cuts = np.empty(changes + 2, dtype=np.int64)
            cuts_of(origins, changes, cuts)
            errors_around(values, cuts, errors)
            gains[changes] = times * np.log(whole / max(unforetold(errors, order, partials), least))


@njit
def strongest_claims(series: Floats, shortest: int, most: int, order: int, claims: Floats) -> None:
    """Return for each series the greatest gain a change: the penalty up to which some change would be claimed.

    :param series: shape ``(series, times)``, centred
    :param order: highest one of the errors; each series has its own chosen
    :param claims: filled in place, shape ``(series,)``
    """
    times = series.shape[1]
    costs, origins = np.empty((times + 1, most + 1)), np.empty((times + 1, most + 1), dtype=np.int64)
    gains = np.empty(most + 1)
    for row in range(len(series)):
        best_partitions(series[row], shortest, costs, origins)
        likelihood_gains(series[row], best_order(series[row], 1, order), costs, origins, gains)
        claims[row] = 0.0
        for changes in range(1, most + 1):
            claims[row] = max(claims[row], gains[changes] / changes)
