"""Dictionary encoding by our own table: what Arrow's says, for any text and any cut into chunks."""

from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.tables import cells, numbering
from abate.measurement.tables import numbering_kernel as kernels
from abate.measurement.tables.cells import words
from abate.measurement.tables.numbering import TextNumbers, number_column
from abate.numeric.memory import load_byte, load_word
from examples import WHOLE_ANSWERS

NAMES = st.one_of(
    st.none(),
    st.sampled_from(["", "a", "b", "12345678", "123456789", "مرحبا", "a" * 16, "a" * 15 + "b", "\x00", "a\x00"]),
    st.text(max_size=20),
)
CHUNKS = st.lists(st.lists(NAMES, max_size=12), min_size=1, max_size=4)
NUMBERS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(-3, 3), st.integers(-(1 << 63), (1 << 63) - 1)), max_size=12),
    min_size=1,
    max_size=4,
)


def decoded(codes, names):
    return [None if code < 0 else names[code].as_py() for code in codes]


def told(column):
    """What a column says, as the reading of tables understands it."""
    return [None if cell in {None, ""} else str(cell).strip() or None for cell in column.to_pylist()]


@WHOLE_ANSWERS
@given(CHUNKS, st.sampled_from([pa.string(), pa.large_string()]), st.booleans(), st.integers(0, 2))
def test_names_are_numbered_in_order_and_come_back(rows, kind, encoded, cut):
    chunks = [pa.array(["skipped"] * cut + chunk, kind).slice(cut) for chunk in rows]
    if encoded:
        chunks = [chunk.dictionary_encode() for chunk in chunks]
    codes, names = number_column(chunks)
    flat = [name or None for chunk in rows for name in chunk]
    assert decoded(codes, names) == flat
    assert names.to_pylist() == list(dict.fromkeys(name for name in flat if name)) or encoded
    assert len(set(names.to_pylist())) == len(names)


@WHOLE_ANSWERS
@given(NUMBERS, st.sampled_from([0, 4]))
def test_whole_numbers_near_or_far_are_numbered_in_order(rows, close):
    with patch.object(numbering, "_CLOSE", close):
        codes, names = number_column([pa.array(chunk, pa.int64()) for chunk in rows])
    flat = [number for chunk in rows for number in chunk]
    assert decoded(codes, names) == flat
    assert sorted(names.to_pylist()) == sorted({number for number in flat if number is not None})


@WHOLE_ANSWERS
@given(st.lists(NAMES, max_size=30), st.integers(1, 4))
def test_both_ways_of_reading_a_column_say_the_same(rows, parts):
    column = pa.chunked_array([pa.array(rows[place::parts], pa.string()) for place in range(parts)])
    few = words(column).values
    with patch.object(cells, "_KERNEL_FROM", 0):
        many = words(column).values
    for found in (few, many):
        assert [found.text(row) or None for row in range(len(found.codes))] == told(column)
    assert list(few.names) == list(many.names)


def test_the_table_grows_without_losing_a_name():
    given_names = [f"name number {number}" for number in range(20_000)]
    codes, names = number_column([pa.array(given_names), pa.array(given_names[::-1])])
    assert codes[:20_000].tolist() == list(range(20_000))
    assert np.array_equal(codes[20_000:], codes[:20_000][::-1])
    assert names.to_pylist() == given_names


@pytest.mark.parametrize("length", range(18))
def test_the_compiled_hash_and_its_python_agree_for_every_length(length):
    data = np.frombuffer(bytes(range(1, 40)), np.uint8)
    at = np.uint64(data.ctypes.data + 3)
    for end in (at + np.uint64(length), at + np.uint64(30)):
        arguments = (at, np.uint64(length), end, np.uint64(77))
        with np.errstate(over="ignore"), as_python():
            slow = kernels.hash_text(*arguments)
        assert kernels.hash_text(*arguments) == slow
    assert load_byte(at) == 4
    assert int(load_word(at)).to_bytes(8, "little") == bytes(range(4, 12))


def as_python():
    """Let the kernels call each other uncompiled."""
    plain = {name: getattr(kernels, name).py_func for name in ("last_word", "hash_text", "same_text")}
    return patch.multiple(kernels, **plain)


def test_the_kernels_and_their_python_number_alike():
    names = ["a", "", "bb", "a", "twelve bytes", "sixteen bytes ok", "twelve bytes", "bb"]
    expected, found = number_column([pa.array(names)])
    plain = {name: getattr(kernels, name).py_func for name in ("number_text", "write_names", "rehash")}
    with np.errstate(over="ignore"), as_python(), patch.multiple(numbering, **plain), patch.object(kernels, "BLOCK", 1):
        table = TextNumbers()
        table._slots, table._starts = np.zeros((4, 2), dtype=np.uint64), np.zeros(2, dtype=np.int64)
        codes = np.empty(len(names), dtype=np.int32)
        offsets = np.array([0, *np.cumsum([len(name) for name in names])], dtype=np.int32)
        table.number(np.frombuffer("".join(names).encode(), np.uint8), offsets, codes)
        assert table.names().to_pylist() == found.to_pylist()
    assert codes.tolist() == expected.tolist()
    assert len(table) == 4


def test_the_other_kernels_and_their_python_agree():
    for kernel in (kernels.first_numbers, kernels.first_numbers.py_func):
        numbers, codes, found = np.full(5, -1, np.int32), np.empty(4, np.int32), np.empty(4, np.int64)
        assert kernel(np.array([7, 3, 7, 5]), 3, numbers, codes, found, 0) == 3
        assert (codes.tolist(), found[:3].tolist()) == ([0, 1, 0, 2], [7, 3, 5])
    for kernel in (kernels.translate, kernels.translate.py_func):
        codes = np.empty(3, np.int32)
        kernel(np.array([1, -1, 0], np.int32), np.array([8, 9], np.int32), codes)
        assert codes.tolist() == [9, -1, 8]


def test_numbers_that_a_file_writes_as_numbers_are_names():
    column = pa.chunked_array([pa.array([17, None, 3, 17], pa.int32())])
    for way in (0, 1_000_000):
        with patch.object(cells, "_KERNEL_FROM", way):
            found = words(column).values
        assert [found.text(row) for row in range(4)] == ["17", "", "3", "17"]
        assert list(found.names) == ["17", "3"]
        assert found.code_of("3") == 1
    with patch.object(cells, "_KERNEL_FROM", 0):
        assert words(pa.chunked_array([pa.array([None], pa.int64())])).values.codes.tolist() == [-1]
        assert words(pa.chunked_array([pa.array([1 << 63], pa.uint64())])).values.text(0) == str(1 << 63)
        assert words(pa.chunked_array([], pa.string())).values.codes.tolist() == []


def test_blanks_around_a_name_do_not_belong_to_it():
    column = pa.chunked_array([pa.array(["a", " a ", "  ", "b", None, "", "c\t"])])
    for way in (0, 1_000_000):
        with patch.object(cells, "_KERNEL_FROM", way):
            found = words(column).values
        assert (found.codes.tolist(), list(found.names)) == ([0, 0, -1, 1, -1, -1, 2], ["a", "b", "c"])
