"""Read a table of the contract from a file: ``sightings``, ``checks``, ``lifetimes``, ``interventions``.

Rows that cannot be used are left out, named by file and line, and counted; the rest goes on. A column that is needed
and missing stops the reading with what is there and how to rename it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.tables import cells
from abate.measurement.tables.cells import Column
from abate.measurement.tables.columns import (
    CHECK_RESULTS,
    Checks,
    Interventions,
    Lifetimes,
    Problem,
    Reading,
    Sightings,
    Words,
)
from abate.measurement.tables.raw_table import RawTable, read_raw
from abate.measurement.weeks import NO_TIME

_KEPT_PROBLEMS = 100

Converter = Callable[[Any], Column]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    name: str
    needed: Mapping[str, Converter]
    others: Mapping[str, Converter]

    @property
    def columns(self) -> dict[str, Converter]:
        return {**self.needed, **self.others}


_SIGHTINGS = _Table(
    name="sightings",
    needed={"observed_at": cells.times, "platform": cells.words, "channel": cells.words},
    others={
        "posted_at": cells.times,
        "group": cells.words,
        "language": cells.words,
        "country": cells.words,
        "kind": cells.words,
        "item": cells.words,
        "audience": cells.words,
        "views": cells.counts,
        "views_at": cells.times,
        "followers": cells.counts,
        "signal": cells.words,
        "collector": cells.words,
        "collector_version": cells.words,
        "seed_panel": cells.flags,
    },
)
_CHECKS = _Table(
    name="checks",
    needed={"channel": cells.words, "checked_at": cells.times, "result": cells.words},
    others={"collector": cells.words},
)
_LIFETIMES = _Table(
    name="lifetimes",
    needed={"subject": cells.words, "platform": cells.words, "first_seen": cells.times, "last_seen": cells.times},
    others={
        "created": cells.times,
        "removed": cells.times,
        "reason": cells.words,
        "views_at_removal": cells.counts,
        "operator": cells.words,
    },
)
_INTERVENTIONS = _Table(
    name="interventions",
    needed={"date": cells.times, "platform": cells.words, "kind": cells.words},
    others={"end": cells.times, "note": cells.words},
)


def read_sightings(
    path: Path, mapping: Mapping[str, str] | None = None, only: Collection[str] | None = None, *, shared: bool = False
) -> Sightings:
    """Read sightings.

    :param mapping: their column name → ours, for files that spell them otherwise
    :param only: of the columns that are not needed, read these; a measure names its own in ``COLUMNS``
    :param shared: the mapping is for several tables, so that what this one does not have is passed over
    :raises InputError: when the file cannot be read, a needed column is missing, or no row can be used
    """
    return Sightings(**_read(path, mapping or {}, _SIGHTINGS, only=only, shared=shared))


def read_checks(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> Checks:
    """Read checks; a result other than alive, gone, private or error leaves its row out. Raises as the others do."""
    return Checks(**_read(path, mapping or {}, _CHECKS, _known_results, shared=shared))


def read_lifetimes(path: Path, mapping: Mapping[str, str] | None = None, more: Collection[str] = ()) -> Lifetimes:
    """Read lifetimes. Raises as :func:`read_sightings` does.

    :param more: further columns to divide by, as the file spells them; kept where the file has them
    """
    extra = [name for name in more if name not in _LIFETIMES.columns]
    table = replace(_LIFETIMES, others={**_LIFETIMES.others, **dict.fromkeys(extra, cells.words)})
    columns = _read(path, mapping or {}, table)
    found = {name: columns.pop(name) for name in extra if name in columns}
    return Lifetimes(**columns, more=found)


def read_interventions(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> Interventions:
    """Read interventions. Raises as :func:`read_sightings` does."""
    return Interventions(**_read(path, mapping or {}, _INTERVENTIONS, shared=shared))


def read_panel(path: Path) -> frozenset[str]:
    """Read a fixed panel: a text file with the name of one channel a line.

    :raises InputError: when the file is missing, not UTF-8, or names no channel
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the panel cannot be read ({type(error).__name__}); give a UTF-8 text file with one channel a line"
        raise InputError(msg, where=str(path)) from error
    names = frozenset(line.strip() for line in lines if line.strip())
    if not names:
        msg = "the panel names no channel; write one channel a line"
        raise InputError(msg, where=str(path))
    return names


