"""A table as it lies in a file, before any cell is understood: Parquet, CSV or TSV, or JSON lines.

What cannot even be cut into cells (a row of the wrong width, a line that is not UTF-8 or not JSON) is left out here,
with its line, so that one bad line never costs the file.
"""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abate.domain.errors import InputError
from abate.measurement.tables.columns import Problem
from abate.measurement.tables.separator import Layout, detect

_BLOCK = 16 * 1024 * 1024
_NO_PARTS = "the folder holds no Parquet file; give a file, or a folder of Parquet parts"
_LONGEST = "no line may be longer than 16 MB; cut it or take it out"


@dataclass(frozen=True, kw_only=True, slots=True)
class RawTable:
    """Columns as Arrow arrays, and where each row stands."""

    columns: Mapping[str, Any]
    """Theirs: column name → ``pyarrow.ChunkedArray``, or what :mod:`abate.measurement.tables.arriving` has for names;
    only those asked for. Each may be read when it is taken."""
    rows: int
    where: Callable[[int], str]
    """Row number → ``file:line``."""
    present: tuple[str, ...]
    """All column names of the file, asked for or not."""
    problems: list[Problem] = field(default_factory=list)
    """Lines that gave no row."""


def read_raw(path: Path, wanted: Collection[str], names: Collection[str] = ()) -> RawTable:
    """Read the wanted columns of a table.

    :param names: of the wanted, those whose cells are names: millions of them may come in another form
    :raises InputError: when the file is missing, of an unknown kind, or not readable as what its name says
    """
    if not path.exists():
        msg = "there is no such file; check the path"
        raise InputError(msg, where=str(path))
    if path.is_dir() or path.suffix == ".parquet":
        return _parquet(path, wanted, names)
    if path.suffix in {".csv", ".tsv", ".txt"}:
        return _separated(path, wanted)
    if path.suffix in {".jsonl", ".ndjson"}:
        return _json_lines(path, wanted)
    if path.suffix == ".rollup":
        msg = "a roll-up answers presence, following and reach; this question needs the table that it was made from"
        raise InputError(msg, where=str(path))
    msg = f"{path.suffix or 'a name without ending'} is no table; give .parquet, .csv, .tsv or .jsonl"
    raise InputError(msg, where=str(path))


def _parquet(path: Path, wanted: Collection[str], names_of: Collection[str]) -> RawTable:
    import pyarrow as pa  # heavy: only where a file is read
    import pyarrow.parquet as pq

    try:
        if path.is_file():
            return _row_groups(path, wanted, names_of)
        schema = pq.ParquetDataset(path).schema
        if not schema.names:
            raise InputError(_NO_PARTS, where=str(path))
        names = [name for name in schema.names if name in wanted]
        table = pq.read_table(path, columns=names)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    return RawTable(
        columns={name: table.column(name) for name in names},
        rows=table.num_rows,
        where=lambda row: f"{path}:row {row + 1}",
        present=tuple(schema.names),
    )


def _row_groups(path: Path, wanted: Collection[str], names: Collection[str]) -> RawTable:
    from abate.measurement.tables.parquet_columns import ParquetColumns  # imports Arrow

    columns = ParquetColumns(path, wanted, lambda error: _unreadable(path, error), names)
    return RawTable(
        columns=columns,
        rows=columns.rows,
        where=lambda row: f"{path}:row {row + 1}",
        present=columns.present,
    )


def _unreadable(path: Path, error: Exception) -> InputError:
    msg = f"not readable as Parquet ({_first_sentence(error)}); write it anew"
    return InputError(msg, where=str(path))


