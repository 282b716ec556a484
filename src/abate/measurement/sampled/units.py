"""Channels before and after a date, as sums that can be drawn again: the smallest thing that a stance is told of.

Channels too small to stand alone are pooled with others of the same fate (stayed, left, arrived), so that a pool is
never a mixture of leaving and changing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SMALLEST = 10
"""Labelled replies in a period; a channel with fewer is pooled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """What each channel adds up to in each period; every array has the shape ``(channels, 2)``."""

    replies: Values
    """Of the population, or what the labelled ones stand for."""
    labelled: Values
    """Weight of the labelled replies."""
    count: Values
    """Their number."""
    positive: Values
    """Weight of those with the label."""
    labelled_score: Values
    """Weighted scores of the labelled."""
    score: Values
    """Scores of the population, added up."""
    unit: npt.NDArray[np.int64]
    """Shape ``(channels,)``: the unit to which each channel belongs."""
    stayed: Mask
    """Shape ``(units,)``: present in both periods."""


def units_of(replies: Values, count: Values) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return the unit of each channel and which units stayed.

    :param replies: shape ``(channels, 2)``, of the population
    :param count: the same shape, labelled replies
    """
    there = replies > 0
    fate = there[:, 0].astype(np.int64) + 2 * there[:, 1]
    alone = np.all((count >= SMALLEST) | ~there, axis=1)
    # Below three are the pools of the leavers, the arrivals and the stayers; each other channel is its own.
    _, first, unit = np.unique(
        np.where(alone, 3 + np.arange(len(fate)), fate - 1), return_index=True, return_inverse=True
    )
    return unit.astype(np.int64), np.asarray(there[first].all(axis=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """Shares before and after, and what their change is made of; each array has the shape ``(replicates,)``."""

    before: Values
    after: Values
    within: Values
    """NaN where no unit that stayed has labels in both periods."""

    @property
    def change(self) -> Values:
        """Return after minus before."""
        return self.after - self.before

    @property
    def composition(self) -> Values:
        """Return what is left of the change once the one within channels is taken out."""
        return self.change - self.within


def split(sums: Sums, drawn: Values, tuning: float) -> Split:
    """Take the change apart.

    The share of a period is the mean over units, by their replies. *Within* is the mean change of those who stayed,
    each weighing as much as it does on average over the two periods (Kitagawa 1955, among the stayers); the rest is due
    to who left, who arrived, and how replies moved between channels.

    :param drawn: shape ``(replicates, channels)``, how often each channel was drawn
    :param tuning: weight of the scores
    """
    order = np.argsort(sums.unit, kind="stable")
    starts = np.flatnonzero(np.diff(sums.unit[order], prepend=-1))

    def added(values: Values) -> Values:
        """Return the sums of the drawn channels of each unit, shape ``(replicates, units)``."""
        return np.add.reduceat((drawn * values)[:, order], starts, axis=1)

    before_mass, before_share = _period(sums, 0, added, tuning)
    after_mass, after_share = _period(sums, 1, added, tuning)
    both = np.isfinite(before_share) & np.isfinite(after_share) & sums.stayed & (before_mass > 0) & (after_mass > 0)
    moved = np.where(both, after_share - before_share, 0.0)
    weight = (_portion(before_mass, both) + _portion(after_mass, both)) / 2
    return Split(
        before=_whole(before_mass, before_share),
        after=_whole(after_mass, after_share),
        within=np.sum(weight * moved, axis=1),
    )


def _period(sums: Sums, at: int, added: Callable[[Values], Values], tuning: float) -> tuple[Values, Values]:
    """Return replies and share of each unit; the share is NaN without a label."""
    replies = added(sums.replies[:, at])
    rest = _ratio(added(sums.positive[:, at] - tuning * sums.labelled_score[:, at]), added(sums.labelled[:, at]))
    return replies, rest + tuning * _ratio(added(sums.score[:, at]), replies)


def _whole(mass: Values, share: Values) -> Values:
    """Return the mean over units that have labels; scores can push it past 0 or 1, where no share lies."""
    told = np.isfinite(share)
    return np.clip(_ratio(np.sum(np.where(told, mass * share, 0.0), axis=1), np.sum(mass * told, axis=1)), 0.0, 1.0)


def _portion(mass: Values, both: Mask) -> Values:
    kept = mass * both
    return _ratio(kept, np.broadcast_to(kept.sum(axis=1, keepdims=True), kept.shape))


def _ratio(above: Values, below: Values) -> Values:
    out = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out
