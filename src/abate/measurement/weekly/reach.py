"""Reach: how often a week's posts were viewed by an equal age. Views, never mixed with audience.

A post of January has had a year to be viewed and one of December a week: summed as they stand, views rise towards the
past whatever happened. So each item counts with the most views that were read of it by the same age, seven days unless
told otherwise, and a week whose last items have not reached that age is provisional.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting import distinct, weekly
from abate.measurement.counting.breaks import Series
from abate.measurement.counting.distinct import Numbers, Whole, dense
from abate.measurement.counting.joined import renumbered
from abate.measurement.counting.scope import Calendar, Mask, calendar, take, within
from abate.measurement.counting.suppression import suppress
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.footing import Caveat, Json
from abate.measurement.tables.columns import Checks, Interventions, Sightings
from abate.measurement.weekly import weekly_answer
from abate.measurement.weekly.first_reports import FAR
from abate.measurement.weekly.nowcast import Ages, Triangle, triangle_of
from abate.measurement.weekly.seen import OfRows, SeenRows, Told
from abate.measurement.weekly.weekly_answer import Scope, Weekly
from abate.measurement.weeks import DAY, NO_TIME, Micros, week_start, weeks_of

COLUMNS = (*weekly_answer.COLUMNS, "views", "views_at")
"""What reach reads besides the columns it needs and those of ``by``."""
AGE = timedelta(days=7)

NO_VIEWS = "no-views"
_LATE = "views-too-late"
_LATE_SHARE = 0.05
_MOST = float(1 << 62)
_SPARSE = 4
"""With more possible numbers a row than these, the items that occur are numbered anew."""
_NEVER = int(np.iinfo(np.int64).max)
_NO_ROW, _UNREAD = -2, -1
"""In place of the views of an item: it has no row at all, or none that counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach(Weekly):
    """Views a week at an equal age."""

    age: timedelta

    def to_json(self) -> Json:
        """Return the contract's object."""
        weeks: Json = {"age_days": self.age / timedelta(days=1), "rows": [row.to_json() for row in self.rows]}
        return self.footing.to_json() | weeks | self.beside.to_json()


def reach(  # noqa: PLR0913 - the flags of the command, each given by name
    sightings: Sightings,
    checks: Checks | None = None,
    interventions: Interventions | None = None,
    *,
    age: timedelta = AGE,
    by: Sequence[str] = (),
    until: datetime | None = None,
    seed: int = 0,
    panel: frozenset[str] | None = None,
    suppress_below: int | None = None,
) -> Reach:
    """Add up the views of each week's items. Parameters as of :func:`abate.measurement.weekly.presence.presence`.

    :param age: of an item, by which its views are read; more than nothing
    :raises InputError: when there are no views, no posting times, or no views that were read within the age
    """
    sightings = within(sightings, until, panel)
    micros = age // timedelta(microseconds=1)
    counter, doubts = views_doubted(sightings, micros)
    weeks = replace(calendar(sightings, counter.ends, checks, until), age=micros)
    scope = Scope.of(SeenRows(sightings), weeks, checks, interventions, seed)
    return reach_told(OfRows(counter), scope, age, by, doubts, suppress_below)


def reach_told(
    told: Told,
    scope: Scope,
    age: timedelta,
    by: Sequence[str],
    doubts: Sequence[Caveat],
    suppress_below: int | None,
) -> Reach:
    """Put the answer together from what is known.

    :param doubts: what counting views has to say
    """
    rows = suppress(told.rows(scope.weeks, scope.missing, by), suppress_below)
    more = [*doubts, *weekly.small_cells(rows, suppress_below)]
    return Reach(rows=tuple(rows), age=age, beside=weekly_answer.beside(told, scope, more))


def views_doubted(sightings: Sightings, age: int) -> tuple["_Views", list[Caveat]]:
    """Return what reach counts, and what counting it has to say.

    :param age: in microseconds
    :raises InputError: as :func:`reach` does
    """
    counter = _views(sightings, age)
    return counter, counter.caveats(_undated(sightings, counter))


