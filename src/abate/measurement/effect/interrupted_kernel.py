"""The compiled autoregressive filter over a grid of partial autocorrelations. Importing it imports numba."""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Floats = npt.NDArray[np.float64]


@njit
def levinson(partials: Floats, weights: Floats, covariance: Floats) -> None:
    """Turn partial autocorrelations into weights and, for innovations of variance 1, covariances; in place.

    :param partials: inside (-1, 1), shape ``(order,)``
    :param weights: of the last, the last but one, … error; shape ``(order,)``
    :param covariance: of errors 0, 1, … apart, shape ``(order + 1,)``
    """
    older = np.zeros(len(partials))
    left = 1.0
    for share in partials:
        left /= 1.0 - share**2
    covariance[0] = left
    for place, share in enumerate(partials):
        value = share * left
        for one in range(place):
            older[one] = weights[one]
            value += older[one] * covariance[place - one]
        covariance[place + 1] = value
        for one in range(place):
            weights[one] = older[one] - share * older[place - 1 - one]
        weights[place] = share
        left *= 1.0 - share**2


@njit
def step_ahead(weights: Floats, state: Floats, spread: Floats, moved: Floats) -> None:
    """Move the last errors one step on, their covariance too; ``state`` and ``spread`` are changed in place.

    :param state: shape ``(order, columns)``
    :param spread: shape ``(order, order)``
    :param moved: room to work in, shape ``(order,)``
    """
    order, width = state.shape
    for column in range(width):
        ahead = 0.0
        for one in range(order):
            ahead += weights[one] * state[one, column]
        for one in range(order - 1, 0, -1):
            state[one, column] = state[one - 1, column]
        state[0, column] = ahead
    variance = 1.0
    for one in range(order):
        moved[one] = 0.0
        for other in range(order):
            moved[one] += weights[other] * spread[other, one]
    for one in range(order):
        variance += moved[one] * weights[one]
    for one in range(order - 1, 0, -1):
        for other in range(order - 1, 0, -1):
            spread[one, other] = spread[one - 1, other - 1]
    for one in range(1, order):
        spread[0, one] = spread[one, 0] = moved[one - 1]
    spread[0, 0] = variance


@njit
def learn(innovation: Floats, gain: Floats, total: float, state: Floats, spread: Floats) -> None:
    """Let the last errors learn from what was seen; ``state`` and ``spread`` are changed in place."""
    order, width = state.shape
    for one in range(order):
        for column in range(width):
            state[one, column] += gain[one] * innovation[column]
        for other in range(order):
            spread[one, other] -= gain[one] * gain[other] * total


@njit
def add_products(innovation: Floats, total: float, cross: Floats) -> None:
    """Add the products of innovations of one time, scaled by their variance, in place."""
    for one in range(len(innovation)):
        for other in range(len(innovation)):
            cross[one, other] += innovation[one] * innovation[other] / total


@njit
def filter_errors(columns: Floats, seen: npt.NDArray[np.bool_], partials: Floats, cross: Floats, logs: Floats) -> None:
    """Whiten every column under stationary autoregressive errors; ``cross`` and ``logs`` are filled in place.

    The state holds the last ``order`` errors and starts from their stationary covariance: the likelihood is the exact
    one, and an unseen time costs nothing but its information.

    :param columns: shape ``(times, columns)``, the outcome first
    :param seen: shape ``(times,)``
    :param partials: partial autocorrelations inside (-1, 1), shape ``(nodes, order)``
    :param cross: sums of products of the scaled innovations, shape ``(nodes, columns, columns)``, zero on entry
    :param logs: sum of log innovation variances, shape ``(nodes,)``, zero on entry
    """
    times, width = columns.shape
    order = partials.shape[1]
    weights, gain, moved = np.zeros(order), np.zeros(order), np.zeros(order)
    covariance = np.zeros(order + 1)
    innovation = np.zeros(width)
    state, spread = np.zeros((order, width)), np.zeros((order, order))
    for node in range(len(partials)):
        levinson(partials[node], weights, covariance)
        state[:] = 0.0
        for one in range(order):
            for other in range(order):
                spread[one, other] = covariance[abs(one - other)]
        for time in range(times):
            if seen[time]:
                total = spread[0, 0]
                logs[node] += np.log(total)
                innovation[:] = columns[time] - state[0]
                gain[:] = spread[:, 0] / total
                learn(innovation, gain, total, state, spread)
                add_products(innovation, total, cross[node])
            step_ahead(weights, state, spread, moved)
