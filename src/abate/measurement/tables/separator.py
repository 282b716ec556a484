"""Which sign separates the columns of a text table (comma, semicolon, tab, space): found, or refused."""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from abate.domain.errors import InputError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", " ": "space"}
_ELSEWHERE = ("|",)
"""What other programs separate columns by: refused, rather than taken for a part of a name."""
_SAMPLE_BYTES = 65_536
_SAMPLE_LINES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How a text table is cut into columns."""

    separator: str
    header: tuple[str, ...]
    """As the file spells them, without surrounding blanks."""


def detect(path: Path, known: Collection[str]) -> Layout:
    """Find the separator from the first lines.

    A candidate must cut the header into two or more columns, unless the whole line is the one name that is known. Where
    several do, the one that uncovers most of the column names in ``known`` wins, then the one that cuts the following
    lines into as many columns as the header.

    :param known: the column names that the reader looks for, as the file spells them
    :raises InputError: for an empty file, a header that no candidate cuts, two equal candidates, or a doubled column
    """
    lines = _first_lines(path)
    ranked = sorted(((_fit(lines, sign, known), sign) for sign in SEPARATORS), reverse=True)
    (best, separator), (second, other) = ranked[0], ranked[1]
    alone = _cut(lines[0].strip(), ",")
    if best[0] < 0 and alone[0].strip() in known:
        return Layout(separator=_of_one_column(lines), header=(alone[0].strip(),))
    if best[0] < 0:
        msg = "no column separator was found in the first line; separate the columns by comma, semicolon, tab or space"
        raise InputError(msg, where=f"{path}:1")
    if best == second:
        msg = f"{SEPARATORS[separator]} and {SEPARATORS[other]} fit equally well as separator; use one of them only"
        raise InputError(msg, where=f"{path}:1")
    return Layout(separator=separator, header=_header(path, lines[0], separator))


def only_name(path: Path) -> str:
    """Return the first line where no line has a sign that separates columns, here or elsewhere; else nothing.

    :raises InputError: for an empty file
    """
    lines = _first_lines(path)
    alone = all(len(_cut(line.strip(), sign)) == 1 for line in lines for sign in (*SEPARATORS, *_ELSEWHERE))
    return _cut(lines[0].strip(), ",")[0].strip() if alone else ""


def _first_lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    text = sample.decode("utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line.strip()][:_SAMPLE_LINES]
    if not lines:
        msg = "the file is empty; give a table whose first line names the columns"
        raise InputError(msg, where=str(path))
    return lines


def _fit(lines: Sequence[str], sign: str, known: Collection[str]) -> tuple[int, int]:
    """Rank a candidate: known names uncovered, then lines cut like the header. -1 when it cuts nothing."""
    header = [name.strip() for name in _cut(lines[0], sign)]
    if len(header) < 2:  # noqa: PLR2004 - every table has at least two columns
        return (-1, 0)
    alike = sum(len(_cut(line, sign)) == len(header) for line in lines[1:])
    return (len(set(header) & set(known)), alike)


def _of_one_column(lines: Sequence[str]) -> str:
    """Return the first sign that leaves every line whole, as the writer's does: it quotes what holds its own sign."""
    return next((sign for sign in SEPARATORS if all(len(_cut(line, sign)) < 2 for line in lines)), ",")  # noqa: PLR2004 - one cell a line


def _cut(line: str, sign: str) -> list[str]:
    return next(csv.reader([line], delimiter=sign), [])


def _header(path: Path, line: str, sign: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in _cut(line, sign))
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        msg = f"the column {doubled[0]!r} stands twice in the first line; rename or remove one of the two"
        raise InputError(msg, where=f"{path}:1")
    return names
