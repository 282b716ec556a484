"""Retro as its user meets it: a list comes, what lies there is found; killed anywhere, each find is made once."""

import json
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from kill_harness import run_script

HERE = Path(__file__).parent


def test_a_run_that_is_killed_again_and_again_ends_like_one_that_never_was(tmp_path):
    killed = run_script(HERE / "retro_kill_rounds.py", count=30, folder=tmp_path, timeout=280)
    assert killed.rounds == 30
    assert killed.said > killed.rounds, "the kills came too early to hit the run"


@pytest.fixture
def uploads(tmp_path):
    """Twelve pictures, the last of which is an edit of the first."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    for place in range(11):
        extent = (-2.2 + place / 9, -1.2, 1.0 - place / 11, 1.2 - place / 17)
        Image.effect_mandelbrot((320, 240), extent, 60).save(folder / f"{place:02}.png")
    with Image.open(folder / "00.png") as first:
        ImageEnhance.Contrast(first).enhance(1.2).save(folder / "11.jpg", quality=70)
    return folder


def test_pictures_posted_before_the_list_came_are_found_with_their_distances(abate, uploads, tmp_path):
    abate.run("bank", "create", "lantern", "--group", "Order of the Grey Lantern")
    abate.run("scan", uploads, "--submit")
    assert abate.run("case", "list", "--json").json == []
    (line,) = [one for one in abate.run("hash", uploads / "00.png", "--type", "pdq").lines if one["type"] == "pdq"]
    listed = tmp_path / "list.json"
    listed.write_text(json.dumps([{"type": "pdq", "value": line["value"], "source": "harbour watch"}]), "utf-8")
    assert abate.run("bank", "import", "lantern", listed, "--json").json["added"] == 1
    (waiting,) = abate.run("retro", "list", "--json").json
    assert waiting["state"] == "waiting"
    foreseen = abate.run("retro", "--dry-run", "--json").json
    assert {Path(one["item"]).name: one["matches"][0]["distance"] == 0 for one in foreseen} == {
        "00.png": True,
        "11.jpg": False,
    }
    assert abate.run("case", "list", "--json").json == []
    assert abate.run("retro", "work", "--idle", "0.1").code == 0
    (done,) = abate.run("retro", "list", "--json").json
    assert (done["state"], done["found"], done["opened"]) == ("done", 2, 2)
    found = {Path(case["item"]).name for case in abate.run("case", "list", "--json").json}
    assert found == {"00.png", "11.jpg"}


def test_the_command_says_what_it_did_and_what_it_could_not_do(abate, uploads, tmp_path):
    abate.run("bank", "create", "lantern")
    abate.run("scan", uploads, "--submit")
    abate.run("bank", "add", "lantern", uploads / "03.png")
    answer = abate.run("retro", "--bank", "lantern", "--since", "2020-01-01T00:00:00+00:00")
    assert answer.code == 0
    assert "1 items found, 1 cases opened, 0 joined, 1 limited" in answer.err
    run = abate.run("retro", "--json").json
    assert (run["state"], run["found"]) == ("done", 0)
    entry = abate.run("bank", "show", "lantern", "--json").json[0]["id"]
    assert abate.run("retro", "--entries", entry, "--json").json["entries"] == 1
    resumed = abate.run("retro", "resume", run["id"], "--json")
    assert resumed.json == run
    assert abate.run("retro", "list").out.count("done") == 3
    assert "found" in abate.run("retro", "--dry-run").err
    read = abate.run("retro", "--read", "--dry-run")
    assert "0 items read again" in read.err


def test_a_bad_list_is_told_of_and_a_release_finds_what_was_left(abate, tmp_path):
    same = tmp_path / "same.txt"
    same.write_text("Good morning, harbour: the ferry leaves at eight.", "utf-8")
    posts = tmp_path / "posts.jsonl"
    lines = [{"id": f"p{n}", "text": same.read_text("utf-8"), "account": f"a{n}", "platform": "h"} for n in range(60)]
    posts.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    abate.run("bank", "create", "lantern")
    abate.run("scan", posts, "--submit")
    abate.run("bank", "add", "lantern", same)
    (waiting,) = abate.run("retro", "list", "--json").json
    answer = abate.run("retro", "resume", waiting["id"], "--json")
    run = answer.json
    ((entry, left),) = [one.values() for one in run["set_aside"]["entries"]]
    assert (run["found"], run["opened"], run["set_aside"]["items"], left) == (60, 49, 11, 11)
    said = "11 items met nothing new but 1 entries that are set aside, and got no case (abate bank aside; a release has"
    assert said in answer.err
    (aside,) = abate.run("bank", "aside", "--json").json
    assert (aside["entry"], aside["items"], aside["seen"]) == (entry, 50, 50)
    assert len(abate.run("case", "list", "--json").json) == 49
    abate.run("bank", "release", entry, "--reason", "it is theirs")
    abate.run("retro", "work", "--idle", "0")
    released = abate.run("retro", "list", "--json").json[-1]
    assert (released["named"], released["opened"], released["set_aside"]) == ([entry], 11, {"items": 0, "entries": []})


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        (("--since", "yesterday"), "'yesterday' is no time", 2),
        (("--since", "2026-01-01T00:00:00"), "has no UTC offset", 2),
        (("--bank", "gone"), "nothing is stored in banks under 'gone'", 2),
        (("resume", "gone"), "nothing is stored in retros under 'gone'", 2),
    ],
)
def test_a_wrong_question_gets_one_sentence(abate, arguments, sentence, code):
    answer = abate.run("retro", *arguments)
    assert answer.code == code
    assert sentence in answer.err


def test_a_ctrl_c_says_how_to_go_on(abate, uploads, monkeypatch):
    abate.run("bank", "create", "lantern")
    abate.run("scan", uploads, "--submit")
    abate.run("bank", "add", "lantern", uploads)
    from abate.flows import retro

    monkeypatch.setattr(retro, "TOGETHER", 2)
    follow, calls = retro._commit, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return follow(*arguments)

    monkeypatch.setattr(retro, "_commit", interrupted)
    answer = abate.run("retro")
    assert answer.code == 130
    run = answer.err.split()[-1]
    assert f"Go on with: abate retro resume {run}" in answer.err
    (half,) = [one for one in abate.run("retro", "list", "--json").json if one["id"] == run]
    assert (half["state"], half["found"]) == ("running", 4)
    assert abate.run("retro", "resume", run, "--json").json["found"] == 12