def _undated(sightings: Sightings, counter: "_Views") -> int:
    """Return how many readings of views are left out."""
    return 0 if counter.table is sightings else _readings(sightings) - _readings(counter.table)


def _readings(table: Sightings) -> int:
    return 0 if table.views is None else int(np.count_nonzero(table.views >= 0))


def _no_views(sightings: Sightings) -> str:
    if sightings.views is None:
        return "the sightings carry no views; add the column, or rename one with --map THEIRS=views"
    said = (f"{one.where}: {one.text}" for one in sightings.reading.problems if one.text.startswith("views:"))
    first = next((f". The first: {one}" for one in said), "")
    return f"the sightings carry no views that can be used: every cell is empty or no whole number{first}"


def _views(sightings: Sightings, age: int) -> "_Views":
    """Take the rows of items whose posting time any of their rows knows; each counts from the earliest of those.

    :raises InputError: as :func:`reach` does
    """
    where = sightings.reading.file
    if age <= 0:
        msg = "--age: views are read some time after posting; write 7d or 24h"
        raise InputError(msg)
    if sightings.views is None or not (sightings.views >= 0).any():
        raise InputError(_no_views(sightings), where=where)
    item, items, there = _items(sightings)
    first = _posted(sightings, item, items)
    dated = first != _NEVER
    if not dated.any():
        msg = "views at an equal age need to know when an item was posted; add posted_at or map a column to it"
        raise InputError(msg, where=where)
    if int(dated.sum()) == there:
        counter = _Views(sightings, item, first, age)
    else:
        counter = _Views(take(sightings, dated[item]), item[dated[item]], first, age)
    if not (counter.most >= 0).any():
        remedy = "choose a longer --age, or read views earlier"
        msg = f"no item has views that were read within {age / DAY:g} days of its posting; {remedy}"
        raise InputError(msg, where=where)
    assert counter.table.views is not None
    views = counter.table.views
    # Only views that could reach the bound are added up, as that takes as long as all else here.
    if float(views.max()) * len(views) > _MOST and float(views[counter.counts].sum(dtype=np.float64)) > _MOST:
        msg = "the views add up to more than anybody can have had; check which column was taken for views"
        raise InputError(msg, where=where)
    return counter


def _posted(sightings: Sightings, item: Numbers, items: int) -> Micros:
    """Return the earliest posting time of each item, ``_NEVER`` where no row knows one, shape ``(items,)``.

    A posting time after its observation is a wrong clock; the observation bounds it.
    """
    first = np.full(items, _NEVER)
    if sightings.posted_at is None:
        return first
    if len(sightings) >= distinct.KERNEL_FROM:
        from abate.measurement.weekly.reach_kernel import earliest_posting  # numba: for millions of rows only

        earliest_posting(item, sightings.posted_at, sightings.observed_at, NO_TIME, first)
        return first
    known = sightings.posted_at != NO_TIME
    own = np.minimum(sightings.posted_at, sightings.observed_at)
    if known.all():
        np.minimum.at(first, item, own)
    else:
        np.minimum.at(first, item[known], own[known])
    return first


