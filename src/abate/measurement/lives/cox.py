"""Cox regression: which columns go with a higher risk of removal, at every age, beside each other.

Sources: Cox 1972; ties as in Efron 1977; delayed entry by counting at risk only from the day after entry; the test of
proportional risks by scaled residuals against the rank of age (Grambsch and Therneau 1994). The sums over those at
risk are running sums from the oldest age down, so that a day costs nothing but its own entries and ends.

Where a column, or several together, parts who was removed from who was not, the likelihood has no highest point: the
coefficient runs away. Such columns are named (``runaway``), never given with the number where the search happened to
stop; the other coefficients are those of the limit, which exists.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.measurement.lives.kaplan_meier import Days, Floats, Mask, Observed, chi2_tail

_STEPS = 100
_SETTLED = 1e-11
"""The search ends when a further step would raise the log likelihood by less."""
_RUNAWAY = 100.0
"""A standard error this large, over the whole range of a column, means that nothing holds the coefficient."""
_COLLINEAR = 1e-9
_SMALLEST = 1e-150
"""A sum of weights below this counts as this: its square is still a number. Only a runaway column comes so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CoxFit:
    """The highest point of the partial likelihood; arrays of shape ``(columns,)``."""

    coefficients: Floats
    errors: Floats
    covariance: Floats
    """Shape ``(columns, columns)``."""
    runaway: Mask
    log_likelihood: float
    log_likelihood_without: float
    """With all coefficients 0."""
    events: int
    proportional_p: Floats
    """Small where a column's factor changes with age; NaN for a runaway column."""
    converged: bool

    @property
    def p(self) -> Floats:
        """Wald's two-sided p values."""
        with np.errstate(invalid="ignore"):
            z = np.abs(self.coefficients / self.errors)
        return np.array([math.erfc(value / math.sqrt(2)) for value in z], dtype=np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Risk:
    """Who was at risk at which of the days with an end; ``events`` of them, numbered from the youngest age."""

    design: Floats
    """Shape ``(subjects, columns)``, each column with mean 0 and deviation 1."""
    last: npt.NDArray[np.int64]
    """The last day with an end on which each subject was at risk, shape ``(subjects,)``."""
    before: npt.NDArray[np.int64]
    """The one before its first; -1 where it was at risk from the beginning."""
    ended: npt.NDArray[np.int64]
    """The subjects that ended, shape ``(ends,)``."""
    day: npt.NDArray[np.int64]
    """On which day each did, shape ``(ends,)``."""
    share: Floats
    """Efron: which part of the day's ends went before each, shape ``(ends,)``."""
    days: int


def dependent_columns(design: Floats) -> list[int]:
    """Return the columns that earlier ones already say, a constant one included.

    :param design: shape ``(subjects, columns)``
    """
    centred = design - design.mean(axis=0)
    basis: list[Floats] = []
    out = []
    for place in range(centred.shape[1]):
        column = centred[:, place]
        size = float(np.linalg.norm(column))
        # Twice, because the first pass leaves rounding that looks like a new direction.
        for _ in range(2):
            for known in basis:
                column = column - known * (known @ column)
        left = float(np.linalg.norm(column))
        if left <= _COLLINEAR * max(size, float(np.linalg.norm(design[:, place]))):
            out.append(place)
        else:
            basis.append(column / left)
    return out


def fit_cox(design: Floats, observed: Observed) -> CoxFit:
    """Find the coefficients.

    :param design: shape ``(subjects, columns)``, no column constant or said by the others
    :param observed: of the same subjects
    :raises ValueError: when nobody ended while at risk
    """
    middle, scale = design.mean(axis=0), design.std(axis=0)
    risk = _at_risk((design - middle) / scale, observed)
    without, _, _ = _likelihood(risk, np.zeros(design.shape[1]))
    beta, (height, _, curvature), converged = _climb(risk)
    # Errors first with all columns in: what is held by nothing shows as an error without bound.
    spread = np.ptp(design, axis=0) / scale
    runaway = _errors(_inverse(curvature)) * spread > _RUNAWAY
    covariance = np.full_like(curvature, np.nan)
    kept = np.flatnonzero(~runaway)
    covariance[np.ix_(kept, kept)] = _inverse(curvature[np.ix_(kept, kept)])
    proportional = np.full(len(beta), np.nan)
    proportional[kept] = _proportional(risk, beta, covariance, kept)
    covariance = covariance / np.outer(scale, scale)
    return CoxFit(
        coefficients=np.where(runaway, np.nan, beta / scale),
        errors=_errors(covariance),
        covariance=covariance,
        runaway=runaway,
        log_likelihood=height,
        log_likelihood_without=without,
        events=len(risk.ended),
        proportional_p=proportional,
        converged=converged,
    )


def _errors(covariance: Floats) -> Floats:
    diagonal = np.diag(covariance)
    # Rounding can turn the variance of what nothing holds negative; that is no small error.
    return np.sqrt(np.where(diagonal >= 0, diagonal, np.inf)) if len(diagonal) else diagonal


def _inverse(curvature: Floats) -> Floats:
    """Invert the information; directions without any get a variance without bound, not none."""
    values, vectors = np.linalg.eigh(curvature)
    floor = 1e-300
    with np.errstate(over="ignore"):
        return np.asarray((vectors / np.maximum(values, floor)) @ vectors.T, dtype=np.float64)


def _at_risk(design: Floats, observed: Observed) -> _Risk:
    entry = np.zeros_like(observed.exit) if observed.entry is None else observed.entry
    # Seen from the beginning means at risk on day 0 too; who entered later is at risk from the day after.
    entry = np.where(entry == 0, -1, entry)
    event = observed.event & (observed.exit > entry)
    times = np.unique(observed.exit[event])
    if not len(times):
        msg = "nobody ended while at risk; there is nothing to compare"
        raise ValueError(msg)
    last = np.searchsorted(times, observed.exit, side="right") - 1
    before = np.searchsorted(times, entry, side="right") - 1
    kept = last > before
    event = event[kept]
    ended = np.flatnonzero(event)
    ended = ended[np.argsort(last[kept][ended], kind="stable")]
    day = last[kept][ended]
    counts = np.bincount(day, minlength=len(times))
    place = np.arange(len(ended)) - np.repeat(np.cumsum(counts) - counts, counts)
    return _Risk(
        design=design[kept],
        last=last[kept],
        before=before[kept],
        ended=ended,
        day=day,
        share=place / counts[day],
        days=len(times),
    )


def _climb(risk: _Risk) -> tuple[Floats, tuple[float, Floats, Floats], bool]:
    """Go up by Newton's steps, halved where they would overshoot."""
    beta = np.zeros(risk.design.shape[1])
    here = _likelihood(risk, beta)
    for _ in range(_STEPS):
        height, slope, curvature = here
        step = _step(curvature, slope)
        if float(slope @ step) / 2 < _SETTLED:
            return beta, here, True
        for _ in range(40):
            there = _likelihood(risk, beta + step)
            if there[0] >= height:
                break
            step = step / 2
        else:
            # Rounding hides any rise that is left.
            return beta, here, True
        beta, here = beta + step, there
    return beta, here, False


def _step(curvature: Floats, slope: Floats) -> Floats:
    """Return Newton's step, where needed made shorter along directions that nothing holds."""
    ridge = 1e-12 * float(np.trace(curvature)) + 1e-300
    step = np.linalg.solve(curvature + ridge * np.eye(len(slope)), slope)
    # Columns are scaled: a step beyond this would only be taken on the way to infinity.
    return np.asarray(step * min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-300)), dtype=np.float64)


