"""Names out of a file of millions of rows: numbers that are their own numbers, and text numbered as it comes."""

from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.tables import arriving, cells, parquet_columns
from abate.measurement.tables.arriving import ArrivingText, PlacedNumbers, WholeNames
from abate.measurement.tables.parquet_columns import ParquetColumns
from abate.measurement.tables.read import read_sightings

ITEMS = [7, 9, None, 12, 7, 8, 9, 7, None, 12]
TABLE = pa.table(
    {
        "observed_at": pa.array(range(10**15, 10**15 + 10), pa.timestamp("us", "UTC")),
        "platform": pa.array(["p", "q"] * 5).dictionary_encode(),
        "channel": pa.array(["c one", "c two ", "", "c one", "c two"] * 2),
        "item": pa.array(ITEMS, pa.int64()),
        "audience": pa.array([value and value * 10**12 for value in ITEMS], pa.int64()),
        "views": pa.array(range(10), pa.int64()),
    }
)


def as_if_millions():
    """Let ten rows be many, and numbers that lie four apart be close together."""
    return (
        patch.object(arriving, "FROM", 0),
        patch.object(cells, "_KERNEL_FROM", 0),
        patch.object(parquet_columns, "_FEW", 3),
    )


@pytest.fixture
def many():
    first, second, third = as_if_millions()
    with first, second, third:
        yield


@pytest.fixture
def path(tmp_path):
    pq.write_table(TABLE, tmp_path / "s.parquet", row_group_size=3, use_dictionary=["platform"])
    return tmp_path / "s.parquet"


def taken(path, name, **more):
    return ParquetColumns(path, TABLE.column_names, ValueError, {"platform", "channel", "item", "audience"}, **more)[
        name
    ]


def test_the_columns_say_the_same_in_either_form(path):
    few = read_sightings(path)
    first, second, third = as_if_millions()
    with first, second, third:
        many = read_sightings(path)
    for name in ("platform", "channel", "item", "audience"):
        one, other = getattr(few, name), getattr(many, name)
        assert [one.text(row) for row in range(8)] == [other.text(row) for row in range(8)]
    assert few.observed_at.tolist() == many.observed_at.tolist()
    assert few.reading == many.reading, "the two rows without a channel are left out of both"


@pytest.mark.usefixtures("many")
def test_numbers_close_together_are_their_own_numbers(path):
    found = taken(path, "item")
    assert isinstance(found, PlacedNumbers)
    assert found.codes.tolist() == [-1 if item is None else item - 7 for item in ITEMS]
    assert list(found.names) == ["7", "8", "9", "10", "11", "12"]


@pytest.mark.usefixtures("many")
def test_numbers_far_apart_and_kinds_of_something_are_numbered_as_ever(path):
    assert taken(path, "audience").to_pylist() == TABLE["audience"].to_pylist()
    with patch.object(parquet_columns, "_FEW", 6):
        assert taken(path, "item").to_pylist() == ITEMS


@pytest.mark.usefixtures("many")
def test_text_arrives_row_group_by_row_group(path):
    found = taken(path, "channel")
    assert isinstance(found, ArrivingText)
    assert [len(chunk) for chunk in found.chunks] == [3, 3, 3, 1]


@pytest.mark.usefixtures("many")
def test_a_file_that_tells_no_bounds_or_wrong_ones_is_numbered_as_ever(path, tmp_path):
    pq.write_table(TABLE, tmp_path / "bare.parquet", write_statistics=False)
    assert taken(tmp_path / "bare.parquet", "item").to_pylist() == ITEMS
    with patch.object(ParquetColumns, "_bounds", return_value=(7, 11)):
        assert taken(path, "item").to_pylist() == ITEMS


@pytest.mark.usefixtures("many")
def test_cells_of_which_all_are_empty_have_no_number(tmp_path):
    nothing = TABLE.set_column(3, "item", pa.array([None] * 5 + [1, 4, 5, None, None], pa.int64()))
    pq.write_table(nothing, tmp_path / "n.parquet", row_group_size=5)
    # A row group of which all cells are missing tells no bounds, so that they are given here.
    with patch.object(ParquetColumns, "_bounds", return_value=(1, 5)):
        assert taken(tmp_path / "n.parquet", "item").codes.tolist() == [-1] * 5 + [0, 3, 4, -1, -1]


@pytest.mark.usefixtures("many")
def test_damage_in_a_column_of_names_is_one_sentence(path):
    content = bytearray(path.read_bytes())
    place = pq.read_metadata(path).row_group(2).column(2).data_page_offset
    content[place : place + 40] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(InputError, match="not readable as Parquet"):
        read_sightings(path)


def test_whole_names_are_looked_up_without_being_written_out():
    names = WholeNames(-2, 3)
    assert (len(names), names[0], names[-1], names[1:3]) == (6, "-2", "3", ["-1", "0"])
    assert [names.index(name) for name in names] == list(range(6))
    assert "3" in names
    for strange in ("4", "03", "x", "", "-", "²", 3):
        assert strange not in names
    with pytest.raises(ValueError, match="not in"):
        names.index("9")
    with pytest.raises(ValueError, match="not in"):
        names.index("-2", 1)
    with pytest.raises(ValueError, match="not in"):
        names.index("3", 0, 5)


def test_codes_are_written_only_where_the_bounds_hold():
    cells_ = np.empty(2, np.int32)
    names = WholeNames(5, 6)
    assert parquet_columns._write_codes(pa.array([6, None], pa.int32()), cells_, names)
    assert cells_.tolist() == [1, -1]
    assert not parquet_columns._write_codes(pa.array([4, 5]), cells_, names)
    assert not parquet_columns._write_codes(pa.array([1 << 40, 5]), cells_, names)
