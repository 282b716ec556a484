"""Confidence limits as beta distributions: one for each side, so that a limit can be read off or drawn from.

The exact interval of a share is made of two of them (Clopper and Pearson 1934): the lower limit is a quantile of
Beta(k, n - k + 1), the upper one of Beta(k + 1, n - k). Kept as distributions they can be carried through a formula
that joins several uncertain shares (Fay, Proschan and Brittain 2015), which a pair of numbers cannot.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.numeric.intervals import LEVEL, Interval

Draws = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Beta:
    """A beta distribution; with ``a`` of zero it stands at 0, with ``b`` of zero at 1."""

    a: float
    b: float

    def quantile(self, share: float) -> float:
        """Return the value below which this share of the distribution lies."""
        from scipy.special import betaincinv  # heavy: only where a number is asked for

        if self.a <= 0 or self.b <= 0:
            return 0.0 if self.a <= 0 else 1.0
        return float(betaincinv(self.a, self.b, share))

    def draw(self, generator: np.random.Generator, count: int) -> Draws:
        """Return ``count`` values, shape ``(count,)``."""
        if self.a <= 0 or self.b <= 0:
            return np.full(count, 0.0 if self.a <= 0 else 1.0)
        return generator.beta(self.a, self.b, count)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """A share's two confidence distributions, on an interval within which it lies for certain."""

    low: Beta
    high: Beta

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the two limits."""
        tail = (1 - level) / 2
        return self.low.quantile(tail), self.high.quantile(1 - tail)


def exact_limits(successes: float, trials: float) -> Limits:
    """Return what the exact interval of a share is made of.

    :param trials: may be an effective number, with a fraction; zero knows nothing, [0, 1]
    :raises ValueError: when there are more successes than trials, or fewer than none
    """
    if not 0 <= successes <= trials:
        msg = f"{successes} successes in {trials} trials cannot be; count again"
        raise ValueError(msg)
    return Limits(low=Beta(a=successes, b=trials - successes + 1), high=Beta(a=successes + 1, b=trials - successes))


def matched_beta(mean: float, variance: float) -> Beta:
    """Return the beta distribution of this mean and variance.

    A variance as large as a share can have at most (``mean * (1 - mean)``) or larger is taken as just below that: all
    that is left to say is that anything is possible. A mean outside (0, 1) stands at that end.
    """
    if not 0 < mean < 1:
        return Beta(a=0.0, b=1.0) if mean <= 0 else Beta(a=1.0, b=0.0)
    size = max(mean * (1 - mean) / variance - 1, _LEAST) if variance > 0 else _CERTAIN
    return Beta(a=mean * size, b=(1 - mean) * size)


_LEAST = 1e-3
_CERTAIN = 1e12
"""The size that stands for no variance at all: its limits lie within a millionth of the mean."""
