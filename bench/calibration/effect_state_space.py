"""The state-space effect: a stated drift that is too small must be labelled, a learned one must hold its level.

Worlds of 104 weeks with the intervention after 78: noise of size 1 around a level that drifts by 0 to 0.3 a week, or
errors with an autocorrelation up to 0.8; a control in one of them; counts of a few dozen on the logarithmic scale.
"""

import numpy as np

from abate.measurement.effect.answer import Effect
from abate.measurement.effect.estimate import effect_of
from abate.measurement.effect.question import LEVEL_PRIOR, Question
from bench.calibration.scenario import Replicate, Scenario

WEEKS, START = 104, 78
COVERS = tuple(
    f"measurement/effect/{name}.py"
    for name in (
        "design",
        "doubts",
        "estimate",
        "judgement",
        "minimum_detectable",
        "mixture",
        "placebo",
        "posterior",
        "question",
        "scale",
        "state_space",
        "state_space_kernel",
    )
)


def autoregression(draw: np.random.Generator, weeks: int, phi: float) -> np.ndarray:
    """Return stationary errors with innovations of size 1."""
    errors = draw.standard_normal(weeks)
    errors[0] /= np.sqrt(1 - phi**2)
    for week in range(1, weeks):
        errors[week] += phi * errors[week - 1]
    return errors


def measured(
    draw: np.random.Generator, drift: float, phi: float, effect: float, prior: float | None, *, control: bool = False
) -> Replicate:
    level = 20 + np.cumsum(drift * draw.standard_normal(WEEKS))
    outcome = level + autoregression(draw, WEEKS, phi)
    controls = ()
    if control:
        shared = 3 * autoregression(draw, WEEKS, 0.5)
        outcome = outcome + shared
        controls = (("control", shared + 50),)
    outcome[START:] += effect
    question = Question(
        outcomes=(("outcome", outcome),), start=START, controls=controls, level_prior=prior, sensitivity=False
    )
    return replicate_of(effect_of(question), effect)


def replicate_of(answer: object, truth: float) -> Replicate:
    assert isinstance(answer, Effect)
    assert answer.effect.value is not None
    assert answer.effect.interval is not None
    low, high = answer.effect.interval
    return Replicate(
        truth=truth, value=answer.effect.value, low=low, high=high, labelled=answer.footing.calibrated is False
    )


def counts(draw: np.random.Generator) -> Replicate:
    """Counts of a few dozen that fall by 30 %; the truth is the fall of the mean, as a share of what had been."""
    expected = 40 * np.exp(0.1 * autoregression(draw, WEEKS, 0.0))
    expected[START:] *= 0.7
    seen = np.maximum(draw.poisson(expected), 1).astype(np.float64)
    question = Question(outcomes=(("outcome", seen),), start=START, log=True, level_prior=None, sensitivity=False)
    answer = effect_of(question)
    assert isinstance(answer, Effect)
    assert answer.relative.value is not None
    assert answer.relative.interval is not None
    low, high = answer.relative.interval
    labelled = answer.footing.calibrated is False
    return Replicate(truth=-0.3, value=answer.relative.value, low=low, high=high, labelled=labelled)


def _scenario(
    name: str, drift: float, phi: float, *, effect: float, prior: float | None, control: bool = False
) -> Scenario:
    return Scenario(
        name=f"effect-state-space-{name}",
        covers=COVERS,
        replicate=lambda draw: measured(draw, drift, phi, effect, prior, control=control),
        exact=prior is None,
        null=effect == 0,
    )


SCENARIOS = (
    _scenario("stated-no-drift", 0.0, 0.0, effect=10.0, prior=LEVEL_PRIOR),
    _scenario("stated-drift-05", 0.05, 0.0, effect=10.0, prior=LEVEL_PRIOR),
    _scenario("stated-drift-10", 0.1, 0.0, effect=10.0, prior=LEVEL_PRIOR),
    _scenario("stated-ar-80", 0.0, 0.8, effect=10.0, prior=LEVEL_PRIOR),
    _scenario("tuned-no-drift-null", 0.0, 0.0, effect=0.0, prior=None),
    _scenario("tuned-drift-05", 0.05, 0.0, effect=10.0, prior=None),
    _scenario("tuned-drift-10-null", 0.1, 0.0, effect=0.0, prior=None),
    _scenario("tuned-drift-30", 0.3, 0.0, effect=10.0, prior=None),
    _scenario("tuned-ar-30-null", 0.0, 0.3, effect=0.0, prior=None),
    _scenario("tuned-ar-80-null", 0.0, 0.8, effect=0.0, prior=None),
    _scenario("tuned-control-null", 0.05, 0.0, effect=0.0, prior=None, control=True),
    Scenario(name="effect-state-space-counts-fall-30", covers=COVERS, replicate=counts, exact=True),
)
