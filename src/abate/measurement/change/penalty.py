"""What a change has to earn: the penalty that a series without a change pays in nineteen cases of twenty.

A fixed penalty is wrong wherever neighbours are alike: at three times the logarithm of the length, a series without any
change but with an autocorrelation of .8 shows one in more than nine cases of ten. So the gain of a change is counted in
likelihood, with autoregressive errors learnt anew around each set of levels (what likeness explains earns a change
nothing), and how large that gain becomes by chance is found out by resampling.
"""

from dataclasses import dataclass, replace

import numpy as np

from abate.measurement.change.mood import moods
from abate.measurement.change.noise import Noise, errors_of, most_order, noise_of, resampled
from abate.measurement.change.partition import MOST, SHORTEST, Floats, Partitions, partitions

REPLICATES = 499
_CLIP = 15.0
"""Largest shock, in median absolute shocks: ten standard deviations, were they normal."""
_LONG = 8
"""Share of the series, as one over it, that a level lasts around which shocks are learnt."""
_ASKED = 0.97
"""Share of resampled series that must stay below the penalty. They know how alike their neighbours are, and the real
series does not; with .95, up to .07 of series without a change showed one in ``bench/calibration``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """How many changes there are, and what that rests on."""

    changes: int
    penalty: float
    """Gain in twice the log likelihood that a change has to bring."""
    gain: float
    """Of the changes together; where there are none, the largest gain a change that any number of them would bring."""
    false_alarm: float
    """Share of series without a change in which a change would be claimed."""
    p: float
    """Chance that a series without a change looks as much like one with changes."""
    p_wandering: float | None
    """The same chance among series that wander slowly under noise; ``None`` where no change is claimed."""
    noise: Noise
    """Of the errors around the levels."""


def choose(values: Floats, found: Partitions, draw: np.random.Generator) -> Chosen:
    """Choose the number of changes.

    Whether there is any is asked against series without a change that are as alike from one period to the next as the
    whole series is, changes included: the careful side. Once there is one, how many is asked against the errors around
    the levels.

    :param values: shape ``(times,)``, of mean zero
    """
    whole = noise_of(errors_of(values, found.cuts(0)), 1)
    gains = _gains(values, found, whole.order)
    around = _around_long_levels(values, whole.order)
    chance = _claims(resampled(whole.weights, around, len(values), REPLICATES, draw))
    penalty = _quantile(chance)
    claim = float(np.max(gains[1:] / np.arange(1, len(gains)), initial=0.0))
    changes = _best(gains, penalty)
    false_alarm, p = float((chance > penalty).mean()), _share(chance, claim)
    if not changes:
        return Chosen(
            changes=0, penalty=penalty, gain=claim, false_alarm=false_alarm, p=p, p_wandering=None, noise=whole
        )
    settled = noise_of(errors_of(values, found.cuts(changes)), changes + 1)
    gains = _gains(values, found, settled.order)
    own = _quantile(_claims(resampled(settled.weights, settled, len(values), REPLICATES, draw)))
    changes = 1 + _best(gains[1:], own)
    return Chosen(
        changes=changes,
        penalty=penalty,
        gain=float(gains[changes]),
        false_alarm=false_alarm,
        p=p,
        p_wandering=_share(_claims(moods(values, around.shocks, REPLICATES, draw)), claim),
        noise=noise_of(errors_of(values, found.cuts(changes)), changes + 1),
    )


def _around_long_levels(values: Floats, order: int) -> Noise:
    """Return the noise around the likeliest levels that last.

    Around one level, the change itself would be drawn as a shock; around levels of three periods, no shock would be
    left that stands out alone, and a series with such shocks would show changes too often. Where levels are shorter
    than is taken here, the jumps between them are left among the shocks; clipped, they do not hide themselves.
    """
    found = partitions(values, shortest=max(SHORTEST, len(values) // _LONG), most=MOST)
    likeliest = _best(_gains(values, found, order), 2 * np.log(len(values)))
    noise = noise_of(errors_of(values, found.cuts(likeliest)), likeliest + 1, order)
    most = _CLIP * float(np.median(np.abs(noise.shocks))) or np.inf
    return replace(noise, shocks=np.clip(noise.shocks, -most, most))


def _gains(values: Floats, found: Partitions, order: int) -> Floats:
    from abate.measurement.change.partition_kernel import likelihood_gains  # numba: only where changes are looked for

    gains = np.empty(len(found.costs))
    likelihood_gains(values, order, found.table, found.origins, gains)
    return gains


def _best(gains: Floats, penalty: float) -> int:
    return int(np.argmax(gains - penalty * np.arange(len(gains))))


def _claims(series: Floats) -> Floats:
    """Return the largest gain a change in each of many series without one, shape ``(replicates,)``."""
    from abate.measurement.change.partition_kernel import strongest_claims  # numba, as above

    claims = np.empty(len(series))
    strongest_claims(series, SHORTEST, MOST, most_order(series.shape[1]), claims)
    return claims


def _share(chance: Floats, claim: float) -> float:
    """Return the chance of a claim at least as strong, the real one among them."""
    return float((1 + (chance >= claim).sum()) / (1 + len(chance)))


def _quantile(chance: Floats) -> float:
    """Return the smallest claim that the asked share does not exceed."""
    place = int(np.ceil(_ASKED * (len(chance) + 1))) - 1
    return float(np.sort(chance)[min(place, len(chance) - 1)])
