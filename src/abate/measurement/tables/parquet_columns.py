"""The columns of one Parquet file, each decoded when it is taken, and others meanwhile.

A column of fifty million cells is decoded by all processors, row group by row group, and given up as soon as it is
understood; the whole table as Arrow has it would need twice the memory. Times and whole numbers are put in their place
at once: what a row group was decoded into is then used again for the next one, where fresh memory for all of them would
take as long to get as the decoding. For the same reason text arrives row group by row group at whoever numbers it.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from abate.measurement.tables import arriving
from abate.measurement.tables.arriving import ArrivingText, PlacedNumbers, WholeNames
from abate.numeric import pages

Cells = npt.NDArray[np.int64] | npt.NDArray[np.int32]

_LENGTH_BYTES = 4
"""What Parquet writes before each text that is not in a dictionary."""
_FEW = 1 << 16
"""Numbers that close together are rather kinds of something than its many names: only those that occur get a number."""
_CLOSE = 4
"""Whole numbers are their own numbers where there are at most so many possible ones a row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Placing:
    """A column whose row groups are written to where they belong; each says whether it could be."""

    groups: list[Future[bool]]
    cells: Cells
    names: WholeNames | None = None
    """Where the cells are places among these."""


class ParquetColumns(Mapping[str, Any]):
    """Column name → ``pyarrow.ChunkedArray``, for the wanted columns that the file has.

    A column of names among millions of rows comes as :class:`ArrivingText` or :class:`PlacedNumbers` where it can.
    """

    def __init__(
        self,
        path: Path,
        wanted: Collection[str],
        unreadable: Callable[[Exception], Exception],
        names: Collection[str] = (),
    ) -> None:
        """Read the file's foot.

        :param unreadable: makes the error that is raised for damage found later
        :param names: of the wanted, those whose cells are names that are told apart, whatever their type
        """
        self._path, self._unreadable = path, unreadable
        self._metadata = pq.read_metadata(path)
        schema = self._metadata.schema.to_arrow_schema()
        self.present: tuple[str, ...] = tuple(schema.names)
        self.rows: int = self._metadata.num_rows
        self._types = {name: schema.field(name).type for name in schema.names if name in wanted}
        self._names = frozenset(names) if self.rows >= arriving.FROM else frozenset()
        self._readers = local()
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._begun: dict[str, _Placing] = {}
        self._untouched = True

    def __len__(self) -> int:
        return len(self._types)

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - Arrow is published without types
        """Return a column; it is decoded anew each time that it is taken."""
        placing = self._begun.pop(name, None) or self._placing(name)
        if self._untouched:
            self._untouched = False
            self._begin_others(name)
        if placing is not None:
            with self._told():
                whole = all(group.result() for group in placing.groups)
            if whole:
                return self._placed(name, placing)
        elif name in self._names and _is_text(self._types[name]):
            return ArrivingText(rows=self.rows, chunks=self._arriving(name))
        return self._chunked(name)

    def _begin_others(self, taken: str) -> None:
        """Let the processors that are free decode what needs no memory but that of its own cells."""
        for name in self._types:
            placing = self._placing(name) if name != taken else None
            if placing is not None:
                self._begun[name] = placing

    def _placing(self, name: str) -> _Placing | None:
        """Begin to write a column's cells to their place; ``None`` for one of which that cannot be done."""
        kind = self._types[name]
        if name in self._names and pa.types.is_signed_integer(kind):
            bounds = self._bounds(name)
            if bounds is None:
                return None
            return self._submit(name, pages.column(self.rows, np.int32), WholeNames(*bounds))
        if pa.types.is_int64(kind) or pa.types.is_timestamp(kind):
            return self._submit(name, pages.column(self.rows, np.int64), None)
        return None

    def _bounds(self, name: str) -> tuple[int, int] | None:
        """Return the least and the greatest number, as the file has it, where the numbers lie close together."""
        found = [group.statistics for group in self._groups(name)]
        if not found or not all(one is not None and one.has_min_max for one in found):
            return None
        least, greatest = min(one.min for one in found), max(one.max for one in found)
        return (least, greatest) if _FEW <= greatest - least < min(_CLOSE * self.rows, arriving.MOST) else None

    def _groups(self, name: str) -> list[Any]:
        """Return what the file's foot says of a column in each row group; nothing for a nested one."""
        place = self._metadata.schema.names.index(name) if name in self._metadata.schema.names else -1
        groups = range(self._metadata.num_row_groups) if place >= 0 else ()
        return [self._metadata.row_group(group).column(place) for group in groups]

    def _submit(self, name: str, cells: Cells, names: WholeNames | None) -> _Placing:
        sizes = [self._metadata.row_group(group).num_rows for group in range(self._metadata.num_row_groups)]
        ends = np.cumsum(sizes, dtype=np.int64).tolist()
        groups = [
            self._pool.submit(self._place, group, name, cells[end - size : end], names)
            for group, (size, end) in enumerate(zip(sizes, ends, strict=True))
        ]
        return _Placing(groups=groups, cells=cells, names=names)

    def _place(self, group: int, name: str, cells: Cells, names: WholeNames | None) -> bool:
        """Write the cells of a row group; say no where one of them does not fit."""
        column, begun = self._decode(group, name, encoded=False), 0
        for chunk in column.chunks:
            part = cells[begun : begun + len(chunk)]
            if not (_write_plain(chunk, part) if names is None else _write_codes(chunk, part, names)):
                return False
            begun += len(chunk)
        return begun == len(cells)

    def _placed(self, name: str, placing: _Placing) -> Any:  # noqa: ANN401 - as above
        if placing.names is not None:
            return PlacedNumbers(codes=placing.cells.view(np.int32), names=placing.names)
        array = pa.Array.from_buffers(self._types[name], self.rows, [None, pa.py_buffer(placing.cells)])
        return pa.chunked_array([array], self._types[name])

    def _arriving(self, name: str) -> Iterator[Any]:
        encoded = self._encoded(name)
        for group in range(self._metadata.num_row_groups):
            with self._told():
                column = self._decode(group, name, encoded=encoded)
            yield from column.chunks

    def _chunked(self, name: str) -> Any:  # noqa: ANN401 - as above
        encoded = self._encoded(name)
        groups = [
            self._pool.submit(self._decode, group, name, encoded=encoded)
            for group in range(self._metadata.num_row_groups)
        ]
        with self._told():
            chunks = [chunk for group in groups for chunk in group.result().chunks]
        return pa.chunked_array(chunks, chunks[0].type if chunks else self._types[name])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from error

    def _decode(self, group: int, name: str, *, encoded: bool) -> Any:  # noqa: ANN401 - as above
        key = f"encoded_{name}" if encoded else "plain"
        reader = getattr(self._readers, key, None)
        if reader is None:
            # A reader serves one thread only.
            reader = pq.ParquetFile(
                self._path, metadata=self._metadata, read_dictionary=[name] if encoded else None, pre_buffer=False
            )
            setattr(self._readers, key, reader)
        return reader.read_row_group(group, columns=[name], use_threads=False).column(0)

    def _encoded(self, name: str) -> bool:
        """Return whether a column of text is taken as numbers into a dictionary, as it mostly lies in the file.

        Where there were too many names for one, Arrow would build it anew for each row group, in five times the time
        that the names themselves take.
        """
        if not pa.types.is_string(self._types[name]):
            return False
        size = sum(group.total_uncompressed_size for group in self._groups(name))
        return bool(0 < size < _LENGTH_BYTES * self.rows)


def _is_text(kind: Any) -> bool:  # noqa: ANN401 - as above
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _write_plain(chunk: Any, cells: Cells) -> bool:  # noqa: ANN401 - as above
    if chunk.null_count:
        return False
    cells[:] = chunk.view(pa.int64()).to_numpy()
    return True


def _write_codes(chunk: Any, cells: Cells, names: WholeNames) -> bool:  # noqa: ANN401 - as above
    """Write the places of numbers among their names; say no where the file's foot is wrong about their bounds."""
    found = pc.min_max(chunk)
    least, greatest = found["min"].as_py(), found["max"].as_py()
    if least is None:
        cells[:] = -1
        return True
    if least < names.least or greatest > names.greatest:
        return False
    values = chunk.fill_null(least) if chunk.null_count else chunk
    np.subtract(values.to_numpy(), names.least, out=cells, casting="unsafe")
    if chunk.null_count:
        cells[chunk.is_null().to_numpy(zero_copy_only=False)] = -1
    return True
