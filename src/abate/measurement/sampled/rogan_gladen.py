"""What reviewers who err make of a share, and how to undo it (Rogan and Gladen 1978).

With sensitivity ``se`` and specificity ``sp`` a true share p shows as q = p se + (1 - p)(1 - sp); so p is
(q + sp - 1) / (se + sp - 1). At 1 % and a specificity of 98 % two of three positives are false alarms, and whatever is
not known about the specificity goes straight into the answer.
"""

from dataclasses import dataclass

import numpy as np

from abate.domain.errors import InputError
from abate.numeric.confidence import Draws, Limits, exact_limits
from abate.numeric.intervals import LEVEL, Interval

_DRAWS = 40_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewers:
    """How often reviewers are right."""

    sensitivity: float
    """Of true positives, the share that they call so."""
    specificity: float
    """Of true negatives, the share that they call so."""
    positives_tested: int | None = None
    """True positives on which ``sensitivity`` was found; ``None``: it is known without error."""
    negatives_tested: int | None = None
    """True negatives on which ``specificity`` was found."""

    def __post_init__(self) -> None:
        """Refuse what cannot be undone.

        :raises InputError: outside [0, 1], for reviewers no better than a coin, or for fewer than one tested
        """
        for name, value in (("sensitivity", self.sensitivity), ("specificity", self.specificity)):
            if not 0 <= value <= 1:
                msg = f"--reviewer-{name} {value:g} is no share; give 0.85 for 85 %"
                raise InputError(msg)
        if self.sensitivity + self.specificity <= 1:
            msg = (
                "--reviewer-sensitivity and --reviewer-specificity add up to 1 or less: a coin does as well; check them"
            )
            raise InputError(msg)
        if any(tested is not None and tested < 1 for tested in (self.positives_tested, self.negatives_tested)):
            msg = "--reviewer-n must be 1 or more: how many items the reviewers were tested on"
            raise InputError(msg)

    def undo(self, shown: float) -> float:
        """Return the true share behind one that showed, not bounded to [0, 1]."""
        return (shown + self.specificity - 1) / (self.sensitivity + self.specificity - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrected:
    """A share with the reviewers' errors undone."""

    value: float
    interval: Interval
    clipped: bool
    """The labels show fewer positives than the errors alone would make."""


def corrected(value: float, limits: Limits, reviewers: Reviewers, generator: np.random.Generator) -> Corrected:
    """Undo the reviewers' errors.

    Where sensitivity and specificity are known, the limits are carried through the formula, which keeps their coverage.
    Where they were found on a test, each limit is a quantile over draws from the confidence distributions that pull it
    its way: the lower one from low shares, low specificities and high sensitivities (melding: Fay, Proschan and
    Brittain 2015, who prove it for simpler formulas and find it cautious for such).
    """
    raw = reviewers.undo(value)
    if reviewers.positives_tested is None and reviewers.negatives_tested is None:
        shown = limits.interval()
        low, high = reviewers.undo(shown[0]), reviewers.undo(shown[1])
    else:
        low, high = _melded(limits, reviewers, generator)
    kept = min(max(raw, 0.0), 1.0)
    interval = (min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0))
    return Corrected(value=kept, interval=(min(interval[0], kept), max(interval[1], kept)), clipped=raw != kept)


def _melded(limits: Limits, reviewers: Reviewers, generator: np.random.Generator) -> Interval:
    tail = (1 - LEVEL) / 2
    hits = _tested(reviewers.sensitivity, reviewers.positives_tested)
    passes = _tested(reviewers.specificity, reviewers.negatives_tested)
    lows = _undone(
        limits.low.draw(generator, _DRAWS), hits.high.draw(generator, _DRAWS), passes.low.draw(generator, _DRAWS)
    )
    highs = _undone(
        limits.high.draw(generator, _DRAWS), hits.low.draw(generator, _DRAWS), passes.high.draw(generator, _DRAWS)
    )
    return float(np.quantile(lows, tail)), float(np.quantile(highs, 1 - tail))


def _tested(share: float, tested: int | None) -> Limits:
    if tested is None:
        tested = _MANY
    return exact_limits(share * tested, tested)


_MANY = 10**12
"""What is known without error was tested without end."""


def _undone(shown: Draws, sensitivity: Draws, specificity: Draws) -> Draws:
    """Return the true shares; where the draws are no better than a coin anything is possible, and the draw says 0 or 1.

    A share below what false alarms alone would make is 0, whatever the sensitivity.
    """
    above = shown + specificity - 1
    below = sensitivity + specificity - 1
    safe = np.where(below > 0, below, 1.0)
    return np.where(below > 0, np.clip(above / safe, 0.0, 1.0), np.where(above > 0, 1.0, 0.0))
