"""How large an effect would have to be: the smallest that this design finds four times in five.

A constant effect added to the time after the start moves the estimate and both ends of its interval by just that much
(in the interrupted series it lies in the span of the step, in the state space the time after never enters the fit).
Known effects need therefore not be simulated one by one: the share of placebos that would find each size follows from
their intervals, and for the design itself from its own distribution.
"""

import numpy as np

from abate.measurement.effect.mixture import Mixture
from abate.measurement.effect.placebo import Placebos
from abate.numeric.intervals import LEVEL

POWER = 0.8


def minimum_detectable(effect: Mixture, placebos: Placebos) -> float:
    """Return the size, in the unit that is modelled, that is found with :data:`POWER`.

    The larger of two answers: the model's, whose estimate misses by its own distribution; and that of the placebos,
    whose estimates missed as they did, where they are as long as the real time after.
    """
    own = _by_model(effect)
    if placebos.few or not placebos.full:
        return own
    return max(own, _by_placebos(placebos))


def _by_model(effect: Mixture) -> float:
    """Return the sum of what the interval excludes and what chance may take away."""
    middle = float(effect.mean)
    tail = (1 - LEVEL) / 2
    low, high = float(effect.quantile(tail)), float(effect.quantile(1 - tail))
    under, over = float(effect.quantile(1 - POWER)), float(effect.quantile(POWER))
    # Both directions: the distribution need not be symmetric.
    return max(high - middle + middle - under, middle - low + over - middle)


def _by_placebos(placebos: Placebos) -> float:
    """Return the size that :data:`POWER` of the placebos, in either direction, would find."""
    low, high = np.array(placebos.intervals).T
    sizes = np.sort(np.concatenate([np.maximum(-low, 0.0), np.maximum(high, 0.0)]))
    return float(sizes[int(np.ceil(POWER * len(sizes))) - 1])
