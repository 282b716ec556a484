"""Dictionary encoding of millions of cells: each different name gets a number, in the order of first occurrence.

Arrow encodes each chunk on its own and joins the dictionaries afterwards, which for five million pseudonyms costs more
than everything else a measure does. Here one table serves all chunks, whatever their type. Importing this module
imports numba: below a million rows Arrow is quicker.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from abate.measurement.tables.columns import Codes
from abate.measurement.tables.numbering_kernel import (
    BLOCK,
    Bytes,
    Offsets,
    Places,
    first_numbers,
    number_text,
    rehash,
    translate,
    write_names,
)
from abate.numeric import pages

_CLOSE = 4
"""Whole numbers are looked up in a plain table where it has at most so many places a row."""
_LARGEST_TABLE = 1 << 29
_WIDTH = 8
_AT_ONCE = 1 << 15
"""Cells for all of whose names there is room before the first of them is looked at."""


class TextNumbers:
    """Names that have a number, and the table by which they are found."""

    def __init__(self) -> None:
        self._slots = np.zeros((16 * BLOCK, 2), dtype=np.uint64)
        self._starts: Places = np.zeros(len(self._slots) // 2, dtype=np.int64)
        self._arena = np.zeros(1 << 12, dtype=np.uint64)
        # Place 0 stays free, so that an empty slot leads nowhere.
        self._state = np.array([0, 1, 0], dtype=np.uint64)
        self._seed = np.uint64(int.from_bytes(os.urandom(8), "little"))

    def __len__(self) -> int:
        return int(self._state[0])

    def number(self, data: Bytes, offsets: Offsets, codes: Codes) -> None:
        """Write the number of each name to ``codes``, -1 for an empty one.

        :param data: the names one after the other
        :param offsets: shape ``(rows + 1,)``: where each begins in ``data``
        :param codes: shape ``(rows,)``, written in place
        """
        for begun in range(0, len(codes), _AT_ONCE):
            self._number(data, offsets[begun : begun + _AT_ONCE + 1], codes[begun : begun + _AT_ONCE])

    def _number(self, data: Bytes, offsets: Offsets, codes: Codes) -> None:
        self._make_room(int(offsets[-1]) - int(offsets[0]), len(codes))
        row = 0
        while True:
            row = number_text(
                data, offsets, row, codes, self._slots, self._arena, self._starts, self._state, self._seed
            )
            if row == len(codes):
                return
            self._double()

    def names(self) -> pa.LargeStringArray:
        """Return the names in the order of their numbers."""
        starts = self._starts[: len(self)]
        lengths = self._arena[starts].astype(np.int64)
        offsets = np.zeros(len(starts) + 1, dtype=np.int64)
        data = np.empty(int(lengths.sum()), dtype=np.uint8)
        write_names(self._arena, starts, offsets, data)
        return pa.LargeStringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(data))

    def first_words(self) -> npt.NDArray[np.int64]:
        """Return the first eight bytes of each name, for names that are whole numbers."""
        return self._arena[self._starts[: len(self)] + 1].view(np.int64)

    def _make_room(self, size: int, rows: int) -> None:
        used = int(self._state[1])
        # A name needs its length, its whole words and perhaps one begun.
        needed = used + size // _WIDTH + 2 * rows
        if needed > len(self._arena):
            arena = np.empty(max(needed, 2 * used), dtype=np.uint64)
            arena[:used] = self._arena[:used]
            self._arena = arena

    def _double(self) -> None:
        slots = np.zeros((2 * len(self._slots), 2), dtype=np.uint64)
        rehash(self._slots, slots)
        starts = np.empty(len(self._slots), dtype=np.int64)
        starts[: len(self._starts)] = self._starts
        self._slots, self._starts = slots, starts


def number_column(chunks: Sequence[Any]) -> tuple[Codes, Any]:
    """Give each cell of a column the number of its name.

    :param chunks: Arrow arrays of text, of dictionary-encoded text, or of whole numbers
    :return: the codes, -1 for an empty cell, and the names: an Arrow array of text or of int64
    """
    rows = sum(len(chunk) for chunk in chunks)
    if not chunks or not pa.types.is_integer(chunks[0].type):
        return number_text_chunks(chunks, rows)
    codes = np.empty(rows, dtype=np.int32)
    return codes, _number_integers(chunks, codes)


def number_text_chunks(chunks: Iterable[Any], rows: int) -> tuple[Codes, Any]:
    """Do the same for chunks of text, each of which is looked at once, as it comes."""
    codes = pages.column(rows, np.int32)
    table = TextNumbers()
    for part, chunk in _parts(chunks, codes):
        if pa.types.is_dictionary(chunk.type):
            _number_encoded(table, chunk, part)
        else:
            table.number(*_bytes_of(chunk), part)
    return codes, table.names()


def _parts(chunks: Iterable[Any], codes: Codes) -> Any:  # noqa: ANN401 - pairs of a view of the codes and an Arrow array
    begun = 0
    for chunk in chunks:
        yield codes[begun : begun + len(chunk)], chunk
        begun += len(chunk)


def _number_encoded(table: TextNumbers, chunk: Any, codes: Codes) -> None:  # noqa: ANN401 - an Arrow array
    """Give the few names of a dictionary their numbers, then look the many cells up."""
    mapping = np.empty(len(chunk.dictionary), dtype=np.int32)
    table.number(*_bytes_of(chunk.dictionary), mapping)
    indices = chunk.indices.fill_null(-1) if chunk.indices.null_count else chunk.indices
    indices = indices.cast(pa.int32()).to_numpy()
    translate(indices, mapping, codes)


def _bytes_of(names: Any) -> tuple[Bytes, Offsets]:  # noqa: ANN401 - an Arrow array
    """Return the bytes of text cells and where each begins; a missing cell is empty text."""
    if not (pa.types.is_string(names.type) or pa.types.is_large_string(names.type)):
        names = names.cast(pa.large_string())
    if names.null_count:
        names = names.fill_null("")
    _, offsets, data = names.buffers()
    width = np.dtype(np.int64 if pa.types.is_large_string(names.type) else np.int32)
    if offsets is None or not len(names):
        return np.empty(0, dtype=np.uint8), np.zeros(len(names) + 1, dtype=width)
    begins = np.frombuffer(offsets, width, len(names) + 1, names.offset * width.itemsize)
    return np.frombuffer(data or b"", np.uint8), begins


def _number_integers(chunks: Sequence[Any], codes: Codes) -> pa.Int64Array:
    ends = [pc.min_max(chunk).as_py() for chunk in chunks if len(chunk) > chunk.null_count]
    if not ends:
        codes[:] = -1
        return pa.array([], pa.int64())
    low, high = min(end["min"] for end in ends), max(end["max"] for end in ends)
    # A missing cell is lent the smallest value, which occurs anyway, and loses its number afterwards.
    wide = high - low >= min(_CLOSE * len(codes), _LARGEST_TABLE)
    found = _number_far(chunks, codes, low) if wide else _number_close(chunks, codes, low, high)
    for part, chunk in _parts(chunks, codes):
        if chunk.null_count:
            part[chunk.is_null().to_numpy(zero_copy_only=False)] = -1
    return pa.array(found)


def _number_close(chunks: Sequence[Any], codes: Codes, low: int, high: int) -> Places:
    numbers = np.full(high - low + 1, -1, dtype=np.int32)
    found, count = np.empty(min(len(numbers), len(codes)), dtype=np.int64), 0
    for part, chunk in _parts(chunks, codes):
        count = first_numbers(_whole(chunk, low), low, numbers, part, found, count)
    return found[:count]


def _number_far(chunks: Sequence[Any], codes: Codes, low: int) -> Places:
    """Treat whole numbers that lie far apart as names of eight bytes."""
    table = TextNumbers()
    for part, chunk in _parts(chunks, codes):
        values = _whole(chunk, low)
        table.number(values.view(np.uint8), np.arange(0, _WIDTH * len(values) + 1, _WIDTH, dtype=np.int64), part)
    return table.first_words()


def _whole(chunk: Any, missing: int) -> Places:  # noqa: ANN401 - an Arrow array
    full = chunk.fill_null(missing) if chunk.null_count else chunk
    values: Places = full.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return values
