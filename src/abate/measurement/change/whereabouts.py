"""Where each change lies: every place it could have, weighed by how well it explains the series; and its size.

With the other changes where they are and the errors' weights as learnt, levels (flat) and the size of the shocks (1/σ)
drop out exactly, and what remains is one number a place (Smith 1975, *A Bayesian approach to inference about a
change-point in a sequence of random variables*; here on the series whitened by its weights). The size is that of the
two levels beside each other, with the interval of :mod:`abate.measurement.level_shift`, which does not believe one
estimate of how alike neighbours are.
"""

from dataclasses import dataclass

import numpy as np

from abate.measurement.change.noise import Noise
from abate.measurement.change.partition import SHORTEST, Floats, Places
from abate.measurement.effect.mixture import weights_of
from abate.measurement.level_shift import moved
from abate.numeric.intervals import LEVEL, Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Whereabouts:
    """One change."""

    first: int
    last: int
    """The places between which it lies."""
    size: float
    """Mean of the level after it minus that of the level before."""
    size_interval: Interval | None
    """``None`` where the two levels do not vary."""


def whereabouts(values: Floats, cuts: Places, noise: Noise) -> tuple[Whereabouts, ...]:
    """Weigh the places of each change between its neighbours.

    :param values: shape ``(times,)``
    :param cuts: where levels begin and the last one ends, shape ``(changes + 2,)``
    """
    return tuple(_one(values, cuts, noise, place) for place in range(1, len(cuts) - 1))


def _one(values: Floats, cuts: Places, noise: Noise, which: int) -> Whereabouts:
    places = np.arange(cuts[which - 1] + SHORTEST, cuts[which + 1] - SHORTEST + 1)
    others = np.delete(cuts[:-1], which)
    fixed, candidates = _steps(len(values), others), _steps(len(values), places)
    basis, _ = np.linalg.qr(_whitened(fixed, noise.weights))
    outcome, table = _whitened(values[:, None], noise.weights)[:, 0], _whitened(candidates, noise.weights)
    outcome, table = outcome - basis @ (basis.T @ outcome), table - basis @ (basis.T @ table)
    squares, products = (table**2).sum(axis=0), outcome @ table
    df = float(max(len(outcome) - len(cuts) + 1, 1))
    whole = float(outcome @ outcome)
    # Without any error the place is certain; the floor keeps its logarithm finite.
    left = np.maximum(whole - products**2 / squares, np.finfo(float).eps * whole)
    weight = weights_of(-0.5 * np.log(squares) - 0.5 * df * np.log(left))
    tail, below = (1 - LEVEL) / 2, np.cumsum(weight)
    return Whereabouts(
        first=int(places[np.searchsorted(below, tail)]),
        last=int(places[min(int(np.searchsorted(below, 1 - tail)), len(places) - 1)]),
        size=float(values[cuts[which] : cuts[which + 1]].mean() - values[cuts[which - 1] : cuts[which]].mean()),
        size_interval=_size_interval(values[cuts[which - 1] : cuts[which + 1]], int(cuts[which] - cuts[which - 1])),
    )


def _size_interval(both: Floats, before: int) -> Interval | None:
    found = moved(both[:, None], before)
    shift = None if found is None else found.shift(np.ones(1))
    return None if shift is None else shift.interval


def _steps(times: int, begins: Places) -> Floats:
    """Return a column a level that begins there and lasts, shape ``(times, levels)``."""
    return (np.arange(times)[:, None] >= begins[None, :]).astype(np.float64)


def _whitened(columns: Floats, weights: Floats) -> Floats:
    """Take away what the weights foretell, shape ``(times - order, columns)``."""
    order = len(weights)
    out = columns[order:].copy()
    for lag, weight in enumerate(weights, 1):
        out -= weight * columns[order - lag : len(columns) - lag]
    return out