class _Views:
    """Views of items, read within an age."""

    what = "reach"
    lists_of = "a view is no one who could be on two lists"

    def __init__(self, table: Sightings, item: Numbers, first: Micros, age: int) -> None:
        """Look at the rows once.

        :param item: shape ``(rows,)``
        :param first: when each item was posted, shape ``(items,)``; ``_NEVER`` for one that has no row
        """
        self.table, self.item, self.first, self.age = table, item, first, age
        self.counts, self.most = _most(table, item, first, age)

    @property
    def at(self) -> Micros:
        """Return the time by which each row counts."""
        return self.first[self.item]

    @property
    def ends(self) -> Micros:
        """Return the first and the last time by which an item counts."""
        first = int(self.first.min())
        last = int(self.first.max(where=self.first != _NEVER, initial=first))
        return np.array([first, last])

    @property
    def method(self) -> str:
        days = f"{self.age / DAY:g} days"
        return f"views by {days} after posting, the most of each item, added up by week of posting"

    @property
    def assumptions(self) -> tuple[str, ...]:
        shape = "" if self.table.item is not None else "; without a column item, each row is taken for one"
        return (
            f"an item counts with the most views read of it by the same age{shape}",
            "views are as the platform counts them: one person may make many, and what a view is differs by platform",
            "late readings come in as they did in the weeks before",
        )

    def caveats(self, undated: int) -> list[Caveat]:
        """Say how many items could not be compared."""
        out = []
        if undated:
            text = f"{undated} readings of views are of items without a posting time and are left out"
            out.append(Caveat(code=_LATE, text=text))
        late = 1 - float((self.most >= 0).sum() / (self.most > _NO_ROW).sum())
        if late > _LATE_SHARE:
            days = f"{self.age / DAY:g} days"
            text = f"{late:.0%} of the items have no views read within {days} of posting and count as none"
            out.append(Caveat(code=_LATE, text=text))
        return out

    def only(self, keep: Mask) -> "_Views":
        return _Views(take(self.table, keep), self.item[keep], self.first, self.age)

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        names, total, unread = self._count(weeks, by)
        provisional = weeks.provisional()
        out = []
        for place in range(weeks.count):
            for cell, name in enumerate(names):
                why = weekly.NO_CHECK if missing[place] else NO_VIEWS if unread[place, cell] else ""
                value = None if why else int(total[place, cell])
                out.append(
                    WeekRow(
                        week=weeks.first + place,
                        by=name,
                        value=value,
                        provisional=bool(provisional[place]),
                        missing=why,
                    )
                )
        return out

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        names, total, unread = self._count(weeks, ("platform",))
        provisional = weeks.provisional()
        out = {"": weekly.series(total.sum(axis=1, dtype=np.int64), missing | unread.all(axis=1), provisional)}
        for cell, name in enumerate(names):
            out[name[0][1]] = weekly.series(total[:, cell], missing | unread[:, cell], provisional)
        return out

    def triangle(self, ages: Ages) -> Triangle:
        """Return the views known by each age: every reading adds what it shows above the ones before it."""
        views = self.table.views
        assert views is not None
        if len(views) >= distinct.KERNEL_FROM:
            return _triangle(self, ages)
        at = self.at
        recent = np.flatnonzero(self.counts & (weeks_of(at) >= ages.start))
        item, items = dense(self.item[recent].astype(np.int64), len(self.first))
        seen, week = views[recent], weeks_of(at[recent])
        age = ages.known_at(week, self.table.observed_at[recent])
        home, most = np.zeros((2, len(items)), dtype=np.int64)
        home[item] = week
        rows = np.arange(ages.start, ages.last + 1)
        known = [np.zeros(len(rows), dtype=np.int64)]
        for old in range(int(age.max(initial=-1)) + 1):
            mine = age == old
            np.maximum.at(most, item[mine], seen[mine])
            total = np.zeros(len(rows), dtype=np.int64)
            inside = home <= ages.last
            np.add.at(total, home[inside] - ages.start, most[inside])
            known.append(total)
        return _gained(np.array(known[1:]) - np.array(known[:-1]), ages)

    def _count(self, weeks: Calendar, by: Sequence[str]) -> tuple[Sequence[tuple[tuple[str, str], ...]], Whole, Mask]:
        """Return the cells, the views of each week and cell, and where items were posted but none was read in time."""
        division = weekly.divide(self.table, by)
        cells = len(division.names)
        lowest = np.empty(0, dtype=np.int64)
        if cells > 1:
            # Where the rows of an item lie in several subgroups, it counts in the first by name, whatever their order.
            lowest = np.full(len(self.first), cells, dtype=np.int64)
            np.minimum.at(lowest, self.item, division.cell)
        total, unread = self._by_week(weeks, lowest, cells)
        shape = (weeks.count, cells)
        return division.names, total.reshape(shape), unread.reshape(shape)

    def _by_week(self, weeks: Calendar, lowest: Whole, cells: int) -> tuple[Whole, Mask]:
        """Return the views of each week and cell, and where none was read, shapes ``(weeks * cells,)``."""
        total = np.zeros(weeks.count * cells, dtype=np.int64)
        if len(self.item) >= distinct.KERNEL_FROM:
            from abate.measurement.weekly.reach_kernel import views_by_week  # numba: for millions of rows only

            unread = np.zeros(len(total), dtype=bool)
            views_by_week(self.first, self.most, lowest, week_start(weeks.first), cells, total, unread)
            return total, unread
        there = np.flatnonzero(self.most > _NO_ROW)
        place, most = weeks_of(self.first[there]) - weeks.first, self.most[there]
        if cells > 1:
            place = place * cells + lowest[there]
        np.add.at(total, place, np.maximum(most, 0))
        posted = np.bincount(place, minlength=len(total))
        read = np.bincount(place[most >= 0], minlength=len(total))
        return total, (posted > 0) & (read == 0)


