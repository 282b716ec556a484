"""Three ways to draw what the treated unit would have done: a mix of donors, a mix with time weights, plain means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from abate.measurement.synthetic.simplex import Floats, nearest_mix


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """A counterfactual, and how far the treated unit lies from it."""

    gaps: Floats
    """Treated minus counterfactual in every period, shape ``(periods,)``."""
    weights: Floats
    """Of the donors, shape ``(donors,)``; not negative, adding up to one."""
    before: int
    """Periods before the treatment."""
    time_weights: Floats | None = None
    """Of the periods before, shape ``(before,)``; only synthetic difference-in-differences has them."""

    @property
    def effect(self) -> float:
        """Return the mean gap a period after the treatment."""
        return float(self.gaps[self.before :].mean())

    @property
    def pre_rmse(self) -> float:
        """Return the root mean square gap before the treatment."""
        return float(np.sqrt((self.gaps[: self.before] ** 2).mean()))

    @property
    def restlessness(self) -> float:
        """Return the root mean square change of the gap from one period to the next, before the treatment."""
        return float(np.sqrt((np.diff(self.gaps[: self.before]) ** 2).mean()))

    @property
    def post_rmse(self) -> float:
        """Return the root mean square gap after the treatment."""
        return float(np.sqrt((self.gaps[self.before :] ** 2).mean()))


Method = Callable[[Floats, Floats, int], Fit]
"""Donors of shape ``(donors, periods)``, treated of shape ``(periods,)``, periods before the treatment."""


def control(donors: Floats, treated: Floats, before: int) -> Fit:
    """Fit the synthetic control on outcomes alone (Abadie, Diamond and Hainmueller 2010, without predictors)."""
    weights = nearest_mix((donors[:, :before] - treated[:before]).T)
    return Fit(gaps=treated - weights @ donors, weights=weights, before=before)


def difference(donors: Floats, treated: Floats, before: int) -> Fit:
    """Fit difference-in-differences: the mean of all donors, moved to the treated unit's level before."""
    weights = np.full(len(donors), 1 / len(donors))
    gaps = treated - donors.mean(axis=0)
    return Fit(gaps=gaps - gaps[:before].mean(), weights=weights, before=before)


def synthetic_difference(donors: Floats, treated: Floats, before: int) -> Fit:
    """Fit synthetic difference-in-differences (Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021, section 2).

    Both kinds of weights have an intercept, which centring profiles out. Unit weights are held together by
    ``ζ² T₀ |ω|²`` with ``ζ = (N₁ T₁)^¼ σ``; time weights by ``(10⁻⁶ σ)² N₀ |λ|²``, which only makes them unique. ``σ``
    is the standard deviation of the donors' first differences before the treatment.
    """
    noise = float(np.diff(donors[:, :before], axis=1).std(ddof=1)) if donors[:, 1:before].size > 1 else 0.0
    after = donors.shape[1] - before
    apart = (donors[:, :before] - treated[:before]).T
    weights = nearest_mix(apart - apart.mean(axis=0), ridge=np.sqrt(after) * noise**2 * before)
    moved = donors[:, :before] - donors[:, before:].mean(axis=1, keepdims=True)
    time_weights = nearest_mix(moved - moved.mean(axis=0), ridge=(1e-6 * noise) ** 2 * len(donors))
    gaps = treated - weights @ donors
    return Fit(gaps=gaps - time_weights @ gaps[:before], weights=weights, before=before, time_weights=time_weights)


METHODS: Mapping[str, Method] = {"sc": control, "sdid": synthetic_difference, "did": difference}
"""What ``--method`` may say."""
