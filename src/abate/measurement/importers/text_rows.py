"""Rows of a table in text: the separator is found, line breaks inside quotes are kept, a broken row costs one error.

A quote that nobody closed swallows the lines below it up to :data:`LARGEST_CELL`; they are lost with one error, and
what follows is read again.
"""

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.measurement.importers.sources import BOM, lines

LARGEST_CELL: Final = 131_072
"""Characters: the longest post of any platform with room to spare."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRow:
    """One row below the header."""

    where: str
    """The line on which the row ends."""
    cells: Mapping[str, str]
    """Column → cell, trimmed."""

    def cell(self, *names: str) -> str:
        """Return the first cell of these columns that is not empty."""
        for name in names:
            cell = self.cells.get(name)
            if cell:
                return cell
        return ""


@dataclass(slots=True)
class _Source:
    """The lines that the reader of rows takes one by one, and what was no line on the way."""

    path: Path
    number: int = 0
    lost: list[InputError] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        for line in lines(self.path):
            if isinstance(line, InputError):
                self.lost.append(line)
                continue
            self.number, text = line
            # A NUL ends a cell for some readers and a row for others.
            yield text.replace("\x00", "").replace("\r\n", "\n")


def columns_of(head: bytes) -> frozenset[str]:
    """Return the names on the first line of a file that begins with ``head``, in lower case."""
    first = head.removeprefix(BOM).split(b"\n", 1)[0].decode("utf-8", "replace")
    try:
        cells = next(csv.reader([first.rstrip("\r")], delimiter=_separator(first)), [])
    except csv.Error:
        return frozenset()
    return frozenset(cell.strip().lower() for cell in cells)


def rows(path: Path, names: Mapping[str, str], needed: tuple[frozenset[str], ...]) -> Iterator[TextRow | InputError]:
    """Yield the rows below the header; in place of one that cannot be read, why.

    :param names: their column → ours
    :param needed: one column of each of these sets must be there
    :raises InputError: when the file cannot be opened, has no header, or lacks a needed column
    """
    csv.field_size_limit(LARGEST_CELL)
    source = _Source(path=path)
    raw = iter(source)
    header, separator = _header(path, raw, source)
    ours = _renamed(path, header, names)
    _require(path, ours, needed)
    reader = csv.reader(raw, delimiter=separator)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            yield InputError("no row can be cut here; close its quotes", where=f"{path}:{source.number}")
            continue
        yield from source.lost
        source.lost.clear()
        if cells is None:
            return
        if cells:
            yield _row(f"{path}:{source.number}", ours, cells)


def _row(where: str, ours: list[str], cells: list[str]) -> TextRow | InputError:
    if len(cells) != len(ours):
        text = f"has {len(cells)} cells where the first line names {len(ours)} columns; quote or complete it"
        return InputError(text, where=where)
    return TextRow(where=where, cells=dict(zip(ours, (cell.strip() for cell in cells), strict=True)))


def _header(path: Path, raw: Iterator[str], source: _Source) -> tuple[list[str], str]:
    first = next((line for line in raw if line.strip()), "")
    if source.lost:
        raise source.lost[0]
    if not first:
        msg = "the file is empty; begin it with the names of the columns"
        raise InputError(msg, where=str(path))
    separator = _separator(first)
    try:
        return [name.strip().lower() for name in next(csv.reader([first], delimiter=separator))], separator
    except csv.Error as error:
        msg = "the first line cannot be cut into names; close its quotes"
        raise InputError(msg, where=f"{path}:{source.number}") from error


def _separator(header: str) -> str:
    return max(",\t;", key=header.count)


def _renamed(path: Path, header: list[str], names: Mapping[str, str]) -> list[str]:
    given = {theirs.strip().lower(): ours for theirs, ours in names.items()}
    for theirs in given:
        if theirs not in header:
            msg = f"--map {theirs}=…: the file has no such column; its columns are: {', '.join(header)[:300]}"
            raise InputError(msg, where=str(path))
    return [given.get(name, name if name not in given.values() else f"their {name}") for name in header]


def _require(path: Path, ours: list[str], needed: tuple[frozenset[str], ...]) -> None:
    for one in needed:
        if not one & set(ours):
            wanted = sorted(one)
            msg = f"has no column {' or '.join(wanted)}; where it has another name, add --map THEIRS={wanted[0]}"
            raise InputError(msg, where=str(path))


def whole(text: str) -> int | None:
    """Read a count; nothing where it is none, or larger than any."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if 0 <= number < sys.maxsize and number == number // 1 else None
