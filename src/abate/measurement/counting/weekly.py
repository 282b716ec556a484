"""What presence and following share: weekly rows by subgroup, missing and provisional weeks, suppression, breaks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting.breaks import Series
from abate.measurement.counting.distinct import Numbers, Whole, dense, distinct, week_places
from abate.measurement.counting.joined import joined, loosely_joined
from abate.measurement.counting.remembered import remembered
from abate.measurement.counting.scope import Calendar, Mask, keys, reading_caveats, unchecked_weeks
from abate.measurement.footing import Caveat, Json
from abate.measurement.tables.columns import Checks, Sightings, Words
from abate.measurement.weeks import Micros, monday

BY = ("platform", "group", "language", "country", "kind")
"""The columns by which a weekly count can be divided."""
NO_CHECK = "no-check"
SMALL = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekRow:
    """One week of one subgroup."""

    week: int
    by: tuple[tuple[str, str], ...] = ()
    """Column and value of the subgroup."""
    value: int | None
    """``None`` where missing or suppressed."""
    provisional: bool = False
    suppressed: bool = False
    missing: str = ""
    """Why there is no value: ``no-check``, or ``no-views`` where none was read at the age that is compared."""
    total: int | None = None
    """Following: the sum over channels, in which a person counts once a channel."""
    bounds: tuple[int, int] | None = None
    """Following, where only follower counts exist: the largest count and their sum."""

    def to_json(self) -> Json:
        """Return the row as the contract writes it."""
        row: Json = {"week": monday(self.week).isoformat(), **dict(self.by), "value": self.value}
        row |= {"provisional": self.provisional, "suppressed": self.suppressed}
        if self.missing:
            row["missing"] = self.missing
        return row


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """The subgroups of a table: which row lies in which, and what they are called."""

    cell: Whole
    """Shape ``(rows,)``."""
    names: tuple[tuple[tuple[str, str], ...], ...]
    """For each cell its columns and values."""


def divide(sightings: Sightings, by: Sequence[str]) -> Division:
    """Divide the rows by word columns.

    :raises InputError: for a column by which nothing can be divided, or which the table does not have
    """
    refuse_by(by, [name for name in BY if getattr(sightings, name) is not None], sightings.reading.file)
    columns: list[Words] = [getattr(sightings, name) for name in by]
    bound = int(np.prod([len(column.names) + 1 for column in columns], dtype=np.int64)) if by else 1
    cell, found = dense(keys(sightings, by), bound)
    names = [_cell_name(by, columns, int(key)) for key in found]
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Division(cell=rank[cell] if by else cell, names=tuple(names[place] for place in order))


def refuse_by(by: Sequence[str], there: Sequence[str], where: str) -> None:
    """Refuse columns by which nothing can be divided, or which the table does not have.

    :param there: the columns of :data:`BY` that it has
    :param where: the file, for the error
    :raises InputError: for such a column
    """
    for name in by:
        if name not in BY:
            msg = f"--by {name}: choose from {', '.join(BY)}"
            raise InputError(msg)
        if name not in there:
            msg = f"--by {name}: the sightings have no column {name!r}; add it, or rename one with --map THEIRS={name}"
            raise InputError(msg, where=where)


def _cell_name(by: Sequence[str], columns: Sequence[Words], key: int) -> tuple[tuple[str, str], ...]:
    values: list[tuple[str, str]] = []
    for name, column in zip(reversed(by), reversed(columns), strict=True):
        key, place = divmod(key, len(column.names) + 1)
        values.append((name, column.names[place - 1] if place else ""))
    return tuple(reversed(values))


def units(sightings: Sightings, columns: Sequence[str]) -> tuple[Numbers, int]:
    """Return what is counted as numbers from 0, shape ``(rows,)``, and how many there are.

    Where that could be 2^31 or more, the numbers have gaps, and a bound above them is returned.
    """

    def number() -> tuple[Numbers, int]:
        return joined([getattr(sightings, name) for name in columns], sightings.reading.file)

    return remembered(sightings, ("units", *columns), number)


def loose_units(sightings: Sightings, columns: Sequence[str]) -> tuple[Numbers, int, int]:
    """Return what is counted as numbers from 0 with few gaps, shape ``(rows,)``, a bound, and how many there are.

    Where there could be 2^31 or more, the bound is returned for both.
    """

    def number() -> tuple[Numbers, int, int]:
        return loosely_joined([getattr(sightings, name) for name in columns], sightings.reading.file)

    return remembered(sightings, ("loose units", *columns), number)


def count_weekly(
    at: Micros, weeks: Calendar, division: Division, unit: Numbers, size: int, table: Sightings | None = None
) -> Whole:
    """Count the different units of each week and cell, shape ``(weeks, cells)``.

    Where the calendar has one week, all times count as in it.

    :param table: the rows that the times are of, so that their weeks are worked out once
    """
    week = places_of(table, at, weeks.first, weeks.count)
    return distinct(week, division.cell, unit, weeks=weeks.count, cells=len(division.names), units=size)


def places_of(table: Sightings | None, at: Micros, first: int, count: int) -> Numbers:
    """Return the week of each row as its place among the ``count`` from the ``first`` on, shape ``(rows,)``.

    Where there is one week only, all times count as in it.

    :param table: where given, its rows have these times, and their weeks are worked out once
    """
    if count == 1:
        return np.zeros(len(at), dtype=np.int32)
    if table is None:
        return week_places(at, first, count)
    # The times are kept beside their weeks, so that no others can come to have their identity.
    return remembered(table, ("weeks of", id(at), first, count), lambda: (at, week_places(at, first, count)))[1]


def missing_weeks(weeks: Calendar, checks: Checks | None) -> tuple[Mask, list[Caveat]]:
    """Return which weeks have no value, shape ``(weeks,)``, and what that rests on."""
    if checks is None:
        text = "no checks were given: presence works on sightings alone, so a week nobody looked at counts as silent"
        return np.zeros(weeks.count, dtype=bool), [Caveat(code="sightings-alone", text=text)]
    missing = unchecked_weeks(weeks, checks)
    out = reading_caveats(checks.reading)
    if missing.any():
        weeks_ = "1 week without a check is" if missing.sum() == 1 else f"{missing.sum()} weeks without a check are"
        text = f"{weeks_} missing, not zero"
        out.append(Caveat(code=NO_CHECK, text=text))
    return missing, out


def small_cells(rows: Sequence[WeekRow], below: int | None) -> list[Caveat]:
    """Warn of subgroups so small that chance or a single channel makes the change, or that were hidden."""
    if below is not None and any(row.suppressed for row in rows):
        text = (
            f"cells from 1 to {below - 1} are suppressed, and with them what a total minus the others would give away"
        )
        return [Caveat(code="small-cells", text=text)]
    if any(row.by and row.value is not None and 0 < row.value < SMALL for row in rows):
        text = f"some cells lie below {SMALL}: a single channel makes a large change, and may be recognised"
        return [Caveat(code="small-cells", text=text)]
    return []


def series(values: Whole, missing: Mask, provisional: Mask) -> Series:
    """Return weekly values as numbers with NaN where a week cannot be compared, shape ``(weeks,)``."""
    return np.where(missing | provisional, np.nan, values.astype(np.float64))
