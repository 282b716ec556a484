"""In-time placebos: the same method at dates on which nothing was done.

Each date before the start that leaves enough before it is taken for the start in turn, with as many periods after it as
the real one has, or fewer where the time before does not reach. What the interval claims there is known to be wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from abate.measurement.answer import number
from abate.measurement.effect.design import FEWEST_BEFORE, Design
from abate.measurement.effect.posterior import Posterior
from abate.measurement.footing import Json
from abate.numeric.intervals import LEVEL, Interval

FEWEST = 8
"""Placebo dates below which their share says nothing."""
_MOST = 120
_ENOUGH = 20
_WINDOWS = 3
"""Stretches beside each other that the placebos should cover, at the cost of shorter ones."""
_SHORTEST = 3
_DOUBT = 0.05

Fit = Callable[[Design], Posterior]


@dataclass(frozen=True, kw_only=True, slots=True)
class Placebos:
    """What the method said where there was nothing to say."""

    periods: int
    """Length of each placebo's time after."""
    starts: tuple[int, ...]
    effects: tuple[float, ...]
    intervals: tuple[Interval, ...]
    full: bool
    """Whether they are as long as the real time after the start."""
    separate: float
    """How many would fit beside each other: overlapping ones repeat what their neighbours say."""

    @property
    def covered(self) -> int:
        """Return how many intervals hold zero, which is the truth."""
        return sum(low <= 0 <= high for low, high in self.intervals)

    @property
    def coverage(self) -> float | None:
        """Return the share of intervals that hold zero; ``None`` without placebos."""
        return self.covered / len(self.intervals) if self.intervals else None

    @property
    def few(self) -> bool:
        """Return whether they are too few, or too short, to judge by."""
        return len(self.intervals) < FEWEST or self.periods < _SHORTEST

    def failed(self) -> bool:
        """Return whether the coverage contradicts the level (binomial, counting separate stretches only)."""
        if self.few or self.coverage is None:
            return False
        trials = max(round(self.separate), 1)
        missed = round((1 - self.coverage) * trials)
        return missed > 0 and _at_least(missed, trials, 1 - LEVEL) < _DOUBT

    def rank(self, effect: float) -> float | None:
        """Return the share of placebos, the real date among them, whose effect is as far from zero."""
        if not self.effects:
            return None
        return (1 + sum(abs(one) >= abs(effect) for one in self.effects)) / (1 + len(self.effects))

    def to_json(self, effect: float) -> Json:
        """Return count, length, coverage and the rank of the real effect."""
        return {
            "count": len(self.starts),
            "periods": self.periods,
            "full_length": self.full,
            "covered": self.covered,
            "coverage": number(self.coverage),
            "rank_p": number(self.rank(effect)),
        }


def _at_least(successes: int, trials: int, share: float) -> float:
    from scipy.special import betainc  # heavy: only where a number is asked for

    return float(betainc(successes, trials - successes + 1, share))


def placebos_of(design: Design, fit: Fit) -> Placebos:
    """Run the method at every feasible date before the start, at most a hundred and twenty evenly spaced ones."""
    seen = np.flatnonzero(design.seen[: design.start])
    needed = max(FEWEST_BEFORE, 2 * (design.regressors.shape[1] + 2), min(_ENOUGH, len(seen) // 2))
    if needed >= len(seen):
        return Placebos(periods=0, starts=(), effects=(), intervals=(), full=False, separate=0.0)
    first = int(seen[needed])
    room = design.start - first
    after = len(design.outcome) - design.start
    periods = max(min(after, room // _WINDOWS), 1)
    dates = np.arange(first, design.start - periods + 1)
    if len(dates) > _MOST:
        dates = dates[np.unique(np.linspace(0, len(dates) - 1, _MOST).astype(np.int64))]
    starts, effects, intervals = [], [], []
    for start in dates.tolist():
        window = design.window(0, start, start + periods)
        if not len(window.offsets) or window.spread == 0:
            continue
        found = fit(window).effect
        starts.append(start)
        effects.append(float(found.mean))
        intervals.append(found.interval())
    return Placebos(
        periods=periods,
        starts=tuple(starts),
        effects=tuple(effects),
        intervals=tuple(intervals),
        full=periods == after,
        separate=room / periods,
    )
