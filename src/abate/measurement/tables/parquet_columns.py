"""The columns of one Parquet file, each decoded when it is taken, and the next one meanwhile.

A column of fifty million cells is decoded by all processors, row group by row group, and given up as soon as it is
understood; the whole table as Arrow has it would need twice the memory. Times and whole numbers of which none is
missing are put in their place at once: what a row group was decoded into is then used again for the next one, where
fresh memory for all of them would take as long to get as the decoding.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

_LENGTH_BYTES = 4
"""What Parquet writes before each text that is not in a dictionary."""


class ParquetColumns(Mapping[str, Any]):
    """Column name → ``pyarrow.ChunkedArray``, for the wanted columns that the file has."""

    def __init__(self, path: Path, wanted: Collection[str], unreadable: Callable[[Exception], Exception]) -> None:
        """Read the file's foot.

        :param unreadable: makes the error that is raised for damage found later
        """
        self._path, self._unreadable = path, unreadable
        self._metadata = pq.read_metadata(path)
        schema = self._metadata.schema.to_arrow_schema()
        self.present: tuple[str, ...] = tuple(schema.names)
        self.rows: int = self._metadata.num_rows
        self._types = {name: schema.field(name).type for name in schema.names if name in wanted}
        self._readers = local()
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._begun: dict[str, tuple[list[Future[Any]], npt.NDArray[np.int64] | None]] = {}

    def __len__(self) -> int:
        return len(self._types)

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - Arrow is published without types
        """Return a column; it is decoded anew each time that it is taken."""
        decoding, cells = self._begun.pop(name) if name in self._begun else self._begin(name)
        following = list(self._types)[list(self._types).index(name) + 1 :][:1]
        for next_name in following:
            if next_name not in self._begun:
                self._begun[next_name] = self._begin(next_name)
        try:
            if cells is not None:
                if all(group.result() for group in decoding):
                    return _lent(cells, self._types[name])
                decoding = self._submit(name)
            chunks = [chunk for group in decoding for chunk in group.result().chunks]
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from error
        return pa.chunked_array(chunks, chunks[0].type if chunks else self._types[name])

    def _begin(self, name: str) -> tuple[list[Future[Any]], npt.NDArray[np.int64] | None]:
        if not (pa.types.is_int64(self._types[name]) or pa.types.is_timestamp(self._types[name])):
            return self._submit(name), None
        cells = np.empty(self.rows, dtype=np.int64)
        sizes = [self._metadata.row_group(group).num_rows for group in range(self._metadata.num_row_groups)]
        parts = np.split(cells, np.cumsum(sizes)[:-1]) if sizes else []
        return [self._pool.submit(self._place, group, name, part) for group, part in enumerate(parts)], cells

    def _place(self, group: int, name: str, cells: npt.NDArray[np.int64]) -> bool:
        """Write the cells of a row group; say no where one of them is missing."""
        column = self._decode(group, name, encoded=False)
        if column.null_count:
            return False
        begun = 0
        for chunk in column.chunks:
            cells[begun : begun + len(chunk)] = chunk.view(pa.int64()).to_numpy()
            begun += len(chunk)
        return begun == len(cells)

    def _submit(self, name: str) -> list[Future[Any]]:
        groups = range(self._metadata.num_row_groups)
        return [self._pool.submit(self._decode, group, name, encoded=self._encoded(name)) for group in groups]

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
        place = self._metadata.schema.names.index(name) if name in self._metadata.schema.names else -1
        if place < 0:
            return False
        groups = [self._metadata.row_group(group).column(place) for group in range(self._metadata.num_row_groups)]
        return bool(sum(group.total_uncompressed_size for group in groups) < _LENGTH_BYTES * self.rows)


def _lent(cells: npt.NDArray[np.int64], kind: Any) -> Any:  # noqa: ANN401 - as above
    """Return an Arrow column over cells of ours."""
    array = pa.Array.from_buffers(kind, len(cells), [None, pa.py_buffer(cells)])
    return pa.chunked_array([array], kind)