def _separated(path: Path, wanted: Collection[str]) -> RawTable:
    import pyarrow as pa  # heavy: only where a file is read

    layout = detect(path, wanted)
    odd_rows: list[int] = []
    problems: list[Problem] = []
    try:
        try:
            table = _read_csv(str(path), layout, odd_rows)
            source: bytes | None = None
        except pa.ArrowInvalid as error:
            if "UTF8" not in str(error):
                raise
            source = _without_bad_lines(path, problems)
            odd_rows.clear()
            table = _read_csv(io.BytesIO(source), layout, odd_rows)
    except pa.ArrowInvalid as error:
        msg = f"not readable as a text table ({_first_sentence(error)}); {_LONGEST}"
        raise InputError(msg, where=str(path)) from error
    if odd_rows:
        problems += list(_odd_lines(path, layout, source))
    lines: list[int] = []

    def where(row: int) -> str:
        # Rows are numbered again only when a problem must be placed: counting lines costs more than reading them.
        if not lines:
            lines.extend(
                number for number, cells in _numbered(path, layout, source) if len(cells) == len(layout.header)
            )
        return f"{path}:{lines[row]}"

    columns = {name: table.column(place) for place, name in enumerate(layout.header) if name in wanted}
    return RawTable(columns=columns, rows=table.num_rows, where=where, present=layout.header, problems=problems)


def _read_csv(source: Any, layout: Layout, odd_rows: list[int]) -> Any:  # noqa: ANN401 - Arrow is published without types
    import pyarrow as pa  # heavy: only where a file is read
    from pyarrow import csv as arrow_csv

    def odd(row: Any) -> str:  # noqa: ANN401 - as above
        odd_rows.append(row.actual_columns)
        return "skip"

    places = [str(place) for place in range(len(layout.header))]
    return arrow_csv.read_csv(
        source,
        read_options=arrow_csv.ReadOptions(column_names=places, skip_rows_after_names=1, block_size=_BLOCK),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=odd
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
        ),
    )


def _numbered(path: Path, layout: Layout, source: bytes | None) -> Iterator[tuple[int, list[str]]]:
    """Yield each row below the header with the line on which it ends."""
    text = (path.read_bytes() if source is None else source).decode("utf-8-sig")
    csv.field_size_limit(_BLOCK)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator)
    rows = ((reader.line_num, cells) for cells in reader if cells)
    next(rows, None)
    yield from rows


def _odd_lines(path: Path, layout: Layout, source: bytes | None) -> Iterator[Problem]:
    width = len(layout.header)
    for number, cells in _numbered(path, layout, source):
        if len(cells) != width:
            text = f"has {len(cells)} cells where the first line names {width} columns; quote or complete it"
            yield Problem(where=f"{path}:{number}", text=text)


def _without_bad_lines(path: Path, problems: list[Problem]) -> bytes:
    """Return the file with each line that is not UTF-8 emptied, so that the numbers of the others stay true."""
    lines = path.read_bytes().split(b"\n")
    for place, line in enumerate(lines):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            problems.append(Problem(where=f"{path}:{place + 1}", text="is not UTF-8; save the file as UTF-8"))
            lines[place] = b""
    return b"\n".join(lines)


def _json_lines(path: Path, wanted: Collection[str]) -> RawTable:
    import pyarrow as pa  # heavy: only where a file is read

    problems: list[Problem] = []
    numbers: list[int] = []
    present: dict[str, None] = {}
    cells: dict[str, list[str]] = {name: [] for name in wanted}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            row = _json_row(line)
            if row is None:
                text = "is not one JSON object; write one object a line"
                problems.append(Problem(where=f"{path}:{number}", text=text))
                continue
            present |= dict.fromkeys(row)
            numbers.append(number)
            for name, column in cells.items():
                column.append(_cell(row.get(name)))
    return RawTable(
        columns={name: pa.chunked_array([column], pa.string()) for name, column in cells.items() if name in present},
        rows=len(numbers),
        where=lambda row: f"{path}:{numbers[row]}",
        present=tuple(present),
        problems=problems,
    )


def _json_row(untrusted_line: bytes) -> dict[str, object] | None:
    if len(untrusted_line) > _BLOCK:
        return None
    try:
        row = json.loads(untrusted_line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _first_sentence(error: Exception) -> str:
    lines: Sequence[str] = str(error).splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")[:160]
