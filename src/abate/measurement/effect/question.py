"""What is asked, as arrays: outcomes, controls, calendar, and where the intervention starts."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.effect.design import Design, Dropped, Floats, check_usable, standardised
from abate.measurement.footing import Caveat

METHODS = ("state-space", "its")
TRENDS = ("none", "linear")
LEVEL_PRIOR = 0.01
Method = Literal["state-space", "its"]
Column = tuple[str, Floats]
"""Name and values, shape ``(times,)``, NaN where missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One intervention, asked of one or several outcomes."""

    outcomes: tuple[Column, ...]
    start: int
    """The first treated place."""
    controls: tuple[Column, ...] = ()
    calendar: tuple[Column, ...] = ()
    calendar_names: tuple[str, ...] = ()
    """What was used, for the record."""
    method: Method = "state-space"
    log: bool = False
    trend: bool = False
    level_prior: float | None = LEVEL_PRIOR
    """``None`` to learn it."""
    labels: tuple[str, ...] = ()
    """What each place in time is called; the row number where empty."""
    season: int = 0
    """Periods in a season that the calendar does not hold: 7 for daily data without weekdays; 0 for none."""
    caveats: tuple[Caveat, ...] = ()
    """Found while the question was put together."""
    sensitivity: bool = True
    """Whether to try the other choices too: most of the time an answer takes."""

    def label(self, place: int) -> str:
        """Return what a place in time is called."""
        return self.labels[place] if self.labels else str(place)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """One outcome, ready to be modelled."""

    name: str
    design: Design
    unit: float
    """What the modelled scale is multiplied by; 1 after a logarithm."""
    raw: Floats
    dropped: tuple[Dropped, ...]
    log: bool
    logged: tuple[str, ...]
    """Controls that were put on the logarithmic scale."""


def prepare(question: Question, outcome: Column) -> Prepared:
    """Put one outcome and the regressors on the scale that is modelled.

    :raises InputError: for a start outside the data, values a logarithm cannot take, or too little to go by
    """
    name, raw = outcome
    if not 0 < question.start < len(raw):
        msg = (
            f"the start is row {question.start} of {len(raw)}; it needs periods before and after it, so choose a later "
            "or an earlier one"
        )
        raise InputError(msg)
    values, unit = _logarithm(name, raw, question) if question.log else _scaled(raw)
    logged = tuple(n for n, v in question.controls if question.log and np.nanmin(v, initial=1.0) > 0)
    controls = [(n, np.log(v) if n in logged else v) for n, v in question.controls]
    working, table, dropped = standardised(values, [*controls, *question.calendar], question.start)
    design = Design(outcome=working, regressors=table, start=question.start, trend=question.trend)
    check_usable(design, what=name)
    seen = np.where(np.isfinite(working), raw, np.nan)
    return Prepared(
        name=name, design=design, unit=unit, raw=seen, dropped=tuple(dropped), log=question.log, logged=logged
    )


def _scaled(raw: Floats) -> tuple[Floats, float]:
    """Divide by the largest value, so that squares neither overflow nor vanish."""
    unit = float(np.nanmax(np.abs(raw), initial=0.0)) or 1.0
    return raw / unit, unit


def _logarithm(name: str, raw: Floats, question: Question) -> tuple[Floats, float]:
    bad = np.flatnonzero(raw <= 0)
    if len(bad):
        msg = (
            f"{name}: {raw[bad[0]]:g} at {question.label(int(bad[0]))} has no logarithm; leave out --log, or leave out "
            "periods without a count"
        )
        raise InputError(msg)
    return np.log(raw), 1.0
