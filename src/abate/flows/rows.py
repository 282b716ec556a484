"""Rows of a table, whoever wrote it: JSON lines, CSV, TSV and Parquet, each row with where it stands.

One bad line costs one line. A line longer than the limit is skipped without being held in memory; a CSV quote that is
never closed ends at the same limit instead of swallowing the file.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from abate.domain.errors import InputError
from abate.domain.signal import NotScanned
from abate.flows.fields import CONTENT_COLUMNS, ITEM_COLUMNS
from abate.settings import Settings

# The module's own limit holds for the whole process and for every other reader in it; ours is counted in ``_Lines``.
csv.field_size_limit(2**31 - 1)

TABLE_SUFFIXES = frozenset({".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"})
Want = Callable[[Mapping[str, object]], None]
"""Looks at the columns of a table and raises ``InputError`` when it is not what is wanted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: its columns under our names, or why it cannot be read."""

    where: str
    values: Mapping[str, object] | NotScanned


def rows_of(path: Path, settings: Settings, mapping: Mapping[str, str], want: Want | None = None) -> Iterator[Row]:
    """Yield the rows of the table at ``path``.

    :param want: refuses a table by its columns, for tables that are none of items
    :raises InputError: when the table as a whole is not what is wanted, naming its columns and the remedy
    """
    want = want or _want_item_columns
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _parquet(path, mapping, want)
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        msg = f"cannot be read ({error.strerror}); check that it is there and may be read"
        raise InputError(msg, where=str(path)) from error
    with stream:
        if suffix in {".csv", ".tsv"}:
            yield from _separated(stream, path, settings, mapping, want)
        else:
            yield from json_rows(stream, str(path), settings.max_line_bytes, mapping, want)


def renamed(values: Mapping[str, object], mapping: Mapping[str, str]) -> dict[str, object]:
    """Give columns our names; two of theirs on one of ours are joined with a newline, in the table's order."""
    ours: dict[str, object] = {}
    for theirs, value in values.items():
        name = mapping.get(theirs, theirs)
        before = ours.get(name)
        if value is None or value == "":
            ours.setdefault(name, value)
        else:
            ours[name] = f"{before}\n{value}" if before and theirs in mapping else value
    return ours


def capped_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (line number, line), with ``None`` for a line above ``limit`` bytes, which is skipped piecemeal."""
    number = 0
    while piece := stream.readline(limit + 1):
        number += 1
        if len(piece) <= limit or piece.endswith(b"\n"):
            yield number, piece
            continue
        while piece and not piece.endswith(b"\n"):
            piece = stream.readline(limit + 1)
        yield number, None


def json_rows(
    stream: BinaryIO, name: str, limit: int, mapping: Mapping[str, str], want: Want | None = None
) -> Iterator[Row]:
    """Yield the objects of a stream of JSON lines; ``name`` says where it is from.

    :param want: as for :func:`rows_of`
    :raises InputError: when the first object has none of the item columns
    """
    first = True
    want = want or _want_item_columns
    for number, line in capped_lines(stream, limit):
        where = f"{name}:{number}"
        if line is not None and not line.strip():
            continue
        values = _too_long(limit) if line is None else _json_object(line)
        if isinstance(values, NotScanned):
            yield Row(where=where, values=values)
            continue
        ours = renamed(values, mapping)
        if first:
            want(ours)
            first = False
        yield Row(where=where, values=ours)


def _json_object(line: bytes) -> dict[str, object] | NotScanned:
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        return NotScanned(step="read", reason=f"not valid UTF-8 at byte {error.start} of the line; write it as UTF-8")
    except (ValueError, RecursionError):
        return NotScanned(step="read", reason="not one JSON object on one line; correct the line")
    if not isinstance(value, dict):
        return NotScanned(step="read", reason="a JSON value that is no object; write one object a line")
    return value


def _too_long(limit: int) -> NotScanned:
    return NotScanned(
        step="read", reason=f"the line is longer than {limit} bytes; raise the setting max_line_bytes to read it"
    )


class _Lines:
    """Feeds text lines to the CSV reader and keeps what it had to leave out, so that it can be reported in place."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.left_out: list[tuple[int, NotScanned]] = []
        self._lines = capped_lines(stream, limit)
        self._limit = limit
        self._of_row = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        """Return the next line that can be read.

        :raises csv.Error: when one row goes on beyond the limit: a quote was opened and never closed
        """
        for number, line in self._lines:
            if line is None:
                self.left_out.append((number, _too_long(self._limit)))
                continue
            self._of_row += len(line)
            if self._of_row > self._limit:
                self._of_row = 0
                msg = f"the row is longer than {self._limit} bytes"
                raise csv.Error(msg)
            try:
                return line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                reason = f"not valid UTF-8 at byte {error.start} of the line; write it as UTF-8"
                self.left_out.append((number, NotScanned(step="read", reason=reason)))
        raise StopIteration

    def row_done(self) -> None:
        """Begin to count the next row."""
        self._of_row = 0


