"""Uncurbed, what would it have become? Log-linear growth of the weeks before anything was done, carried on.

A scenario and nothing else: exponential growth ends, and this model does not know when. Weekly counts are fitted by
quasi-likelihood with a log link (McCullagh and Nelder 1989); the variance is inflated by the dispersion and by the
residuals' lag-one autocorrelation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.weeks import monday
from abate.numeric.intervals import LEVEL, Interval, normal_quantile

FEWEST = 8
_STEPS = 50
_TOLERANCE = 1e-10
_HIGHEST_PHI = 0.9
_LONGEST = 52
"""Weeks that the scenario is carried on at most: a year ahead is already a story."""
_METHOD = "log-linear growth of the weeks before the intervention (quasi-Poisson), carried on as a scenario"
_ASSUMPTIONS = (
    "growth goes on at the rate of the weeks before; real growth slows down, and nothing here knows when",
    "no other event falls into the weeks that are carried on",
    "the band holds the uncertainty of the rate, not that of the assumption",
)
_SCENARIO = Caveat(code="not-calibrated", text="a scenario: its band was not and cannot be checked against an outcome")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """One week of the scenario."""

    week: int
    value: float
    low: float
    high: float

    def to_json(self) -> Json:
        """Return the row."""
        return {"week": monday(self.week).isoformat(), "value": self.value, "interval": [self.low, self.high]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """Growth a week before the intervention, and the scenario."""

    weekly: float
    """0.02 for two per cent a week."""
    interval: Interval
    doubling_weeks: float | None
    """``None`` where it does not grow."""
    first: int
    last: int
    weeks: int
    ahead: tuple[Ahead, ...]
    footing: Footing

    def to_json(self) -> Json:
        """Return the answer."""
        end = self.ahead[-1] if self.ahead else None
        return self.footing.to_json() | {
            "scenario": True,
            "weekly": self.weekly,
            "interval": pair(self.interval),
            "doubling_weeks": number(self.doubling_weeks),
            "fitted": {
                "first": monday(self.first).isoformat(),
                "last": monday(self.last).isoformat(),
                "weeks": self.weeks,
            },
            "ahead": [one.to_json() for one in self.ahead],
            "at_end": None if end is None else end.to_json(),
        }


def growth(rows: Sequence[WeekRow], until: int | None) -> Growth:
    """Fit the weeks before week ``until`` (all, where ``None``) and carry them on to the last week.

    :param rows: consecutive weeks of one group
    :raises InputError: with fewer than eight settled weeks, or none above zero
    """
    used = [
        row
        for row in rows
        if row.value is not None and not row.provisional and not row.missing and (until is None or row.week < until)
    ]
    counts = np.array([row.value for row in used], dtype=np.float64)
    if len(used) < FEWEST or not counts.any():
        msg = f"only {len(used)} settled weeks before the intervention; a growth rate needs {FEWEST}, not all empty"
        raise InputError(msg)
    at = np.array([row.week for row in used], dtype=np.float64)
    middle = float(at.mean())
    design = np.column_stack([np.ones(len(at)), at - middle])
    coefficients, covariance = _fit(design, counts)
    half = normal_quantile((1 + LEVEL) / 2) * math.sqrt(covariance[1, 1])
    slope = float(coefficients[1])
    ahead = [row.week for row in rows if row.week > used[-1].week][:_LONGEST]
    return Growth(
        weekly=math.expm1(slope),
        interval=(math.expm1(slope - half), math.expm1(slope + half)),
        doubling_weeks=math.log(2) / slope if slope > 0 else None,
        first=used[0].week,
        last=used[-1].week,
        weeks=len(used),
        ahead=tuple(_ahead(week, middle, coefficients, covariance) for week in ahead),
        footing=Footing(method=_METHOD, assumptions=_ASSUMPTIONS, caveats=(_SCENARIO,)),
    )


def _ahead(week: int, middle: float, coefficients: Floats, covariance: Floats) -> Ahead:
    row = np.array([1.0, week - middle])
    line = float(row @ coefficients)
    half = normal_quantile((1 + LEVEL) / 2) * math.sqrt(float(row @ covariance @ row))
    return Ahead(week=week, value=math.exp(line), low=math.exp(line - half), high=math.exp(min(line + half, 700.0)))


def _fit(design: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return coefficients and covariance of a log-linear fit, by iteratively reweighted least squares."""
    start = np.linalg.lstsq(design, np.log(np.maximum(counts, 0.5)), rcond=None)[0]
    coefficients = np.asarray(start, dtype=np.float64)
    for _ in range(_STEPS):
        mean = np.exp(np.clip(design @ coefficients, -30, 30))
        step = np.linalg.solve((design.T * mean) @ design + 1e-9 * np.eye(2), design.T @ (counts - mean))
        coefficients = coefficients + step
        if float(np.abs(step).max()) < _TOLERANCE:
            break
    mean = np.exp(np.clip(design @ coefficients, -30, 30))
    pearson = (counts - mean) / np.sqrt(mean)
    total = float(pearson @ pearson)
    dispersion = max(total / (len(counts) - 2), 1.0)
    raw = float(pearson[1:] @ pearson[:-1]) / total if total else 0.0
    phi = min(max(raw + (2 + 4 * raw) / len(counts), 0.0), _HIGHEST_PHI)
    bread = np.linalg.inv((design.T * mean) @ design)
    return coefficients, np.asarray(bread * (dispersion * (1 + phi) / (1 - phi)), dtype=np.float64)
