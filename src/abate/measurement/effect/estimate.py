"""From a question to its answer: the estimate, its placebos, what it could have found, and how it bends."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.answer import Estimate, number
from abate.measurement.effect.answer import Effect, Effects, Period, PreFit
from abate.measurement.effect.design import Design
from abate.measurement.effect.interrupted import fit_interrupted
from abate.measurement.effect.judgement import judged
from abate.measurement.effect.minimum_detectable import minimum_detectable
from abate.measurement.effect.mixture import Mixture
from abate.measurement.effect.placebo import Fit, placebos_of
from abate.measurement.effect.posterior import Posterior
from abate.measurement.effect.question import Column, Prepared, Question, prepare
from abate.measurement.effect.scale import detectable, in_unit, times
from abate.measurement.effect.sensitivity import variants
from abate.measurement.effect.state_space import fit_state_space
from abate.measurement.footing import Caveat, Footing, Json, finite
from abate.numeric.intervals import LEVEL

_NAMES = {
    "state-space": "state space: local level and regression, hyperparameters summed over an exact grid",
    "its": "interrupted time series: step and slope with autoregressive errors, summed over their autocorrelation",
}
_COMMON = (
    "but for the intervention, what held before the start would have gone on",
    "controls and calendar were not touched by the intervention",
    "an effect is the mean difference per period over the whole time after the start",
)
_OF_METHOD = {
    "state-space": ("the level moves as a random walk; noise around it is independent and of one size",),
    "its": (
        "errors return to their level, and forget with the autocorrelation they had",
        "the effect is a step and a change of slope",
    ),
}


def effect_of(question: Question) -> Effect | Effects:
    """Answer a question about one or several outcomes.

    :raises InputError: when an outcome cannot be used, with the reason
    """
    if not question.outcomes:
        msg = "name the outcome with --outcome"
        raise InputError(msg)
    found = [_one(question, outcome) for outcome in question.outcomes]
    if len(found) == 1:
        return found[0]
    quality = _false_discovery([one.p for one in found])
    named = {one.outcome: replace(one, q=q) for one, q in zip(found, quality, strict=True)}
    footing = replace(found[0].footing, caveats=_together(question, found), calibrated=_all_calibrated(found))
    return Effects(outcomes=named, footing=footing)


def _together(question: Question, found: Sequence[Effect]) -> tuple[Caveat, ...]:
    """Return the common warnings once, and each outcome's own with its name."""
    own = [
        Caveat(code=one.code, text=f"{each.outcome}: {one.text}")
        for each in found
        for one in each.footing.caveats
        if one not in question.caveats
    ]
    return (*question.caveats, *own)


def _all_calibrated(found: Sequence[Effect]) -> bool | None:
    states = {one.footing.calibrated for one in found}
    return False if False in states else None if None in states else True


def _false_discovery(ps: Sequence[float]) -> list[float]:
    """Return the adjusted values of Benjamini and Hochberg 1995, in the order given."""
    order = np.argsort(ps)[::-1]
    out, least = [1.0] * len(ps), 1.0
    for step, place in enumerate(order):
        least = min(least, ps[place] * len(ps) / (len(ps) - step))
        out[place] = least
    return out


def _one(question: Question, outcome: Column) -> Effect:
    ready = prepare(question, outcome)
    design = ready.design
    found = _fit(question)(design)
    # The order of the errors is chosen once: for each placebo anew it would cost far more than it tells.
    placebos = placebos_of(design, _fit(question, found.order or 0))
    quality = _pre_fit(design, found, ready.unit)
    calibrated, caveats = judged(question, ready, found, placebos, quality)
    told = in_unit(found, ready)
    periods = len(design.offsets)
    least, least_share = detectable(minimum_detectable(found.effect, placebos), ready, told.predicted)
    return Effect(
        outcome=ready.name,
        start=question.label(question.start),
        effect=told.effect,
        relative=told.relative,
        cumulative=times(told.effect, periods),
        predicted=told.predicted,
        periods=periods,
        p=found.effect.two_sided,
        placebos=placebos,
        minimum_detectable=least,
        minimum_detectable_relative=least_share,
        sensitivity=variants(question, ready) if question.sensitivity else {},
        fit=quality,
        rows=_rows(question, ready, found),
        settings=_settings(question, ready, found),
        step=_part(found.step, ready.unit),
        slope=_part(found.slope, ready.unit),
        footing=Footing(
            method=_NAMES[question.method], assumptions=_assumptions(question), caveats=caveats, calibrated=calibrated
        ),
    )


def _fit(question: Question, order: int = 0) -> Fit:
    if question.method == "its":
        return lambda design: fit_interrupted(design, order)
    return lambda design: fit_state_space(design, question.level_prior)


def _assumptions(question: Question) -> tuple[str, ...]:
    more: tuple[str, ...] = ()
    if question.log:
        more = ("the effect multiplies the outcome; controls above zero were put on the logarithmic scale too",)
    return (*_COMMON, *_OF_METHOD[question.method], *more)


def _pre_fit(design: Design, found: Posterior, unit: float) -> PreFit:
    before, (fitted, _) = design.outcome[: design.start], found.ahead()
    known = np.isfinite(before) & np.isfinite(fitted)
    errors = before[known] - fitted[known]
    total = float(((before[known] - before[known].mean()) ** 2).sum()) if known.any() else 0.0
    squares = float((errors**2).sum())
    rmse = unit * math.sqrt(squares / max(int(known.sum()), 1))
    return PreFit(r2=1 - squares / total if total else None, rmse=rmse)


def _rows(question: Question, ready: Prepared, found: Posterior) -> tuple[Period, ...]:
    start, tail = ready.design.start, (1 - LEVEL) / 2
    path = found.path()
    after = np.array([path.mean, path.quantile(tail), path.quantile(1 - tail)])
    before, _ = found.ahead()
    if question.log:
        after, before = np.exp(after), np.exp(before)
    middle, low, high = (after * ready.unit).tolist()
    expected = [*(before * ready.unit).tolist(), *middle]
    return tuple(
        Period(
            label=question.label(place),
            observed=finite(float(ready.raw[place])),
            predicted=finite(expected[place]),
            interval=(low[place - start], high[place - start]) if place >= start else None,
            after=place >= start,
        )
        for place in range(len(ready.raw))
    )


def _settings(question: Question, ready: Prepared, found: Posterior) -> Json:
    used: Json = {
        "controls": [name for name, _ in question.controls],
        "left_out": [one.name for one in ready.dropped],
        "calendar": list(question.calendar_names) or "none",
        "trend": "linear" if question.trend else "none",
        "log": question.log,
    }
    if question.method == "its":
        return used | {"order": found.order, "persistence": number(found.persistence)}
    asked = "tuned" if question.level_prior is None else question.level_prior
    return used | {"level_prior": asked, "level_step": number(found.level_step)}


def _part(found: Mixture | None, unit: float) -> Estimate | None:
    if found is None:
        return None
    low, high = found.interval()
    return Estimate(value=float(found.mean) * unit, interval=(low * unit, high * unit))
