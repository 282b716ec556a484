"""The share of a population that is positive, from labels of a sample with known chances, by stratum and in all.

Within a stratum the share is a ratio of weighted sums (Hájek 1971), corrected by a classifier's scores where they help
(:mod:`abate.measurement.sampled.ppi`). Near zero the usual interval fails: ten positives among a thousand are not
normal, none among a thousand has no variance at all. Here each limit is a beta distribution: the upper one has the mean
and variance that the estimate would have with one more positive somewhere. With equal weights that is close to the
exact interval; with several strata it follows what Fay and Feuer (1997) do for weighted rates, where adding one unseen
event to *each* stratum would be far too cautious.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from abate.measurement.sampled.ppi import tuned
from abate.numeric.confidence import Beta, Limits, exact_limits, matched_beta

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

NEAR_ZERO = 10
"""Fewer positives, or fewer negatives, than this: the exact interval, and no tuning on a handful."""
EXACT = "exact Clopper-Pearson"
EXACT_FINITE = "exact Clopper-Pearson, corrected for a finite population"
EXACT_EFFECTIVE = "exact Clopper-Pearson on the effective sample size"
MATCHED = "beta limits matched to the weighted estimate"
PREDICTION_POWERED = "prediction-powered (PPI++), beta limits matched to its variance"
NO_LABEL = "no label"
CENSUS = "every item labelled"

_EVEN = 1e-9
"""Weights that differ by less, relative to their mean, are equal."""
_WHOLE_ITEMS = 2.0
"""Of a finite list, shares move in whole items; allowing for two keeps exact coverage at 94 % or above."""
_HALF = 0.5
"""The largest standard deviation of one answer: what a stratum with a single label gets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """The labelled items; each array has the shape ``(n,)``."""

    stratum: Places
    weight: Values
    """What an item stands for: views (or 1) over its chance of being drawn. Above zero."""
    positive: Values
    """1 or 0."""
    unseen: Values
    """1 minus the chance of being drawn, where the population is a finite list; 1 elsewhere."""
    score: Values | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Population:
    """What is known of all items; each array has the shape ``(strata,)``."""

    share: Values
    """Of each stratum in the whole; sums to 1 over the strata."""
    known: bool = True
    """Whether ``share`` is known, or was estimated from the labelled items."""
    score: Values | None = None
    """Mean score of each stratum, weighted as the share is; NaN where a stratum has none."""
    score_variance: Values | None = None
    """Variance of that mean, where the scored items are themselves a sample of the population."""
    score_spread: Values | None = None
    """Variance of one score in each stratum, over all items that have one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StratumShare:
    """One stratum."""

    labelled: int
    positives: int
    share: float
    """Of the whole."""
    value: float | None
    limits: Limits | None
    tuning: float
    """Weight of the scores (lambda of PPI++); 0 leaves them out."""
    variance: float
    """Of ``value``."""
    effective: float
    """The number of equally weighted labels that would know as much; infinite where every item is labelled."""
    method: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SampledShare:
    """The share of the whole, over the strata that have labels."""

    value: float
    limits: Limits
    effective: float
    method: str
    strata: tuple[StratumShare, ...]
    unlabelled_share: float
    """The part of the population in strata without any label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A stratum while it is estimated; the arrays are those of its labelled items."""

    share: float
    weight: Values
    """Sums to 1."""
    unseen: Values
    positive: Values
    raw: float
    """The share of positives by labels alone."""
    value: float
    residual: Values
    tuning: float
    score_variance: float

    @property
    def next_weight(self) -> float:
        """What one more item would weigh, as a share of the stratum: the mean over what is drawn by weight (Kish)."""
        squares = float(np.sum(self.weight**2))
        return squares / (1 + squares)

    def variance(self, deviation: Values) -> float:
        """Return the variance of a sum of independent draws that deviate by this much."""
        n = len(deviation)
        spread = n / (n - 1) if n > 1 else 1.0
        return spread * float(np.sum(self.unseen * (self.weight * deviation) ** 2))

    @property
    def own_variance(self) -> float:
        deviation = np.full(1, _HALF) if len(self.weight) == 1 else self.residual
        return self.variance(deviation) + self.tuning**2 * self.score_variance


def sampled_share(labelled: Labelled, population: Population) -> SampledShare:
    """Estimate the share of the whole that is positive.

    :raises ValueError: when nothing is labelled that stands for a part of the population
    """
    parts = [_part(labelled, population, place) for place in range(len(population.share))]
    there = [part for part in parts if part is not None]
    if not there:
        msg = "no label in any stratum that holds a part of the population"
        raise ValueError(msg)
    covered = float(sum(part.share for part in there))
    bare = sum(float(share) for share, part in zip(population.share, parts, strict=True) if part is None)
    strata = tuple(
        _empty(float(share)) if part is None else _stratum(part)
        for share, part in zip(population.share, parts, strict=True)
    )
    filled = [one for one in strata if one.value is not None]
    value, limits, method = _joined(there, covered, filled, known=population.known)
    return SampledShare(
        value=value,
        limits=limits,
        effective=_effective(value, _variance(there, covered, value, known=population.known), _kish(there, covered)),
        method=method,
        strata=strata,
        unlabelled_share=bare,
    )


def _part(labelled: Labelled, population: Population, place: int) -> _Part | None:
    mine = labelled.stratum == place
    if not mine.any() or population.share[place] <= 0:
        return None
    weight = labelled.weight[mine] / labelled.weight[mine].sum()
    positive = labelled.positive[mine]
    count = int(positive.sum())
    raw = float(np.sum(weight * positive))
    tuning, mean, variance = 0.0, 0.0, 0.0
    score = np.zeros(len(weight))
    if labelled.score is not None and population.score is not None and np.isfinite(population.score[place]):
        score, mean = labelled.score[mine], float(population.score[place])
        variance = 0.0 if population.score_variance is None else float(population.score_variance[place])
        if NEAR_ZERO <= count <= len(positive) - NEAR_ZERO:
            known = population.score_spread is not None and _even(weight)
            spread = float(population.score_spread[place]) if known and population.score_spread is not None else None
            tuning = tuned(positive, score, weight, spread=spread, score_variance=variance)
    rest = positive - tuning * score
    corrected = float(np.sum(weight * rest))
    return _Part(
        share=float(population.share[place]),
        weight=weight,
        unseen=labelled.unseen[mine],
        positive=positive,
        raw=raw,
        value=min(max(tuning * mean + corrected, 0.0), 1.0),
        residual=rest - corrected,
        tuning=tuning,
        score_variance=variance,
    )


def _joined(
    parts: list[_Part], covered: float, strata: list[StratumShare], *, known: bool
) -> tuple[float, Limits, str]:
    if len(parts) == 1 and (known or covered >= 1):
        only = strata[0]
        assert only.value is not None
        assert only.limits is not None
        return only.value, only.limits, only.method
    value = min(sum(part.share * part.value for part in parts) / covered, 1.0)
    variance = _variance(parts, covered, value, known=known)
    method = "stratified; " + (PREDICTION_POWERED if any(part.tuning for part in parts) else MATCHED)
    return value, _limits(parts, covered, value, variance), method


def _variance(parts: list[_Part], covered: float, value: float, *, known: bool) -> float:
    if known:
        return float(sum((part.share / covered) ** 2 * part.own_variance for part in parts))
    # With estimated shares of the strata, an item also tells how much its stratum weighs: the ratio is linearised
    # around the share of the whole, and only what varies within a stratum counts, as draws are made within strata.
    total = 0.0
    for part in parts:
        pull = part.weight * (part.positive - value)
        deviation = (pull - pull.mean()) / part.weight
        total += (part.share / covered) ** 2 * part.variance(deviation if len(pull) > 1 else np.full(1, _HALF))
    return total


def _limits(parts: list[_Part], covered: float, value: float, variance: float) -> Limits:
    """Return the two distributions: the estimate with one more positive, and with one more negative.

    Which stratum the next one would fall in is not known. Taking the largest step, as Fay and Feuer do, makes the
    interval of a sample cut by score and views a fifth wider for nothing; the mean step falls short where all that
    violates sits in the heaviest stratum. The root mean square over the population lies between.
    """
    shares, ups, downs = np.array([(part.share / covered, *_steps(part, covered)) for part in parts]).T
    up, down = (float(np.sqrt(np.sum(shares * steps**2))) for steps in (ups, downs))
    # Nothing positive seen: the lower limit is zero whatever the scores say.
    low = Beta(a=0.0, b=1.0) if value - down <= 0 else matched_beta(value - down, variance + down**2)
    high = Beta(a=1.0, b=0.0) if value + up >= 1 else matched_beta(value + up, variance + up**2)
    return Limits(low=low, high=high)


def _steps(part: _Part, covered: float) -> tuple[float, float]:
    """Return by how much one more positive raises the share of the whole, and one more negative lowers it.

    What was drawn for certain hides none. Of a finite list each hidden item was missed with chance 1 - f, so that m of
    them stay hidden with (1 - f)^m; beside exp(-m f), where nothing is finite, that makes a step smaller by
    f / -ln(1 - f). (Scaling by 1 - f, as a variance is, would hide a last item that was missed by bad luck.)
    """
    step = part.share / covered * part.next_weight * float(np.sum(part.weight * _hidden(part.unseen)))
    return step * (1 - part.raw), step * part.raw


def _hidden(unseen: Values) -> Values:
    inside = (unseen > 0) & (unseen < 1)
    chance = np.where(inside, unseen, _HALF)
    shrunk: Values = np.where(inside, (chance - 1) / np.log(chance), unseen)
    return shrunk


def _stratum(part: _Part) -> StratumShare:
    variance = part.own_variance
    effective = _effective(part.value, variance, _kish([part], part.share))
    if float(np.sum(part.weight * part.unseen)) <= 0:
        limits, method = _standing(part.value), CENSUS
    elif part.tuning:
        limits, method = _limits([part], part.share, part.value, variance), PREDICTION_POWERED
    else:
        limits, method = _exact(part)
    return StratumShare(
        labelled=len(part.weight),
        positives=int(part.positive.sum()),
        share=part.share,
        value=part.value,
        limits=limits,
        tuning=part.tuning,
        variance=variance,
        effective=effective,
        method=method,
    )


def _exact(part: _Part) -> tuple[Limits, str]:
    """Return exact limits on as many trials as the labels are worth.

    Near zero a finite list is not allowed for: Clopper and Pearson's limits hold there too, and a variance that is not
    seen cannot be corrected. Elsewhere the list makes them narrower: with as many trials as would vary as little.
    """
    n, k, even = len(part.weight), int(part.positive.sum()), _even(part.weight)
    endless = replace(part, unseen=np.ones(n))
    trials = n if even else _effective(part.value, endless.own_variance, _kish([endless], part.share))
    successes = k if even else min(part.value * trials, trials)
    left = min(float(np.sum(part.weight * part.unseen)) + _WHOLE_ITEMS / n, 1.0)
    if left >= 1 or not NEAR_ZERO <= k <= n - NEAR_ZERO:
        return exact_limits(successes, trials), EXACT if even else EXACT_EFFECTIVE
    return exact_limits(successes / left, trials / left), EXACT_FINITE if even else EXACT_EFFECTIVE


def _even(weight: Values) -> bool:
    return bool(np.ptp(weight) <= _EVEN * weight.mean())


def _standing(value: float) -> Limits:
    point = matched_beta(value, 0.0)
    return Limits(low=point, high=point)


def _kish(parts: list[_Part], covered: float) -> float:
    """Return the number of equal weights that vary as these do; infinite where every item was labelled."""
    squares = sum((part.share / covered) ** 2 * float(np.sum(part.weight**2 * part.unseen)) for part in parts)
    return 1 / squares if squares > 0 else math.inf


def _effective(value: float, variance: float, kish: float) -> float:
    """Return the smaller of two effective sizes (Korn and Graubard 1998): by the weights, and by the variance found.

    The second is smaller where the heavy items are the positive ones; with no positive it says nothing.
    """
    if variance <= 0 or not 0 < value < 1:
        return kish
    return min(kish, value * (1 - value) / variance)


def _empty(share: float) -> StratumShare:
    return StratumShare(
        labelled=0,
        positives=0,
        share=share,
        value=None,
        limits=None,
        tuning=0.0,
        variance=0.0,
        effective=0.0,
        method=NO_LABEL,
    )
