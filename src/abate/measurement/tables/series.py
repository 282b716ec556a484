"""A series as it lies in a file: one row a time and one column an outcome, or one row a unit and time.

Every column is kept as text and becomes numbers or times when it is asked for by name, so that a column of remarks
costs nobody an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.tables.columns import Numbers, Reading, Rows
from abate.measurement.tables.moments import Axis, axis_of, shown_moment, start_in
from abate.measurement.tables.naming import names_in, refuse_twice
from abate.measurement.tables.numbers import read_number
from abate.measurement.tables.raw_table import RawTable, read_raw


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesTable:
    """All columns of a file, in the order of its rows unless sorted."""

    columns: Mapping[str, tuple[str, ...]]
    """Name → cells, trimmed; empty where nothing stands."""
    where: Callable[[int], str]
    """Row of this table → ``file:line``."""
    reading: Reading

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, after ``--map``."""
        return tuple(self.columns)

    def has(self, name: str) -> bool:
        """Return whether there is a column of this name."""
        return name in self.columns

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a column as text, one cell a row; empty where nothing stands.

        :raises InputError: when there is no such column, with those there are
        """
        if name not in self.columns:
            msg = f"the series has no column {name!r}; its columns are: {', '.join(self.names)}"
            raise InputError(msg, where=self.reading.file)
        return self.columns[name]

    def numbers(self, name: str) -> Numbers:
        """Return a column as numbers, shape ``(rows,)``, with NaN where the cell is empty.

        :raises InputError: when there is no such column, or a cell is no number (a decimal comma is none)
        """
        values = np.empty(len(self), dtype=np.float64)
        for row, untrusted_cell in enumerate(self.texts(name)):
            number = read_number(untrusted_cell)
            if isinstance(number, str):
                msg = f"{name}: {number}"
                raise InputError(msg, where=self.where(row))
            values[row] = number
        return values

    def axis(self, name: str) -> Axis:
        """Return a column as times: whole or real numbers (years, periods), or dates and date-times.

        :raises InputError: when there is no such column, a cell is empty, or the cells are neither
        """
        return axis_of(self.texts(name), lambda row: f"{self.where(row)}: {name}")

    def rows(self, order: Rows) -> "SeriesTable":
        """Return the rows with these numbers, in this order."""
        places = [int(row) for row in order]
        columns = {name: tuple(cells[place] for place in places) for name, cells in self.columns.items()}
        where = self.where
        return replace(self, columns=columns, where=lambda row: where(places[row]))


def read_series(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> SeriesTable:
    """Read a series.

    :param mapping: their column name → ours; any name may be ours
    :param shared: the mapping is for several tables, so that what this one does not have is passed over
    :raises InputError: when the file cannot be read, has no row, or the mapping names a column it does not have
    """
    mapping = mapping or {}
    refuse_twice(path, mapping)
    present = names_in(path, mapping, single=True)
    mapping = {theirs: ours for theirs, ours in mapping.items() if not shared or theirs in present}
    for theirs, ours in mapping.items():
        if theirs not in present:
            there = ", ".join(present) or "none"
            msg = f"--map {theirs}=…: the file has no column {theirs!r}; its columns are: {there}"
            raise InputError(msg, where=str(path))
        if ours in present and ours not in mapping:
            msg = f"--map {theirs}={ours}: the file has a column {ours!r} already; choose another name"
            raise InputError(msg, where=str(path))
    raw = read_raw(path, set(present))
    if not raw.rows:
        first = f" The first: {raw.problems[0].where}: {raw.problems[0].text}" if raw.problems else ""
        msg = f"no row can be used as a series; give one row a time below the names of the columns.{first}"
        raise InputError(msg, where=str(path))
    columns = {mapping.get(name, name): _texts(raw.columns[name]) for name in present if name in raw.columns}
    return SeriesTable(columns=columns, where=raw.where, reading=_reading(path, raw))


def place_of(series: SeriesTable, start: str | float, time_column: str = "") -> int:
    """Return the row of the first treated period: ``--start``.

    :param start: with a time column one of its values (a year, a number, a date); without, a 0-based row
    :raises InputError: when there is no such row or value, with the first and the last there are
    """
    if time_column:
        return start_in(series.axis(time_column), str(start), where=series.reading.file)
    if series.reading.skipped:
        first = series.reading.problems[0]
        lost = f"one could not be read ({first.where}: {first.text})"
        msg = f"--start {start}: rows cannot be counted, since {lost}; mend it or give --time"
        raise InputError(msg, where=series.reading.file)
    number = read_number(start)
    if isinstance(number, str) or number != number // 1:
        msg = f"--start {start}: without --time it is a row, counted from 0; add --time COLUMN to give a date"
        raise InputError(msg, where=series.reading.file)
    if not 0 <= number < len(series):
        msg = f"--start {start}: rows go from 0 to {len(series) - 1}; choose one of them"
        raise InputError(msg, where=series.reading.file)
    return int(number)


def sorted_by_time(series: SeriesTable, time_column: str = "", *, unique: bool = True) -> SeriesTable:
    """Return the rows in the order of their time; as they stand where no column is named.

    :param unique: whether a time may stand only once; not so for a long table, which has a row a unit
    :raises InputError: when the column is no time, or a time stands twice
    """
    if not time_column:
        return series
    axis = series.axis(time_column)
    order = np.argsort(axis.at, kind="stable")
    doubled = np.flatnonzero(np.diff(axis.at[order]) == 0) if unique else np.empty(0, dtype=np.int64)
    if len(doubled):
        first, second = (series.where(int(order[doubled[0] + step])) for step in (0, 1))
        time = shown_moment(axis, int(order[doubled[0]]))
        msg = f"{time_column} {time} stands twice (again in {second}); keep one row a time, or name the --unit column"
        raise InputError(msg, where=first)
    return series.rows(order)


def _texts(column: Any) -> tuple[str, ...]:  # noqa: ANN401 - an Arrow column
    return tuple(map(_text, column.to_pylist()))


def _text(untrusted_cell: object) -> str:
    if untrusted_cell is None:
        return ""
    if isinstance(untrusted_cell, date | datetime):
        return untrusted_cell.isoformat()
    if isinstance(untrusted_cell, float):
        return "" if untrusted_cell != untrusted_cell else repr(untrusted_cell)  # noqa: PLR0124 - NaN alone differs from itself
    return str(untrusted_cell).strip()


def _reading(path: Path, raw: RawTable) -> Reading:
    lost = len(raw.problems)
    return Reading(file=str(path), rows=raw.rows + lost, skipped=lost, problems=tuple(raw.problems[:100]))
