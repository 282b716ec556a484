"""From the scale that is modelled back to the outcome's own unit, as a difference and as a share."""

import math
from dataclasses import dataclass

import numpy as np

from abate.measurement.answer import Estimate
from abate.measurement.effect.posterior import Posterior
from abate.measurement.effect.question import Prepared


@dataclass(frozen=True, kw_only=True, slots=True)
class InUnit:
    """An effect as a reader of the series knows it."""

    effect: Estimate
    relative: Estimate
    predicted: float


def in_unit(found: Posterior, ready: Prepared) -> InUnit:
    """Turn what was modelled into the outcome's unit.

    After a logarithm the effect is a factor; the difference is that between the mean seen and the mean divided by the
    factor, and the ends of the interval follow it.
    """
    middle, (low, high) = float(found.effect.mean), found.effect.interval()
    if not ready.log:
        share = found.relative()
        return InUnit(
            effect=Estimate(value=middle * ready.unit, interval=(low * ready.unit, high * ready.unit)),
            relative=Estimate(value=None if share is None else middle / found.predicted, interval=share),
            predicted=found.predicted * ready.unit,
        )
    mean = float(np.nanmean(ready.raw[ready.design.start :]))

    def lifted(change: float) -> float:
        return mean * -math.expm1(-change)

    return InUnit(
        effect=Estimate(value=lifted(middle), interval=(lifted(low), lifted(high))),
        relative=Estimate(value=_factor(middle), interval=(_factor(low), _factor(high))),
        predicted=mean * _power(-middle),
    )


def _power(change: float) -> float:
    """Return the factor of a change of logarithm; infinite where it leaves the floating-point range."""
    return math.exp(change) if change < 700 else math.inf  # noqa: PLR2004 - near the largest exponent


def _factor(change: float) -> float:
    return math.expm1(change) if change < 700 else math.inf  # noqa: PLR2004 - as above


def times(one: Estimate, periods: int) -> Estimate:
    """Return the sum over periods of an effect per period."""
    assert one.value is not None
    assert one.interval is not None
    return Estimate(value=one.value * periods, interval=(one.interval[0] * periods, one.interval[1] * periods))


def detectable(size: float, ready: Prepared, predicted: float) -> tuple[float, float | None]:
    """Return a detectable size in the outcome's unit and as a share; after a logarithm, of the larger side, a rise."""
    if ready.log:
        return predicted * _factor(size), _factor(size)
    return size * ready.unit, size * ready.unit / abs(predicted) if predicted else None
