"""Following: how many different people, as pseudonyms, a presence reaches; the union, with the sum beside it.

A sum over channels counts a person once for each channel followed, and over three years once for each week besides
(41.6 million where there were 4.95 million). Where a platform gives follower counts only, the union lies somewhere
between the largest count and the sum, and that range is all that can be said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting import weekly
from abate.measurement.counting.breaks import Series
from abate.measurement.counting.distinct import Whole
from abate.measurement.counting.joined import SPARSE_FROM
from abate.measurement.counting.pairs import Pairs, Rows, pairs
from abate.measurement.counting.remembered import remembered
from abate.measurement.counting.scope import Calendar, Mask, calendar, counted_at, take, within
from abate.measurement.counting.suppression import suppress
from abate.measurement.counting.weekly import Division, WeekRow
from abate.measurement.footing import Json
from abate.measurement.tables.columns import Checks, Interventions, Sightings
from abate.measurement.weekly import weekly_answer
from abate.measurement.weekly.first_reports import first_reported
from abate.measurement.weekly.nowcast import Ages, Triangle
from abate.measurement.weekly.seen import OfRows, SeenRows, Told
from abate.measurement.weekly.weekly_answer import Scope, Weekly
from abate.measurement.weeks import Micros, weeks_of

COLUMNS = (*weekly_answer.COLUMNS, "audience", "followers")
"""What following reads besides the columns it needs and those of ``by``."""

NO_FOLLOWERS = "no-followers"
"""Why a week has no sum: no follower count was read in it."""
_PERSON = ("platform", "audience")
_CHANNEL = ("platform", "channel")


@dataclass(frozen=True, kw_only=True, slots=True)
class Following(Weekly):
    """Distinct audience a week and over the whole period."""

    whole: WeekRow
    """The same over all weeks; its week is the first."""

    def to_json(self) -> Json:
        """Return the contract's object."""
        weeks: Json = {
            "rows": [row.to_json() | _sums(row) for row in self.rows],
            "whole": {"value": self.whole.value} | _sums(self.whole),
        }
        return self.footing.to_json() | weeks | self.beside.to_json()


def _sums(row: WeekRow) -> Json:
    out: Json = {"sum": row.total}
    return out if row.bounds is None else out | {"range": list(row.bounds)}


def following(  # noqa: PLR0913 - the flags of the command, each given by name
    sightings: Sightings,
    checks: Checks | None = None,
    interventions: Interventions | None = None,
    *,
    by: Sequence[str] = (),
    until: datetime | None = None,
    seed: int = 0,
    panel: frozenset[str] | None = None,
    suppress_below: int | None = None,
) -> Following:
    """Count the different people of each week. Parameters as of :func:`abate.measurement.weekly.presence.presence`.

    :raises InputError: when the sightings carry neither ``audience`` nor ``followers``
    """
    sightings = within(sightings, until, panel)
    counter = audience_of(sightings)
    weeks = calendar(sightings, counter.at, checks, until, per_reader=True)
    scope = Scope.of(SeenRows(sightings), weeks, checks, interventions, seed)
    told = OfRows(counter)
    rows = suppress(told.rows(weeks, scope.missing, by), suppress_below)
    return following_told(told, scope, rows, counter.whole(weeks, by), suppress_below)


def following_told(
    told: Told, scope: Scope, rows: Sequence[WeekRow], whole: WeekRow, suppress_below: int | None
) -> Following:
    """Put the answer together from what is known, small cells already hidden."""
    more = weekly.small_cells(rows, suppress_below)
    return Following(rows=tuple(rows), whole=whole, beside=weekly_answer.beside(told, scope, more))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    """Shapes ``(weeks, cells)``."""

    division: Division
    total: Whole
    value: Whole | None = None
    largest: Whole | None = None


def audience_of(sightings: Sightings) -> "_People | _FollowerCounts":
    """Return what following counts: people where any are named, else follower counts.

    :raises InputError: when there are neither
    """
    if sightings.audience is not None:
        people = sightings.audience.codes >= 0
        if people.any():
            return _People(sightings if people.all() else take(sightings, people))
    counted = np.zeros(len(sightings), dtype=bool) if sightings.followers is None else sightings.followers >= 0
    if not counted.any():
        remedy = "add one of them, or rename it with --map THEIRS=audience"
        msg = f"the sightings carry neither audience nor followers; {remedy}"
        raise InputError(msg, where=sightings.reading.file)
    return _FollowerCounts(take(sightings, counted))


