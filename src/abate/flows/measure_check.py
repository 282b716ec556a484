"""Which claims can these files support? Each file is recognised, read, and counted; a bad one stops no other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from abate.domain.errors import InputError
from abate.measurement.support.holdings import AnyTable
from abate.measurement.support.other_facts import series_facts
from abate.measurement.support.support import FileFacts, Support, support
from abate.measurement.tables import read
from abate.measurement.tables.columns import Problem, Reading
from abate.measurement.tables.contract import TABLES
from abate.measurement.tables.naming import names_in, refuse_twice
from abate.measurement.tables.recognise import SERIES, nearest, recognise
from abate.measurement.tables.series import SeriesTable, read_series

_Reader = Callable[[Path, Mapping[str, str]], AnyTable]
_READERS: dict[str, _Reader] = {
    "sightings": lambda path, mapping: read.read_sightings(path, mapping, shared=True),
    "checks": lambda path, mapping: read.read_checks(path, mapping, shared=True),
    "lifetimes": lambda path, mapping: read.read_lifetimes(path, mapping, shared=True),
    "interventions": lambda path, mapping: read.read_interventions(path, mapping, shared=True),
    "incidents": lambda path, mapping: read.read_incidents(path, mapping, shared=True),
    "labels": lambda path, mapping: read.read_labels(path, mapping, shared=True),
    "surveys": lambda path, mapping: read.read_surveys(path, mapping, shared=True),
}


def check_files(paths: Sequence[Path], mapping: Mapping[str, str]) -> Support:
    """Say which claims the files can support, and what would have to be collected for the others.

    :param mapping: their column name → ours, for whichever file has the column
    :raises InputError: when no file can be used, or no file has a column that the mapping names
    """
    tables: list[AnyTable] = []
    files: list[FileFacts] = []
    unknown = set(mapping)
    for path in dict.fromkeys(paths):
        refuse_twice(path, mapping)
        for facts, table, names in _read(path, mapping):
            files.append(facts)
            tables += [] if table is None else [table]
            unknown -= set(names)
    if not tables:
        said = "; ".join(f"{one.reading.file}: {one.reading.problems[0].text}" for one in files)
        raise InputError(said or "no file was given; name one or more")
    if unknown:
        name = min(unknown)
        msg = f"--map {name}={mapping[name]}: no file has a column {name!r}; check its spelling"
        raise InputError(msg)
    return support(tables, files)


def _read(path: Path, mapping: Mapping[str, str]) -> Iterator[tuple[FileFacts, AnyTable | None, Sequence[str]]]:
    """Yield each table that a file is, or why it is none, with the file's own column names."""
    known = {*mapping, *(name for table in TABLES.values() for name in table.columns)}
    try:
        names = names_in(path, known, single=True)
    except InputError as error:
        yield _unusable(path, None, error), None, ()
        return
    ours = [mapping.get(name, name) for name in names]
    for name in recognise(ours) or (SERIES,):
        try:
            table = _READERS[name](path, mapping) if name != SERIES else _series(path, mapping, ours)
        except InputError as error:
            yield _unusable(path, None if name == SERIES else name, error), None, names
        else:
            yield FileFacts(table=name, reading=table.reading), table, names


def _series(path: Path, mapping: Mapping[str, str], names: Sequence[str]) -> SeriesTable:
    """Read what is no other table as a series.

    :raises InputError: when no column of it could be an outcome
    """
    table = read_series(path, mapping, shared=True)
    if not series_facts(table).outcomes:
        there = ", ".join(names)
        known = "is no table that is known, nor a series: no column of times beside one of numbers that vary"
        msg = f"{known}; its columns are {there}; {nearest(names)}"
        raise InputError(msg, where=str(path))
    return table


def _unusable(path: Path, table: str | None, error: InputError) -> FileFacts:
    problem = Problem(where=error.where or str(path), text=error.bare)
    return FileFacts(table=table, reading=Reading(file=str(path), problems=(problem,)))
