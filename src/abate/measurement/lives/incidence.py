"""How many ended in which way by a time, where one end shuts out the others: the Aalen–Johansen estimator.

Sources: Aalen and Johansen 1978; the variance as in Marubini and Valsecchi, *Analysing Survival Data from Clinical
Trials and Observational Studies* (1995), 10.3; the interval on the log(-log) scale. With one end only, both are one
minus the product-limit curve and Greenwood's variance.

One minus the survival curve that treats the other ends as loss answers another question (what if they could not
happen?) and always says more; the shares of all ends together would then pass one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from abate.measurement.lives.kaplan_meier import Days, Floats, RiskTable
from abate.numeric.intervals import LEVEL, Interval, clopper_pearson

_Z = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2)
_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Incidence:
    """The share that ended in one way, as steps; arrays of shape ``(steps,)`` in the table's unit of time."""

    times: Floats
    share: Floats
    low: Floats
    high: Floats
    deviation: Floats
    """Standard error of the share."""
    at_risk: Days
    """How many were at risk at each time from 0; shape ``(times,)``."""
    ended: int
    complete: bool
    """Everybody's end was seen: the share stays what it is for ever."""

    def at(self, time: float) -> float | None:
        """Return the share that had ended by a time; ``None`` where nobody was followed that long."""
        place = self._place(time)
        return None if place is None else (0.0 if place < 0 else float(self.share[place]))

    def interval_at(self, time: float) -> Interval | None:
        """Return the interval of that share; ``None`` as above.

        While nothing has ended, it is what those followed that long say: none of so many (Clopper and Pearson).
        """
        place = self._place(time)
        if place is None:
            return None
        if place < 0 or self.share[place] == 0:
            last = int(np.flatnonzero(self.at_risk)[-1])
            return clopper_pearson(0, int(self.at_risk[min(int(time), last)]))
        return float(self.low[place]), float(self.high[place])

    def reaches(self, share: float) -> int | None:
        """Return the first time by which this share had ended; ``None`` where it never did."""
        over = np.flatnonzero(self.share >= share)
        return int(self.times[over[0]]) if len(over) else None

    def steps(self) -> list[list[float]]:
        """Return ``[time, share, low, high]`` for each step, as the contract writes a curve."""
        rows = zip(self.times, self.share, self.low, self.high, strict=True)
        return [[int(time), float(share), float(low), float(high)] for time, share, low, high in rows]

    def _place(self, time: float) -> int | None:
        followed = self.complete or (time < len(self.at_risk) and self.at_risk[int(time)] > 0)
        return int(np.searchsorted(self.times, time, side="right")) - 1 if followed else None


def cumulative_incidence(tables: Sequence[RiskTable], start: int = 0) -> list[Incidence]:
    """Estimate the share that ended in each way by each time.

    :param tables: one risk table a way to end, made from the same subjects
    :param start: count only ends after it, given being there then; 0 counts all, time 0 too
    """
    ended = np.array([table.ended for table in tables], dtype=np.float64)
    if start:
        ended[:, : start + 1] = 0
    times = np.flatnonzero(ended.sum(axis=0))
    risk, ended = tables[0].at_risk[times].astype(np.float64), ended[:, times]
    gone = ended.sum(axis=0)
    there: Floats = np.concatenate(([1.0], np.cumprod(1 - gone / risk, dtype=np.float64)))
    steps = _Steps(times=times.astype(np.float64), risk=risk, gone=gone, before=there[:-1])
    return [_one(steps, mine, tables[0].at_risk, complete=bool(there[-1] == 0)) for mine in ended]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Steps:
    """The times at which anything ended; arrays of shape ``(steps,)``."""

    times: Floats
    risk: Floats
    gone: Floats
    before: Floats
    """The share still there just before."""


def _one(steps: _Steps, mine: Floats, at_risk: Days, *, complete: bool) -> Incidence:
    share: Floats = np.cumsum(steps.before * mine / steps.risk, dtype=np.float64)
    deviation = np.sqrt(_variance(steps, mine, share))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = _Z * deviation / (share * np.log(share))
        low, high = share ** np.exp(-spread), share ** np.exp(spread)
    # The scale has no value at 0 and 1. Nothing so far is 0; all gone keeps the last bound that could be had.
    nothing, everything = share <= 0, share >= 1 - _ROUNDING
    low[nothing], high[nothing] = 0.0, 0.0
    low[everything] = next(iter(low[~nothing & ~everything][-1:]), 0.0)
    high[everything] = 1.0
    return Incidence(
        times=steps.times,
        share=np.minimum(share, 1.0),
        low=low.astype(np.float64),
        high=high.astype(np.float64),
        deviation=deviation.astype(np.float64),
        at_risk=at_risk,
        ended=int(mine.sum()),
        complete=complete,
    )


def _variance(steps: _Steps, mine: Floats, share: Floats) -> Floats:
    """Return the variance at each step; the double sum is taken apart into running sums."""
    risk, gone, before = steps.risk, steps.gone, steps.before
    # Where all went, nothing can be added afterwards, and the first term is 0 times its weight.
    weight = np.where(risk > gone, gone / (risk * np.maximum(risk - gone, 1)), 0.0)
    cross = before * mine / risk**2
    first = share**2 * np.cumsum(weight) - 2 * share * np.cumsum(share * weight) + np.cumsum(share**2 * weight)
    second = np.cumsum(before**2 * (risk - mine) * mine / risk**3)
    third = share * np.cumsum(cross) - np.cumsum(share * cross)
    return np.asarray(np.maximum(first + second - 2 * third, 0.0), dtype=np.float64)
