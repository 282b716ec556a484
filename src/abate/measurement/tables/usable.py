"""From converted columns to a table's columns: rows that cannot be used are left out, and every fault is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.tables.cells import Column
from abate.measurement.tables.columns import Problem, Reading, Rows, Words
from abate.measurement.tables.contract import Table
from abate.measurement.tables.raw_table import RawTable
from abate.measurement.tables.rules import Consequence, Finding, clear
from abate.measurement.weeks import NO_TIME

KEPT_PROBLEMS = 100
_EMPTY = "is empty; fill it in or leave the row out"


@dataclass(slots=True)
class _Sieve:
    """Which rows remain, and what was said about the others."""

    keep: npt.NDArray[np.bool_]
    said: list[tuple[int, str, bool]]
    """Row, sentence, whether the row was left out."""
    emptied: int = 0

    def take(self, finding: Finding, *, costs_row: bool) -> None:
        """Act on the rows of a finding that are still there: a row is left out for one reason only."""
        rows = finding.rows[self.keep[finding.rows]]
        self.said += [
            (int(row), f"{finding.column}: {finding.text(int(row))}", costs_row) for row in rows[:KEPT_PROBLEMS]
        ]
        if costs_row:
            self.keep[rows] = False
        elif finding.then is Consequence.EMPTIED:
            self.emptied += len(rows)


def usable(path: Path, table: Table, raw: RawTable, columns: dict[str, Column]) -> dict[str, Any]:
    """Return the columns of the rows that can be used, and the ``reading``.

    :raises InputError: when no row remains, with the first reason
    """
    sieve = _Sieve(keep=np.ones(raw.rows, dtype=bool), said=[])
    costly = {*table.needed, *table.strict}
    for finding in _unreadable(table, columns):
        sieve.take(finding, costs_row=finding.column in costly)
    for rule in table.rules:
        for finding in rule(columns):
            emptied = finding.then is Consequence.EMPTIED
            sieve.take(
                finding, costs_row=finding.then is Consequence.LEFT_OUT or (emptied and finding.column in costly)
            )
            if emptied:
                clear(columns[finding.column], finding.rows)
    reading = _reading(path, raw, sieve, columns)
    if not sieve.keep.any():
        lost = next((problem for problem in reading.problems if problem.left_out), None)
        first = "It has none below the names of its columns; add some" if lost is None else _told(lost)
        msg = f"no row can be used as {table.name}. {first}"
        raise InputError(msg, where=str(path))
    return {ours: _kept(column, sieve.keep) for ours, column in columns.items()} | {"reading": reading}


def _told(lost: Problem) -> str:
    return f"The first: {lost.where}: {lost.text}"


def _unreadable(table: Table, columns: dict[str, Column]) -> Iterator[Finding]:
    for ours, column in columns.items():
        if column.bad:
            rows = np.array(sorted(column.bad), dtype=np.int64)
            yield Finding(column=ours, rows=rows, text=column.bad.__getitem__, then=Consequence.EMPTIED)
        if ours in table.needed:
            yield Finding(column=ours, rows=_empty(column), text=lambda _: _EMPTY, then=Consequence.LEFT_OUT)


def _reading(path: Path, raw: RawTable, sieve: _Sieve, columns: dict[str, Column]) -> Reading:
    said = sorted(sieve.said, key=lambda one: one[0])[:KEPT_PROBLEMS]
    problems = [*raw.problems[:KEPT_PROBLEMS], *_placed(said, raw.where)]
    return Reading(
        file=str(path),
        rows=raw.rows + len(raw.problems),
        skipped=int((~sieve.keep).sum()) + len(raw.problems),
        problems=tuple(problems[:KEPT_PROBLEMS]),
        emptied=sieve.emptied,
        naive_times=sum(column.naive for column in columns.values()),
    )


def _placed(said: list[tuple[int, str, bool]], where: Callable[[int], str]) -> Iterator[Problem]:
    for row, text, left_out in said:
        yield Problem(where=where(row), text=text, left_out=left_out)


def _empty(column: Column) -> Rows:
    if isinstance(column.values, Words):
        return np.flatnonzero(column.values.codes < 0)
    if column.values.dtype == np.float64:
        return np.flatnonzero(np.isnan(column.values))
    return np.flatnonzero(column.values == NO_TIME)


def _kept(column: Column, keep: npt.NDArray[np.bool_]) -> object:
    if keep.all():
        return column.values
    if isinstance(column.values, Words):
        return Words(codes=column.values.codes[keep], names=column.values.names)
    return column.values[keep]
