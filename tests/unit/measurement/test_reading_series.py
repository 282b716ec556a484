"""A series as it comes in: any columns, any separator, and the place at which something began."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.tables.series import place_of, read_series, sorted_by_time


def series(tmp_path, text, name="s.csv", mapping=None):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return read_series(path, mapping)


@pytest.mark.needs_data("measure_series")
def test_the_panel_of_prop_99_is_read_with_its_semicolons(data):
    panel = read_series(data / "measure_series" / "california_prop99.csv")
    assert panel.names == ("State", "Year", "PacksPerCapita", "treated")
    assert len(panel) == 39 * 31
    assert panel.numbers("PacksPerCapita")[0] == 89.80000305
    assert panel.texts("Year")[place_of(panel, "1989", "Year")] == "1989"
    with pytest.raises(InputError, match="Year 1970 stands twice"):
        sorted_by_time(panel, "Year")
    assert sorted_by_time(panel, "Year", unique=False).texts("Year")[38:40] == ("1970", "1971")


@pytest.mark.needs_data("measure_series")
def test_the_arma_series_has_no_times_and_begins_at_a_row(data):
    arma = read_series(data / "measure_series" / "causalimpact_arma_data.csv")
    assert (arma.names, len(arma), place_of(arma, 70), place_of(arma, "70")) == (("X", "y"), 100, 70, 70)
    with pytest.raises(InputError, match="has no column 'Year'; its columns are: X, y"):
        place_of(arma, "1989", "Year")
    with pytest.raises(InputError, match="rows go from 0 to 99"):
        place_of(arma, "100")
    with pytest.raises(InputError, match="add --time COLUMN"):
        place_of(arma, "2020-01-01")


@pytest.mark.parametrize("sign", [",", ";", "\t", " "])
def test_an_empty_cell_is_no_number_and_no_error(tmp_path, sign):
    text = "t y z\n1 2.5 3\n2 NA 4\n3 -1e3 5\n".replace(" ", sign)
    table = series(tmp_path, text)
    assert np.array_equal(table.numbers("y"), [2.5, np.nan, -1000.0], equal_nan=True)
    assert table.texts("y") == ("2.5", "NA", "-1e3")
    assert table.has("z")
    assert not table.has("a")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("many", "'many' is not a number"),
        ("1,5", "has a comma"),
        ("1.234,5", "has a comma"),
        ("43%", "is a percentage; write 0.43"),
        ("inf", "is not a number"),
        ("1e999", "too large"),
        ("0x10", "is not a number"),
        ("1_000", "is not a number"),
        ("١٢", "is not a number"),
    ],
)
def test_what_is_no_number_is_named_by_line_and_column(tmp_path, cell, said):
    table = series(tmp_path, f"t;y\n1;2\n2;{cell}\n")
    with pytest.raises(InputError, match=rf"s\.csv:3: y: .*{said}"):
        table.numbers("y")


def test_a_number_of_many_thousand_digits_is_refused_quickly(tmp_path):
    table = series(tmp_path, f"t,y\n1,{'9' * 100_000}\n")
    with pytest.raises(InputError, match="is not a number"):
        table.numbers("y")


def test_a_column_alone_is_a_series(tmp_path):
    assert series(tmp_path, "y\n1\n2\n").numbers("y").tolist() == [1, 2]
    assert series(tmp_path, '"weekly"\n1\n2\n').names == ("weekly",)
    with pytest.raises(InputError, match="no column separator"):
        series(tmp_path, "week|y\n2025-01-06|5\n")


def test_names_in_any_script_stay_as_they_are(tmp_path):
    table = series(tmp_path, "שבוע,ערוצים\n2025-01-06,5\n2025-01-13,4\n")
    assert table.names == ("שבוע", "ערוצים")
    assert place_of(table, "2025-01-13", "שבוע") == 1


def test_a_map_renames_and_never_hides_a_column(tmp_path):
    text = "when,count,y\n2025-01-06,5,1\n"
    assert series(tmp_path, text, mapping={"when": "time"}).names == ("time", "count", "y")
    with pytest.raises(InputError, match="no column 'whenever'"):
        series(tmp_path, text, mapping={"whenever": "time"})
    with pytest.raises(InputError, match="has a column 'y' already"):
        series(tmp_path, text, mapping={"count": "y"})
    with pytest.raises(InputError, match="map one of them"):
        series(tmp_path, text, mapping={"count": "z", "y": "z"})
    swapped = series(tmp_path, text, mapping={"count": "y", "y": "count"})
    assert swapped.texts("y") == ("5",)
    assert read_series(tmp_path / "s.csv", {"of another file": "y"}, shared=True).names == ("when", "count", "y")


def test_parquet_and_json_lines_say_the_same_as_text(tmp_path):
    columns = {
        "day": pa.array([date(2025, 1, 6), date(2025, 1, 13)]),
        "at": pa.array([datetime(2025, 1, 6, 12, tzinfo=UTC), None]),
        "y": pa.array([0.1, None]),
        "z": pa.array([float("nan"), 3.0]),
        "n": pa.array([7, None], pa.int32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "s.parquet")
    table = read_series(tmp_path / "s.parquet")
    assert table.texts("day") == ("2025-01-06", "2025-01-13")
    assert table.texts("at") == ("2025-01-06T12:00:00+00:00", "")
    assert np.array_equal(table.numbers("y"), [0.1, np.nan], equal_nan=True)
    assert np.array_equal(table.numbers("z"), [np.nan, 3.0], equal_nan=True)
    assert table.texts("n") == ("7", "")
    lines = series(tmp_path, '{"day": "2025-01-06", "y": 0.1}\n{"day": "2025-01-13", "extra": 1}\n', "s.jsonl")
    assert lines.names == ("day", "y", "extra")
    assert np.array_equal(lines.numbers("y"), [0.1, np.nan], equal_nan=True)


def test_a_series_without_rows_or_without_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no row can be used as a series"):
        series(tmp_path, "t,y\n")
    with pytest.raises(InputError, match=r"The first: .*s\.csv:2: has 1 cells"):
        series(tmp_path, "t,y\n1\n")
    with pytest.raises(InputError, match="is empty"):
        series(tmp_path, "")
    with pytest.raises(InputError, match="no such file"):
        read_series(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="is no table"):
        series(tmp_path, "x", "s.ods")


def test_rows_cannot_be_counted_where_one_was_lost(tmp_path):
    table = series(tmp_path, "t,y\n2001,2\n2002\n2003,4\n")
    assert (len(table), table.reading.rows, table.reading.skipped) == (2, 3, 1)
    with pytest.raises(InputError, match=r"s\.csv:3.*give --time"):
        place_of(table, "1")
    assert place_of(table, "2003", "t") == 1


@pytest.mark.parametrize(
    ("times", "start", "place"),
    [
        ("1987 1988 1989", "1988", 1),
        ("1987 1988 1989", "1988.0", 1),
        ("0.5 1.5 2.5", "1.5", 1),
        ("2025-01-06 2025-01-13", "2025-01-13", 1),
        ("2025-01-06 2025-01-13", "2025-01-13T00:00:00Z", 1),
        ("2025-01-06T01:00+01:00 2025-01-13T01:00+01:00", "2025-01-13", 1),
        ("2024-01-01 2025-01-01", "2025", 1),
        ("2025-01 2025-02", "2025-02", 1),
        ("2025-01-01 2025-02-01", "2025-02", 1),
        ("2025-W01-1 2025-W02-1", "2025-01-06", 1),
    ],
)
def test_a_start_is_a_value_of_the_time_column(tmp_path, times, start, place):
    rows = "".join(f"{time};1\n" for time in times.split())
    assert place_of(series(tmp_path, f"time;y\n{rows}"), start, "time") == place


@pytest.mark.parametrize(
    ("times", "start", "said"),
    [
        ("1987 1989 1990", "1988", "goes from 1987 to 1990; the next after it is 1989"),
        ("1987 1989", "1995", "no row has this time; it goes from 1987 to 1989$"),
        ("1987 1989", "2025-01-01", "the time column holds a number; it goes from 1987 to 1989"),
        ("1987 1989", "", "the time column holds a number"),
        ("2025-01-06 2025-01-13", "spring", "holds a date, as 2026-03-29"),
        ("2025-01-06 2025-01-13", "2025-01-08", "the next after it is 2025-01-13"),
    ],
)
def test_a_start_outside_the_times_names_the_first_and_the_last(tmp_path, times, start, said):
    rows = "".join(f"{time};1\n" for time in times.split())
    with pytest.raises(InputError, match=said):
        place_of(series(tmp_path, f"time;y\n{rows}"), start, "time")


@pytest.mark.parametrize(
    ("second", "said"),
    [("", "is empty; every row needs its time"), ("soon", "'soon' is not a number, as the first row has it")],
)
def test_a_row_without_its_time_is_named(tmp_path, second, said):
    with pytest.raises(InputError, match=rf"s\.csv:3: t: {said}"):
        series(tmp_path, f"t,y\n1988,1\n{second},2\n").axis("t")


def test_dates_and_years_do_not_mix(tmp_path):
    with pytest.raises(InputError, match="'17' is not an ISO date"):
        series(tmp_path, "t,y\n2025-01-06,1\n17,2\n").axis("t")


def test_rows_are_put_in_the_order_of_their_time_and_keep_their_lines(tmp_path):
    table = sorted_by_time(series(tmp_path, "t,y\n2003,c\n2001,a\n2002,b\n"), "t")
    assert table.texts("y") == ("a", "b", "c")
    with pytest.raises(InputError, match=r"s\.csv:3: y: 'a' is not a number"):
        table.numbers("y")
    assert sorted_by_time(table) is table
    with pytest.raises(InputError, match=r"t 2001 stands twice \(again in .*:4\)"):
        sorted_by_time(series(tmp_path, "t,y\n2002,c\n2001,a\n2001,b\n"), "t")