_LONGEST = 10.0


def _sums(risk: _Risk, values: Floats) -> Floats:
    """Sum a value of each subject over those at risk on each day, shape ``(days,)``."""
    started = risk.before >= 0
    added = np.bincount(risk.last, weights=values, minlength=risk.days)
    added -= np.bincount(risk.before[started], weights=values[started], minlength=risk.days)
    return np.cumsum(added[::-1])[::-1].astype(np.float64)


def _moments(risk: _Risk, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the sums of weight, weighted columns and their products over those at risk.

    Shapes ``(days,)``, ``(days, columns)`` and ``(days, columns, columns)``.
    """
    columns = risk.design.shape[1]
    zero = _sums(risk, weight)
    weighted = risk.design * weight[:, None]
    first = np.stack([_sums(risk, weighted[:, j]) for j in range(columns)], axis=1)
    second = np.empty((risk.days, columns, columns))
    for j in range(columns):
        for k in range(j + 1):
            second[:, j, k] = second[:, k, j] = _sums(risk, weighted[:, j] * risk.design[:, k])
    return zero, first, second


def _tied(risk: _Risk, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the same sums over those who ended on each day."""
    rows, weights = risk.design[risk.ended], weight[risk.ended]
    columns = rows.shape[1]

    def per_day(values: Floats) -> Floats:
        return np.bincount(risk.day, weights=values, minlength=risk.days).astype(np.float64)

    first = np.stack([per_day(rows[:, j] * weights) for j in range(columns)], axis=1)
    second = np.empty((risk.days, columns, columns))
    for j in range(columns):
        for k in range(j + 1):
            second[:, j, k] = second[:, k, j] = per_day(rows[:, j] * rows[:, k] * weights)
    return per_day(weights), first, second


def _likelihood(risk: _Risk, beta: Floats) -> tuple[float, Floats, Floats]:
    """Return the log partial likelihood, its slope and the information (minus the second derivative)."""
    score = risk.design @ beta
    # Only ratios of weights matter; the largest becomes 1, so that none overflows.
    score -= score.max()
    weight = np.exp(score)
    zero, first, second = _moments(risk, weight)
    tied_zero, tied_first, tied_second = _tied(risk, weight)
    # Those at risk include those who ended. Where a runaway weight has left, rounding in the running sums can say less.
    zero = np.maximum(zero, tied_zero)
    left = np.maximum(zero[risk.day] - risk.share * tied_zero[risk.day], _SMALLEST)
    height = float(score[risk.ended].sum() - np.log(left).sum())

    def per_day(values: Floats) -> Floats:
        return np.bincount(risk.day, weights=values, minlength=risk.days).astype(np.float64)

    once, shared = per_day(1 / left), per_day(risk.share / left)
    slope = risk.design[risk.ended].sum(axis=0) - once @ first + shared @ tied_first
    squares = [per_day(risk.share**power / left**2) for power in range(3)]
    information = np.einsum("d,djk->jk", once, second) - np.einsum("d,djk->jk", shared, tied_second)
    information -= np.einsum("d,dj,dk->jk", squares[0], first, first)
    crossed = np.einsum("d,dj,dk->jk", squares[1], first, tied_first)
    information += crossed + crossed.T
    information -= np.einsum("d,dj,dk->jk", squares[2], tied_first, tied_first)
    return height, np.asarray(slope, dtype=np.float64), np.asarray(information, dtype=np.float64)


def _proportional(risk: _Risk, beta: Floats, covariance: Floats, kept: npt.NDArray[np.int64]) -> Floats:
    """Test whether each kept column's factor drifts with the rank of age; return a p value each."""
    score = risk.design @ beta
    weight = np.exp(score - score.max())
    zero, first, _ = _moments(risk, weight)
    tied_zero, tied_first, _ = _tied(risk, weight)
    left = np.maximum(zero[risk.day] - risk.share * tied_zero[risk.day], _SMALLEST)
    means = (first[risk.day] - risk.share[:, None] * tied_first[risk.day]) / left[:, None]
    counts = np.bincount(risk.day, minlength=risk.days)
    mean = np.stack([np.bincount(risk.day, weights=column) / counts for column in means.T], axis=1)
    residual = (risk.design[risk.ended] - mean[risk.day])[:, kept]
    spread = covariance[np.ix_(kept, kept)]
    rank = _mid_ranks(risk.day, counts)
    rank -= rank.mean()
    total = float(rank @ rank)
    if not total:
        return np.full(len(kept), np.nan)
    drift = (rank @ residual) @ spread
    chi2 = len(rank) * drift**2 / (np.diag(spread) * total)
    return np.array([chi2_tail(float(value), 1) for value in chi2], dtype=np.float64)


def _mid_ranks(day: Days, counts: npt.NDArray[np.int64]) -> Floats:
    """Return the rank of each end by age, ties sharing their mean rank."""
    return (np.cumsum(counts) - (counts - 1) / 2)[day].astype(np.float64)
