"""What comes in as a table, well or badly written."""

import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.tables.columns import encode
from abate.measurement.tables.read import (
    read_checks,
    read_interventions,
    read_lifetimes,
    read_panel,
    read_sightings,
)
from abate.measurement.weeks import NO_TIME, to_micros, to_moment

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(("sign", "ending"), [(",", "csv"), (";", "csv"), ("\t", "tsv"), (" ", "txt"), ("\t", "csv")])
def test_the_separator_is_found_whatever_the_ending_says(tmp_path, sign, ending):
    rows = ["observed_at platform channel", "2025-03-03T12:00:00Z harbourline a", "2025-03-04 harbourline b"]
    path = write(tmp_path / f"s.{ending}", "\n".join(row.replace(" ", sign) for row in rows))
    table = read_sightings(path)
    assert [table.channel.text(row) for row in range(2)] == ["a", "b"]
    assert to_moment(int(table.observed_at[0])) == NOON
    assert table.reading.naive_times == 0


def test_text_without_any_separator_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(InputError, match="no column separator"):
        read_sightings(write(tmp_path / "s.csv", "observed_at|platform|channel\n1|2|3\n"))


def test_two_separators_that_fit_alike_are_refused(tmp_path):
    with pytest.raises(InputError, match="fit equally well"):
        read_sightings(write(tmp_path / "s.csv", "x,y;z\n"))


def test_an_empty_file_and_a_doubled_column_and_a_strange_ending_each_get_a_sentence(tmp_path):
    with pytest.raises(InputError, match="is empty"):
        read_sightings(write(tmp_path / "s.csv", "\n \n"))
    with pytest.raises(InputError, match="'channel' stands twice"):
        read_sightings(write(tmp_path / "t.csv", "observed_at,channel,channel\n"))
    with pytest.raises(InputError, match="is no table"):
        read_sightings(write(tmp_path / "t.xlsx", "x"))
    with pytest.raises(InputError, match="no such file"):
        read_sightings(tmp_path / "absent.csv")


