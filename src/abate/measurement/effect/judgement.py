"""How far an answer may be trusted: whether its interval is called calibrated, and the warnings that go with it."""

from collections.abc import Iterator

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.effect.answer import PreFit
from abate.measurement.effect.design import Design, Floats, check_usable
from abate.measurement.effect.doubts import drift_doubts, error_doubts
from abate.measurement.effect.interrupted import fit_interrupted
from abate.measurement.effect.placebo import Placebos
from abate.measurement.effect.posterior import Posterior
from abate.measurement.effect.question import Prepared, Question
from abate.measurement.footing import Caveat

_POOR = 0.1
_JUMPED = 0.01
_SEASONS = 2
_CLEAR = 2.5
_SKIPS = 8


def judged(
    question: Question, ready: Prepared, found: Posterior, placebos: Placebos, quality: PreFit
) -> tuple[bool | None, tuple[Caveat, ...]]:
    """Return whether the interval is calibrated, and what to warn of.

    Calibrated where neither placebos nor the data contradict it; not calibrated where either does; and undecided where
    there are too few placebos to ask, or where a drift that the data do not rule out would make the interval too short.
    """
    doubts = _doubts(question, ready.design, found)
    if placebos.failed():
        doubts.append(
            f"at {len(placebos.starts)} dates before the start, where nothing was done, the interval held zero in "
            f"{placebos.coverage:.0%} of cases only"
        )
    caveats = [Caveat(code="not-calibrated", text=doubt) for doubt in doubts]
    if placebos.few:
        text = f"{len(placebos.starts)} placebo dates fit before the start: too few to check the interval by"
        caveats.append(Caveat(code="few-placebos", text=text))
    caveats += [*question.caveats, *_about_fit(question, ready, quality), *_about_controls(question, ready)]
    caveats += _about_seasons(question, found)
    open_questions = list(_about_drift(question, ready.design, found))
    calibrated = False if doubts else None if placebos.few or open_questions else True
    return calibrated, (*caveats, *open_questions)


def _about_drift(question: Question, design: Design, found: Posterior) -> Iterator[Caveat]:
    """Warn of a drift that errors which return to a level cannot hold, and that the data do not rule out.

    It is a warning and no doubt: the errors may well return, and then the interval holds what it promises.
    """
    if question.method == "its":
        for doubt in drift_doubts(design, found):
            yield Caveat(code="drift-not-ruled-out", text=doubt)


def _doubts(question: Question, design: Design, found: Posterior) -> list[str]:
    if question.method == "its":
        return error_doubts(design, found)
    return [] if question.level_prior is None else drift_doubts(design, found)


def _about_fit(question: Question, ready: Prepared, quality: PreFit) -> Iterator[Caveat]:
    for one in ready.dropped:
        yield Caveat(code="poor-fit", text=f"{one.name} was left out: {one.why}")
    if question.controls and quality.r2 is not None and quality.r2 < _POOR:
        text = (
            f"before the start the controls foretell {max(quality.r2, 0.0):.0%} of the outcome's variance; the "
            "counterfactual is little more than its earlier level"
        )
        yield Caveat(code="poor-fit", text=text)
    missing = int((~ready.design.seen).sum())
    if missing:
        yield Caveat(
            code="missing-periods",
            text=f"{missing} of {len(ready.raw)} periods have no value and were passed over",
        )


def _about_controls(question: Question, ready: Prepared) -> Iterator[Caveat]:
    """Warn of controls that themselves change at the start: they may have been touched too."""
    start = ready.design.start
    for name, values in question.controls:
        scale = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
        alone = Design(outcome=values / scale, regressors=np.zeros((len(values), 0)), start=start)
        try:
            check_usable(alone, what=name)
        except InputError:
            continue
        change = fit_interrupted(alone, 1).effect
        if change.two_sided < _JUMPED:
            text = (
                f"the control {name} itself changes by {float(change.mean) * scale:+.3g} at the start; if the "
                "intervention touched it, the effect is wrong by what it carried over"
            )
            yield Caveat(code="concurrent-event", text=text)


def _about_seasons(question: Question, found: Posterior) -> Iterator[Caveat]:
    """Warn where what the model could not foretell repeats itself with the season."""
    _, errors = found.ahead()
    if repeats(errors, question.season):
        text = f"what the model could not foretell repeats every {question.season} periods; add it with --calendar"
        yield Caveat(code="seasonality", text=text)


def repeats(errors: Floats, season: int) -> bool:
    """Return whether one-step errors resemble those a season earlier more than chance would have it.

    :param errors: in the order of time, shape ``(times,)``
    :param season: in periods; below two there is none
    """
    if season < _SEASONS or len(errors) < season * _SKIPS:
        return False
    earlier, later = errors[:-season], errors[season:]
    if min(float(earlier.std()), float(later.std())) == 0:
        return False
    return bool(np.corrcoef(later, earlier)[0, 1] * np.sqrt(len(later)) > _CLEAR)
