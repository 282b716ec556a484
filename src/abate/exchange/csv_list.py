"""Hash lists as CSV or TSV.

Two shapes, each with a header line:

- ``type,value`` and, if wanted, ``label``, ``source``, ``ref``, ``stance`` (``known`` or ``negative``), ``expires_at``
  and ``disputed_by``; columns in any order, others are passed over.
- one hash column named after its type: ``md5``, ``sha256`` or ``pdq``. A column named ``hash`` or ``value`` alone works
  for MD5 only, which 32 digits give away; 64 digits are SHA-256 or PDQ, and guessing would match the wrong content.

One row stands on one line (a quoted line break is an error of that line): an opening quote that nobody closed must not
swallow the rest of a list.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.exchange.lines import Line, lines
from abate.extend.exchange import Listed

SUFFIXES: Final = frozenset({".csv", ".tsv"})
TYPED: Final = frozenset({"md5", "sha256", "pdq"})
"""Columns whose name is the type of what stands in them."""
UNTYPED: Final = frozenset({"value", "hash"})

_HEX = re.compile(r"[0-9A-Fa-f]+")
_MD5_DIGITS: Final = 32
_AMBIGUOUS_DIGITS: Final = 64
_SOURCES = re.compile(r"[;|]")


class CsvList:
    """Reads ``type,value`` tables and single columns of hashes."""

    name = "csv"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file is named as a table and its header names values that this format knows."""
        if path.suffix.lower() not in SUFFIXES:
            return False
        header = head.removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
        columns = {
            column.strip().strip('"').lower()
            for column in re.split(r"[,;\t]", b"".join(header).decode("utf-8", "replace"))
        }
        return bool(columns & (TYPED | UNTYPED))

    def read(self, path: Path) -> Iterator[Listed | InputError]:
        """Yield the listed values; in place of a row that cannot be read, why.

        :raises InputError: when the file cannot be opened or its header names no values
        """
        rows = lines(path)
        header = next(rows, None)
        if header is None or isinstance(header, InputError):
            msg = "has no header line; begin it with `type,value`"
            raise InputError(msg, where=str(path))
        delimiter = _delimiter(header.text)
        columns = _columns(header, delimiter)
        for line in rows:
            yield line if isinstance(line, InputError) else _listed(line, columns, delimiter)


def _delimiter(header: str) -> str:
    return max(",\t;", key=header.count)


def _columns(header: Line, delimiter: str) -> Mapping[str, int]:
    """Return where each column stands, by its name in lower case.

    :raises InputError: when there is no column of values
    """
    try:
        names = [name.strip().lower() for name in next(csv.reader([header.text], delimiter=delimiter, strict=True))]
    except csv.Error as error:
        msg = f"the header is not CSV ({error}); begin the file with `type,value`"
        raise InputError(msg, where=header.where) from error
    columns = {name: at for at, name in enumerate(names)}
    if not columns.keys() & (UNTYPED | TYPED):
        msg = (
            f"the header has no column `value` (it has {', '.join(names)[:200]}); "
            f"begin the file with `type,value`, or name a single column {', '.join(sorted(TYPED))}"
        )
        raise InputError(msg, where=header.where)
    return columns


def _listed(line: Line, columns: Mapping[str, int], delimiter: str) -> Listed | InputError:
    try:
        cells = [cell.strip() for cell in next(csv.reader([line.text], delimiter=delimiter, strict=True))]
    except csv.Error as error:
        return InputError(f"this row is not CSV ({error}); close its quotes, one row a line", where=line.where)

    def cell(name: str) -> str:
        at = columns.get(name, len(cells))
        return cells[at] if at < len(cells) else ""

    typed = [(kind, cell(kind)) for kind in sorted(TYPED & columns.keys()) if cell(kind)]
    untrusted_type, untrusted_value = typed[0] if typed else (cell("type"), cell("value") or cell("hash"))
    if not untrusted_value:
        return InputError("this row has no value; fill it in or remove the row", where=line.where)
    if not untrusted_type:
        guessed = guess_type(untrusted_value, line.where)
        if isinstance(guessed, InputError):
            return guessed
        untrusted_type = guessed
    return Listed(
        where=line.where,
        untrusted_type=untrusted_type,
        untrusted_value=untrusted_value,
        label=cell("label"),
        sources=_organisations(cell("source") or cell("sources")),
        ref=cell("ref"),
        untrusted_stance=cell("stance"),
        untrusted_expires_at=cell("expires_at"),
        disputed_by=_organisations(cell("disputed_by")),
    )


def _organisations(cell: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in _SOURCES.split(cell) if name.strip())


def guess_type(untrusted_value: str, where: str) -> str | InputError:
    """Return the type that a value without one can only have, or why that cannot be told."""
    if _HEX.fullmatch(untrusted_value) and len(untrusted_value) == _MD5_DIGITS:
        return "md5"
    if _HEX.fullmatch(untrusted_value) and len(untrusted_value) == _AMBIGUOUS_DIGITS:
        return InputError("64 digits may be SHA-256 or PDQ; say which in a `type` column", where=where)
    return InputError("this row has no type; say it in a `type` column", where=where)
