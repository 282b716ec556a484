"""Do they come back? The share of operators with a next channel within so many days of a removal.

The clock starts when an operator loses a channel and has no other. Some go over to a channel that they have already:
that end is reached at once, shuts the question out, and is counted apart. Of the rest, the share with a next channel
by each day is estimated with those not watched long enough counted for as long as they were (the product-limit form,
which is what Aalen and Johansen's estimator comes to when the other end lies at day 0).

Removals of one operator are alike, so that the interval is made from operators and not from removals: the variance
adds up what each operator contributes (Williams 1995, the infinitesimal jackknife), the variance gives an effective
number of independent removals, and that number the exact interval of a share (Korn and Graubard 1998), which holds for
few and for none too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.answer import Estimate, number, pair
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.lives.kaplan_meier import Floats
from abate.measurement.lives.regained_audience import Regained, regained_audience
from abate.measurement.lives.removals import Removals, removals_of
from abate.measurement.lives.spells import REMOVED
from abate.measurement.tables.columns import Lifetimes, Sightings
from abate.measurement.weeks import DAY, NO_TIME
from abate.numeric.intervals import LEVEL, Interval, clopper_pearson

_FEW = 10
_METHOD = (
    "product-limit incidence of a next channel by the same operator; jackknife over operators, exact interval at the "
    "effective number of removals"
)
_ASSUMPTIONS = (
    "the table's operator column says which channels are one lineage; it never says who a person is",
    "the clock starts when an operator loses a channel and no other of theirs is known to live",
    "losses of one operator at one moment are one loss",
    "a next channel counts from its creation, or from its first sight where that is unknown",
    "only the first channel after each loss counts",
    "a channel that was not removed lives until it was last seen",
    "operators whose time of watching ends early would have come back like those watched longer",
    "operators come back independently of each other",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is asked."""

    days: tuple[int, ...] = (30, 90)
    event: str = REMOVED
    """``removed`` for any removal, else the reason that starts the clock."""
    until: datetime | None = None
    """The snapshot; the latest date in the table otherwise."""
    error_rate: float | None = None
    """The analyst's own: which part of the links between channels is wrong, and which part is missed."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """The share back within some days."""

    days: int
    value: float | None
    """``None`` where nobody was watched that long."""
    interval: Interval | None
    watched: int
    """Losses followed for that long, or until the next channel."""
    sensitivity: Interval | None
    """The interval, widened by what wrong and missed links could do to it; ``None`` without a stated error rate."""

    def to_json(self) -> Json:
        """Return the contract's row."""
        return {
            "days": self.days,
            "value": number(self.value),
            "interval": pair(self.interval),
            "watched": self.watched,
            "sensitivity": pair(self.sensitivity),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Reappearance:
    """How soon operators come back, and how large."""

    incidence: tuple[Returned, ...]
    curve: tuple[tuple[float, float], ...]
    """Days and share at each step, for the chart."""
    losses: int
    """Removals after which no channel of the operator was left."""
    operators: int
    elsewhere: Estimate
    """The share of removals after which the operator had another live channel."""
    already_elsewhere: int
    error_rate: float | None
    regained: Regained
    footing: Footing

    def sentences(self) -> tuple[str, ...]:
        """Say each share in words."""
        out = [_sentence(one) for one in self.incidence]
        apart = self.already_elsewhere
        out.append(f"{self.losses} losses by {self.operators} operators; {apart} more had another channel already")
        return (*out, self.regained.sentence())

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {
            "incidence": [one.to_json() for one in self.incidence],
            "regained_audience": self.regained.to_json(),
            "already_elsewhere": {"removals": self.already_elsewhere} | self.elsewhere.to_json(),
            "removals": self.losses,
            "operators": self.operators,
            "identity_link_error": self.error_rate,
        }


def _sentence(one: Returned) -> str:
    if one.value is None:
        return f"within {one.days} days: nobody was watched that long"
    within = "" if one.interval is None else f" [{100 * one.interval[0]:.0f}, {100 * one.interval[1]:.0f}]"
    return f"within {one.days} days {100 * one.value:.0f} %{within} were back"


def reappearance(lifetimes: Lifetimes, asked: Asked, *, sightings: Sightings | None = None) -> Reappearance:
    """Estimate how soon operators come back.

    :param sightings: for follower counts or readers before and after; without, the lifetimes' own columns are looked at
    :raises InputError: for a table without operators or removals, for days below 1, for an error rate outside 0 to 1
    """
    _check(lifetimes, asked)
    found = removals_of(lifetimes, asked.event, asked.until)
    alone = ~found.elsewhere
    if not alone.any():
        msg = "after every removal the operator had another live channel; there is no return to wait for"
        raise InputError(msg, where=lifetimes.reading.file)
    times, back = _waits(found)
    groups = np.unique(found.operator[alone], return_inverse=True)[1]
    rows = tuple(_returned(days, times[alone], back[alone], groups, asked.error_rate) for days in asked.days)
    regained = regained_audience(lifetimes, found, sightings, within_days=max(asked.days), seed=asked.seed)
    others, all_of_them = int(found.elsewhere.sum()), len(found.elsewhere)
    return Reappearance(
        incidence=rows,
        curve=_curve(times[alone], back[alone]),
        losses=int(alone.sum()),
        operators=int(groups.max()) + 1,
        elsewhere=Estimate(value=others / all_of_them, interval=_elsewhere_interval(found)),
        already_elsewhere=others,
        error_rate=asked.error_rate,
        regained=regained,
        footing=_footing(lifetimes, found, rows, int(groups.max()) + 1, asked),
    )


def _check(lifetimes: Lifetimes, asked: Asked) -> None:
    where = lifetimes.reading.file
    if lifetimes.operator is None or not (lifetimes.operator.codes >= 0).any():
        msg = (
            "no column says which channels are of one lineage; add a column operator to the lifetimes, or name yours "
            "with --map THEIRS=operator"
        )
        raise InputError(msg, where=where)
    if lifetimes.removed is None:
        msg = "no column says when channels were removed; add a column removed to the lifetimes"
        raise InputError(msg, where=where)
    if not asked.days or min(asked.days) < 1:
        msg = "--days wants whole days of 1 or more, such as 30,90"
        raise InputError(msg)
    if asked.error_rate is not None and not 0 <= asked.error_rate < 1:
        msg = f"--operator-error-rate {asked.error_rate:g}: a share of 0 or more and below 1, such as 0.05"
        raise InputError(msg)


def _waits(found: Removals) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return days to the next channel or to the end of watching, and which of them it was; shape ``(removals,)``."""
    back = found.next_at != NO_TIME
    end = np.where(back, found.next_at, found.snapshot)
    return np.maximum(end - found.at, 0) / DAY, back


def _returned(
    days: int,
    times: Floats,
    back: np.ndarray[tuple[int], np.dtype[np.bool_]],
    groups: np.ndarray[tuple[int], np.dtype[np.int64]],
    error_rate: float | None,
) -> Returned:
    watched = (times >= days) | back
    share, influence = incidence_with_influence(times, back, days)
    if not (times >= days).any() and share < 1:
        return Returned(days=days, value=None, interval=None, watched=int(watched.sum()), sensitivity=None)
    interval = clustered_interval(share, influence, groups, watched)
    widened = None if interval is None or error_rate is None else _widened(interval, error_rate)
    return Returned(days=days, value=share, interval=interval, watched=int(watched.sum()), sensitivity=widened)


def incidence_with_influence(
    times: Floats, back: np.ndarray[tuple[int], np.dtype[np.bool_]], days: float
) -> tuple[float, Floats]:
    """Return the share back within some days, and how much each loss moves it.

    :param times: to the return, or to the end of watching; shape ``(losses,)``
    :param back: which it was
    """
    steps = np.unique(times[back & (times <= days)])
    if not len(steps):
        return 0.0, np.zeros(len(times))
    ordered = np.sort(times)
    risk = (len(times) - np.searchsorted(ordered, steps, side="left")).astype(np.float64)
    place = np.searchsorted(steps, times)
    counted = back & (times <= days)
    ended = np.bincount(place[counted], minlength=len(steps)).astype(np.float64)
    left = float(np.prod(1 - ended / risk))
    if left <= 0:
        return 1.0, np.zeros(len(times))
    # Log of the share left, moved by one loss more at risk, and by one more that came back.
    pull = np.concatenate(([0.0], np.cumsum(ended / (risk * (risk - ended)))))
    seen = np.searchsorted(steps, times, side="right")
    influence = pull[seen]
    influence[counted] -= 1 / (risk - ended)[place[counted]]
    return 1 - left, np.asarray(-left * influence, dtype=np.float64)


def clustered_interval(
    share: float,
    influence: Floats,
    groups: np.ndarray[tuple[int], np.dtype[np.int64]],
    watched: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> Interval | None:
    """Return the interval of a share from independent groups; ``None`` where there is one group only.

    :param groups: which group each row is of, from 0; shape ``(rows,)``
    :param watched: rows whose answer is known; all that can be said when the share is 0 or 1
    """
    count = int(groups.max()) + 1
    if count < 2:  # noqa: PLR2004 - one group says nothing of how groups differ
        return None
    if not 0 < share < 1:
        known = len(np.unique(groups[watched]))
        return clopper_pearson(known if share >= 1 else 0, known)
    each = np.bincount(groups, weights=influence)
    variance = count / (count - 1) * float(each @ each)
    effective = _effective(share, variance, len(groups), count)
    return clopper_pearson(share * effective, effective)


def _effective(share: float, variance: float, rows: int, groups: int) -> float:
    """Return how many independent rows would be this uncertain; never more than there are."""
    from scipy.special import ndtri, stdtrit  # heavy: only where a number is asked for

    tail = (1 + LEVEL) / 2
    raw = share * (1 - share) / variance if variance > 0 else math.inf
    shrunk = raw * float(ndtri(tail) / stdtrit(groups - 1, tail)) ** 2
    return max(min(shrunk, float(rows)), 1.0)


def _widened(interval: Interval, error_rate: float) -> Interval:
    """Return the interval if that part of the links is wrong (no return at all), or that part of returns missed."""
    low, high = interval
    return low * (1 - error_rate), min(high / (1 - error_rate), 1.0)


def _biased(caveats: Sequence[Caveat]) -> bool:
    """Say whether something pulls the share itself aside, which no width of an interval makes good."""
    return any(caveat.code in {"reporting-lag", "left-truncation"} for caveat in caveats)


def _curve(times: Floats, back: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[tuple[float, float], ...]:
    steps, ended = np.unique(times[back], return_counts=True)
    risk = len(times) - np.searchsorted(np.sort(times), steps, side="left")
    shares = 1 - np.cumprod(1 - ended / risk)
    return ((0.0, 0.0), *((float(day), float(share)) for day, share in zip(steps, shares, strict=True)))


def _elsewhere_interval(found: Removals) -> Interval | None:
    groups = np.unique(found.operator, return_inverse=True)[1]
    share = float(found.elsewhere.mean())
    influence = (found.elsewhere - share) / len(found.elsewhere)
    return clustered_interval(share, influence, groups, np.ones(len(groups), dtype=bool))


def _footing(lifetimes: Lifetimes, found: Removals, rows: Sequence[Returned], operators: int, asked: Asked) -> Footing:
    stated = (
        "the links between channels are taken as right: state their error rate with --operator-error-rate"
        if asked.error_rate is None
        else f"the analyst states that {100 * asked.error_rate:g} % of the links between channels are wrong, and as "
        "many were missed; sensitivity shows what that could do"
    )
    caveats = [*reading_caveats(lifetimes.reading), *found.caveats]
    few = operators < _FEW or any(one.watched < _FEW for one in rows)
    if few:
        text = f"{operators} operators lost their last channel; below {_FEW} the interval is a rough guide"
        caveats.append(Caveat(code="small-cells", text=text))
        caveats.append(Caveat(code="not-calibrated", text="too few operators for the interval's coverage to be known"))
    if any(one.value is None for one in rows):
        text = "nobody was watched for the longest of these times after a loss; ask for fewer days, or wait"
        caveats.append(Caveat(code="small-cells", text=text))
    return Footing(
        method=_METHOD,
        assumptions=(*_ASSUMPTIONS, stated),
        caveats=tuple(caveats),
        calibrated=None if few or _biased(caveats) else True,
        seed=asked.seed,
    )
