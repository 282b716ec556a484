"""What the last weeks will come to once everything has been reported: the chain ladder on the reporting triangle.

A post of Monday that somebody reports on Friday is missing from Wednesday's count, so that a curve always ends in a
drop. Past weeks tell how much of a week is known at each age (Mack 1993); the last weeks are brought up by as much. In
a simulation of the last three weeks the raw count was .54 of the truth and the ladder 1.01.

Ages are counted in whole weeks back from the snapshot, not in calendar weeks: on a Wednesday, every week of the past is
looked at as it stood on *its* Wednesday, so that no diagonal of the triangle is half full.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.measurement.answer import pair
from abate.measurement.counting.distinct import Whole
from abate.measurement.counting.scope import Calendar
from abate.measurement.footing import Caveat, Json, finite
from abate.measurement.weeks import WEEK, Micros, monday, week_of, week_start, weeks_of
from abate.numeric.intervals import LEVEL, Interval

Triangle = npt.NDArray[np.float64]
"""Shape ``(weeks, ages)``: what was known of a week at an age, in weeks; NaN where that age has not come."""

MEMORY = 40
"""Weeks looked back on: reporting habits of a year ago say little of today's."""
_MOST_AGES = 13
"""After a quarter of a year a week counts as fully reported."""
_FEWEST = 5
"""Past weeks needed at an age to say how much is known by then."""
_KNOWN_LEAST = 0.1
"""A week of which less than a tenth is known is not brought up: the factor would be all of the answer."""
_TRIALS_FEWEST = 12
_TABLE_LIMIT = 1 << 27
_CHANCE = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class NowcastWeek:
    """A provisional week, and what it will come to."""

    week: int
    value: float | None
    """``None`` where too little is known of the week."""
    interval: Interval | None

    def to_json(self) -> Json:
        """Return the row of ``nowcast``."""
        value = None if self.value is None else finite(self.value)
        return {"week": monday(self.week).isoformat(), "value": value, "interval": pair(self.interval)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Nowcast:
    """The provisional weeks, and how the same method would have done on past ones."""

    weeks: tuple[NowcastWeek, ...] = ()
    trials: int = 0
    """Past weeks that were nowcast as if they had been the last, once they were fully known."""
    held: int = 0
    """Those whose interval held what they came to."""
    caveats: tuple[Caveat, ...] = ()

    @property
    def calibrated(self) -> bool | None:
        """Return whether past weeks were held as often as the level says; ``None`` with too few to tell."""
        if self.trials < _TRIALS_FEWEST:
            return None
        return _chance_of_fewer(self.held, self.trials) >= _CHANCE


def none(reason: str) -> Nowcast:
    """Return an empty nowcast that says why."""
    return Nowcast(caveats=(Caveat(code="reporting-lag", text=f"no nowcast: {reason}"),))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ages:
    """The ages of the weeks of an answer at its snapshot."""

    weeks: Calendar
    since: int
    """When watching began, in microseconds: of a week before it nobody knows how it was reported."""

    @property
    def last(self) -> int:
        """Return the week that holds the snapshot or ends with it; a later one where something was seen in it."""
        return max(week_of(self.weeks.snapshot - 1), self.weeks.first + self.weeks.count - 1)

    @property
    def start(self) -> int:
        """Return the first week that is looked back on."""
        return min(max(self.weeks.first, week_of(self.since - 1) + 1, self.last - MEMORY - _MOST_AGES), self.last)

    def known_at(self, week: Whole, observed: Micros) -> Whole:
        """Return the age, in whole weeks, by which a week knew of an observation; the oldest holds all later ones."""
        into = self.weeks.snapshot - week_start(self.last)
        late = observed - (week * WEEK + week_start(0)) - into
        age: Whole = np.clip(-(-late // WEEK), 0, _MOST_AGES - 1)
        return age


def triangle_of(week: Whole, age: Whole, worth: Whole, ages: Ages) -> Triangle:
    """Return the cumulative triangle from what each unit adds to its week at an age.

    :param week: shape ``(units,)``; weeks before ``ages.start`` are left out
    :param worth: what the unit adds: 1 for a channel, a number for views
    """
    rows = ages.last - ages.start + 1
    keep = (week >= ages.start) & (week <= ages.last)
    added = np.zeros((rows, _MOST_AGES), dtype=np.int64)
    np.add.at(added, (week[keep] - ages.start, age[keep]), worth[keep])
    known = added.cumsum(axis=1).astype(np.float64)
    oldest = ages.last - ages.start - np.arange(rows)
    known[np.arange(_MOST_AGES)[None, :] > oldest[:, None]] = np.nan
    return known


def first_known(at: Micros, observed: Micros, unit: Whole, size: int, ages: Ages) -> Triangle:
    """Return the triangle of distinct units: each counts once in a week, from its first observation there.

    :param at: shape ``(rows,)``, the time that counts
    :param unit: shape ``(rows,)``, in ``[0, size)``
    """
    week = weeks_of(at)
    recent = np.flatnonzero(week >= ages.start)
    week, unit = week[recent], unit[recent]
    age = ages.known_at(week, observed[recent])
    if size > _TABLE_LIMIT:
        return _first_known_sorted(week, unit, age, size, ages)
    added = [np.zeros((0, 3), dtype=np.int64)]
    at_once = min(max(_TABLE_LIMIT // size, 1), ages.last - ages.start + 1)
    for first in range(ages.start, ages.last + 1, at_once):
        mine = (week >= first) & (week < first + at_once)
        earliest = np.full((at_once, size), _MOST_AGES, dtype=np.int8)
        np.minimum.at(earliest.reshape(-1), (week[mine] - first) * size + unit[mine], age[mine].astype(np.int8))
        for place, row in enumerate(earliest):
            counts = np.bincount(row, minlength=_MOST_AGES + 1)[:_MOST_AGES]
            of_week = np.column_stack([np.full(_MOST_AGES, first + place), np.arange(_MOST_AGES), counts])
            added.append(of_week.astype(np.int64))
    whole = np.concatenate(added)
    return triangle_of(whole[:, 0], whole[:, 1], whole[:, 2], ages)


def _first_known_sorted(week: Whole, unit: Whole, age: Whole, size: int, ages: Ages) -> Triangle:
    """Return the same for units whose numbers are too large for a table."""
    joined = np.sort(((week - ages.start) * size + unit) * _MOST_AGES + age)
    place, age = np.divmod(joined, _MOST_AGES)
    firsts = np.flatnonzero(np.diff(place, prepend=-1))
    week = place[firsts] // size + ages.start
    return triangle_of(week, age[firsts], np.ones(len(firsts), dtype=np.int64), ages)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """The development from each age to the next: Mack's factors and variances, shapes ``(ages - 1,)``."""

    factor: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    """Mack's sigma squared."""
    weight: npt.NDArray[np.float64]
    """What was known, over all weeks behind a factor."""
    weeks: Whole
    """How many weeks stand behind it."""
    rows: int
    """How many weeks there are at all."""

    def share_known(self, age: int) -> float:
        """Return how much of a week is known at an age."""
        return float(1 / np.prod(self.factor[age:]))


def ladder(known: Triangle) -> Ladder:
    """Estimate the development from the last :data:`MEMORY` weeks at each age."""
    steps = known.shape[1] - 1
    factor, spread, weight = np.ones(steps), np.zeros(steps), np.zeros(steps)
    weeks = np.zeros(steps, dtype=np.int64)
    for age in range(steps):
        pairs = known[np.isfinite(known[:, age + 1]), age : age + 2][-MEMORY:]
        before, after = pairs.T
        weeks[age], weight[age] = len(pairs), before.sum()
        if weight[age] > 0:
            factor[age] = after.sum() / weight[age]
            off = (after - factor[age] * before) ** 2 / np.maximum(before, 1)
            spread[age] = off.sum() / max(len(pairs) - 1, 1)
    return Ladder(factor=factor, spread=spread, weight=weight, weeks=weeks, rows=min(len(known), MEMORY))


def bring_up(seen: float, age: int, steps: Ladder) -> tuple[float, Interval] | None:
    """Return what a week will come to and its prediction interval.

    The part that is still out follows a gamma distribution with Mack's mean square error, so that no interval falls
    below what is known; few past weeks widen it as Student's t does.

    :param seen: what is known of the week at ``age``
    :return: ``None`` where too little is known, or too few past weeks tell
    """
    from scipy.special import gammaincinv, stdtrit  # heavy: only where a nowcast is asked for

    behind = int(steps.weeks[age:].min(initial=steps.rows))
    if seen <= 0 or behind < _FEWEST or steps.share_known(age) < _KNOWN_LEAST:
        return None
    value, error = seen, 0.0
    for step in range(age, len(steps.factor)):
        ratio = steps.spread[step] / steps.factor[step] ** 2
        error += ratio * (1 / value + 1 / max(steps.weight[step], 1))
        value *= float(steps.factor[step])
    out, variance = value - seen, value**2 * error
    if out <= 0 or variance <= 0:
        return value, (value, value)
    tail = (1 - LEVEL) / 2
    widening = (float(stdtrit(behind - 1, 1 - tail)) / 1.959964) ** 2
    scale = variance * widening / out
    low, high = (float(gammaincinv(out / scale, share)) * scale for share in (tail, 1 - tail))
    return value, (math.floor(seen + low), math.ceil(seen + high))


def nowcast(known: Triangle, provisional: Sequence[int], ages: Ages) -> Nowcast:
    """Bring the provisional weeks up to what they will come to.

    :param known: the triangle of :func:`first_known` or :func:`triangle_of`, its first row the week ``ages.start``
    :param provisional: their numbers
    """
    known = _trimmed(known)
    steps = ladder(known)
    rows = []
    for week in provisional:
        age = min(ages.last - week, known.shape[1] - 1)
        seen = float(known[week - ages.start, age]) if ages.start <= week <= ages.last else 0.0
        found = bring_up(seen, age, steps)
        value, interval = found if found is not None else (None, None)
        rows.append(NowcastWeek(week=week, value=value, interval=interval))
    trials, held = _trials(known, min(len(rows), known.shape[1]))
    return _told(Nowcast(weeks=tuple(rows), trials=trials, held=held))


def _trimmed(known: Triangle) -> Triangle:
    """Leave out the ages at which nothing more came in: a week is settled then, and need not be as old as a quarter."""
    growing = np.flatnonzero(ladder(known).factor > 1)
    return known[:, : int(growing[-1]) + 2] if len(growing) else known[:, :1]


def _told(found: Nowcast) -> Nowcast:
    caveats = []
    if any(row.value is None for row in found.weeks):
        text = "weeks too young, or with too few weeks before them, are not nowcast"
        caveats.append(Caveat(code="reporting-lag", text=text))
    if found.calibrated is False:
        text = f"the nowcast's interval held {found.held} of {found.trials} past weeks only; reporting has changed"
        caveats.append(Caveat(code="not-calibrated", text=text))
    return Nowcast(weeks=found.weeks, trials=found.trials, held=found.held, caveats=tuple(caveats))


def _trials(known: Triangle, ages: int) -> tuple[int, int]:
    """Nowcast past weeks at the ages that are asked for, from what was known then, and see what they came to."""
    full = np.flatnonzero(np.isfinite(known[:, -1]))
    trials = held = 0
    for row in full[-MEMORY:]:
        for age in range(ages):
            then = known[: row + age + 1].copy()
            then[np.arange(then.shape[1])[None, :] > (row + age - np.arange(len(then)))[:, None]] = np.nan
            found = bring_up(float(known[row, age]), age, ladder(then))
            if found is not None:
                low, high = found[1]
                trials += 1
                held += bool(low <= known[row, -1] <= high)
    return trials, held


def _chance_of_fewer(successes: int, trials: int) -> float:
    """Return the chance of so few successes or fewer, at the level that is promised."""
    from scipy.special import bdtr  # heavy: only where there is something to test

    return float(bdtr(successes, trials, LEVEL))
