"""What each platform holds week by week: active channels counted from sightings, or the columns of a series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting import instrument, weekly
from abate.measurement.counting.scope import calendar, caveats, counted_at, reading_caveats, within
from abate.measurement.footing import Caveat
from abate.measurement.level_shift import Floats
from abate.measurement.tables.columns import Checks, Sightings
from abate.measurement.tables.numbers import read_number
from abate.measurement.tables.series import SeriesTable, place_of, sorted_by_time
from abate.measurement.weeks import monday, to_micros, week_of, week_start

COLUMNS = ("posted_at", "item", "collector_version")
"""What is read of the sightings besides the columns they need."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Platforms:
    """One value a week and platform."""

    names: tuple[str, ...]
    values: Floats
    """Shape ``(weeks, platforms)``; NaN where a week has no value."""
    weeks: tuple[str, ...]
    """What each week is called."""
    before: int
    """Weeks before the treatment."""
    caveats: tuple[Caveat, ...] = ()
    file: str = ""


def platforms_of_series(
    series: SeriesTable, *, treated: str, start: str, others: Sequence[str] = (), time: str = ""
) -> Platforms:
    """Take platforms from the columns of a series.

    :param others: columns; by default every other column that holds a number
    :param time: the column of times; rows are put in its order
    :raises InputError: for an unknown column, a cell that is no number, or a start outside the data
    """
    ordered = sorted_by_time(series, time)
    before = place_of(ordered, start, time)
    names = [treated, *(others or [name for name in ordered.names if name not in {treated, time}])]
    if not others:
        names = [name for name in names if name == treated or _numeric(ordered.texts(name))]
    names = list(dict.fromkeys(names))
    weeks = ordered.texts(time) if time else tuple(str(row) for row in range(len(ordered)))
    values = np.column_stack([ordered.numbers(name) for name in names])
    return Platforms(
        names=tuple(names),
        values=values,
        weeks=weeks,
        before=before,
        caveats=tuple(reading_caveats(series.reading)),
        file=series.reading.file,
    )


def _numeric(cells: Sequence[str]) -> bool:
    """Return whether any cell is a number: a column of remarks is no platform, one of numbers with a slip is."""
    found = (read_number(cell) for cell in cells)
    return any(isinstance(value, float) and np.isfinite(value) for value in found)


@dataclass(frozen=True, kw_only=True, slots=True)
class ActiveChannels:
    """Active channels a week and platform, and what counting them has to say."""

    names: tuple[str, ...]
    values: Floats
    """Shape ``(weeks, platforms)``; NaN where a week had no check or is provisional."""
    first: int
    """Number of the first week."""
    caveats: tuple[Caveat, ...]

    @property
    def together(self) -> Floats:
        """Return all platforms' channels, shape ``(weeks,)``: a channel lies on one platform, so that they add up."""
        total: Floats = self.values.sum(axis=1)
        return total


def active_channels(
    sightings: Sightings, *, checks: Checks | None = None, until: datetime | None = None
) -> ActiveChannels:
    """Count the active channels of each week and platform.

    :raises InputError: when no sighting remains
    """
    sightings = within(sightings, until, None)
    at = counted_at(sightings)
    weeks = calendar(sightings, at, checks, until)
    missing, found = weekly.missing_weeks(weeks, checks)
    division = weekly.divide(sightings, ("platform",))
    unit, size = weekly.units(sightings, ("platform", "channel"))
    counted = weekly.count_weekly(at, weeks, division, unit, size)
    provisional = weeks.provisional()
    columns = [weekly.series(counted[:, cell], missing, provisional) for cell in range(len(division.names))]
    changed = instrument.change_caveats(instrument.changes(sightings, None))
    return ActiveChannels(
        names=tuple(name[0][1] for name in division.names),
        values=np.column_stack(columns),
        first=weeks.first,
        caveats=tuple(dict.fromkeys([*caveats(sightings, weeks), *found, *changed])),
    )


def platforms_of_sightings(
    sightings: Sightings, *, start: datetime, checks: Checks | None = None, until: datetime | None = None
) -> Platforms:
    """Count the active channels of each week and platform; weeks without a check, and provisional ones, have no value.

    :param start: the week that holds it is the first treated one
    :raises InputError: when no sighting remains, or the start lies outside the weeks
    """
    counted = active_channels(sightings, checks=checks, until=until)
    before, count = week_of(to_micros(start)) - counted.first, len(counted.values)
    if not 0 < before < count:
        there = f"{monday(counted.first)} to {monday(counted.first + count - 1)}"
        msg = f"--start {start.date()}: the weeks go from {there}; choose one after the first of them"
        raise InputError(msg, where=sightings.reading.file)
    notes = list(counted.caveats)
    if to_micros(start) != week_start(counted.first + before):
        first = monday(counted.first + before)
        text = f"{start.date()} is no Monday: the first treated week, {first}, is part untreated"
        notes.append(Caveat(code="mixed-week", text=text))
    return Platforms(
        names=counted.names,
        values=counted.values,
        weeks=tuple(monday(counted.first + place).isoformat() for place in range(count)),
        before=before,
        caveats=tuple(notes),
        file=sightings.reading.file,
    )
