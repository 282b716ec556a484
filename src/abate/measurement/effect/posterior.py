"""What both methods answer with: the effect and the counterfactual as distributions, on the scale that is modelled."""

from collections.abc import Callable
from dataclasses import dataclass

from abate.measurement.effect.mixture import Floats, Mixture
from abate.numeric.intervals import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Posterior:
    """The mean effect per seen period after the start, and what it rests on."""

    effect: Mixture
    predicted: float
    """Mean of the counterfactual over the seen periods after the start."""
    relative: Callable[[], Interval | None]
    """The effect as a share of the counterfactual; ``None`` where that may be zero. Like what follows it is worked out
    when asked for: placebos want the effect alone."""
    path: Callable[[], Mixture]
    """The counterfactual of every period after the start, shape ``(nodes, periods)``."""
    ahead: Callable[[], tuple[Floats, Floats]]
    """What the model expected one step ahead before the start, shape ``(start,)``, NaN where it could not say; and the
    errors in standard deviations, in the order of time."""
    log_likelihood: Callable[[], float]
    """The restricted likelihood of the time before the start at the best setting of the method."""
    level_step: float | None = None
    """State space: the standard deviation of a level step as a share of the outcome's, as far as it was learned."""
    persistence: float | None = None
    """Interrupted series: the sum of the autoregressive weights; 1 is a unit root."""
    order: int | None = None
    """Interrupted series: the order of the errors."""
    step: Mixture | None = None
    slope: Mixture | None = None


def relative_of(effect: Interval, mean: float) -> Interval | None:
    """Turn an interval of ``mean - counterfactual`` into one of the ratio of effect and counterfactual.

    The ratio rises with the effect as long as the counterfactual keeps its sign, so that the ends are simply carried
    over.
    """
    low, high = effect
    if (mean - low) * (mean - high) <= 0:
        return None
    ends = low / (mean - low), high / (mean - high)
    return min(ends), max(ends)
