"""Cells understood: Arrow columns become word codes, times, counts and flags, and what cannot is named by its row.

A bad cell never raises; it is empty afterwards and stands in ``Column.bad``. Whether its row can still be used is the
table's decision, not the cell's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, overload

import numpy as np

from abate.measurement.tables.arriving import FROM, ArrivingText, PlacedNumbers
from abate.measurement.tables.columns import Codes, Counts, Numbers, Words
from abate.measurement.weeks import NO_TIME, Micros, to_micros

_KERNEL_FROM = FROM
_TIME_REMEDY = "write 2026-03-29 or 2026-03-29T01:30:00+01:00"
_DATE_LENGTH = len("2026-03-29")
_BEYOND = 2**63
"""The first count that no column can hold."""
_WIDTH = 8
_YES = {"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0, "": -1}


@dataclass(slots=True)
class Column:
    """One converted column."""

    values: Words | Micros | Counts | Codes | Numbers
    bad: dict[int, str] = field(default_factory=dict)
    """Row number → what is wrong and what to do."""
    naive: int = 0
    """Times that carried no offset."""


class ArrowNames(Sequence[str]):
    """Names kept in Arrow's memory: five million pseudonyms as Python strings would cost half a gigabyte."""

    def __init__(self, names: Any) -> None:  # noqa: ANN401 - an Arrow array of text or whole numbers
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [str(name) for name in self._names[place].to_pylist()]
        return str(self._names[place].as_py())

    def __iter__(self) -> Iterator[str]:
        return map(str, self._names.to_pylist())


def words(column: Any) -> Column:  # noqa: ANN401 - an Arrow column, or what a file has for names
    """Dictionary-encode a text column; numbers are written out, so that a channel ``17`` is the name ``"17"``.

    Blanks around a name do not belong to it, whatever the file.
    """
    import pyarrow as pa  # heavy: only where a file is read

    if isinstance(column, PlacedNumbers):
        return Column(values=Words(codes=column.codes, names=column.names))
    if isinstance(column, ArrivingText):
        codes, names = _arrived(column)
        return Column(values=Words(codes=codes, names=ArrowNames(names)))
    if pa.types.is_floating(column.type):
        column = _whole_if_possible(column)
    if not _is_text(column) and not _fits(column):
        column = column.cast(pa.string())
    codes, names = _encoded(column) if len(column) < _KERNEL_FROM else _numbered(column)
    if not pa.types.is_integer(names.type):
        codes, names = _trimmed(codes, names)
    return Column(values=Words(codes=codes, names=ArrowNames(names)))


def _encoded(column: Any) -> tuple[Codes, Any]:  # noqa: ANN401 - Arrow columns
    """Encode by Arrow; an empty name may be among the names."""
    import pyarrow as pa  # heavy: only where a file is read

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    joined = column.unify_dictionaries().combine_chunks()
    if isinstance(joined, pa.ChunkedArray):  # a column without rows has no chunk to combine
        return np.empty(0, np.int32), pa.array([], pa.string())
    codes = joined.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    names = joined.dictionary
    return codes, names if pa.types.is_integer(names.type) else names.cast(pa.string())


def _numbered(column: Any) -> tuple[Codes, Any]:  # noqa: ANN401 - Arrow columns
    from abate.measurement.tables.numbering import number_column  # numba: only where there are millions of rows

    return number_column(column.chunks)


def _arrived(column: ArrivingText) -> tuple[Codes, Any]:
    from abate.measurement.tables.numbering import number_text_chunks  # numba: only where there are millions of rows

    return _trimmed(*number_text_chunks(column.chunks, column.rows))


def _trimmed(codes: Codes, names: Any) -> tuple[Codes, Any]:  # noqa: ANN401 - Arrow columns
    """Take the blanks off the names; names that are then the same become one, and the empty one no name at all."""
    import pyarrow as pa  # heavy: only where a file is read
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(names)
    if bare.equals(names) and pc.index(names, "").as_py() < 0:
        return codes, names
    once = bare.dictionary_encode()
    mapping = once.indices.to_numpy()
    empty = pc.index(once.dictionary, "").as_py()
    if empty >= 0:
        # The names behind the empty one move up.
        mapping = np.where(mapping == empty, -1, mapping - (mapping > empty))
    kept = pc.filter(once.dictionary, pc.not_equal(once.dictionary, ""))
    return np.append(mapping, -1)[codes].astype(np.int32), pa.array(kept)


