"""What lifetimes, interventions, incidents, labels, surveys and series hold that a claim could rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.tables.columns import Incidents, Interventions, Labels, Lifetimes, Surveys, Words
from abate.measurement.tables.enforcement import MARK
from abate.measurement.tables.moments import Axis
from abate.measurement.tables.series import SeriesTable
from abate.measurement.weeks import DAY, NO_TIME, to_micros, week_of, weeks_of

TIME_NAMES = ("time", "date", "week", "month", "quarter", "year", "day", "period", "t")
_YEARS = (1900, 2100)


@dataclass(frozen=True, kw_only=True, slots=True)
class LifetimesFacts:
    """What lifetimes hold."""

    subjects: int
    removed: int
    entered_late: int
    """Subjects with a creation date before the day they were first seen: what left truncation can be told from."""
    created: int
    views_at_removal: int
    operators: int
    returned: int
    """Operators with a subject that began after another of theirs was removed."""


def lifetimes_facts(tables: Sequence[Lifetimes]) -> LifetimesFacts | None:
    """Count over all tables; ``None`` where there is none."""
    if not tables:
        return None
    created = [_known(table.created, len(table)) for table in tables]
    late = [
        table.created is not None and known & (table.first_seen // DAY > table.created // DAY)
        for table, known in zip(tables, created, strict=True)
    ]
    careers = _careers(tables)
    return LifetimesFacts(
        subjects=sum(len(table) for table in tables),
        removed=sum(int(_known(table.removed, len(table)).sum()) for table in tables),
        entered_late=sum(int(np.sum(one)) for one in late),
        created=sum(int(one.sum()) for one in created),
        views_at_removal=sum(
            0 if table.views_at_removal is None else int((table.views_at_removal >= 0).sum()) for table in tables
        ),
        operators=len(careers),
        returned=sum(_came_back(career) for career in careers.values()),
    )


def _known(column: object, rows: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if not isinstance(column, np.ndarray):
        return np.zeros(rows, dtype=bool)
    return np.asarray(column != NO_TIME)


def _careers(tables: Sequence[Lifetimes]) -> dict[str, list[tuple[int, int]]]:
    """Return operator → when each of its subjects began and was removed (0: it was not)."""
    out: dict[str, list[tuple[int, int]]] = {}
    for table in tables:
        if table.operator is None:
            continue
        for row in np.flatnonzero(table.operator.codes >= 0).tolist():
            created = NO_TIME if table.created is None else int(table.created[row])
            began = int(table.first_seen[row]) if created == NO_TIME else created
            removed = NO_TIME if table.removed is None else int(table.removed[row])
            out.setdefault(table.operator.text(row), []).append((began, removed))
    return out


def _came_back(career: Sequence[tuple[int, int]]) -> bool:
    removals = [removed for _, removed in career if removed != NO_TIME]
    return bool(removals) and any(began > min(removals) for began, _ in career)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One intervention."""

    week: int
    end: int
    platform: str
    kind: str

    @property
    def of_instrument(self) -> bool:
        """Say whether the collection changed, not the world."""
        return self.kind.startswith("collector")


def events(tables: Sequence[Interventions]) -> tuple[Event, ...]:
    """Return all interventions in order."""
    out = []
    for table in tables:
        for row in range(len(table)):
            week = week_of(int(table.date[row]))
            end = NO_TIME if table.end is None else int(table.end[row])
            last = week if end == NO_TIME else max(week, week_of(end))
            out.append(Event(week=week, end=last, platform=table.platform.text(row), kind=table.kind.text(row)))
    return tuple(sorted(out, key=lambda one: (one.week, one.platform, one.kind)))


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentsFacts:
    """What incidents hold."""

    count: int
    first: int
    last: int
    """Weeks."""
    countries: int


