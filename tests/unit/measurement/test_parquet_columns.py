"""The columns of a Parquet file, decoded one ahead."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.tables.parquet_columns import ParquetColumns
from abate.measurement.tables.raw_table import read_raw

NAMES = [f"a name of some length {number}" for number in range(300)]
TABLE = pa.table({"few": ["a", "b", None] * 100, "many": NAMES, "number": range(300), "other": [None] * 300})


@pytest.fixture
def path(tmp_path):
    written = tmp_path / "s.parquet"
    pq.write_table(TABLE, written, row_group_size=70, use_dictionary=["few"])
    return written


def test_only_the_wanted_columns_are_there_and_all_are_told_of(path):
    columns = ParquetColumns(path, {"number", "few", "absent"}, ValueError)
    assert (list(columns), len(columns), columns.rows) == (["few", "number"], 2, 300)
    assert "few" in columns
    assert "many" not in columns
    assert columns.present == ("few", "many", "number", "other")


def test_columns_come_whole_in_any_order_and_again(path):
    columns = ParquetColumns(path, TABLE.column_names, ValueError)
    for name in ("many", "few", "other", "number", "many"):
        taken = columns[name]
        assert taken.to_pylist() == TABLE.column(name).to_pylist()
        # Whole numbers of which none is missing are put in their place, row group after row group.
        assert taken.num_chunks == (1 if name == "number" else 5)


def test_text_stays_in_a_dictionary_only_where_the_file_has_one(path):
    columns = ParquetColumns(path, TABLE.column_names, ValueError)
    assert pa.types.is_dictionary(columns["few"].type)
    assert pa.types.is_string(columns["many"].type)


def test_damage_behind_the_foot_is_one_sentence(path):
    content = bytearray(path.read_bytes())
    content[4:3000] = b"\xff" * 2996
    path.write_bytes(content)
    raw = read_raw(path, TABLE.column_names)
    with pytest.raises(InputError, match="not readable as Parquet"):
        [raw.columns[name] for name in raw.columns]


def test_a_file_without_rows_has_columns_without_cells(tmp_path):
    pq.write_table(TABLE.slice(0, 0), tmp_path / "e.parquet")
    columns = ParquetColumns(tmp_path / "e.parquet", {"many"}, ValueError)
    assert columns["many"].to_pylist() == []


def test_a_nested_column_beside_them_does_no_harm(tmp_path):
    nested = TABLE.append_column("deep", pa.array([{"few": "x", "y": 1}] * 300)).select(["deep", "few", "number"])
    pq.write_table(nested, tmp_path / "n.parquet")
    columns = ParquetColumns(tmp_path / "n.parquet", {"few", "number"}, ValueError)
    assert columns["few"].to_pylist() == TABLE.column("few").to_pylist()
