"""When the hit rate of a live rule is unusual: far more hits than so many items give, or none where many were due.

What is usual is the rule's own: its hits per item in the hours of the days before, and where it has not been asked for
a day yet, in its backtest. Both sides of the comparison are counts, so each look is the conditional test of two Poisson
rates (Przyborowski and Wilenski 1940): of all hits, before and now, how many fall into now by chance? The hours before
say how much more than chance the rate moves by itself; the counts are divided by that (the quasi-Poisson dispersion of
McCullagh and Nelder 1989, 6.2, without the hours farthest off), so that a rule that always comes in waves is held to
its own.

An alarm takes three things at once: at least as many hits as the operator calls many, :data:`TIMES_USUAL` times what is
usual, and a chance below :data:`LEVEL`. A rule is looked at once a minute on both sides, 2,880 times a day, so that by
Boole's inequality a rule whose rate is steady rings by chance on fewer than 3 in 10,000 days.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
DAY_HOURS = 24
"""Hours without a hit that are a silence, and hours before them that tell what is usual."""
LEVEL = 1e-7
"""The chance, under the usual rate, below which a count is unusual."""
TIMES_USUAL = 2.0
RARE = 20
"""One hour in so many may be anything without being called usual."""
LET_BE = timedelta(hours=24)
"""How long a rule is not rung for again after somebody looked."""

_STEPS = 100_000
_NEAR = 1e-15
_TINY = 1e-300


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """How many items a rule was asked about in some time, and how many it hit."""

    hits: int
    events: int


class Unusual(StrEnum):
    """Which way a rate is unusual."""

    MORE = "more"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """An unusual hit rate."""

    kind: Unusual
    hits: int
    """Within the last hour; of a silence, within the last day."""
    events: int
    """Items that came in within that time."""
    usual: float
    """Hits that so many items usually give."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Usual:
    """What is usual of a rule."""

    before: Sequence[Counted]
    hits: int
    events: int

    def of(self, events: int) -> float:
        return self.hits * events / self.events

    def share(self, events: int) -> float:
        return events / (events + self.events)

    def spread(self) -> float:
        """Return how many times the variance of a Poisson count its hours have, at least 1."""
        rate = self.hits / self.events
        if not rate:
            return 1.0
        off = sorted((one.hits - rate * one.events) ** 2 / (rate * one.events) for one in self.before if one.events)
        # The farthest off are left out: a wave that rang must not become what is usual for the next one.
        off = off[: len(off) - len(off) // RARE]
        return max(1.0, sum(off) / (len(off) - 1)) if len(off) >= DAY_HOURS // 2 else 1.0


def judge(hours: Sequence[Counted], backtest: Counted | None, least: int) -> Finding | None:
    """Say what is unusual about a rule, or that nothing is.

    :param hours: the hours in which it was asked, oldest first, the last one ending now
    :param backtest: what its backtest counted, if it has one
    :param least: hits within an hour, or due within a silent day, below which nothing is unusual; 0 or less for never
    """
    if least <= 0 or not hours:
        return None
    now, day = hours[-1], hours[-DAY_HOURS:]
    if now.hits >= least:
        return _more(now, _usual(hours[:-1], backtest), least)
    if len(day) == DAY_HOURS and not any(hour.hits for hour in day):
        return _silent(_sum(day), _usual(hours[:-DAY_HOURS], backtest), least)
    return None


def may_be_unusual(hours: Sequence[int], least: int) -> bool:
    """Say by the hits of the hours alone whether :func:`judge` can find anything: spares counting the items."""
    silent = len(hours) >= DAY_HOURS and not any(hours[-DAY_HOURS:])
    return bool(hours) and least > 0 and (hours[-1] >= least or silent)


def is_let_be(looked: Iterable[datetime], at: datetime) -> bool:
    """Say whether somebody looked at an alarm of the rule a short while ago."""
    return any(one > at - LET_BE for one in looked)


def _more(now: Counted, usual: _Usual | None, least: int) -> Finding | None:
    if usual is None or now.hits < max(least, TIMES_USUAL * usual.of(now.events)):
        return None
    spread = usual.spread()
    if at_least(now.hits / spread, usual.hits / spread, usual.share(now.events)) >= LEVEL:
        return None
    return Finding(kind=Unusual.MORE, hits=now.hits, events=now.events, usual=usual.of(now.events))


def _silent(day: Counted, usual: _Usual | None, least: int) -> Finding | None:
    if usual is None or usual.of(day.events) < least:
        return None
    if (1 - usual.share(day.events)) ** (usual.hits / usual.spread()) >= LEVEL:
        return None
    return Finding(kind=Unusual.SILENT, hits=0, events=day.events, usual=usual.of(day.events))


def _usual(before: Sequence[Counted], backtest: Counted | None) -> _Usual | None:
    """Return what is usual; ``None`` where nothing tells it."""
    if backtest is not None and len(before) < DAY_HOURS:
        before = [backtest]
    whole = _sum(before)
    return _Usual(before=before, hits=whole.hits, events=whole.events) if whole.events else None


def _sum(counted: Sequence[Counted]) -> Counted:
    return Counted(hits=sum(one.hits for one in counted), events=sum(one.events for one in counted))


def at_least(now: float, before: float, share: float) -> float:
    """Return the chance that of ``now + before`` hits at least ``now`` fall into now.

    That is the binomial tail, written as the regularised incomplete beta function I(share; now, before + 1), which
    takes broken counts too (Abramowitz and Stegun 26.5.24).

    :param share: now's share of all items, 0 to 1
    """
    if now <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    a, b = now, before + 1
    if share < (a + 1) / (a + b + 2):
        return _beta_part(a, b, share)
    return 1.0 - _beta_part(b, a, 1 - share)


def _beta_part(a: float, b: float, x: float) -> float:
    """Return I(x; a, b) by its continued fraction (Abramowitz and Stegun 26.5.8), as Lentz 1976 evaluates it."""
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    c, d = 1.0, _inverse(1 - (a + b) * x / (a + 1))
    before, made, m = 0.0, d, 0
    while abs(made - before) > _NEAR * abs(made) and m < _STEPS:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = made
        for term in (even, odd):
            d, c = _inverse(1 + term * d), _off_zero(1 + term / c)
            made *= c * d
    return min(1.0, math.exp(front) * made / a)


def _inverse(value: float) -> float:
    return 1 / _off_zero(value)


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