def test_a_missing_column_names_what_is_there_and_the_remedy(tmp_path):
    path = write(tmp_path / "s.csv", "seen,platform,channel\n2025-03-03,p,a\n")
    with pytest.raises(InputError) as caught:
        read_sightings(path)
    assert "observed_at" in str(caught.value)
    assert "seen, platform, channel" in str(caught.value)
    assert "--map THEIRS=observed_at" in str(caught.value)
    assert len(read_sightings(path, {"seen": "observed_at"})) == 1


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"seen": "when"}, "no column 'when'"),
        ({"absent": "observed_at"}, "no column 'absent'"),
        ({"seen": "observed_at", "channel": "observed_at"}, "map one of them"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused(tmp_path, mapping, said):
    path = write(tmp_path / "s.csv", "seen,platform,channel\n2025-03-03,p,a\n")
    with pytest.raises(InputError, match=said):
        read_sightings(path, mapping)


def test_only_the_columns_a_measure_asks_for_are_read(tmp_path):
    path = write(tmp_path / "s.csv", "when,platform,channel,views,group\n2025-03-03,p,a,many,g\n")
    table = read_sightings(path, {"when": "observed_at", "views": "followers"}, only=["group"])
    assert (table.group.text(0), table.views, table.followers) == ("g", None, None)
    assert table.reading.problems == ()


def test_a_cell_may_be_empty_where_it_is_not_needed(tmp_path):
    text = "observed_at,platform,channel,views,posted_at\n2025-03-03,p,a,,\n"
    table = read_sightings(write(tmp_path / "s.csv", text))
    assert (table.views.tolist(), table.posted_at.tolist()) == ([-1], [NO_TIME])
    path = tmp_path / "n.parquet"
    rows = {"observed_at": ["2025-03-03", "2025-03-04"], "platform": ["p", "p"], "channel": ["a", "b"]}
    pq.write_table(pa.table(rows | {"views": pa.array(["", "7"])}), path)
    assert read_sightings(path).views.tolist() == [-1, 7]


def test_one_map_may_serve_several_tables(tmp_path):
    mapping = {"when": "observed_at", "looked": "checked_at", "day": "date", "what": "kind"}
    sightings = write(tmp_path / "s.csv", "when,platform,channel\n2025-03-03,p,a\n")
    checks = write(tmp_path / "c.csv", "looked,channel,result\n2025-03-03,a,alive\n")
    interventions = write(tmp_path / "i.csv", "day,platform,what\n2025-03-03,p,takedown\n")
    assert len(read_sightings(sightings, mapping, shared=True)) == 1
    assert len(read_checks(checks, mapping, shared=True)) == 1
    assert read_interventions(interventions, mapping, shared=True).kind.text(0) == "takedown"
    with pytest.raises(InputError, match="no column 'checked_at'"):
        read_sightings(sightings, mapping)
    with pytest.raises(InputError, match="checks need the columns checked_at, result"):
        read_checks(sightings, mapping, shared=True)


def test_bad_rows_are_named_by_line_and_counted_and_the_rest_goes_on(tmp_path):
    text = (
        "observed_at,platform,channel,views\n"
        '2025-03-03,p,"a\nb",5\n'  # ends on line 3
        "yesterday,p,c,5\n"
        "2025-03-04,p,,5\n"
        "2025-03-04,p\n"
        "2025-03-05,p,d,many\n"
    )
    table = read_sightings(write(tmp_path / "s.csv", text))
    assert [table.channel.text(row) for row in range(len(table))] == ["a\nb", "d"]
    assert table.views.tolist() == [5, -1]
    assert (table.reading.rows, table.reading.skipped) == (5, 3)
    said = {problem.where.rsplit(":", 1)[1]: problem.text for problem in table.reading.problems}
    assert set(said) == {"4", "5", "6", "7"}
    assert "not a time; write 2026-03-29" in said["4"]
    assert "is empty" in said["5"]
    assert "2 cells where the first line names 4" in said["6"]
    assert "not a whole number" in said["7"]


def test_a_line_that_is_not_utf8_costs_that_line(tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(b"\xef\xbb\xbfobserved_at,platform,channel\n2025-03-03,p,a\n2025-03-03,p,\xff\xfe\nbad,p,b\n")
    table = read_sightings(path)
    assert len(table) == 1
    assert [problem.where.rsplit(":", 1)[1] for problem in table.reading.problems] == ["3", "4"]
    assert "UTF-8" in table.reading.problems[0].text


def test_a_line_of_gigantic_length_is_refused_with_a_sentence(tmp_path):
    path = write(tmp_path / "s.csv", "observed_at,platform,channel\n2025-03-03,p," + "a" * (33 << 20) + "\n")
    with pytest.raises(InputError, match="16 MB"):
        read_sightings(path)


def test_naive_times_are_utc_and_counted_and_dates_are_midnight(tmp_path):
    text = "observed_at,platform,channel\n2025-03-03 12:00:00,p,a\n2025-03-03T13:00+01:00,p,b\n2025-03-03,p,c\n"
    table = read_sightings(write(tmp_path / "s.csv", text))
    assert table.observed_at[0] == table.observed_at[1] == to_micros(NOON)
    assert to_moment(int(table.observed_at[2])) == NOON.replace(hour=0)
    assert table.reading.naive_times == 1


def test_no_usable_row_at_all_is_an_error_with_the_first_reason(tmp_path):
    with pytest.raises(InputError, match=r"no row can be used.*s\.csv:2"):
        read_sightings(write(tmp_path / "s.csv", "observed_at,platform,channel\nsoon,p,a\n"))
    with pytest.raises(InputError, match="no row can be used as sightings"):
        read_sightings(write(tmp_path / "t.csv", "observed_at,platform,channel\n"))


def test_json_lines_with_broken_lines(tmp_path):
    good = {"observed_at": "2025-03-03T12:00:00Z", "platform": "p", "channel": 17, "seed_panel": True, "audience": None}
    lines = [json.dumps(good), "", "{", "[1]", json.dumps(good | {"seed_panel": "perhaps"})]
    table = read_sightings(write(tmp_path / "s.jsonl", "\n".join(lines)))
    assert table.channel.text(0) == "17"
    assert table.audience.text(0) == ""
    assert table.seed_panel.tolist() == [1, -1]
    assert table.reading.skipped == 2
    assert [problem.where.rsplit(":", 1)[1] for problem in table.reading.problems] == ["3", "4", "5"]


def test_json_lines_too_deep_or_too_long_are_one_bad_line(tmp_path):
    good = json.dumps({"observed_at": "2025-03-03", "platform": "p", "channel": "a"})
    deep, long = "[" * 200_000, json.dumps({"channel": "a" * (17 << 20)})
    table = read_sightings(write(tmp_path / "s.jsonl", f"{deep}\n{long}\n{good}"))
    assert (len(table), table.reading.skipped) == (1, 2)


def test_parquet_of_any_time_and_number_type(tmp_path):
    path = tmp_path / "s.parquet"
    columns = {
        "observed_at": pa.array([NOON, NOON, None]).cast(pa.timestamp("ns")),
        "platform": pa.array(["p", "p", "p"]),
        "channel": pa.array([1.0, 2.0, 3.0]),
        "posted_at": pa.array([NOON.date(), None, None]),
        "views": pa.array([3.0, None, 2.5]),
        "followers": pa.array([7, None, 9], pa.int32()),
        "group": pa.array(["", None, "g"]),
        "country": pa.array([0.5, None, None]),
    }
    pq.write_table(pa.table(columns), path)
    table = read_sightings(path)
    assert [table.channel.text(row) for row in range(2)] == ["1", "2"]
    assert table.posted_at.tolist() == [to_micros(NOON.replace(hour=0)), NO_TIME]
    assert table.views.tolist() == [3, -1]
    assert table.followers.tolist() == [7, -1]
    assert table.group.codes.tolist() == [-1, -1]
    assert table.country.text(0) == "0.5"
    assert table.reading.naive_times == 2
    assert {problem.where for problem in table.reading.problems} == {f"{path}:row 3"}


def test_a_folder_of_parquet_parts_is_one_table(tmp_path):
    for part in range(2):
        rows = {"observed_at": pa.array([NOON]), "platform": pa.array(["p"]), "channel": pa.array([f"c{part}"])}
        pq.write_table(pa.table(rows), tmp_path / f"{part}.parquet")
    assert sorted(read_sightings(tmp_path).channel.names) == ["c0", "c1"]


def test_parquet_without_rows_or_without_sense_is_refused(tmp_path):
    empty = {"observed_at": pa.array([], pa.timestamp("us")), "platform": pa.array([], pa.string())}
    pq.write_table(pa.table(empty | {"channel": pa.array([], pa.string())}), tmp_path / "e.parquet")
    with pytest.raises(InputError, match="no row can be used"):
        read_sightings(tmp_path / "e.parquet")
    with pytest.raises(InputError, match="not readable as Parquet"):
        read_sightings(write(tmp_path / "b.parquet", "no"))


def test_a_number_is_not_taken_for_a_time(tmp_path):
    path = tmp_path / "s.parquet"
    pq.write_table(pa.table({"observed_at": [1741003200], "platform": ["p"], "channel": ["a"]}), path)
    with pytest.raises(InputError, match="is int64, not a time"):
        read_sightings(path)


def test_checks_know_four_results(tmp_path):
    text = "channel,checked_at,result\na,2025-03-03,alive\na,2025-03-04,vanished\na,2025-03-05,gone\n"
    table = read_checks(write(tmp_path / "c.csv", text))
    assert [table.result.text(row) for row in range(2)] == ["alive", "gone"]
    assert "none of alive, gone, private, error" in table.reading.problems[0].text


def test_lifetimes_keep_a_further_column_that_was_asked_for(tmp_path):
    text = "subject,platform,first_seen,last_seen,tier\nx,p,2025-03-03,2025-03-09,big\n"
    path = write(tmp_path / "l.csv", text)
    assert read_lifetimes(path, more=["tier", "platform"]).column("tier").text(0) == "big"
    with pytest.raises(InputError, match="choose from platform"):
        read_lifetimes(path).column("tier")


def test_interventions_are_read(tmp_path):
    text = "date,platform,kind,note\n2025-03-03,p,takedown,\n"
    table = read_interventions(write(tmp_path / "i.csv", text))
    assert table.kind.text(0) == "takedown"
    assert table.note.text(0) == ""
    assert len(table) == 1


def test_a_panel_is_one_channel_a_line(tmp_path):
    assert read_panel(write(tmp_path / "p.txt", "\ufeffa\n\n b \n")) == {"a", "b"}
    with pytest.raises(InputError, match="names no channel"):
        read_panel(write(tmp_path / "e.txt", "\n"))
    with pytest.raises(InputError, match="cannot be read"):
        read_panel(write(tmp_path / "l.txt", "é", "latin-1"))


def test_names_kept_in_arrow_behave_as_a_sequence(tmp_path):
    names = read_sightings(write(tmp_path / "s.csv", "observed_at,platform,channel\n2025-03-03,p,a\n2025-03-03,p,b\n"))
    assert list(names.channel.names) == ["a", "b"]
    assert names.channel.names[0:1] == ["a"]
    assert names.channel.code_of("b") == 1
    assert names.channel.code_of("z") == -1
    assert np.array_equal(encode(["x", "", "x"]).codes, [0, -1, 0])
