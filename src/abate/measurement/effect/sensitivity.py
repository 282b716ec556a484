"""How far the answer depends on choices that could have been made otherwise."""

from collections.abc import Iterator
from dataclasses import replace

from abate.domain.errors import InputError
from abate.measurement.answer import Estimate
from abate.measurement.effect.design import Design, check_usable
from abate.measurement.effect.interrupted import fit_interrupted
from abate.measurement.effect.placebo import Fit
from abate.measurement.effect.question import LEVEL_PRIOR, Prepared, Question
from abate.measurement.effect.scale import in_unit
from abate.measurement.effect.state_space import fit_state_space


def variants(question: Question, ready: Prepared) -> dict[str, Estimate]:
    """Return the effect under other windows, another prior, another method, and without controls.

    A variant that leaves too little to go by is not there.
    """
    out = {}
    for name, design, fit in _choices(question, ready.design):
        try:
            check_usable(design, what=ready.name)
        except InputError:
            continue
        first = len(ready.raw) - len(design.outcome) if name == "half_before" else 0
        raw = ready.raw[first : first + len(design.outcome)]
        out[name] = in_unit(fit(design), replace(ready, design=design, raw=raw)).effect
    return out


def _choices(question: Question, design: Design) -> Iterator[tuple[str, Design, Fit]]:
    start, times = design.start, len(design.outcome)
    space, series = _space(question.level_prior), fit_interrupted
    own, other = (series, space) if question.method == "its" else (space, series)
    yield "half_before", design.window(start // 2, start, times), own
    yield "half_after", design.window(0, start, start + max((times - start + 1) // 2, 1)), own
    yield ("state_space" if question.method == "its" else "interrupted"), design, other
    if question.method == "its":
        yield ("no_trend" if design.trend else "trend"), replace(design, trend=not design.trend), own
    elif question.level_prior is None:
        yield "level_prior_stated", design, _space(LEVEL_PRIOR)
    else:
        yield "level_prior_tuned", design, _space(None)
        yield "level_prior_tenfold", design, _space(question.level_prior * 10)
    if question.controls:
        yield "no_controls", replace(design, regressors=design.regressors[:, :0]), own


def _space(level_prior: float | None) -> Fit:
    return lambda design: fit_state_space(design, level_prior)
