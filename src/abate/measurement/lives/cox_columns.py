"""From columns of the lifetimes to a Cox model and back: numbers as they are, words against their first value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.footing import Caveat, Json, finite
from abate.measurement.lives.cox import CoxFit, dependent_columns, fit_cox
from abate.measurement.lives.kaplan_meier import Floats, Mask, Observed, chi2_tail
from abate.measurement.lives.spells import Spells, dividing
from abate.measurement.tables.columns import Lifetimes, Words
from abate.numeric.intervals import LEVEL, Interval

_Z = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2)
_MOST_LEVELS = 50
"""Above this many different words, a column is a name and not a kind."""
_PER_COLUMN = 10
"""Ends a coefficient needs before its interval can be trusted (Peduzzi et al. 1995)."""
_DRIFT = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Coefficient:
    """What one column, or one value against the first, goes with."""

    name: str
    value: float | None
    """Log of the factor on the risk; ``None`` where nothing holds it."""
    error: float | None
    p: float | None
    interval: Interval | None
    proportional_p: float | None
    """Small where the factor changes with age."""

    def to_json(self) -> Json:
        """Return the contract's three numbers, with interval and factor."""
        factor = None if self.value is None else _factor(self.value)
        ends = None if self.interval is None else (_factor(self.interval[0]), _factor(self.interval[1]))
        return {
            "coef": number(self.value),
            "se": number(self.error),
            "p": number(self.p),
            "interval": pair(self.interval),
            "ratio": None if factor is None else finite(factor),
            "ratio_interval": pair(ends),
            "proportional_p": number(self.proportional_p),
        }


