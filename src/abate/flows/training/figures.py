"""What a model reached on labelled rows, language by language: counts, and shares with their intervals.

The scores may come from a model that was opened, or from one that was trained without the rows that it is asked about;
the figures are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from abate.flows.training.labelled import Labelled
from abate.flows.training.metrics import (
    AtThreshold,
    Bools,
    Floats,
    Ints,
    at_threshold,
    average_precision,
    expected_calibration_error,
    f1_of,
    macro_f1,
    recall_at_false_positives,
    upper_bound,
)
from abate.numeric.intervals import Interval, clopper_pearson

TARGETS = (0.80, 0.90, 0.95, 0.99)
"""Precisions for which each model looks for a threshold in each language."""
REVIEW_TARGET = 0.95
"""The precision from which a text is put forward. The threshold of it is what protected speech is held against."""

NAMES = (*(f"{target:.2f}" for target in TARGETS), "review")
"""What thresholds are called: by the precision aimed at, and the one that is in force."""

Thresholds = Mapping[str, Mapping[str, float | None]]
"""Language → precision target as text → score, ``None`` where none reaches it; ``review`` is the one in force."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """Labelled rows with what a model says of each."""

    rows: Labelled
    labels: tuple[str, ...]
    """The model's classes, in the order of the columns below."""
    violating: frozenset[str]
    """Empty when the classes are told apart and none is a violation."""
    guesses: Ints
    """The class that the model would choose, shape ``(n,)``: by decision values, which on rare classes are better at it
    than probabilities."""
    probabilities: Floats
    """Shape ``(n, k)``."""
    sets: Bools
    """Which classes each conformal set holds, shape ``(n, k)``."""
    calibrated: Bools
    """Whether the model was calibrated on the row's language, shape ``(n,)``; elsewhere only ``guesses`` counts."""
    level: float
    """Which share of the sets should hold the true class."""

    @property
    def truth(self) -> Ints:
        """Return the true class of each row, shape ``(n,)``."""
        number = {label: place for place, label in enumerate(self.labels)}
        return np.array([number[label] for label in self.rows.labels], np.int64)

    @property
    def shielded(self) -> Bools:
        """Return which rows are protected speech, shape ``(n,)``: counted as such, and in no other figure."""
        return np.array(self.rows.protected, np.bool_)

    @property
    def bad(self) -> Bools:
        """Return which classes are violations, shape ``(k,)``."""
        return np.array([label in self.violating for label in self.labels], np.bool_)

    @property
    def scores(self) -> Floats:
        """Return the probability that each row is a violation, shape ``(n,)``."""
        total: Floats = self.probabilities[:, self.bad].sum(axis=1)
        return np.clip(total, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """A share with its exact interval."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """Return the share; ``None`` of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval:
        """Return the 95 % interval (Clopper and Pearson 1934)."""
        return clopper_pearson(self.count, self.of)

    @property
    def upper(self) -> float:
        """Return the one-sided 95 % upper bound."""
        return upper_bound(self.count, self.of)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What was reached in one language, or over all."""

    rows: int
    """Labelled ones: protected speech is counted apart."""
    calibrated: int
    """Rows in languages that the model was calibrated on: the base of all that follows ``f1``."""
    labels: Mapping[str, int]
    accuracy: float | None
    """``None``, as all that follows, where there is no labelled row."""
    macro_f1: float | None
    f1: float | None = None
    """Of violations as one class; ``None`` where no class is one."""
    ece: float | None = None
    average_precision: float | None = None
    recall_at_1_percent: float | None = None
    coverage: Counted | None = None
    thresholds: Mapping[str, AtThreshold | None] | None = None
    protected: Counted | None = None
    """Protected rows that the threshold for review puts forward."""


def figures_of(judged: Judged, thresholds: Thresholds) -> tuple[Figures, dict[str, Figures]]:
    """Return the figures over all rows, and those of each language.

    Over all rows each language keeps its own thresholds.
    """
    codes = np.array(judged.rows.languages, dtype=object)
    each = {code: _figures(judged, codes == code, thresholds) for code in sorted(set(judged.rows.languages))}
    return _figures(judged, np.ones(len(judged.rows), np.bool_), thresholds), each


def _figures(judged: Judged, chosen: Bools, thresholds: Thresholds) -> Figures:
    labelled = chosen & ~judged.shielded
    known = labelled & judged.calibrated
    truth, guesses = judged.truth[labelled], judged.guesses[labelled]
    counts = np.bincount(truth, minlength=len(judged.labels)).tolist()
    base = Figures(
        rows=len(truth),
        calibrated=int(np.count_nonzero(known)),
        labels={label: count for label, count in zip(judged.labels, counts, strict=True) if count},
        accuracy=float(np.mean(truth == guesses)) if len(truth) else None,
        macro_f1=macro_f1(truth, guesses) if len(truth) else None,
        f1=f1_of(judged.bad[truth], judged.bad[guesses]) if judged.violating and len(truth) else None,
        protected=_protected(judged, chosen, thresholds),
    )
    if not base.calibrated:
        return base
    held = judged.sets[known, judged.truth[known]]
    base = replace(base, coverage=Counted(count=int(np.count_nonzero(held)), of=base.calibrated))
    if not judged.violating:
        top = judged.probabilities[known].max(axis=1)
        right = judged.probabilities[known].argmax(axis=1) == judged.truth[known]
        return replace(base, ece=expected_calibration_error(top, right))
    scores, positives = judged.scores[known], judged.bad[judged.truth[known]]
    return replace(
        base,
        ece=expected_calibration_error(scores, positives),
        average_precision=average_precision(scores, positives),
        recall_at_1_percent=recall_at_false_positives(scores, positives),
        thresholds={name: _at(judged, known, thresholds, name) for name in NAMES},
    )


def _protected(judged: Judged, chosen: Bools, thresholds: Thresholds) -> Counted | None:
    """Count the protected rows at or above their language's threshold for review."""
    shielded = chosen & judged.shielded & judged.calibrated
    if not judged.violating or not shielded.any():
        return None
    forward = judged.scores >= _threshold_of_each(judged, thresholds, "review")
    return Counted(count=int(np.count_nonzero(forward & shielded)), of=int(np.count_nonzero(shielded)))


def _threshold_of_each(judged: Judged, thresholds: Thresholds, name: str) -> Floats:
    """Return each row's threshold, above every score where its language has none."""
    known = {code: thresholds.get(code, {}).get(name) for code in set(judged.rows.languages)}
    each = {code: np.inf if value is None else value for code, value in known.items()}
    return np.array([each[code] for code in judged.rows.languages], np.float64)


def _at(judged: Judged, known: Bools, thresholds: Thresholds, name: str) -> AtThreshold | None:
    """Return what the languages' own thresholds do together; ``None`` where no language has one."""
    own = _threshold_of_each(judged, thresholds, name)[known]
    if not np.isfinite(own).any():
        return None
    # A row is put forward when its score reaches its own language's threshold: shifted by it, that is one at zero.
    counted = at_threshold(judged.scores[known] - own, judged.bad[judged.truth[known]], 0.0)
    alone = own[0] if np.all(own == own[0]) else float("nan")
    return replace(counted, threshold=float(alone))
