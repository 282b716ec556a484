"""``abate scan`` and ``abate hash`` over a folder: stopped anywhere, they go on, and end up as if never stopped."""

import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    made.mkdir()
    for place in range(30):
        (made / f"{place:03}.txt").write_text(f"Good morning, harbour number {place}.", "utf-8")
        (made / f"{place:03}.bin").write_bytes(bytes([place]) * 50)
    (made / "rows.jsonl").write_text('{"id":"a","text":"Good morning"}\n{"id":"b"}\n', "utf-8")
    return made


def test_a_second_run_passes_over_what_is_unchanged(abate, folder, tmp_path):
    out = tmp_path / "results.jsonl"
    first = abate.run("scan", folder, "--out", out)
    assert first.code == 0
    assert first.err.startswith("62 items:")
    lines = out.read_text("utf-8").splitlines()
    assert [json.loads(line)["item"] for line in lines] == [
        *(f"{folder}/{place:03}{end}" for place in range(30) for end in (".bin", ".txt")),
        "a",
        f"{folder}/rows.jsonl:2",
    ]
    again = abate.run("scan", folder, "--out", out)
    assert again.err.strip().endswith("62 unchanged since the last run.")
    assert out.read_text("utf-8").splitlines() == lines
    (folder / "007.txt").write_text("Good evening, harbour.", "utf-8")
    assert abate.run("scan", folder, "--out", out).err.startswith("1 items:")
    assert json.loads(out.read_text("utf-8").splitlines()[-1])["item"].endswith("007.txt")


@pytest.mark.parametrize("command", ["scan", "hash"])
def test_a_run_that_was_cut_off_at_any_byte_ends_as_one_that_was_not(abate, folder, tmp_path, command):
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    abate.run(command, folder, "--out", whole)
    bytes_of_it = whole.read_bytes()
    line_ends = [place for place, byte in enumerate(bytes_of_it) if byte == ord("\n")]
    for length in (0, 1, line_ends[3] - 5, line_ends[3], line_ends[3] + 1, line_ends[4] + 1, len(bytes_of_it)):
        cut.write_bytes(bytes_of_it[:length])
        assert abate.run(command, folder, "--out", cut).code == 0
        assert cut.read_bytes() == bytes_of_it, length


@pytest.mark.parametrize(
    "held", [b"my letters\n", b"my letters", b'{"item":"x"}\n', b'{"path":"x","file":null}\n', b"[1]\n"]
)
def test_a_file_of_something_else_is_left_as_it_is(abate, folder, tmp_path, held):
    out = tmp_path / "letters.txt"
    out.write_bytes(held)
    answer = abate.run("scan", folder, "--out", out)
    assert answer.code == 2
    assert "line 1 is no result of this command; name another file" in answer.err
    assert out.read_bytes() == held


def test_a_file_that_cannot_be_written_is_said(abate, folder, tmp_path):
    answer = abate.run("scan", folder, "--out", tmp_path / "no" / "such" / "folder.jsonl")
    assert answer.code == 2
    assert "cannot be written" in answer.err


def test_rows_from_a_pipe_are_never_passed_over(abate, tmp_path):
    out = tmp_path / "results.jsonl"
    for _ in range(2):
        abate.run("scan", "-", "--out", out, stdin=b'{"id":"a","text":"Good morning"}\n')
    assert [json.loads(line)["file"] for line in out.read_text("utf-8").splitlines()] == [None, None]


def test_a_ctrl_c_ends_with_what_was_done_and_says_how_to_go_on(home, tmp_path):
    folder, out = tmp_path / "folder", tmp_path / "results.jsonl"
    folder.mkdir()
    for place in range(700):
        (folder / f"{place:05}.txt").write_text(f"Good morning, harbour number {place}.", "utf-8")
    # A shell lets what it runs in the background ignore the key, and so would every child.
    heard = "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from abate.cli import main; main()"
    command = [sys.executable, "-c", heard, "scan", str(folder), "--out", str(out)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ | {"ABATE_HOME": str(home)})
    while not (out.exists() and out.stat().st_size):
        assert running.poll() is None
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1].decode()
    assert running.returncode == 130, said
    assert f"Give the same command again to go on; {out} keeps what is done" in said
    assert "Traceback" not in said
    done = out.read_bytes().count(b"\n")
    assert 0 < done < 700
    again = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"ABATE_HOME": str(home)}
    )
    assert f"{done} unchanged since the last run" in again.stderr or f"{done - 1} unchanged" in again.stderr
    names = [json.loads(line)["item"] for line in out.read_text("utf-8").splitlines()]
    assert names == [f"{folder}/{place:05}.txt" for place in range(700)]


def photo(path):
    Image.effect_mandelbrot((320, 240), (-2.2, -1.2, 1.0, 1.2), 60).convert("RGB").save(path, "PNG")


def test_hash_prints_the_types_that_were_asked_for_and_every_orientation(abate, tmp_path):
    photo(tmp_path / "a.png")
    Image.new("L", (64, 64)).save(tmp_path / "flat.png")
    lines = abate.run("hash", tmp_path / "a.png", "--type", "pdq").lines
    assert [line["type"] for line in lines] == ["pdq"]
    turned = abate.run("hash", tmp_path / "a.png", "--type", "pdq", "--dihedral").lines
    assert len({line["orientation"] for line in turned}) == 8
    assert turned[0]["value"] == lines[0]["value"]
    assert {line["quality"] for line in turned} == {lines[0]["quality"]}
    (flat,) = abate.run("hash", tmp_path / "flat.png", "--type", "pdq").lines
    assert flat["quality"] < 50, "a poor value is printed with its quality"
    wrong = abate.run("hash", tmp_path / "a.png", "--type", "pqd")
    assert wrong.code == 2
    assert "no signal type 'pqd'; there are:" in wrong.err


def test_hash_says_what_it_cannot_read_and_goes_on(abate, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing else")
    (folder / "z.bin").write_bytes(b"abc")
    answer = abate.run("hash", folder, "--dihedral")
    assert answer.code == 0
    problems = {line["path"]: line["not_scanned"]["step"] for line in answer.lines if "not_scanned" in line}
    assert problems == {f"{folder}/cut.png": "decode"}
    assert answer.lines[-1]["path"].endswith("z.bin")


def test_a_long_table_is_printed_in_pages(abate, folder, monkeypatch):
    monkeypatch.setattr("abate.cli.scan.PAGE", 40)
    answer = abate.run("scan", folder)
    assert answer.out.count("proposal") == 2
    assert answer.out.count(".txt") == 30


def test_an_empty_folder_is_an_empty_list(abate, tmp_path):
    (tmp_path / "empty").mkdir()
    assert abate.run("scan", tmp_path / "empty", "--json").json == []
    assert io.StringIO(abate.run("hash", tmp_path / "empty").out).read() == ""
