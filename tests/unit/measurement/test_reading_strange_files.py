"""Files that are not what their name says, and text that was saved in some other way: one clear sentence each."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.tables.naming import names_in
from abate.measurement.tables.read import read_checks, read_lifetimes, read_sightings
from abate.measurement.tables.series import read_series

TEXT = "observed_at,platform,channel\n2025-03-03,p,a\n2025-03-04,p,b\n"


def write(path, raw):
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("read", [read_sightings, read_series, names_in])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (gzip.compress(TEXT.encode(), mtime=0), "is compressed"),
        (b"PK\x03\x04 and so on", "is a zip archive or a spreadsheet; save the sheet as CSV"),
        (b"PAR1....PAR1", "is Parquet under another name"),
        (TEXT.encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (TEXT.encode("utf-16-le"), "holds a NUL byte"),
        (TEXT.replace("p,b", "p\x00,b").encode(), r":3: holds a NUL byte, which no text has"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path, read, ending, raw, said):
    with pytest.raises(InputError, match=said):
        read(write(tmp_path / f"s.{ending}", raw))


@pytest.mark.parametrize("read", [read_sightings, read_series, names_in])
def test_a_folder_that_is_called_csv_is_no_table(tmp_path, read):
    (tmp_path / "s.csv").mkdir()
    with pytest.raises(InputError, match=r"is a folder, though it ends in \.csv; name the file in it"):
        read(tmp_path / "s.csv")


def test_a_folder_without_parquet_is_refused(tmp_path):
    with pytest.raises(InputError):
        read_sightings(tmp_path)
    with pytest.raises(InputError):
        names_in(tmp_path)


def test_a_file_nobody_may_read_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "s.csv", TEXT.encode())

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(InputError, match=r"cannot be read .Permission denied.; check its permissions"):
        read_sightings(path)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_of_any_editor(tmp_path, end, mark):
    table = read_sightings(write(tmp_path / "s.csv", (mark + TEXT.replace("\n", end)).encode()))
    assert [table.channel.text(row) for row in range(len(table))] == ["a", "b"]
    assert table.reading.problems == ()


def test_a_byte_order_mark_before_json_lines(tmp_path):
    line = json.dumps({"observed_at": "2025-03-03", "platform": "p", "channel": "a"})
    path = write(tmp_path / "s.jsonl", f"\ufeff{line}\r\n{line}\r\n".encode())
    assert names_in(path) == ("observed_at", "platform", "channel")
    assert len(read_sightings(path)) == 2


def test_one_line_in_another_encoding_costs_that_line(tmp_path):
    raw = TEXT.encode() + "2025-03-05,p,Müller\n".encode("latin-1") + "2025-03-06,p,Müller\n".encode()
    table = read_sightings(write(tmp_path / "s.csv", raw))
    assert [table.channel.text(row) for row in range(len(table))] == ["a", "b", "Müller"]
    assert table.reading.problems[0].where.endswith("s.csv:4")


def test_a_row_with_too_many_cells_and_a_line_that_is_no_object(tmp_path):
    table = read_sightings(write(tmp_path / "s.csv", TEXT.encode() + b"2025-03-05,p,a,b,c\n"))
    assert "has 5 cells where the first line names 3" in table.reading.problems[0].text
    lines = [{"observed_at": "2025-03-03", "platform": "p", "channel": "a"}, ["observed_at"], "text", 7]
    table = read_sightings(write(tmp_path / "s.jsonl", "\n".join(map(json.dumps, lines)).encode()))
    assert [problem.where.rsplit(":", 1)[1] for problem in table.reading.problems] == ["2", "3", "4"]


def test_json_lines_give_their_names_whatever_single_lines_are(tmp_path):
    deep = "[" * 100_000
    path = write(tmp_path / "s.jsonl", f'{{"a": 1}}\n{deep}\n\n[1]\n{{"b": 2}}\n'.encode())
    assert names_in(path) == ("a", "b")


def test_parquet_gives_its_names_or_a_sentence(tmp_path):
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "t.parquet")
    assert names_in(tmp_path / "t.parquet") == ("a", "b")
    with pytest.raises(InputError, match="not readable as Parquet"):
        names_in(write(tmp_path / "u.parquet", b"no"))


def test_a_mapped_column_no_longer_counts_under_its_old_name(tmp_path):
    path = write(tmp_path / "s.csv", b"observed_at,platform,channel,views\n2025-03-03,p,a,5\n")
    table = read_sightings(path, {"views": "followers"})
    assert (table.followers.tolist(), table.views) == ([5], None)
    with pytest.raises(InputError, match="sightings need the column platform"):
        read_sightings(path, {"platform": "group"})


def test_a_map_may_hide_a_column_that_bears_our_name(tmp_path):
    path = write(tmp_path / "s.csv", b"observed_at,platform,channel,views,impressions\n2025-03-03,p,a,5,9\n")
    assert read_sightings(path, {"impressions": "views"}).views.tolist() == [9]


def test_a_map_for_several_tables_serves_lifetimes_too(tmp_path):
    path = write(tmp_path / "l.csv", b"who,platform,first_seen,last_seen\na,p,2025-03-03,2025-03-04\n")
    assert read_lifetimes(path, {"who": "subject", "looked": "checked_at"}, shared=True).subject.text(0) == "a"
    with pytest.raises(InputError, match="no column 'checked_at'"):
        read_lifetimes(path, {"who": "subject", "looked": "checked_at"})


def test_a_needed_column_without_any_cell_is_one_error_and_no_crash(tmp_path):
    with pytest.raises(InputError, match=r"no row can be used as checks. The first: .*c\.csv:2: result: is empty"):
        read_checks(write(tmp_path / "c.csv", b"channel,checked_at,result\na,2025-03-03,\n"))
