"""From a series as it lies in a file to a question: which column is what, where it starts, what the calendar adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement import seasons
from abate.measurement.effect.question import LEVEL_PRIOR, Column, Method, Question
from abate.measurement.footing import Caveat
from abate.measurement.tables.columns import Interventions
from abate.measurement.tables.moments import Axis
from abate.measurement.tables.series import SeriesTable, place_of, sorted_by_time
from abate.measurement.weeks import DAY, Micros, to_micros, to_moment

AUTO, NONE = "auto", "none"
_WEEK_DAYS = 7
_YEAR_DAYS = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the command line says about the columns."""

    outcomes: tuple[str, ...]
    start: str
    time: str = ""
    controls: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    """Names, ``auto`` or ``none``; empty for the default: ``auto`` for daily data, ``none`` for anything coarser."""
    method: Method = "state-space"
    log: bool = False
    trend: bool = False
    level_prior: float | None = LEVEL_PRIOR
    """``None`` to learn it."""
    until: datetime | None = None
    """Later rows are not known yet."""


def question_of(series: SeriesTable, asked: Asked, interventions: Interventions | None = None) -> Question:
    """Put the question together.

    :raises InputError: for a column that is not there or is no number, a start outside the data, or a calendar without
        dates
    """
    _refuse_twice(asked, series.reading.file)
    series = sorted_by_time(series, asked.time)
    series = known_by(series, asked.time, asked.until)
    start = place_of(series, asked.start, asked.time)
    axis = series.axis(asked.time) if asked.time else None
    moments = axis.at.astype(np.int64) if axis is not None and axis.kind == "moment" else None
    step = step_days(moments)
    names = _calendar(asked.calendar, moments, step, series.reading.file)
    return Question(
        outcomes=_numbers(series, asked.outcomes),
        start=start,
        controls=_numbers(series, asked.controls),
        calendar=_calendar_columns(moments, names, step),
        calendar_names=names,
        method=asked.method,
        log=asked.log,
        trend=asked.trend,
        level_prior=asked.level_prior,
        labels=_labels(axis, len(series)),
        season=season_of(step, names),
        caveats=(*rows_skipped(series), *uneven(moments, step), *_events(interventions, moments, start)),
    )


def known_by(series: SeriesTable, time: str, until: datetime | None) -> SeriesTable:
    """Leave out what lies after the snapshot; nothing where there is none.

    :raises InputError: without a column of dates, or when every row lies after it
    """
    if until is None:
        return series
    axis = series.axis(time) if time else None
    if axis is None or axis.kind != "moment":
        msg = "--until needs dates; name their column with --time, or leave the later rows out of the file"
        raise InputError(msg, where=series.reading.file)
    rows = np.flatnonzero(axis.at <= to_micros(until))
    if not len(rows):
        msg = f"no row lies at or before --until {until.date()}; choose a later snapshot"
        raise InputError(msg, where=series.reading.file)
    return series.rows(rows)


def _refuse_twice(asked: Asked, where: str) -> None:
    taken: dict[str, str] = {}
    roles = [(asked.time, "--time")] if asked.time else []
    roles += [(name, "--outcome") for name in asked.outcomes] + [(name, "--controls") for name in asked.controls]
    for name, role in roles:
        if name in taken:
            msg = f"{name} is given as {taken[name]} and as {role}; give each column one part"
            raise InputError(msg, where=where)
        taken[name] = role


def _numbers(series: SeriesTable, names: Sequence[str]) -> tuple[Column, ...]:
    return tuple((name, series.numbers(name)) for name in names)


def _labels(axis: Axis | None, rows: int) -> tuple[str, ...]:
    return axis.texts if axis is not None else tuple(map(str, range(rows)))


def step_days(moments: Micros | None) -> int:
    """Return the usual distance of two periods in days; 0 where that is unknown or less than a day."""
    if moments is None or len(moments) < 2:  # noqa: PLR2004 - a distance needs two
        return 0
    return round(float(np.median(np.diff(moments))) / DAY)


def season_of(step: int, names: Sequence[str]) -> int:
    """Return the periods of the season that is to be looked for."""
    if step == 1:
        return 0 if "weekday" in names else _WEEK_DAYS
    return round(_YEAR_DAYS / step) if step else 0


def _calendar(given: tuple[str, ...], moments: Micros | None, step: int, where: str) -> tuple[str, ...]:
    chosen = given or ((AUTO,) if step == 1 else (NONE,))
    if chosen == (NONE,):
        return ()
    if chosen == (AUTO,):
        return seasons.CALENDARS if step else ()
    if moments is None or not step:
        msg = f"--calendar {','.join(chosen)} needs dates; name their column with --time, or give --calendar none"
        raise InputError(msg, where=where)
    seasons.columns(chosen, step)
    return chosen


def _calendar_columns(moments: Micros | None, names: tuple[str, ...], step: int) -> tuple[Column, ...]:
    if moments is None or not names:
        return ()
    dates = [to_moment(int(moment)).date() for moment in moments]
    table = seasons.regressors(dates, names, step)
    return tuple(zip(seasons.columns(names, step), table.T, strict=True))


def rows_skipped(series: SeriesTable) -> list[Caveat]:
    """Warn of rows that could not be read."""
    if not series.reading.skipped:
        return []
    first = series.reading.problems[0]
    text = f"{series.reading.skipped} rows could not be read and are missing ({first.where}: {first.text})"
    return [Caveat(code="rows-skipped", text=text)]


def uneven(moments: Micros | None, step: int) -> list[Caveat]:
    """Warn of periods that are not there at all: the methods take each row for one period."""
    if moments is None or not step:
        return []
    gaps = np.diff(moments) > 1.6 * step * DAY
    if not gaps.any():
        return []
    text = f"{int(gaps.sum())} times the next row is more than one period away; add empty rows for the missing periods"
    return [Caveat(code="missing-periods", text=text)]


def _events(interventions: Interventions | None, moments: Micros | None, start: int) -> list[Caveat]:
    """Name what else was done between the period before the start and the end."""
    if interventions is None or moments is None:
        return []
    first, last = int(moments[max(start - 1, 0)]), int(moments[-1])
    begin = int(moments[start])
    after = int(moments[start + 1]) if start + 1 < len(moments) else last + 1
    out = []
    for row in np.argsort(interventions.date, kind="stable").tolist():
        date, kind = int(interventions.date[row]), interventions.kind.text(row)
        if kind.startswith("collector") and int(moments[0]) <= date <= last:
            text = f"the instrument changed on {to_moment(date).date()} ({kind}); a step there may be the collector's"
            out.append(Caveat(code="instrument-change", text=text))
        elif first < date <= last and not begin <= date < after:
            text = f"{kind} on {to_moment(date).date()} falls into the same time and cannot be told apart"
            out.append(Caveat(code="concurrent-event", text=text))
    return out
