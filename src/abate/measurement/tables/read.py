"""Read a table of the contract from a file: ``sightings``, ``checks``, ``lifetimes``, ``interventions`` and the others.

Rows that cannot be used are left out, named by file and line, and counted; the rest goes on. A column that is needed
and missing stops the reading with what is there and how to rename it.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.tables import cells, contract
from abate.measurement.tables.columns import Checks, Incidents, Interventions, Labels, Lifetimes, Sightings, Surveys
from abate.measurement.tables.contract import Table
from abate.measurement.tables.enforcement import refuse_enforcement
from abate.measurement.tables.naming import refuse_twice, require_text
from abate.measurement.tables.raw_table import RawTable, read_raw
from abate.measurement.tables.usable import usable


def read_sightings(
    path: Path, mapping: Mapping[str, str] | None = None, only: Collection[str] | None = None, *, shared: bool = False
) -> Sightings:
    """Read sightings.

    :param mapping: their column name → ours, for files that spell them otherwise
    :param only: of the columns that are not needed, read these; a measure names its own in ``COLUMNS``
    :param shared: the mapping is for several tables, so that what this one does not have is passed over
    :raises InputError: when the file cannot be read, a needed column is missing, or no row can be used
    """
    return Sightings(**_read(path, mapping, contract.SIGHTINGS, only=only, shared=shared))


def read_checks(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> Checks:
    """Read checks; a result other than alive, gone, private or error leaves its row out. Raises as the others do."""
    return Checks(**_read(path, mapping, contract.CHECKS, shared=shared))


def read_lifetimes(
    path: Path, mapping: Mapping[str, str] | None = None, more: Collection[str] = (), *, shared: bool = False
) -> Lifetimes:
    """Read lifetimes. Raises as :func:`read_sightings` does.

    :param more: further columns to divide by, as the file spells them; kept where the file has them
    """
    own = contract.LIFETIMES
    extra = [name for name in more if name not in own.columns]
    table = replace(own, others={**own.others, **dict.fromkeys(extra, cells.words)})
    columns = _read(path, mapping, table, shared=shared)
    found = {name: columns.pop(name) for name in extra if name in columns}
    return Lifetimes(**columns, more=found)


def read_interventions(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> Interventions:
    """Read interventions. Raises as :func:`read_sightings` does."""
    return Interventions(**_read(path, mapping, contract.INTERVENTIONS, shared=shared))


def read_incidents(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> Incidents:
    """Read incidents; a row without a count is one. Raises as :func:`read_sightings` does."""
    columns = _read(path, mapping, contract.INCIDENTS, shared=shared)
    count = columns.pop("count", None)
    count = np.ones(len(columns["date"]), dtype=np.int64) if count is None else np.where(count < 0, 1, count)
    return Incidents(**columns, count=count)


def read_labels(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> Labels:
    """Read labelled and unlabelled items; an item counts once. Raises as :func:`read_sightings` does."""
    return Labels(**_read(path, mapping, contract.LABELS, shared=shared))


def read_surveys(path: Path, mapping: Mapping[str, str] | None = None, *, shared: bool = False) -> Surveys:
    """Read surveys; shares and margins lie between 0 and 1. Raises as :func:`read_sightings` does."""
    return Surveys(**_read(path, mapping, contract.SURVEYS, shared=shared))


def read_panel(path: Path) -> frozenset[str]:
    """Read a fixed panel: a text file with the name of one channel a line.

    :raises InputError: when the file is missing, not UTF-8, or names no channel
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        msg = f"the panel cannot be read ({why}); give a UTF-8 text file with one channel a line"
        raise InputError(msg, where=str(path)) from error
    names = frozenset(line.strip() for line in lines if line.strip())
    if not names:
        msg = "the panel names no channel; write one channel a line"
        raise InputError(msg, where=str(path))
    return names


def _read(
    path: Path,
    mapping: Mapping[str, str] | None,
    table: Table,
    only: Collection[str] | None = None,
    *,
    shared: bool = False,
) -> dict[str, Any]:
    require_text(path)
    mapping = mapping or {}
    asked = [ours for ours in table.columns if only is None or ours in table.needed or ours in only]
    wanted = {*asked, *(name for name, ours in mapping.items() if ours in asked)}
    raw = read_raw(path, wanted, [name for name in wanted if _names_only(name, mapping, table)])
    refuse_enforcement(path, table.name, raw.present)
    if shared:
        mapping = {name: ours for name, ours in mapping.items() if name in raw.present and ours in table.columns}
    theirs = {ours: name for ours, name in _their_names(path, mapping, table).items() if ours in asked}
    _require(path, mapping, table, raw)
    columns = {ours: table.columns[ours](raw.columns[name]) for ours, name in theirs.items() if name in raw.columns}
    return usable(path, table, raw, columns)


def _names_only(name: str, mapping: Mapping[str, str], table: Table) -> bool:
    """Return whether all that a column of the file may be taken for is a column of names."""
    meant = {table.columns.get(ours) for ours in (name, mapping.get(name, name))}
    return meant - {None} == {cells.words}


def _their_names(path: Path, mapping: Mapping[str, str], table: Table) -> dict[str, str]:
    """Return ours → theirs."""
    refuse_twice(path, mapping)
    for name, ours in mapping.items():
        if ours not in table.columns:
            msg = f"--map {name}={ours}: {table.name} have no column {ours!r}; known are {', '.join(table.columns)}"
            raise InputError(msg, where=str(path))
    own = {ours: ours for ours in table.columns if ours not in mapping}
    return own | {ours: name for name, ours in mapping.items()}


def _require(path: Path, mapping: Mapping[str, str], table: Table, raw: RawTable) -> None:
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
