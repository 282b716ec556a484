"""Roll sightings up: everything that later questions ask of them, worked out once."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting import instrument
from abate.measurement.counting.channels import active_weeks, first_and_last
from abate.measurement.counting.scope import Calendar, Extent, ends_of, extent_of, weeks_seen, within
from abate.measurement.counting.weekly import BY, WeekRow
from abate.measurement.footing import Caveat
from abate.measurement.rollup.kept import (
    NOTHING,
    Channels,
    KeptHidden,
    KeptRows,
    KeptTriangle,
    Measure,
    Rollup,
    Source,
)
from abate.measurement.tables.columns import Sightings
from abate.measurement.weekly.following import COLUMNS as FOLLOWING_COLUMNS
from abate.measurement.weekly.following import audience_of
from abate.measurement.weekly.nowcast import Ages
from abate.measurement.weekly.presence import COLUMNS as PRESENCE_COLUMNS
from abate.measurement.weekly.presence import channels_of
from abate.measurement.weekly.reach import COLUMNS as REACH_COLUMNS
from abate.measurement.weekly.reach import views_doubted
from abate.measurement.weekly.seen import Counter, OfRows
from abate.measurement.weeks import week_of

COLUMNS = frozenset({*PRESENCE_COLUMNS, *FOLLOWING_COLUMNS, *REACH_COLUMNS, *BY})
"""What is read of the sightings besides the columns they need."""
PRESENCE, FOLLOWING, REACH = "presence", "following", "reach"

_NEVER = 1 << 61
"""A snapshot after which no week is provisional."""


def roll_up(sightings: Sightings, source: Source, age: timedelta) -> Rollup:
    """Keep what presence, following and reach have to say.

    :param source: which files the sightings were read from
    :param age: by which views are read
    :raises InputError: when there are no sightings, or too many channels to be told apart by week
    """
    sightings = within(sightings, None, None)
    micros = age // timedelta(microseconds=1)
    columns = tuple(name for name in BY if getattr(sightings, name) is not None)

    def kept(make: Callable[[], Measure]) -> Measure | str:
        try:
            return make()
        except InputError as error:
            return error.bare

    return Rollup(
        source=source,
        reading=sightings.reading,
        since=ends_of(sightings)[0],
        weeks=weeks_seen(sightings),
        versions=tuple(instrument.versions(sightings)),
        columns=columns,
        measures={
            PRESENCE: kept(lambda: _presence(sightings, columns)),
            FOLLOWING: kept(lambda: _following(sightings, columns)),
            REACH: kept(lambda: _reach(sightings, columns, micros)),
        },
        channels=_channels(sightings),
    )


def _presence(sightings: Sightings, columns: Sequence[str]) -> Measure:
    counter = channels_of(sightings)
    return _measure(sightings, counter, extent_of(sightings, counter.at), columns)


def _following(sightings: Sightings, columns: Sequence[str]) -> Measure:
    counter = audience_of(sightings)
    extent = extent_of(sightings, counter.at, per_reader=True)
    whole = counter.whole(_wide(extent), ())
    return _measure(sightings, counter, extent, columns, whole=whole)


def _reach(sightings: Sightings, columns: Sequence[str], age: int) -> Measure:
    counter, doubts = views_doubted(sightings, age)
    return _measure(sightings, counter, extent_of(sightings, counter.ends), columns, age=age, doubts=tuple(doubts))


def _measure(
    sightings: Sightings,
    counter: Counter,
    extent: Extent,
    columns: Sequence[str],
    *,
    age: int = 0,
    doubts: tuple[Caveat, ...] = (),
    whole: WeekRow | None = None,
) -> Measure:
    told, wide = OfRows(counter), _wide(extent)
    none = np.zeros(wide.count, dtype=bool)
    weeks = extent.calendar(None, age=age)
    hidden = told.hidden(weeks)
    return Measure(
        extent=extent,
        age=age,
        what=told.what,
        method=told.method,
        assumptions=told.assumptions,
        dated=told.dated,
        rows={by: _rows(told.rows(wide, none, (by,) if by else ()), wide.count) for by in ("", *columns)},
        series=told.weekly(wide, none),
        panel=told.panel(wide, none),
        triangle=_triangle(told, Ages(weeks=weeks, since=ends_of(sightings)[0])),
        hidden=KeptHidden(told=hidden.to_json(), caveats=hidden.caveats),
        doubts=doubts,
        whole=whole,
    )


def _wide(extent: Extent) -> Calendar:
    """Return all weeks up to the last observation, none of them provisional."""
    first, last = week_of(extent.first), week_of(max(extent.last, extent.latest))
    retrospective = extent.retrospective
    return Calendar(first=first, count=last - first + 1, snapshot=_NEVER, lag=0, retrospective=retrospective)


def _rows(rows: Sequence[WeekRow], weeks: int) -> KeptRows:
    cells = len(rows) // weeks
    numbers = [(_or_nothing(row.value), _or_nothing(row.total), *(row.bounds or (NOTHING, NOTHING))) for row in rows]
    value, total, least, most = np.array(numbers, dtype=np.int64).T.reshape(4, weeks, cells)
    missing = tuple((place, row.missing) for place, row in enumerate(rows) if row.missing)
    return KeptRows(
        names=tuple(row.by for row in rows[:cells]), value=value, total=total, least=least, most=most, missing=missing
    )


def _or_nothing(value: int | None) -> int:
    return NOTHING if value is None else value


def _triangle(told: OfRows, ages: Ages) -> KeptTriangle | None:
    """Return what was known at each age: checks may add a week that is provisional where none was."""
    if not told.dated or ages.weeks.retrospective:
        return None
    return KeptTriangle(known=told.triangle(ages), last=ages.last, start=ages.start)


def _channels(sightings: Sightings) -> Channels:
    spans = first_and_last(sightings)
    begun, there = active_weeks(sightings)
    return Channels(
        platforms=tuple(sightings.platform.names),
        names=tuple(sightings.channel.names),
        platform=spans.platform,
        channel=spans.channel,
        first=spans.first,
        last=spans.last,
        begun=begun,
        active=np.packbits(there, axis=1),
    )
