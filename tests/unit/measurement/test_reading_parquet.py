"""Columns of a Parquet file, row group by row group: whole ones are put in their place, others are read as they are."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.tables import cells
from abate.measurement.tables.parquet_columns import ParquetColumns
from abate.measurement.tables.read import read_sightings
from abate.measurement.weeks import NO_TIME, to_micros

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


def written(path, *, unit="us", missing=(), group=7, rows=40):
    """Sightings an hour apart in row groups of seven, with posting times and views missing in some rows."""
    hours = [BEGAN + timedelta(hours=row) for row in range(rows)]
    table = pa.table(
        {
            "observed_at": pa.array(hours, pa.timestamp(unit, "UTC")),
            "posted_at": pa.array(
                [None if row in missing else at for row, at in enumerate(hours)], pa.timestamp(unit, "UTC")
            ),
            "platform": pa.array(["harbourline"] * rows),
            "channel": pa.array([row % 3 for row in range(rows)], pa.int64()),
            "views": pa.array([None if row in missing else 10 * row for row in range(rows)], pa.int64()),
        }
    )
    pq.write_table(table, path, row_group_size=group)
    return path


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("missing", [(), (0,), (20, 21), (39,)])
def test_every_cell_stands_in_its_row_whether_or_not_one_is_missing(tmp_path, unit, missing):
    seen = read_sightings(written(tmp_path / "s.parquet", unit=unit, missing=missing))
    expected = [to_micros(BEGAN + timedelta(hours=row)) for row in range(40)]
    assert seen.observed_at.tolist() == expected
    assert seen.posted_at.tolist() == [NO_TIME if row in missing else at for row, at in enumerate(expected)]
    assert seen.views.tolist() == [-1 if row in missing else 10 * row for row in range(40)]
    assert [seen.channel.text(row) for row in (0, 1, 38)] == ["0", "1", "2"]


def test_a_column_can_be_written_to_and_the_file_stays_as_it_is(tmp_path):
    path = written(tmp_path / "s.parquet")
    seen = read_sightings(path)
    seen.observed_at[0] = 0
    seen.views[0] = 99
    again = read_sightings(path)
    assert (again.observed_at[0], again.views[0]) == (to_micros(BEGAN), 0)


def test_a_column_is_decoded_anew_each_time_that_it_is_taken(tmp_path):
    path = written(tmp_path / "s.parquet")
    columns = ParquetColumns(path, {"observed_at", "views"}, lambda error: error)
    first = cells.times(columns["observed_at"]).values
    first[:] = 0
    assert np.all(cells.times(columns["observed_at"]).values > 0)
    assert columns["views"].to_pylist() == [10 * row for row in range(40)]


def test_damage_in_a_later_row_group_is_said_with_the_file(tmp_path):
    path = written(tmp_path / "s.parquet", rows=4000, group=1000)
    content = bytearray(path.read_bytes())
    place = pq.read_metadata(path).row_group(2).column(1).data_page_offset
    content[place : place + 60] = b"\xff" * 60
    path.write_bytes(content)
    with pytest.raises(InputError, match="not readable as Parquet"):
        read_sightings(path)


def test_a_file_without_row_groups_has_columns_without_cells(tmp_path):
    path = written(tmp_path / "s.parquet", rows=0)
    columns = ParquetColumns(path, {"views"}, lambda error: error)
    assert len(columns["views"]) == 0
    assert len(cells.counts(columns["views"]).values) == 0
