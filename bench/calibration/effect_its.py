"""The interrupted time series with autoregressive errors: 104 weeks, intervention half-way or after three quarters."""

import numpy as np

from abate.measurement.effect.answer import Effect
from abate.measurement.effect.estimate import effect_of
from abate.measurement.effect.question import Question
from bench.calibration.effect_state_space import autoregression, replicate_of
from bench.calibration.scenario import Replicate, Scenario

WEEKS = 104
COVERS = tuple(
    f"measurement/effect/{name}.py"
    for name in (
        "design",
        "doubts",
        "estimate",
        "interrupted",
        "interrupted_kernel",
        "judgement",
        "minimum_detectable",
        "mixture",
        "placebo",
        "posterior",
        "question",
        "scale",
    )
)


def measured(
    draw: np.random.Generator, phi: float, start: int, effect: float, *, trend: bool, drift: float
) -> Replicate:
    outcome = 20 + autoregression(draw, WEEKS, phi) + np.cumsum(drift * draw.standard_normal(WEEKS))
    if trend:
        outcome += 0.05 * np.arange(WEEKS)
    outcome[start:] += effect
    question = Question(outcomes=(("outcome", outcome),), start=start, method="its", trend=trend, sensitivity=False)
    return replicate_of(effect_of(question), effect)


def missing(draw: np.random.Generator) -> Replicate:
    """One week in ten was not seen."""
    outcome = 20 + autoregression(draw, WEEKS, 0.6)
    outcome[draw.random(WEEKS) < 0.1] = np.nan
    question = Question(outcomes=(("outcome", outcome),), start=52, method="its", sensitivity=False)
    return replicate_of(effect_of(question), 0.0)


def detected(draw: np.random.Generator) -> Replicate:
    """Is the printed minimum detectable effect true? An effect of just that size, found or not.

    ``value`` is 1 where the interval excludes zero with the sign of the effect. The interval given is that of the
    promise: four in five, so that a world counts as held when it was found or belongs to the fifth that may be missed.
    """
    outcome = 20 + autoregression(draw, WEEKS, 0.3)
    question = Question(outcomes=(("outcome", outcome),), start=78, method="its", sensitivity=False)
    answer = effect_of(question)
    assert isinstance(answer, Effect)
    assert answer.effect.interval is not None
    least = answer.minimum_detectable
    found = answer.effect.interval[1] - least < 0
    forgiven = draw.random() < 0.15 / 0.2
    held = found or forgiven
    return Replicate(truth=1.0 if held else 0.0, value=float(found), low=1.0, high=1.0)


def _scenario(
    name: str,
    phi: float,
    start: int,
    *,
    effect: float = 0.0,
    trend: bool = False,
    drift: float = 0.0,
    outside: bool = False,
) -> Scenario:
    return Scenario(
        name=f"effect-its-{name}",
        covers=COVERS,
        replicate=lambda draw: measured(draw, phi, start, effect, trend=trend, drift=drift),
        null=effect == 0,
        outside=outside,
    )


SCENARIOS = (
    _scenario("white-null", 0.0, 52),
    _scenario("ar-30-null", 0.3, 52),
    _scenario("ar-60-null", 0.6, 52),
    _scenario("ar-80-null", 0.8, 52),
    _scenario("ar-80-late", 0.8, 78, effect=10.0),
    _scenario("ar-60-trend", 0.6, 78, effect=10.0, trend=True),
    _scenario("ar-95-null", 0.95, 52, outside=True),
    _scenario("drift-10", 0.0, 78, effect=10.0, drift=0.1, outside=True),
    _scenario("drift-30", 0.0, 78, effect=10.0, drift=0.3, outside=True),
    Scenario(name="effect-its-missing-weeks-null", covers=COVERS, replicate=missing, null=True),
    Scenario(name="effect-its-minimum-detectable", covers=COVERS, replicate=detected, exact=True),
)
