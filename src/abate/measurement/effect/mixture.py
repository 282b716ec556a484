"""Mixtures of Student distributions: what is left of a normal model once its hyperparameters are summed over a grid."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.numeric.intervals import LEVEL, Interval

Floats = npt.NDArray[np.float64]

_NEGLIGIBLE = 1e-9
"""Nodes of less weight move no quantile in the digits that are printed."""
_STEPS = 60
_CLOSE = 1e-11
_TINY, _ULP = 1e-300, 1e-16


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixture:
    """``Σ weight · t(location, scale, df)``; shapes ``(nodes,)`` or, for several at once, ``(nodes, many)``."""

    weight: Floats
    """Shape ``(nodes,)``, summing to 1."""
    location: Floats
    scale: Floats
    df: float

    @property
    def mean(self) -> Floats:
        """Return the mean, shape ``()`` or ``(many,)``."""
        value: Floats = np.asarray(np.tensordot(self.weight, self.location, axes=1))
        return value

    def below(self, x: Floats | float) -> Floats:
        """Return the probability below ``x``, shape ``()`` or ``(many,)``."""
        from scipy.special import stdtr  # heavy: only where a number is asked for

        share: Floats = self.weight @ stdtr(self.df, (x - self.location) / self.scale)
        return share

    def density(self, x: Floats | float) -> Floats:
        """Return the density at ``x``, shape ``()`` or ``(many,)``."""
        from scipy.special import gammaln  # heavy: only where a number is asked for

        half = (self.df + 1) / 2
        front = np.exp(gammaln(half) - gammaln(self.df / 2)) / np.sqrt(self.df * np.pi)
        standard = (x - self.location) / self.scale
        value: Floats = self.weight @ (front / self.scale * (1 + standard**2 / self.df) ** -half)
        return value

    def quantile(self, share: float) -> Floats:
        """Return the value below which this share lies, shape ``()`` or ``(many,)``.

        Newton's steps on the normal scale, where a mixture is nearly a straight line; a step that leaves the bracket is
        replaced by its middle.
        """
        from scipy.special import ndtri, stdtrit  # heavy: only where a number is asked for

        goal = ndtri(share)
        far = self.location + self.scale * stdtrit(self.df, share)
        low, high = far.min(axis=0), far.max(axis=0)
        x: Floats = np.asarray(self.weight @ far)
        for _ in range(_STEPS):
            reached = ndtri(np.clip(self.below(x), _TINY, 1 - _ULP))
            low, high = np.where(reached <= goal, x, low), np.where(reached >= goal, x, high)
            if np.all((np.abs(reached - goal) <= _CLOSE) | (high - low <= _CLOSE * np.abs(x))):
                break
            slope = self.density(x) / np.exp(-0.5 * reached**2) * np.sqrt(2 * np.pi)
            following = x + (goal - reached) / np.maximum(slope, _TINY)
            x = np.where((following > low) & (following < high), following, (low + high) / 2)
        return x

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the central interval of a mixture over one number."""
        tail = (1 - level) / 2
        return float(self.quantile(tail)), float(self.quantile(1 - tail))

    @property
    def two_sided(self) -> float:
        """Return twice the smaller tail at zero: how readily the sign could be the other."""
        mirrored = Mixture(weight=self.weight, location=-self.location, scale=self.scale, df=self.df)
        # The far tail is summed for itself: one minus the near one may come out below nothing.
        return min(1.0, 2 * min(float(self.below(0.0)), float(mirrored.below(0.0))))

    def light(self) -> "Mixture":
        """Return the same without its negligible nodes."""
        keep = self.weight > _NEGLIGIBLE * self.weight.max()
        weight = self.weight[keep]
        return Mixture(weight=weight / weight.sum(), location=self.location[keep], scale=self.scale[keep], df=self.df)


def weights_of(logs: Floats) -> Floats:
    """Turn log densities at the nodes into weights, shape ``(nodes,)``."""
    raw: Floats = np.exp(logs - logs.max())
    raw /= raw.sum()
    return raw
