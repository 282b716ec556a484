"""Change points: does a series without one show one in more than one case of twenty, and does a step lie where it says?

Series of 52 to 208 weeks without a change, with an autocorrelation of 0 to .9, as counts, with heavy tails, with noise
on top of a slow mood; and steps, whose interval of places, or of size, has to hold the true one wherever a change was
found.
"""

from functools import partial

import numpy as np

from abate.measurement.change.answer import ChangePoint, Changes
from abate.measurement.change.estimate import Series, changes_of
from bench.calibration.effect_state_space import autoregression
from bench.calibration.scenario import Replicate, Scenario

_COVERS = (
    *(f"measurement/change/{name}.py" for name in ("doubts", "estimate", "mood", "noise", "partition", "penalty")),
    *(f"measurement/change/{name}.py" for name in ("partition_kernel", "whereabouts")),
    "measurement/level_shift.py",
)


def _answer(draw: np.random.Generator, values: np.ndarray) -> Changes:
    return changes_of(Series(outcome="outcome", values=values), seed=int(draw.integers(2**31)))


def _claimed(answer: Changes) -> Replicate:
    """Write a claim as an interval without zero, so that the share of claims is held to 5 %."""
    claimed = bool(answer.changes)
    middle = 1.0 if claimed else 0.0
    labelled = answer.footing.calibrated is False
    return Replicate(truth=0.0, value=middle, low=middle - 0.5, high=middle + 0.5, labelled=labelled)


def _nothing(draw: np.random.Generator, *, weeks: int, phi: float) -> Replicate:
    return _claimed(_answer(draw, 20 + autoregression(draw, weeks, phi)))


def _counts(draw: np.random.Generator) -> Replicate:
    """Counts of a few around a mood: chance on top of what lasts."""
    expected = 6 * np.exp(0.3 * np.sqrt(1 - 0.8**2) * autoregression(draw, 104, 0.8))
    return _claimed(_answer(draw, draw.poisson(expected).astype(np.float64)))


def _heavy(draw: np.random.Generator) -> Replicate:
    """Weeks far out of line now and then: Student's t with three degrees of freedom."""
    return _claimed(_answer(draw, draw.standard_t(3, 104)))


def _step(draw: np.random.Generator, *, phi: float, size: float, of: str) -> Replicate:
    """A step of so many standard deviations of the errors, after 60 of 104 weeks."""
    place = 60
    values = autoregression(draw, 104, phi) * np.sqrt(1 - phi**2)
    values[place:] += size
    answer = _answer(draw, values)
    if not answer.changes:  # nothing is claimed, so there is no interval to be wrong
        return Replicate(truth=0.0, value=0.0, low=0.0, high=0.0, labelled=True)
    nearest = min(answer.changes, key=lambda one: abs(one.place - place))
    return _place_held(answer, nearest, place) if of == "place" else _size_held(answer, nearest, size)


def _place_held(answer: Changes, one: ChangePoint, place: int) -> Replicate:
    low, high = (answer.labels.index(end) for end in one.between)
    labelled = answer.footing.calibrated is False
    return Replicate(truth=place, value=one.place, low=low, high=high, labelled=labelled)


def _size_held(answer: Changes, one: ChangePoint, size: float) -> Replicate:
    low, high = one.interval or (one.size, one.size)
    return Replicate(truth=size, value=one.size, low=low, high=high, labelled=answer.footing.calibrated is False)


def _null(name: str, *, weeks: int, phi: float) -> Scenario:
    once = partial(_nothing, weeks=weeks, phi=phi)
    return Scenario(name=f"change-null-{name}", covers=_COVERS, replicate=once, null=True)


def _found(name: str, *, phi: float, size: float, of: str) -> Scenario:
    once = partial(_step, phi=phi, size=size, of=of)
    # A place is a whole week: an interval of weeks holds more often than it says.
    return Scenario(name=f"change-{of}-{name}", covers=_COVERS, replicate=once, exact=of == "place")


SCENARIOS = (
    _null("white", weeks=104, phi=0.0),
    _null("ar-30", weeks=104, phi=0.3),
    _null("ar-60", weeks=104, phi=0.6),
    _null("ar-80", weeks=104, phi=0.8),
    _null("ar-90", weeks=104, phi=0.9),
    _null("52-weeks-ar-60", weeks=52, phi=0.6),
    _null("208-weeks-ar-80", weeks=208, phi=0.8),
    Scenario(name="change-null-counts", covers=_COVERS, replicate=_counts, null=True),
    Scenario(name="change-null-heavy-tails", covers=_COVERS, replicate=_heavy, null=True),
    _found("small", phi=0.0, size=1.0, of="place"),
    _found("large", phi=0.0, size=3.0, of="place"),
    _found("ar-60", phi=0.6, size=3.0, of="place"),
    _found("middling", phi=0.0, size=1.5, of="size"),
    _found("ar-60", phi=0.6, size=3.0, of="size"),
)
