"""Do incidents follow presence? A coefficient a lag, with an interval that knows how alike neighbouring weeks are.

Two series that each drift on their own look related all the time. So the strength found at the true alignment is held
against that of false ones: the exposure is turned round against the incidents by many weeks, which keeps what each
series is like and breaks what joins them. Where false alignments scatter more than the model says, the interval is
widened by as much, and the p-value with it. Several lags are looked at, and both are corrected for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.threat.negative_binomial import Fitted, fit
from abate.numeric.intervals import LEVEL, Interval

Reals = npt.NDArray[np.float64]

FEWEST_WEEKS = 20
FEWEST_EVENTS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Lagged:
    """The association at one lag."""

    lag: int
    """Weeks from presence to incidents."""
    coefficient: float
    """Change of the log rate of incidents for one unit more of exposure."""
    standard_error: float
    """After widening."""
    interval: Interval
    """Holds for all lags at once (Bonferroni)."""
    p: float
    """Corrected for the number of lags."""
    inflation: float
    """How much more false alignments scatter than the model says; 1 or more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """All lags, and the strongest."""

    lags: tuple[Lagged, ...]
    strongest: Lagged
    dispersion: float
    rows: int
    events: int


def associate(counts: Reals, exposure: Reals, lags: Sequence[int], *, trend: bool = True) -> Fit:
    """Regress counts on the exposure of some weeks earlier.

    :param counts: incidents a week, shape ``(weeks,)``; NaN for a week that was not counted
    :param exposure: presence a week, shape ``(weeks,)``; NaN for a missing week
    :param lags: weeks, each zero or more
    :param trend: let the rate drift on a log line of its own
    :raises InputError: with too few usable weeks or incidents, or an exposure that does not vary
    """
    longest = max(lags)
    usable = np.isfinite(counts[longest:]) if len(counts) > longest else np.zeros(0, dtype=bool)
    if usable.sum() < FEWEST_WEEKS or np.nansum(counts[longest:]) < FEWEST_EVENTS:
        msg = (
            f"{int(usable.sum())} usable weeks with {np.nansum(counts[longest:]):.0f} incidents are too few; "
            f"{FEWEST_WEEKS} weeks and {FEWEST_EVENTS} incidents are the least, and years are better"
        )
        raise InputError(msg)
    found = [_at(counts, exposure, lag, longest, len(lags), trend=trend) for lag in lags]
    fits, told = zip(*found, strict=True)
    strongest = max(told, key=lambda one: abs(one.coefficient) / one.standard_error)
    rows = counts[longest:]
    place = told.index(strongest)
    return Fit(
        lags=tuple(told),
        strongest=strongest,
        dispersion=fits[place].dispersion,
        rows=int(np.isfinite(rows).sum()),
        events=int(np.nansum(rows)),
    )


def _at(counts: Reals, exposure: Reals, lag: int, longest: int, tested: int, *, trend: bool) -> tuple[Fitted, Lagged]:
    """Fit one lag on the weeks that every lag can use, so that the lags are compared on the same weeks."""
    from scipy.special import stdtr, stdtrit  # heavy: only where a number is asked for

    outcome, moved = counts[longest:], exposure[longest - lag : len(exposure) - lag]
    keep = np.isfinite(outcome) & np.isfinite(moved)
    ground = _ground(len(outcome), trend=trend)
    middle, scale = float(np.mean(moved[keep])), float(np.std(moved[keep])) or 1.0
    design = np.column_stack([ground, (moved - middle) / scale])[keep]
    fitted = fit(design, outcome[keep])
    model_error = float(np.sqrt(fitted.covariance[-1, -1]))
    inflation = _inflation(outcome, moved, ground, keep, fitted.dispersion)
    freedom = int(keep.sum()) - design.shape[1]
    error = model_error * inflation * float(np.sqrt(keep.sum() / freedom))
    reach = float(stdtrit(freedom, 1 - (1 - LEVEL) / 2 / tested)) * error
    value = float(fitted.coefficients[-1])
    p = min(2 * float(stdtr(freedom, -abs(value) / error)) * tested, 1.0)
    return fitted, Lagged(
        lag=lag,
        coefficient=value / scale,
        standard_error=error / scale,
        interval=((value - reach) / scale, (value + reach) / scale),
        p=p,
        inflation=inflation,
    )


def _ground(rows: int, *, trend: bool) -> Reals:
    level = np.ones(rows)
    return np.column_stack([level, np.linspace(-1, 1, rows)]) if trend else level[:, None]


def _inflation(outcome: Reals, moved: Reals, ground: Reals, keep: npt.NDArray[np.bool_], dispersion: float) -> float:
    """Return the spread of the score statistic over false alignments, at least one.

    The score needs no new fit for each alignment: it asks how the residuals of a model without exposure lean on it.
    """
    without = fit(ground[keep], outcome[keep])
    weight = np.zeros(len(outcome))
    weight[keep] = without.mean / (1 + dispersion * without.mean)
    residual = np.zeros(len(outcome))
    residual[keep] = (outcome[keep] - without.mean) / (1 + dispersion * without.mean)
    filled = np.where(np.isfinite(moved), moved, np.nanmean(moved))
    guard = max(len(outcome) // 10, 2)
    scores = []
    for turn in range(guard, len(outcome) - guard + 1):
        leaning = _without_ground(np.roll(filled, turn), ground, weight)
        spread = float((weight * leaning**2).sum())
        if spread > 0:
            scores.append(float((residual * leaning).sum()) / np.sqrt(spread))
    return max(1.0, float(np.sqrt(np.mean(np.square(scores))))) if scores else 1.0


def _without_ground(values: Reals, ground: Reals, weight: Reals) -> Reals:
    """Return what the ground does not explain of the values, in the regression's own weights."""
    root = np.sqrt(weight)[:, None]
    found = np.linalg.lstsq(ground * root, values * root[:, 0], rcond=None)[0]
    return np.asarray(values - ground @ found)
