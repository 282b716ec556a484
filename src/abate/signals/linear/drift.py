"""Whether texts have changed so much that a model's scores can no longer be trusted, language by language.

Two alarms, each with the rate at which it goes off although nothing has changed:

- **scores**: their histogram against that of the texts the model was calibrated on. A chi-squared test of two samples
  (the reference too has chance in it), which must also find a population stability index of at least
  ``LEAST_INDEX``: in a million posts, a difference that means nothing is certain not to be chance.
- **coverage**: of texts that people reviewed, drawn at random, how often the conformal set held the true label. A
  bound (exact: Clopper and Pearson 1934) against what a sound set reaches, label by label.

The first needs no person and sees what changed in the texts; the second sees what changed in their meaning. Where an
alarm is on, the outlook of every score in that language is ``unknown`` and people decide, until the model is calibrated
anew on a random reviewed sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from abate.numeric.confidence import Beta
from abate.numeric.intervals import clopper_pearson
from abate.signals.linear.conformal import Least, ranks, sets
from abate.signals.linear.tables import Doubles, Labels

FALSE_ALARM: Final = 0.001
"""How often either alarm goes off at a look although nothing has changed."""

LEAST_INDEX: Final = 0.1
"""The population stability index from which a change counts as one (the usual reading: below, none to speak of)."""

BINS: Final = 10
LEAST_EXPECTED: Final = 5.0
"""The least number of scores in a bin, in either sample, for which the chi-squared test is trusted."""


class Kind(StrEnum):
    """What an alarm looks at."""

    SCORES = "scores"
    COVERAGE = "coverage"


@dataclass(frozen=True, kw_only=True, slots=True)
class Histogram:
    """How the probabilities of one label lay when the model was calibrated."""

    edges: tuple[float, ...]
    """Between the bins, rising: a probability equal to an edge lies above it."""
    counts: tuple[int, ...]
    """One more than there are edges."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one look at one language found."""

    language: str
    kind: Kind
    on: bool | None
    """Whether the alarm is on; ``None`` where too few texts were looked at to say."""
    rows: int
    """How many were looked at."""
    figures: dict[str, float]
    """``index`` and ``probability`` of scores; ``covered``, ``upper`` and ``floor`` of coverage, of the worst label."""
    sentence: str


def histogram(probability: Doubles) -> Histogram:
    """Return the reference: bins that hold about equally many of these probabilities, shape ``(texts,)``."""
    if not len(probability):
        return Histogram(edges=(), counts=(0,))
    edges = np.unique(np.quantile(probability, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    edges = edges[edges > probability.min()]
    return Histogram(edges=tuple(map(float, edges)), counts=_counts(probability, edges))


def _counts(probability: Doubles, edges: Doubles) -> tuple[int, ...]:
    places = np.searchsorted(edges, probability, side="right")
    return tuple(map(int, np.bincount(places, minlength=len(edges) + 1)))


def of_scores(
    references: Sequence[Histogram], probabilities: Doubles, *, language: str, false_alarm: float = FALSE_ALARM
) -> Finding:
    """Hold the probabilities of texts in one language, shape ``(texts, labels)``, against their references.

    With two labels the second's is looked at, for the first is its mirror image; with more, each one, at a rate of
    false alarms divided by their number.
    """
    wanted = [1] if len(references) == 2 else range(len(references))  # noqa: PLR2004 - as the docstring says
    looks = [_two_samples(references[label], probabilities[:, label]) for label in wanted]
    said = [look for look in looks if look is not None]
    rows = len(probabilities)
    if not said:
        sentence = f"{rows} scores in {language} are too few to hold against the reference; wait for more."
        return Finding(language=language, kind=Kind.SCORES, on=None, rows=rows, figures={}, sentence=sentence)
    rate = false_alarm / len(looks)
    loud = [(index, chance) for index, chance in said if chance <= rate and index >= LEAST_INDEX]
    index, chance = max(loud or said)
    verdict = (
        "no longer lie as they did at calibration: people decide until it is done anew" if loud else "lie as they did"
    )
    return Finding(
        language=language,
        kind=Kind.SCORES,
        on=bool(loud),
        rows=rows,
        figures={"index": index, "probability": chance},
        sentence=f"{rows} scores in {language} {verdict} (stability index {index:.3f}, chance {chance:.2g}).",
    )


def _two_samples(reference: Histogram, probability: Doubles) -> tuple[float, float] | None:
    """Return the stability index and the probability that chance alone would show as much."""
    from scipy.special import chdtrc  # heavy: only where a number is asked for

    then = np.asarray(reference.counts, dtype=np.float64)
    now = np.asarray(_counts(probability, np.asarray(reference.edges)), dtype=np.float64)
    both, n, m = then + now, now.sum(), then.sum()
    if len(then) < 2 or not n or not m or (both / (n + m)).min() * min(n, m) < LEAST_EXPECTED:  # noqa: PLR2004 - one bin tells nothing
        return None
    statistic = float(((now / n - then / m) ** 2 / both).sum() * n * m)
    # Half a text in an empty bin, so that the index stays finite.
    old, new = np.maximum(then, 0.5) / m, np.maximum(now, 0.5) / n
    return float(((new - old) * np.log(new / old)).sum()), float(chdtrc(len(then) - 1, statistic))


def of_coverage(
    bounds: Least, probabilities: Doubles, truth: Labels, *, language: str, false_alarm: float = FALSE_ALARM
) -> Finding:
    """Audit the conformal sets of reviewed texts that were drawn at random in one language.

    Of each true label: the upper bound of the coverage that these texts allow, against the floor above which the sets
    of this model lie anyway. A set made from few held-out texts covers somewhat more or less than its level (Vovk 2012:
    a beta distribution), so the floor is a quantile of that. Half the rate of false alarms goes to either, and each is
    divided by the number of labels.

    :param truth: the column of the label that the reviewer found, shape ``(texts,)``
    """
    inside = sets(probabilities, bounds)[np.arange(len(truth)), truth]
    rate = false_alarm / 2 / max(len(bounds.rows), 1)
    looks = []
    for label, held in enumerate(bounds.rows):
        own = inside[truth == label]
        rank = ranks(held, bounds.level)
        if rank and len(own):
            floor = Beta(a=held + 1 - rank, b=rank).quantile(rate)
            upper = clopper_pearson(int(own.sum()), len(own), 1 - 2 * rate)[1]
            looks.append((upper - floor, upper, floor, float(own.mean())))
    return _coverage(looks, len(truth), language)


def _coverage(looks: Sequence[tuple[float, float, float, float]], rows: int, language: str) -> Finding:
    if not looks:
        sentence = f"{rows} reviewed texts in {language} are too few to audit the conformal sets; review more."
        return Finding(language=language, kind=Kind.COVERAGE, on=None, rows=rows, figures={}, sentence=sentence)
    apart, upper, floor, covered = min(looks)
    on = apart < 0
    verdict = (
        "hold the true label too rarely: people decide until it is calibrated anew" if on else "hold what they promise"
    )
    return Finding(
        language=language,
        kind=Kind.COVERAGE,
        on=on,
        rows=rows,
        figures={"covered": covered, "upper": upper, "floor": floor},
        sentence=f"The sets of {rows} reviewed texts in {language} {verdict} "
        f"({covered:.1%} covered, at most {upper:.1%}, sound from {floor:.1%}).",
    )


def alarmed(findings: Sequence[Finding]) -> frozenset[str]:
    """Return the languages in which any alarm is on."""
    return frozenset(finding.language for finding in findings if finding.on)
