"""Series without a change that wander slowly under noise: what an autoregression misses, and changes may be taken for.

Counts of few channels are a slow mood and chance on top. A hundred periods hardly show such a mood, so that the errors'
likeness looks small and the penalty learnt from it is too low. How likely which mood is follows from the restricted
likelihood on a grid (Harville 1977), all changes taken for mood; the prior leans to persistence, the dear side to err
on, as it does in :mod:`abate.measurement.level_shift`.
"""

import numpy as np

from abate.measurement.change.partition import Floats
from abate.measurement.effect.mixture import weights_of

_GRID: Floats = np.array([(rho, noise) for rho in np.linspace(-0.2, 0.98, 25) for noise in (0.0, 0.2, 0.4, 0.6, 0.8)])
_PERSISTENCE, _NOISE = _GRID.T
_LOG_PRIOR: Floats = -0.5 * np.log(1 - _PERSISTENCE**2)
_TURNED = 200


def moods(values: Floats, shocks: Floats, replicates: int, draw: np.random.Generator) -> Floats:
    """Return series without a change, shape ``(replicates, times)``, of mean zero each, as slow as this one may be.

    :param values: shape ``(times,)``, not constant
    :param shocks: what both parts are drawn from; normal where all are zero
    """
    times, weight = len(values), _weights(values)
    chosen = draw.choice(len(weight), replicates, p=weight)
    rho, noise = _PERSISTENCE[chosen], _NOISE[chosen]
    chance = _drawn(shocks, (replicates, times), draw)
    driven = _drawn(shocks, (replicates, times + _TURNED), draw) * np.sqrt(1 - rho**2)[:, None]
    mood = np.empty((replicates, times))
    last = np.zeros(replicates)
    for time in range(-_TURNED, times):
        last = rho * last + driven[:, time + _TURNED]
        if time >= 0:
            mood[:, time] = last
    out = np.sqrt(1 - noise)[:, None] * mood + np.sqrt(noise)[:, None] * chance
    centred: Floats = np.ascontiguousarray(out - out.mean(axis=1, keepdims=True))
    return centred


def _drawn(shocks: Floats, shape: tuple[int, int], draw: np.random.Generator) -> Floats:
    if not np.abs(shocks).max(initial=0.0) > 0:
        return draw.standard_normal(shape)
    many: Floats = draw.choice(shocks / shocks.std(), shape)
    return many


def _weights(values: Floats) -> Floats:
    """Return how likely each point of the grid is, shape ``(grid,)``, by one filter a point."""
    columns = np.column_stack([np.ones(len(values)), values])
    mean, inner = np.zeros((len(_GRID), 2)), np.zeros((len(_GRID), 2, 2))
    spread, logs = 1 - _NOISE, np.zeros(len(_GRID))
    for row in columns:
        seen = spread + _NOISE
        missed = row - mean
        inner += missed[:, :, None] * missed[:, None, :] / seen[:, None, None]
        logs += np.log(seen)
        gain = spread / seen
        mean = _PERSISTENCE[:, None] * (mean + gain[:, None] * missed)
        spread = _PERSISTENCE**2 * spread * (1 - gain) + (1 - _PERSISTENCE**2) * (1 - _NOISE)
    left = inner[:, 1, 1] - inner[:, 0, 1] ** 2 / inner[:, 0, 0]
    density = _LOG_PRIOR - 0.5 * logs - 0.5 * np.log(inner[:, 0, 0])
    density -= 0.5 * (len(values) - 1) * np.log(np.maximum(left, np.finfo(float).tiny))
    return weights_of(density)
