"""How often content was seen before it went: quartiles of views at removal, and how much went nearly unseen.

Intervals of quartiles come from order statistics, those of shares are Clopper and Pearson's: both exact, and both hold
whatever shape the views have (a few posts take most of them, so that a mean says little).
"""

import math
from dataclasses import dataclass

import numpy as np

from abate.measurement.answer import Estimate
from abate.measurement.footing import Json
from abate.measurement.lives.kaplan_meier import Mask
from abate.measurement.lives.spells import Spells, by_value, dividing
from abate.measurement.tables.columns import Counts, Lifetimes
from abate.numeric.intervals import LEVEL, clopper_pearson

FEWER_THAN = (10, 100, 1_000, 10_000)
"""Views below which the share is told."""
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewsOf:
    """Views at removal of one set of subjects."""

    known: int
    unknown: int
    """Removed, but nobody wrote down the views."""
    quartiles: tuple[Estimate, ...]
    """At 25, 50 and 75 %."""
    fewer_than: tuple[tuple[int, Estimate], ...]

    def to_json(self) -> Json:
        """Return the numbers; an interval's upper end is null where too few are known to give one."""
        low, middle, high = (one.to_json() for one in self.quartiles)
        return {
            "n": self.known,
            "unknown": self.unknown,
            "median": middle,
            "quartiles": {"25": low, "50": middle, "75": high},
            "fewer_than": [{"views": views} | share.to_json() for views, share in self.fewer_than],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewsBeforeRemoval:
    """Views at removal, of all and by the values of a column."""

    whole: ViewsOf
    groups: dict[str, ViewsOf]

    def sentences(self) -> tuple[str, ...]:
        """Say the median, where any views are known."""
        middle = self.whole.quartiles[1]
        if middle.value is None or middle.interval is None:
            return ()
        low, high = middle.interval
        upper = "no upper end" if math.isinf(high) else f"{high:.0f}"
        return (f"views before removal: median {middle.value:.0f} [{low:.0f}, {upper}] of {self.whole.known}",)

    def to_json(self) -> Json:
        """Return the numbers of all, with the groups where the answer was divided."""
        if not self.whole.known:
            reason = "no removal in the table has its views written down"
            return {"n": 0, "unknown": self.whole.unknown, "median": None, "reason": reason}
        out = self.whole.to_json()
        return out | {"groups": {name: one.to_json() for name, one in self.groups.items()}} if self.groups else out


def views_before_removal(lifetimes: Lifetimes, spells: Spells, by: str = "") -> ViewsBeforeRemoval | None:
    """Describe the views that removed subjects had when they went; ``None`` for a table without the column.

    Only what was removed counts: what is still up has not had its last view. Read the share seen little as "of the
    removed", never as "of all".
    """
    if lifetimes.views_at_removal is None:
        return None
    views, removed = lifetimes.views_at_removal[spells.rows], spells.observed.event
    groups = by_value(dividing(lifetimes, by), spells.rows) if by else {}
    return ViewsBeforeRemoval(
        whole=_of(views, removed), groups={name: _of(views, removed & mine) for name, mine in groups.items()}
    )


def _of(views: Counts, chosen: Mask) -> ViewsOf:
    known = np.sort(views[chosen & (views >= 0)])
    return ViewsOf(
        known=len(known),
        unknown=int(chosen.sum()) - len(known),
        quartiles=tuple(quantile(known, share) for share in _QUARTERS),
        fewer_than=tuple((limit, _share_below(known, limit)) for limit in FEWER_THAN),
    )


def quantile(ascending: Counts, share: float) -> Estimate:
    """Return a quantile of counts with its order-statistic interval.

    The true quantile lies between the l-th and u-th smallest with the binomial chance of l to u - 1 successes (David
    and Nagaraja, *Order Statistics*, 2003, 7.1). Counts are not below 0; above, the interval may be open.

    :param ascending: sorted, shape ``(n,)``
    """
    if not len(ascending):
        return Estimate(value=None)
    lower, upper = _places(len(ascending), share)
    low = float(ascending[lower - 1]) if lower else 0.0
    high = float(ascending[upper - 1]) if upper <= len(ascending) else float("inf")
    return Estimate(value=float(np.quantile(ascending, share)), interval=(low, high))


def _places(size: int, share: float) -> tuple[int, int]:
    """Return the 1-based places l and u: the largest and smallest with a tail of at most 2.5 % beyond."""
    from scipy.special import bdtr  # heavy: only where a number is asked for

    tail = (1 - LEVEL) / 2
    # Ten standard deviations about the middle hold both places; a million counts need no million tails.
    wide = 10 * math.sqrt(size * share * (1 - share)) + 10
    first, last = max(int(size * share - wide), 0), min(int(size * share + wide), size)
    chance = bdtr(np.arange(first, last + 1), size, share)
    lower = first + int(np.searchsorted(chance, tail, side="right"))
    upper = first + int(np.searchsorted(chance, 1 - tail, side="left")) + 1
    return lower, upper


def _share_below(ascending: Counts, limit: int) -> Estimate:
    if not len(ascending):
        return Estimate(value=None)
    below = int(np.searchsorted(ascending, limit, side="left"))
    return Estimate(value=below / len(ascending), interval=clopper_pearson(below, len(ascending)))