def _factor(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf  # noqa: PLR2004 - where a float ends


@dataclass(frozen=True, kw_only=True, slots=True)
class Cox:
    """A fitted model."""

    coefficients: tuple[Coefficient, ...]
    log_likelihood: float
    chi2: float
    """Of the likelihood ratio test that no column matters."""
    df: int
    subjects: int
    events: int
    references: dict[str, str]
    """The value that each column of words is compared with."""
    caveats: tuple[Caveat, ...]

    def to_json(self) -> Json:
        """Return the contract's object."""
        return {
            "cox": {one.name: one.to_json() for one in self.coefficients},
            "log_likelihood": finite(self.log_likelihood),
            "likelihood_ratio": {"chi2": finite(self.chi2), "df": self.df, "p": chi2_tail(self.chi2, self.df)},
            "cox_subjects": self.subjects,
            "cox_events": self.events,
            "cox_reference": self.references,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Design:
    names: list[str]
    columns: list[Floats]
    references: dict[str, str]


def cox_of(lifetimes: Lifetimes, spells: Spells, columns: Sequence[str], start: int = 0) -> Cox:
    """Fit a model of the columns.

    A column whose every cell is a number is taken as one; any other is taken as words, and each word is compared with
    the first in the order of the alphabet. Rows with an empty cell are left out.

    :param start: condition on being alive at this age in days
    :raises InputError: for a column that is not there, that says nothing, or that the others say already
    """
    found = {name: _column(lifetimes, name) for name in columns}
    keep = np.ones(len(spells.rows), dtype=bool)
    for column in found.values():
        keep &= column.codes[spells.rows] >= 0
    observed = _after(spells.observed, start)
    keep &= observed.exit > start if start else np.True_
    design = _design(lifetimes, found, spells.rows[keep])
    one = Observed(
        exit=observed.exit[keep],
        event=observed.event[keep],
        entry=None if observed.entry is None else observed.entry[keep],
    )
    fit = _fit(lifetimes, design, one)
    empty = int(sum(not full for full in _full(found, spells.rows)))
    return _told(design, fit, len(one.exit), _caveats(design, fit, one, empty))


def _full(found: dict[str, Words], rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Mask:
    full = np.ones(len(rows), dtype=bool)
    for column in found.values():
        full &= column.codes[rows] >= 0
    return full


def _column(lifetimes: Lifetimes, name: str) -> Words:
    try:
        return dividing(lifetimes, name)
    except InputError as error:
        msg = str(error).replace(f"--by {name}", f"--cox {name}")
        raise InputError(msg) from error


def _after(observed: Observed, start: int) -> Observed:
    if not start:
        return observed
    entry = np.zeros_like(observed.exit) if observed.entry is None else observed.entry
    return Observed(exit=observed.exit, event=observed.event, entry=np.maximum(entry, start))


def _design(lifetimes: Lifetimes, found: dict[str, Words], rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> _Design:
    out = _Design(names=[], columns=[], references={})
    for name, column in found.items():
        codes = column.codes[rows]
        used = sorted({column.names[code]: int(code) for code in np.unique(codes)}.items())
        if len(used) < 2:  # noqa: PLR2004 - one value has nothing to be compared with
            told = f"only {used[0][0]!r}" if used else "no value"
            msg = f"--cox {name}: the column holds {told} in the rows that can be used; leave it out"
            raise InputError(msg, where=lifetimes.reading.file)
        numbers = _numbers(used)
        if numbers is not None:
            values = np.zeros(len(column.names), dtype=np.float64)
            values[[code for _, code in used]] = numbers
            out.names.append(name)
            out.columns.append(values[codes])
            continue
        if len(used) > _MOST_LEVELS:
            msg = f"--cox {name}: {len(used)} different values are names, not kinds; group them into a few first"
            raise InputError(msg, where=lifetimes.reading.file)
        out.references[name] = used[0][0]
        for value, code in used[1:]:
            out.names.append(f"{name}={value}")
            out.columns.append((codes == code).astype(np.float64))
    return out


def _numbers(used: Sequence[tuple[str, int]]) -> list[float] | None:
    """Return the values as numbers when every one is finite and not beyond all measure."""
    try:
        numbers = [float(value) for value, _ in used]
    except ValueError:
        return None
    return numbers if all(math.isfinite(value) and abs(value) < 1e150 for value in numbers) else None  # noqa: PLR2004 - its square is still a number


def _fit(lifetimes: Lifetimes, design: _Design, observed: Observed) -> CoxFit:
    where = lifetimes.reading.file
    if not len(observed.exit):
        msg = "--cox: no row has all these columns filled in; name fewer columns, or fill them in"
        raise InputError(msg, where=where)
    matrix = np.stack(design.columns, axis=1)
    said = dependent_columns(matrix)
    if said:
        names = ", ".join(design.names[place] for place in said)
        msg = f"--cox: {names} can be computed from the columns before it; leave one of them out"
        raise InputError(msg, where=where)
    try:
        return fit_cox(matrix, observed)
    except ValueError as error:
        msg = f"--cox: {error}; check the column removed and --event"
        raise InputError(msg, where=where) from error


def _told(design: _Design, fit: CoxFit, subjects: int, caveats: tuple[Caveat, ...]) -> Cox:
    rows = zip(design.names, fit.coefficients, fit.errors, fit.p, fit.proportional_p, fit.runaway, strict=True)
    coefficients = tuple(
        Coefficient(name=name, value=None, error=None, p=None, interval=None, proportional_p=None)
        if lost
        else Coefficient(
            name=name,
            value=float(value),
            error=float(error),
            p=float(p),
            interval=(float(value - _Z * error), float(value + _Z * error)),
            proportional_p=finite(drift),
        )
        for name, value, error, p, drift, lost in rows
    )
    return Cox(
        coefficients=coefficients,
        log_likelihood=fit.log_likelihood,
        chi2=max(2 * (fit.log_likelihood - fit.log_likelihood_without), 0.0),
        df=len(design.names),
        subjects=subjects,
        events=fit.events,
        references=design.references,
        caveats=caveats,
    )


def _caveats(design: _Design, fit: CoxFit, observed: Observed, empty: int) -> tuple[Caveat, ...]:
    out = []
    if empty:
        text = f"{empty} subjects have an empty cell in a column of the model and are not in it"
        out.append(Caveat(code="rows-skipped", text=text))
    for name, column, lost in zip(design.names, design.columns, fit.runaway, strict=True):
        if lost:
            out.append(Caveat(code="poor-fit", text=_why_runaway(name, column, observed)))
    if not fit.converged:
        out.append(Caveat(code="poor-fit", text="the search for the coefficients did not settle; name fewer columns"))
    if fit.events < _PER_COLUMN * len(design.names):
        text = f"{fit.events} ends for {len(design.names)} coefficients; below {_PER_COLUMN} each, intervals are rough"
        out.append(Caveat(code="small-cells", text=text))
    drifting = [
        f"{name} (p = {p:.2g})"
        for name, p in zip(design.names, fit.proportional_p, strict=True)
        if p < _DRIFT / len(design.names)
    ]
    if drifting:
        text = f"the factor of {', '.join(drifting)} changes with age; its coefficient is an average over the ages"
        out.append(Caveat(code="poor-fit", text=text))
    return tuple(out)


def _why_runaway(name: str, column: Floats, observed: Observed) -> str:
    if set(np.unique(column)) == {0.0, 1.0}:
        for there, word in ((1.0, "nobody with"), (0.0, "nobody without")):
            if not observed.event[column == there].any():
                return (
                    f"{word} {name} was removed while at risk: its factor has no lower or upper end and is not given; "
                    "put values together or leave the column out"
                )
    return (
        f"{name}, alone or with other columns, parts who was removed first from who was not: its factor has no end and "
        "is not given; put values together or leave a column out"
    )