def incidents_facts(tables: Sequence[Incidents]) -> IncidentsFacts | None:
    """Count over all tables; ``None`` where there is none."""
    if not tables:
        return None
    weeks = np.concatenate([weeks_of(table.date) for table in tables])
    return IncidentsFacts(
        count=sum(int(table.count.sum()) for table in tables),
        first=int(weeks.min()),
        last=int(weeks.max()),
        countries=len({table.country.text(row) for table in tables if table.country for row in range(len(table))}),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelsFacts:
    """What one table of labels holds; two are two populations and are never taken together."""

    file: str
    rows: int
    labelled: int
    weighted: int
    """Labelled items whose chance of being drawn is known: all of them where nothing was left unlabelled."""
    values: Mapping[str, int]
    """Label → how often it was given."""
    views: int
    """Items with views."""
    channels: int
    weeks: tuple[int, ...]
    """In which labelled items were posted."""

    @property
    def span(self) -> int:
        """Return the weeks from the first labelled item to the last."""
        return self.weeks[-1] - self.weeks[0] + 1 if self.weeks else 0


def labels_facts(table: Labels) -> LabelsFacts:
    """Count what is labelled."""
    mask = _said(table.label, len(table))
    labelled = int(mask.sum())
    values: dict[str, int] = {}
    if table.label is not None:
        codes, times = np.unique(table.label.codes[mask], return_counts=True)
        values = {table.label.names[code]: count for code, count in zip(codes.tolist(), times.tolist(), strict=True)}
    chances = table.inclusion_probability
    weighted = 0 if chances is None else int(np.isfinite(chances[mask]).sum())
    posted = np.empty(0, dtype=np.int64) if table.posted_at is None else table.posted_at[mask]
    return LabelsFacts(
        file=table.reading.file,
        rows=len(table),
        labelled=labelled,
        weighted=labelled if labelled == len(table) else weighted,
        values=values,
        views=0 if table.views is None else int((table.views >= 0).sum()),
        channels=0 if table.channel is None else len(np.unique(table.channel.codes[table.channel.codes >= 0])),
        weeks=tuple(np.unique(weeks_of(posted[posted != NO_TIME])).tolist()),
    )


def _said(column: Words | None, rows: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.zeros(rows, dtype=bool) if column is None else np.asarray(column.codes >= 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveysFacts:
    """What surveys hold."""

    waves: Mapping[str, int]
    """Question → how many different dates."""


def surveys_facts(tables: Sequence[Surveys]) -> SurveysFacts | None:
    """Count over all tables; ``None`` where there is none."""
    if not tables:
        return None
    dates: dict[str, set[int]] = {}
    for table in tables:
        for row in range(len(table)):
            dates.setdefault(table.question.text(row), set()).add(int(table.date[row]))
    return SurveysFacts(waves={question: len(days) for question, days in sorted(dates.items())})


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesFacts:
    """What one series holds."""

    file: str
    time: str
    """Name of the column of times; empty where rows are only in order."""
    unit: str
    """Name of the column of units, where a time stands once a unit."""
    units: int
    periods: int
    outcomes: tuple[str, ...]
    """Columns of numbers that vary; none where no column of times is found and the rows are no mere numbers either."""
    weeks: tuple[int, int] | None
    """First and last week, where the times are dates or years."""
    of_enforcement: bool = False
    """Whether it counts what a platform did; no claim about what was there can rest on it."""


def series_facts(table: SeriesTable) -> SeriesFacts:
    """Find out what the columns of a series are."""
    time, axis = _time_column(table)
    ordered = axis is not None or all(_numeric(table, name) for name in table.names)
    numbers = [name for name in table.names if ordered and name != time and _varies(table, name)]
    doubled = axis is not None and len(np.unique(axis.at)) < len(axis.at)
    unit = next((name for name in table.names if name != time and not _numeric(table, name)), "") if doubled else ""
    return SeriesFacts(
        file=table.reading.file,
        time=time,
        unit=unit,
        units=len(set(table.texts(unit))) if unit else 1,
        periods=len(np.unique(axis.at)) if axis is not None else len(table),
        outcomes=tuple(name for name in numbers if name != unit),
        weeks=None if axis is None else _span(axis),
        of_enforcement=any(name.startswith(MARK) for name in table.names),
    )


def _time_column(table: SeriesTable) -> tuple[str, Axis | None]:
    named = [name for name in table.names if name.strip().lower() in TIME_NAMES]
    for name in (*named, *(name for name in table.names if name not in named)):
        try:
            axis = table.axis(name)
        except InputError:
            continue
        if name in named or axis.kind == "moment":
            return name, axis
    return "", None


def _numeric(table: SeriesTable, name: str) -> bool:
    try:
        return bool(np.isfinite(table.numbers(name)).any())
    except InputError:
        return False


def _varies(table: SeriesTable, name: str) -> bool:
    """Say whether a column can be an outcome: numbers of which there are three or more; 0 and 1 mark a treatment."""
    return _numeric(table, name) and len(np.unique(_finite(table, name))) > 2  # noqa: PLR2004 - as the docstring says


def _finite(table: SeriesTable, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = table.numbers(name)
    return values[np.isfinite(values)]


def _span(axis: Axis) -> tuple[int, int] | None:
    if axis.kind == "moment":
        return week_of(int(axis.at.min())), week_of(int(axis.at.max()))
    low, high = float(axis.at.min()), float(axis.at.max())
    whole = all(value == value // 1 for value in (low, high)) and _YEARS[0] <= low <= high < _YEARS[1]
    return (_first_week(int(low)), _first_week(int(high))) if whole else None


def _first_week(year: int) -> int:
    return week_of(to_micros(datetime(year, 1, 1, tzinfo=UTC)))
