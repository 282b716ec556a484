"""What comes in from paths: folders, files and tables, whoever wrote them."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.domain.item import Kind
from abate.flows.intake import Received, Walked, item_of, kind_of, receive
from abate.settings import Settings

SMALL = Settings(max_file_bytes=1000, max_line_bytes=200)
MAP = {"title": "text", "description": "text"}


def received(*paths: Path, settings: Settings = SMALL, mapping: dict[str, str] | None = None) -> list[Received]:
    return list(receive(list(paths), settings, mapping))


def reasons(found: list[Received]) -> list[str]:
    return [problem.reason for one in found for problem in one.not_scanned]


def test_a_folder_is_walked_in_name_order_and_each_file_gives_one_item(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("two", "utf-8")
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff not really")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "clip.mp4").write_bytes(b"....")
    found = received(tmp_path)
    assert [(Path(one.item.id).name, one.item.kind) for one in found] == [
        ("a.jpg", Kind.PHOTO),
        ("b.txt", Kind.TEXT),
        ("clip.mp4", Kind.VIDEO),
    ]
    assert found[1].item.text == "two"
    assert not reasons(found)


def test_a_directory_loop_is_said_once_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.txt").write_text("one", "utf-8")
    (tmp_path / "inner" / "back").symlink_to(tmp_path)
    found = received(tmp_path)
    assert [one.item.text for one in found if not one.not_scanned] == ["one"]
    assert reasons(found) == ["this link leads back to a folder already read; it was not followed again"]


def test_what_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    (one,) = received(tmp_path / "nowhere")
    assert one.wrong_use
    assert "check its spelling" in one.not_scanned[0].reason


def test_a_broken_link_a_pipe_and_an_empty_file_get_one_sentence_each(tmp_path: Path) -> None:
    (tmp_path / "broken").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "z.jpg").write_bytes(b"")
    found = received(tmp_path)
    assert ["regular file" in reason for reason in reasons(found)] == [True, True, False]
    assert reasons(found)[2] == "the file is empty (0 bytes); send it again"
    assert found[2].item.kind is Kind.PHOTO


def test_a_file_above_the_limit_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"x" * 3_000_000)
    (one,) = received(tmp_path)
    assert "the file has 2 MiB, the limit is 0; raise the setting max_file_bytes" in one.not_scanned[0].reason


def test_text_that_is_no_utf8_says_at_which_byte(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    assert reasons(received(tmp_path)) == ["not valid UTF-8 at byte 3; save it as UTF-8"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", Kind.PHOTO),
        (b"\x89PNG\r\n\x1a\n", Kind.PHOTO),
        (b"GIF89a", Kind.PHOTO),
        (b"RIFF\x00\x00\x00\x00WEBP", Kind.PHOTO),
        (b"%PDF-1.7", Kind.FILE),
    ],
)
def test_a_file_without_a_telling_name_is_told_by_its_first_bytes(tmp_path: Path, head: bytes, kind: Kind) -> None:
    (tmp_path / "upload").write_bytes(head)
    assert kind_of(tmp_path / "upload") is kind


def test_columns_of_others_are_renamed_and_two_on_one_are_joined(tmp_path: Path) -> None:
    table = tmp_path / "news.tsv"
    table.write_text('title\tdescription\tid\nHarbour\t"two\nlines"\tn1\nOnly title\t\tn2\n', "utf-8")
    found = received(table, mapping=MAP)
    assert [(one.item.id, one.item.text) for one in found] == [("n1", "Harbour\ntwo\nlines"), ("n2", "Only title")]


def test_a_table_without_item_columns_is_an_error_when_named_and_counted_when_walked_over(tmp_path: Path) -> None:
    table = tmp_path / "numbers.csv"
    table.write_text("week,value\n1,2\n", "utf-8")
    (one,) = received(table)
    assert one.wrong_use
    assert "no column text, url or path (there are: week, value)" in one.not_scanned[0].reason
    assert "--map THEIRS=OURS" in one.not_scanned[0].reason
    walked = Walked()
    assert list(receive([tmp_path], SMALL, {}, walked)) == []
    assert walked.tables_passed_over == 1


def test_a_line_above_the_limit_costs_one_line(tmp_path: Path) -> None:
    for name, line in (("a.jsonl", json.dumps), ("a.csv", lambda row: row["text"])):
        table = tmp_path / name
        head = "text\n" if name.endswith("csv") else ""
        rows = [line({"text": "first"}), line({"text": "y" * 5000}), line({"text": "last"})]
        table.write_text(head + "\n".join(rows) + "\n", "utf-8")
        found = received(table)
        assert sorted(one.item.text for one in found) == ["", "first", "last"], name
        assert reasons(found) == ["the line is longer than 200 bytes; raise the setting max_line_bytes to read it"]


def test_bad_lines_of_json_cost_one_line_each(tmp_path: Path) -> None:
    table = tmp_path / "a.jsonl"
    deep = b"[" * 90 + b"]" * 90
    table.write_bytes(b'{"text":"good"}\n{"text": \n[1]\n"\xff"\n\n' + deep + b'\n{"text":"end"}\n')
    found = received(table)
    assert [one.item.text for one in found if not one.not_scanned] == ["good", "end"]
    assert len(reasons(found)) == 4
    assert next(one.item.id for one in found if one.not_scanned).endswith("a.jsonl:2")


def test_bad_rows_of_csv_cost_one_row_each(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes(b"id,text\n1,good\n2,caf\xe9\n3,too,many\n4,end\n")
    found = received(table)
    assert [one.item.text for one in found if not one.not_scanned] == ["good", "end"]
    assert sorted(reason.split(";")[0] for reason in reasons(found)) == [
        "not valid UTF-8 at byte 5 of the line",
        "the row has 3 columns, the header 2",
    ]


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("text\ngood\n" + '"open ' + "x\n" * 150 + "end\n", "utf-8")
    found = received(table)
    assert found[0].item.text == "good"
    assert any("look for a quote that is not closed" in reason for reason in reasons(found))
    assert found[-1].item.text == "end"


def test_parquet_is_read_in_batches_and_a_broken_one_is_said(tmp_path: Path) -> None:
    table = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["one", "two"], "views": [1, 0]}), table)
    assert [(one.item.text, one.item.views) for one in received(table)] == [("one", 1), ("two", 0)]
    table.write_bytes(b"PAR1 nothing")
    (broken,) = received(table)
    assert "not readable as Parquet" in broken.not_scanned[0].reason


def test_a_row_says_its_own_kind_or_it_is_told_by_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    rows = [{"text": "a"}, {"url": "https://example.org/x"}, {"path": "p.png"}, {"kind": "video", "path": "p.png"}]
    kinds = [item_of(row, "w", tmp_path).item.kind for row in rows]
    assert kinds == [Kind.TEXT, Kind.URL, Kind.PHOTO, Kind.VIDEO]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"id": "1"}, "neither text, url nor path"),
        ({"path": "../secret"}, "leads out of the table's folder"),
        ({"path": "/etc/hostname"}, "leads out of the table's folder"),
        ({"text": "a", "views": "many"}, "no whole number"),
        ({"text": "a", "posted_at": "soon"}, "not an ISO date"),
        ({"text": "a", "posted_at": "2026-03-01T10:00:00"}, "has no UTC offset"),
        ({"text": "a", "account_created_at": "long ago"}, "account_created_at 'long ago' is not an ISO date"),
        ({"text": "a", "channel_created_at": "2026-03-01T10:00:00"}, "channel_created_at has no UTC offset"),
        ({"text": "a", "channel_members": "a crowd"}, "channel_members 'a crowd' is no whole number"),
        ({"text": "a", "channel_members": -1}, "channel_members -1 is no count"),
    ],
)
def test_a_row_that_cannot_be_meant_costs_one_row(tmp_path: Path, row: dict[str, object], sentence: str) -> None:
    one = item_of(row, "t.csv:7", tmp_path)
    assert one.item.id == "t.csv:7"
    assert sentence in one.not_scanned[0].reason


def test_a_row_says_where_it_is_shown_and_how_old_account_and_channel_are(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(
        "text,surface,account_created_at,channel_created_at,channel_members\n"
        "one,feed,2026-02-28,2025-01-01T00:00:00+01:00,250\n"
        "two,,,,\n"
        "three,feed,soon,,\n"
    )
    first, second, third = received(table)
    assert (first.item.surface, first.item.channel_members) == ("feed", 250)
    assert first.item.account_created_at == datetime(2026, 2, 28, tzinfo=UTC)
    assert first.item.channel_created_at == datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert (second.item.surface, second.item.account_created_at, second.item.channel_members) == ("", None, None)
    assert "account_created_at 'soon'" in third.not_scanned[0].reason


def test_over_the_network_nobody_names_a_file_of_ours() -> None:
    assert "send the bytes as content" in item_of({"path": "a.jpg"}, "w", None).not_scanned[0].reason


def test_a_table_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    from abate.flows.rows import rows_of  # late: only this test reaches below the walk

    with pytest.raises(InputError, match="cannot be read"):
        list(rows_of(tmp_path / "gone.csv", SMALL, {}))


def test_a_path_that_no_file_can_have_costs_one_row(tmp_path: Path) -> None:
    assert item_of({"path": "a\0b"}, "w", tmp_path).not_scanned
    assert item_of({"path": "x" * 5000}, "w", tmp_path).item.kind is Kind.FILE  # reading it says that it is not there


def test_counts_of_other_programs_are_read_and_impossible_ones_cost_one_row() -> None:
    assert item_of({"text": "a", "views": 12.0}, "w", None).item.views == 12
    assert item_of({"text": "a", "views": float("nan")}, "w", None).item.views is None
    for views in (10**24, -1, 1.5):
        assert item_of({"text": "a", "views": views}, "w", None).not_scanned


def test_a_header_that_cannot_be_read_is_said_and_no_row_takes_its_place(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes("größe,text\n1,a\n".encode("latin-1"))
    (one,) = received(table)
    assert "line 1, the header, cannot be read: not valid UTF-8" in one.not_scanned[0].reason
    table.write_bytes(b"id,text\r1,a\r")
    (one,) = received(table)
    assert "end lines with a line feed" in one.not_scanned[0].reason


def test_a_value_of_parquet_that_no_calendar_has_costs_one_row(tmp_path: Path) -> None:
    table = tmp_path / "a.parquet"
    times = pa.array([0, 2**62], pa.timestamp("us"))
    pq.write_table(pa.table({"text": ["one", "two"], "posted_at": times}), table)
    good, bad = received(table)
    assert good.item.text == "one"
    assert "cannot be read" in bad.not_scanned[0].reason


def test_a_file_is_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "up.bin").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    (one,) = received(Path("up.bin"))
    assert one.item.id == "up.bin"
    assert one.item.path == str(tmp_path / "up.bin")
