"""Errors around levels: an autoregression, and series without a change that resemble them."""

from dataclasses import dataclass

import numpy as np

from abate.measurement.change.partition import Floats, Places
from abate.numeric.resample import block_places

_MOST_ORDER = 4
_ROWS_AN_ORDER = 12
_TURNED = 200
"""Periods that a resampled series runs before it is looked at, besides its own length: its start is then forgotten."""
_STILL = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """How errors go on from one period to the next."""

    weights: Floats
    """Of the last, the last but one, … error; shape ``(order,)``."""
    shocks: Floats
    """What the weights do not foretell, of mean zero; shape ``(times - order,)``. All zero where nothing is left."""
    spread: float
    """Standard deviation of a shock, corrected for what was estimated."""

    @property
    def order(self) -> int:
        """Return how many earlier errors an error depends on."""
        return len(self.weights)

    @property
    def persistence(self) -> float:
        """Return the sum of the weights; 1 is a random walk."""
        return float(self.weights.sum())


def errors_of(values: Floats, cuts: Places) -> Floats:
    """Return what is left of a series around its levels, shape ``(times,)``."""
    from abate.measurement.change.partition_kernel import errors_around  # numba: only where changes are looked for

    errors = np.empty(len(values))
    errors_around(values, cuts, errors)
    return errors


def noise_of(errors: Floats, levels: int, order: int = 0) -> Noise:
    """Learn how errors go on.

    :param errors: around their levels, shape ``(times,)``
    :param levels: how many levels were taken away
    :param order: 0 chooses up to four by the corrected criterion of Hurvich and Tsai 1989
    """
    from abate.measurement.change.partition_kernel import best_order  # numba, as above

    chosen = order or best_order(errors, levels, most_order(len(errors)))
    weights, left = _weights(errors, chosen)
    shocks = errors[chosen:].copy()
    for lag, weight in enumerate(weights, 1):
        shocks -= weight * errors[chosen - lag : len(errors) - lag]
    own = max(len(errors) - levels - chosen, 1)
    return Noise(weights=weights, shocks=shocks - shocks.mean(), spread=float(np.sqrt(left * len(errors) / own)))


def most_order(times: int) -> int:
    """Return the highest order that a series of this length is asked for."""
    return max(min(_MOST_ORDER, times // _ROWS_AN_ORDER), 1)


def _weights(errors: Floats, order: int) -> tuple[Floats, float]:
    from abate.measurement.change.partition_kernel import unforetold  # numba, as above
    from abate.measurement.effect.interrupted_kernel import levinson  # numba, as above

    partials, weights, covariance = np.zeros(order), np.zeros(order), np.zeros(order + 1)
    left = unforetold(errors, order, partials)
    levinson(np.clip(partials, -1 + _STILL, 1 - _STILL), weights, covariance)
    return weights, left


def resampled(weights: Floats, noise: Noise, times: int, replicates: int, draw: np.random.Generator) -> Floats:
    """Return series without a change, shape ``(replicates, times)``, of mean zero each.

    Shocks are drawn again in blocks of neighbours (a moving-block bootstrap of the whitened series, Künsch 1989), and
    the weights put the likeness back. Where no shock is left they are normal.

    :param weights: what makes neighbours alike, shape ``(order,)``
    :param noise: whose shocks are drawn
    """
    from scipy.signal import lfilter  # heavy: only where changes are looked for

    long = 2 * times + _TURNED
    if np.abs(noise.shocks).max(initial=0.0) > 0:
        size = len(noise.shocks)
        whole = -(-long // size)
        places = block_places(size, replicates * whole, draw)
        shocks = noise.shocks[places].reshape(replicates, -1)[:, :long]
        shocks = shocks * (noise.spread / noise.shocks.std())
    else:
        shocks = draw.standard_normal((replicates, long))
    out = np.asarray(lfilter([1.0], [1.0, *-weights], shocks, axis=1), dtype=np.float64)[:, -times:]
    centred: Floats = np.ascontiguousarray(out - out.mean(axis=1, keepdims=True))
    return centred