def _separated(
    stream: BinaryIO, path: Path, settings: Settings, mapping: Mapping[str, str], want: Want
) -> Iterator[Row]:
    lines = _Lines(stream, settings.max_line_bytes)
    text = iter(lines)
    header = next(text, "")
    if lines.left_out:
        number, problem = lines.left_out[0]
        msg = f"line {number}, the header, cannot be read: {problem.reason}"
        raise InputError(msg, where=str(path))
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(header)
    try:
        names = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error as error:
        msg = f"the header is not readable ({error}); end lines with a line feed, and close every quote"
        raise InputError(msg, where=str(path)) from error
    want(renamed(dict.fromkeys(names, ""), mapping))
    reader = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            reason = f"not readable as a row ({error}); look for a quote that is not closed"
            yield Row(where=f"{path}:{reader.line_num + 1}", values=NotScanned(step="read", reason=reason))
            continue
        lines.row_done()
        for number, problem in lines.left_out:
            yield Row(where=f"{path}:{number}", values=problem)
        lines.left_out.clear()
        if cells is None:
            return
        if cells:
            yield _row(cells, names, f"{path}:{reader.line_num + 1}", mapping)


def _row(cells: list[str], names: list[str], where: str, mapping: Mapping[str, str]) -> Row:
    if len(cells) > len(names):
        reason = f"the row has {len(cells)} columns, the header {len(names)}; quote the cell that holds the separator"
        return Row(where=where, values=NotScanned(step="read", reason=reason))
    return Row(where=where, values=renamed(dict(zip(names, cells, strict=False)), mapping))


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _want_item_columns(ours: Mapping[str, object]) -> None:
    if not CONTENT_COLUMNS & set(ours):
        there = ", ".join(ours) or "none"
        msg = (
            f"no column text, url or path (there are: {there}); "
            f"name them with --map THEIRS=OURS, ours being one of {', '.join(ITEM_COLUMNS)}"
        )
        raise InputError(msg)


def _parquet(path: Path, mapping: Mapping[str, str], want: Want) -> Iterator[Row]:
    import pyarrow as pa  # late: only Parquet needs it, and it costs a quarter of a second
    import pyarrow.parquet as pq  # late: as above

    try:
        table = pq.ParquetFile(path)
        want(renamed(dict.fromkeys(table.schema_arrow.names), mapping))
        number = 0
        for batch in table.iter_batches(batch_size=4096):
            for place in range(batch.num_rows):
                number += 1
                yield Row(where=f"{path}:{number}", values=_parquet_row(batch, place, mapping))
    except (pa.ArrowException, OSError) as error:
        msg = f"not readable as Parquet ({str(error).splitlines()[0]}); write it again"
        raise InputError(msg, where=str(path)) from error


def _parquet_row(batch: Any, place: int, mapping: Mapping[str, str]) -> Mapping[str, object] | NotScanned:  # noqa: ANN401 - Arrow is published without types
    try:
        return renamed({name: batch.column(name)[place].as_py() for name in batch.schema.names}, mapping)
    except (ValueError, OverflowError) as error:
        return NotScanned(step="read", reason=f"a value of the row cannot be read ({error}); correct it")