def _read(
    path: Path,
    mapping: Mapping[str, str],
    table: _Table,
    check: Callable[[dict[str, Column]], None] | None = None,
    only: Collection[str] | None = None,
    *,
    shared: bool = False,
) -> dict[str, Any]:
    asked = [ours for ours in table.columns if only is None or ours in table.needed or ours in only]
    raw = read_raw(path, {*asked, *(name for name, ours in mapping.items() if ours in asked)})
    if shared:
        mapping = {name: ours for name, ours in mapping.items() if name in raw.present and ours in table.columns}
    theirs = {ours: name for ours, name in _their_names(path, mapping, table).items() if ours in asked}
    _require(path, mapping, table, raw)
    columns = {ours: table.columns[ours](raw.columns[name]) for ours, name in theirs.items() if name in raw.columns}
    if check is not None:
        check(columns)
    return _usable(path, table, raw, columns)


def _their_names(path: Path, mapping: Mapping[str, str], table: _Table) -> dict[str, str]:
    """Return ours → theirs."""
    theirs = {ours: ours for ours in table.columns}
    given: dict[str, str] = {}
    for name, ours in mapping.items():
        if ours not in theirs:
            msg = f"--map {name}={ours}: {table.name} have no column {ours!r}; known are {', '.join(theirs)}"
            raise InputError(msg, where=str(path))
        if ours in given:
            msg = f"--map: both {given[ours]!r} and {name!r} are to be {ours!r}; map one of them"
            raise InputError(msg, where=str(path))
        given[ours] = name
    return theirs | given


def _require(path: Path, mapping: Mapping[str, str], table: _Table, raw: RawTable) -> None:
    there = ", ".join(raw.present) or "none"
    for name in mapping:
        if name not in raw.present:
            msg = f"--map {name}=…: the file has no column {name!r}; its columns are: {there}"
            raise InputError(msg, where=str(path))
    mapped = {mapping.get(name, name) for name in raw.present}
    missing = [name for name in table.needed if name not in mapped]
    if missing:
        msg = (
            f"{table.name} need the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; the file's columns "
            f"are: {there}. Where it has another name, add --map THEIRS={missing[0]}"
        )
        raise InputError(msg, where=str(path))


def _known_results(columns: dict[str, Column]) -> None:
    result = columns["result"]
    values = result.values
    assert isinstance(values, Words)
    strange = [place for place, name in enumerate(values.names) if name and name not in CHECK_RESULTS]
    for row in np.flatnonzero(np.isin(values.codes, strange)) if strange else ():
        result.bad[int(row)] = f"{values.text(int(row))!r} is none of {', '.join(CHECK_RESULTS)}; write one of them"
    values.codes[list(result.bad)] = -1


def _usable(path: Path, table: _Table, raw: RawTable, columns: dict[str, Column]) -> dict[str, Any]:
    """Leave out the rows whose needed cells are empty or bad, and say so."""
    keep = np.ones(raw.rows, dtype=bool)
    problems = list(raw.problems)
    for ours, column in columns.items():
        empty = _empty(column) if ours in table.needed else ()
        for row in sorted({*column.bad, *(int(row) for row in empty)}):
            text = column.bad.get(row, "is empty; fill it in or leave the row out")
            if len(problems) < _KEPT_PROBLEMS:
                problems.append(Problem(where=raw.where(row), text=f"{ours}: {text}"))
            keep[row] &= ours not in table.needed
    if not keep.any():
        first = f" The first: {problems[0].where}: {problems[0].text}" if problems else ""
        msg = f"no row can be used as {table.name}.{first}"
        raise InputError(msg, where=str(path))
    reading = Reading(
        file=str(path),
        rows=raw.rows + len(raw.problems),
        skipped=int((~keep).sum()) + len(raw.problems),
        problems=tuple(problems[:_KEPT_PROBLEMS]),
        naive_times=sum(column.naive for column in columns.values()),
    )
    return {ours: _kept(column, keep) for ours, column in columns.items()} | {"reading": reading}


def _empty(column: Column) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if isinstance(column.values, Words):
        return np.flatnonzero(column.values.codes < 0)
    return np.flatnonzero(column.values == NO_TIME)


def _kept(column: Column, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> object:
    if keep.all():
        return column.values
    if isinstance(column.values, Words):
        return Words(codes=column.values.codes[keep], names=column.values.names)
    return column.values[keep]