class _People:
    """One row a reader or follower."""

    what = "the audience"
    method = "distinct audience a week: the union over channels, counted exactly; provisional weeks by the chain ladder"
    assumptions = (
        "a pseudonym is one person within one platform; nobody is matched across platforms",
        "a person belongs to a week when a reading or follow of that week was seen",
        "late reports come in as they did in the weeks before",
    )
    lists_of = _PERSON

    def __init__(self, table: Sightings, at: Micros | None = None) -> None:
        self.table = table
        self.at = counted_at(table, per_reader=True) if at is None else at

    def only(self, keep: Mask) -> "_People":
        return _People(take(self.table, keep), self.at[keep])

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        return _rows(self._count(weeks, by), weeks, missing)

    def whole(self, weeks: Calendar, by: Sequence[str]) -> WeekRow:
        """Return all weeks as if they were one; ``by`` is what the weekly rows were divided by."""
        found = self._pairs(weeks, weekly.divide(self.table, by), by)
        _, bound, count = weekly.loose_units(self.table, _PERSON)
        if found is None or bound >= SPARSE_FROM:
            return self.rows(_as_one(weeks), np.zeros(1, dtype=bool), ())[0]
        return WeekRow(week=weeks.first, value=count, total=found.whole)

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        division = weekly.divide(self.table, ("platform",))
        unit, size, _ = weekly.loose_units(self.table, _PERSON)
        return _series(division, weekly.count_weekly(self.at, weeks, division, unit, size, self.table), weeks, missing)

    def triangle(self, ages: Ages) -> Triangle:
        unit, size, _ = weekly.loose_units(self.table, _PERSON)
        return first_reported(self.at, self.table.observed_at, unit, size, ages)

    def _count(self, weeks: Calendar, by: Sequence[str]) -> _Counted:
        division = weekly.divide(self.table, by)
        one, ones, _ = weekly.loose_units(self.table, _PERSON)
        value = weekly.count_weekly(self.at, weeks, division, one, ones, self.table)
        found = self._pairs(weeks, division, by)
        if found is not None:
            return _Counted(division=division, value=value, total=found.weekly)
        each, all_of_them = weekly.units(self.table, (*_CHANNEL, "audience"))
        total = weekly.count_weekly(self.at, weeks, division, each, all_of_them, self.table)
        return _Counted(division=division, value=value, total=total)

    def _pairs(self, weeks: Calendar, division: Division, by: Sequence[str]) -> Pairs | None:
        """Count the pairs of channel and reader; ``None`` where they are counted as triples with their platform."""

        def counted() -> Pairs | None:
            week = weekly.places_of(self.table, self.at, weeks.first, weeks.count)
            rows = Rows(week=week, cell=division.cell, weeks=weeks.count, cells=len(division.names))
            return pairs(rows, *weekly.units(self.table, _CHANNEL), *weekly.loose_units(self.table, _PERSON)[:2])

        return remembered(self.table, ("pairs", weeks.first, weeks.count, *by), counted)


class _FollowerCounts:
    """One row a follower count of a channel."""

    what = "the audience"
    method = "follower counts a week: the union lies between the largest and the sum"
    assumptions = ("a channel's count of a week is the last one seen in it; a channel not seen in a week is not in it",)
    lists_of = "follower counts name nobody who could be on two lists"

    def __init__(self, table: Sightings) -> None:
        self.table = table
        self.at = table.observed_at

    def only(self, keep: Mask) -> "_FollowerCounts":
        return _FollowerCounts(take(self.table, keep))

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        rows = _rows(self._count(weeks, by), weeks, missing)
        unread = self._unread(weeks)
        return [
            replace(row, total=None, bounds=None, missing=NO_FOLLOWERS)
            if unread[row.week - weeks.first] and not row.missing
            else row
            for row in rows
        ]

    def whole(self, weeks: Calendar, by: Sequence[str]) -> WeekRow:
        """Return all weeks as if they were one, whatever the weekly rows were divided by."""
        del by
        return self.rows(_as_one(weeks), np.zeros(1, dtype=bool), ())[0]

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        counted = self._count(weeks, ("platform",))
        return _series(counted.division, counted.total, weeks, missing | self._unread(weeks))

    def _unread(self, weeks: Calendar) -> Mask:
        """Return the weeks in which no count was read, shape ``(count,)``: they hold no reading, and not nobody."""
        unread = np.ones(weeks.count, dtype=bool)
        unread[np.minimum(weeks_of(self.at) - weeks.first, weeks.count - 1)] = False
        return unread

    def triangle(self, ages: Ages) -> str:
        del ages
        return "a follower count is of the day on which it was read, and never late"

    def _count(self, weeks: Calendar, by: Sequence[str]) -> _Counted:
        followers = self.table.followers
        assert followers is not None
        division = weekly.divide(self.table, by)
        unit, size = weekly.units(self.table, ("platform", "channel"))
        cells = len(division.names)
        place = np.minimum(weeks_of(self.at) - weeks.first, weeks.count - 1) * cells + division.cell
        # Of counts read at the same moment the larger is taken, so that no answer hangs on the order of the rows.
        order = np.lexsort((followers, self.at, place * size + unit))
        last = np.flatnonzero(np.diff((place * size + unit)[order], append=-1))
        place, followers = place[order][last], followers[order][last]
        total, largest = np.zeros((2, weeks.count * cells), dtype=np.int64)
        np.add.at(total, place, followers)
        np.maximum.at(largest, place, followers)
        shape = (weeks.count, cells)
        return _Counted(division=division, total=total.reshape(shape), largest=largest.reshape(shape))


def _as_one(weeks: Calendar) -> Calendar:
    """Return the whole period as if it were one week."""
    return replace(weeks, count=1)


def _rows(counted: _Counted, weeks: Calendar, missing: Mask) -> list[WeekRow]:
    provisional = weeks.provisional()
    rows = []
    for place in range(weeks.count):
        for cell, name in enumerate(counted.division.names):
            row = WeekRow(week=weeks.first + place, by=name, value=None, provisional=bool(provisional[place]))
            if missing[place]:
                rows.append(replace(row, missing=weekly.NO_CHECK))
                continue
            total = int(counted.total[place, cell])
            value = None if counted.value is None else int(counted.value[place, cell])
            bounds = None if counted.largest is None else (int(counted.largest[place, cell]), total)
            rows.append(replace(row, value=value, total=total, bounds=bounds))
    return rows


def _series(division: Division, values: Whole, weeks: Calendar, missing: Mask) -> dict[str, Series]:
    """Return platform → weekly values, and the whole under the empty name."""
    provisional = weeks.provisional()
    # A pseudonym is of one platform, so the platforms add up to the whole.
    out = {"": weekly.series(values.sum(axis=1, dtype=np.int64), missing, provisional)}
    for cell, name in enumerate(division.names):
        out[name[0][1]] = weekly.series(values[:, cell], missing, provisional)
    return out