def _most(table: Sightings, item: Numbers, first: Micros, age: int) -> tuple[Mask, Whole]:
    """Return which rows count, shape ``(rows,)``, and the most views of each item among them, shape ``(items,)``.

    An item whose rows do not count has ``_UNREAD``, and one without any row ``_NO_ROW``.
    """
    views = table.views
    assert views is not None
    most = np.full(len(first), _NO_ROW, dtype=np.int64)
    if len(table) >= distinct.KERNEL_FROM:
        from abate.measurement.weekly.reach_kernel import most_by_age  # numba: for millions of rows only

        counts = np.zeros(len(table), dtype=bool)
        moments = np.empty(0, dtype=np.int64) if table.views_at is None else table.views_at
        most_by_age(item, views, moments, table.observed_at, NO_TIME, first, age, counts, most)
        return counts, most
    read = table.observed_at
    if table.views_at is not None:
        read = np.where(table.views_at == NO_TIME, read, table.views_at)
    counts = (views >= 0) & (read - first[item] <= age)
    most[item] = _UNREAD
    np.maximum.at(most, item[counts], views[counts])
    return counts, most


def _triangle(counter: _Views, ages: Ages) -> Triangle:
    """Return the triangle of millions of readings."""
    from abate.measurement.weekly.reach_kernel import views_by_age  # numba: for millions of rows only

    views = counter.table.views
    assert views is not None
    oldest = int(ages.known_at(np.array([ages.start]), np.array([FAR]))[0])
    gained = np.zeros((oldest + 1, ages.last - ages.start + 1), dtype=np.int64)
    start, into = week_start(ages.start), ages.weeks.snapshot - week_start(ages.last)
    rows = (counter.counts, counter.item, views, counter.table.observed_at)
    # Memory is taken for what is written only, and few readings have to wait.
    later, age_of = np.empty(len(views), dtype=np.int32), np.empty(len(views), dtype=np.int8)
    views_by_age(*rows, counter.first, start, into, later, age_of, gained)
    return _gained(gained, ages)


def _gained(gained: Whole, ages: Ages) -> Triangle:
    """Return the triangle of what each week gained at each age, shape ``(ages, weeks)``."""
    rows = np.arange(ages.start, ages.last + 1)
    by_age = np.repeat(np.arange(len(gained)), len(rows))
    return triangle_of(np.tile(rows, len(gained)), by_age, gained.ravel(), ages)


def _items(table: Sightings) -> tuple[Numbers, int, int]:
    """Return the item of each row as numbers from 0, a bound, and how many items there are.

    A row without an item is one of its own.
    """
    if table.item is None:
        return np.arange(len(table)), len(table), len(table)
    unit, size, there = weekly.loose_units(table, ("platform", "item"))
    if size > _SPARSE * max(len(unit), 1):
        unit, size = renumbered(unit)
        there = size
    nameless = np.flatnonzero(table.item.codes < 0)
    if len(nameless):
        # What stood for "no item" on each platform is the number of no row any more.
        given_up = np.zeros(size, dtype=bool)
        given_up[unit[nameless]] = True
        unit, there = unit.copy(), there - int(given_up.sum()) + len(nameless)
        unit[nameless] = size + np.arange(len(nameless))
    return unit, size + len(nameless), there