def _fits(column: Any) -> bool:  # noqa: ANN401 - an Arrow column
    """Return whether a column is of whole numbers that 64 bits hold with their sign."""
    import pyarrow as pa  # heavy: only where a file is read

    return bool(pa.types.is_integer(column.type) and not pa.types.is_uint64(column.type))


def _whole_if_possible(column: Any) -> Any:  # noqa: ANN401 - Arrow columns
    """Undo what a missing cell does to a column of numbers elsewhere: 17 becomes 17.0."""
    import pyarrow as pa  # heavy: only where a file is read

    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column


def times(column: Any) -> Column:  # noqa: ANN401 - an Arrow column
    """Read times: Arrow timestamps and dates at once, text cell by cell."""
    import pyarrow as pa  # heavy: only where a file is read

    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        naive = pa.types.is_timestamp(column.type) and column.type.tz is None
        micros = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False).cast(pa.int64())
        return Column(values=_own(micros, NO_TIME), naive=len(column) - column.null_count if naive else 0)
    if _is_text(column):
        return _times_of_text(_python(column))
    bad = f"is {column.type}, not a time; {_TIME_REMEDY}"
    return Column(values=np.full(len(column), NO_TIME), bad=dict.fromkeys(range(len(column)), bad))


def _times_of_text(cells: list[str | None]) -> Column:
    out = Column(values=np.full(len(cells), NO_TIME))
    micros = out.values
    assert isinstance(micros, np.ndarray)
    for row, untrusted_cell in enumerate(cells):
        if not untrusted_cell:
            continue
        try:
            moment = datetime.fromisoformat(untrusted_cell)
            if moment.utcoffset() is None:
                out.naive += len(untrusted_cell) > _DATE_LENGTH
                moment = moment.replace(tzinfo=UTC)
            micros[row] = to_micros(moment)
        except (ValueError, OverflowError):
            out.bad[row] = f"{_shown(untrusted_cell)} is not a time; {_TIME_REMEDY}"
    return out


def counts(column: Any) -> Column:  # noqa: ANN401 - an Arrow column
    """Read whole numbers of zero or more; -1 where the cell is empty."""
    import pyarrow as pa  # heavy: only where a file is read

    if pa.types.is_integer(column.type):
        return Column(values=_own(column.cast(pa.int64()), -1))
    return _each(column, _count, np.int64, "is not a whole number of zero or more; write 1200")


def flags(column: Any) -> Column:  # noqa: ANN401 - an Arrow column
    """Read yes and no; -1 where the cell is empty."""
    return _each(column, _flag, np.int32, "is neither true nor false; write one of them")


def _own(column: Any, missing: int) -> Counts:  # noqa: ANN401 - an Arrow column
    """Return whole numbers that may be written to: those of a single chunk are Arrow's own otherwise."""
    # Arrow copies a column to fill it even where nothing is missing, and fifty million times are 400 MB.
    full = column.fill_null(missing) if column.null_count else column
    if full.num_chunks == 1:
        chunk = full.chunk(0)
        data = chunk.buffers()[1]
        if data is not None and data.is_mutable and len(chunk):
            # Nobody else holds what was decoded for this column alone.
            return np.frombuffer(data, np.int64, len(chunk), chunk.offset * _WIDTH)
    return np.require(full.to_numpy(), np.int64, "W")


def _each(column: Any, read: Callable[[object], int | None], kind: type, remedy: str) -> Column:  # noqa: ANN401 - an Arrow column
    out = Column(values=np.full(len(column), -1, kind))
    values = out.values
    assert isinstance(values, np.ndarray)
    for row, untrusted_cell in enumerate(_python(column)):
        number = -1 if untrusted_cell is None else read(untrusted_cell)
        if number is None:
            out.bad[row] = f"{_shown(untrusted_cell)} {remedy}"
        else:
            values[row] = number
    return out


def _count(untrusted_cell: object) -> int | None:
    if untrusted_cell == "":
        return -1
    try:
        number = float(str(untrusted_cell))
    except ValueError:
        return None
    return int(number) if 0 <= number < _BEYOND and number == number // 1 else None


def _flag(untrusted_cell: object) -> int | None:
    return _YES.get(str(untrusted_cell).strip().lower())


def _is_text(column: Any) -> bool:  # noqa: ANN401 - an Arrow column
    import pyarrow as pa  # heavy: only where a file is read

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _python(column: Any) -> list[Any]:  # noqa: ANN401 - Arrow is published without types
    return list(column.to_pylist())


def _shown(untrusted_cell: object) -> str:
    text = str(untrusted_cell)
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004 - enough to find it in the line
