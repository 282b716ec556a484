"""What is counted of a classifier, as pure functions of arrays, each held against an independent source in tests."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.numeric.intervals import clopper_pearson

BINS = 10
FEW = 20
"""A precision over fewer rows than these is chance: no threshold rests on it."""
ONE_SIDED = 0.90
"""The two-sided level whose upper limit is the one-sided 95 % bound."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """One bin of a reliability diagram."""

    low: float
    high: float
    rows: int
    foretold: float
    """Mean score; ``nan`` for an empty bin."""
    seen: float
    """Share that was so; ``nan`` for an empty bin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtThreshold:
    """What a threshold does: rows at or above it are put forward."""

    threshold: float
    flagged: int
    hits: int
    positives: int

    @property
    def precision(self) -> float | None:
        """Return the share of what is put forward that is right; ``None`` when nothing is."""
        return self.hits / self.flagged if self.flagged else None

    @property
    def recall(self) -> float | None:
        """Return the share of what there is that is put forward; ``None`` when there is none."""
        return self.hits / self.positives if self.positives else None


def f1_of(truth: Bools, guess: Bools) -> float:
    """Return the harmonic mean of precision and recall of one class; 0 when there is nothing to find and none found."""
    both = int(np.count_nonzero(truth & guess))
    either = int(np.count_nonzero(truth)) + int(np.count_nonzero(guess))
    return 2 * both / either if either else 0.0


def macro_f1(truth: Ints, guess: Ints) -> float:
    """Return the mean F1 over the classes that stand in either.

    :param truth: class numbers, shape ``(n,)``, one or more
    """
    classes = np.union1d(truth, guess)
    return float(np.mean([f1_of(truth == one, guess == one) for one in classes]))


def reliability(scores: Floats, hits: Bools, bins: int = BINS) -> list[Bin]:
    """Return the bins of equal width over [0, 1]; a score on an edge belongs above it, 1 to the last."""
    place = np.minimum((scores * bins).astype(np.int64), bins - 1)
    rows = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        foretold = np.bincount(place, weights=scores, minlength=bins) / rows
        seen = np.bincount(place, weights=hits.astype(np.float64), minlength=bins) / rows
    return [
        Bin(
            low=one / bins,
            high=(one + 1) / bins,
            rows=int(rows[one]),
            foretold=float(foretold[one]),
            seen=float(seen[one]),
        )
        for one in range(bins)
    ]


def expected_calibration_error(scores: Floats, hits: Bools, bins: int = BINS) -> float:
    """Return the mean gap between what was foretold and what was seen, over bins of equal width, weighted by rows.

    Naeini, Cooper and Hauskrecht 2015. It is above zero by chance alone, the more the fewer the rows.
    """
    filled = [one for one in reliability(scores, hits, bins) if one.rows]
    total = sum(one.rows for one in filled)
    return sum(one.rows * abs(one.foretold - one.seen) for one in filled) / total if total else 0.0


def at_threshold(scores: Floats, positives: Bools, threshold: float) -> AtThreshold:
    """Count what rows at or above ``threshold`` hold."""
    flagged = scores >= threshold
    return AtThreshold(
        threshold=threshold,
        flagged=int(np.count_nonzero(flagged)),
        hits=int(np.count_nonzero(flagged & positives)),
        positives=int(np.count_nonzero(positives)),
    )


def curve(scores: Floats, positives: Bools) -> tuple[Floats, Ints, Ints]:
    """Return the thresholds that matter, falling, with how many rows and how many positives are at or above each."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.append(np.nonzero(np.diff(ranked))[0], len(ranked) - 1) if len(ranked) else np.zeros(0, np.int64)
    hits = np.cumsum(positives[order])
    return ranked[last], last + 1, hits[last].astype(np.int64)


def threshold_for(scores: Floats, positives: Bools, precision: float) -> float | None:
    """Return the lowest threshold that has this precision on at least 20 rows; ``None`` when none has."""
    thresholds, flagged, hits = curve(scores, positives)
    fit = np.nonzero((hits >= precision * flagged) & (flagged >= FEW))[0]
    return float(thresholds[fit[-1]]) if len(fit) else None


def recall_at_false_positives(scores: Floats, positives: Bools, rate: float = 0.01) -> float | None:
    """Return the most that is found while at most this share of the others is; ``None`` without both kinds."""
    found = int(np.count_nonzero(positives))
    others = len(scores) - found
    if not found or not others:
        return None
    _, flagged, hits = curve(scores, positives)
    allowed = (flagged - hits) <= rate * others
    return float(hits[allowed].max(initial=0) / found)


def average_precision(scores: Floats, positives: Bools) -> float | None:
    """Return the area under the curve of precision over recall, as steps; ``None`` without positives."""
    found = int(np.count_nonzero(positives))
    if not found:
        return None
    _, flagged, hits = curve(scores, positives)
    return float(np.sum(np.diff(hits, prepend=0) / found * (hits / flagged)))


def upper_bound(count: int, rows: int) -> float:
    """Return the one-sided 95 % upper limit of a share (Clopper and Pearson 1934); 1 for no rows."""
    return clopper_pearson(count, rows, ONE_SIDED)[1]
