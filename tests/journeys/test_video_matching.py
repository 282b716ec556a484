"""A known video and what people make of it: cut, scaled, packed anew, put inside another; and what it is not."""

from pathlib import Path

import pytest

pytest.importorskip("av", reason="pip install '.[video]'")

import films
from abate.domain.vpdq import read_video_hash


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The known film, a folder of uploads, and uploads that cannot be read whole."""
    place = tmp_path_factory.mktemp("videos")
    (place / "uploads").mkdir()
    known = films.shots(3, 20)
    write = {
        "known.mp4": films.encoded(known),
        "uploads/clip.webm": films.encoded(known[60:130], "libvpx-vp9", "webm", size=(96, 72)),
        "uploads/inside.mkv": films.encoded(films.shots(8, 15) + known + films.shots(9, 15), "libx264", "matroska"),
        "uploads/other.mp4": films.encoded(films.shots(5, 12)),
        "uploads/black.mp4": films.encoded(films.flat(6)),
        "uploads/cut.mkv": films.encoded(known, "libx264", "matroska", g="10"),
        "uploads/letter.mp4": b"a letter that is called a film",
    }
    write["uploads/cut.mkv"] = write["uploads/cut.mkv"][: len(write["uploads/cut.mkv"]) // 2]
    for name, content in write.items():
        (place / name).write_bytes(content)
    return place


def scanned(abate, folder):
    answer = abate.run("scan", folder / "uploads", "--jsonl")
    assert answer.code == 0
    return {Path(line["item"]).name: line for line in answer.lines}


def met(line):
    return [match for match in line["matches"] if match["signal_type"] == "vpdq"]


def test_what_is_cut_scaled_or_put_inside_another_is_found_and_located(abate, folder):
    assert abate.run("bank", "create", "lantern-films", "--group", "Order of the Grey Lantern").code == 0
    added = abate.run("bank", "add", "lantern-films", folder / "known.mp4")
    assert added.code == 0
    found = scanned(abate, folder)
    (clip,) = met(found["clip.webm"])
    assert clip["located"] == {
        "item": [0.0, 6.9],
        "entry": [6.0, 12.9],
        "item_percent": 100.0,
        "entry_percent": 35.0,
        "frames": "quarter",
    }
    (inside,) = met(found["inside.mkv"])
    assert (inside["located"]["item"], inside["located"]["entry"]) == ([15.0, 34.9], [0.0, 19.9])
    assert inside["located"]["item_percent"] < 50
    assert inside["located"]["entry_percent"] >= 80
    assert not found["other.mp4"]["matches"]
    assert not found["black.mp4"]["matches"]
    assert all(found[name]["proposal"]["action"] == "review" for name in ("clip.webm", "inside.mkv"))


@pytest.mark.parametrize(("policy", "numbers"), [("second", range(0, 70, 10)), ("keyframe", [0])])
def test_a_video_has_exact_hashes_and_one_of_its_frames(abate, folder, monkeypatch, policy, numbers):
    monkeypatch.setenv("ABATE_VIDEO_FRAMES", policy)
    line = scanned(abate, folder)["clip.webm"]
    signals = {signal["type"]: signal for signal in line["signals"]}
    assert set(signals) == {"md5", "sha256", "vpdq"}
    assert [frame.number for frame in read_video_hash(signals["vpdq"]["value"]).frames] == list(numbers)
    assert signals["vpdq"]["quality"] == 100


def test_what_cannot_be_read_whole_says_so_and_what_was_read_counts(abate, folder):
    abate.run("bank", "create", "lantern-films")
    abate.run("bank", "add", "lantern-films", folder / "known.mp4")
    found = scanned(abate, folder)
    (cut,) = met(found["cut.mkv"])
    assert cut["located"]["item"][0] == cut["located"]["entry"][0] == 0.0
    (told,) = found["cut.mkv"]["not_scanned"]
    assert "cut off before its end" in told["reason"]
    assert "frames were read" in told["reason"]
    (poor,) = found["black.mp4"]["not_scanned"]
    assert (poor["step"], "too poor to hash" in poor["reason"]) == ("match", True)
    (letter,) = found["letter.mp4"]["not_scanned"]
    assert "not a video abate reads" in letter["reason"]
    assert {signal["type"] for signal in found["letter.mp4"]["signals"]} == {"md5", "sha256"}


def test_of_keyframes_fewer_are_hashed_and_the_policy_is_seen(abate, folder, monkeypatch):
    abate.run("bank", "create", "lantern-films")
    abate.run("bank", "add", "lantern-films", folder / "known.mp4")
    monkeypatch.setenv("ABATE_VIDEO_FRAMES", "keyframe")
    line = scanned(abate, folder)["clip.webm"]
    (value,) = [signal["value"] for signal in line["signals"] if signal["type"] == "vpdq"]
    assert value.startswith("keyframe;0,")
    (match,) = met(line)
    assert match["located"]["frames"] == "keyframe against quarter"


def test_an_unknown_policy_is_refused_at_the_start(abate, folder, monkeypatch):
    monkeypatch.setenv("ABATE_VIDEO_FRAMES", "every")
    answer = abate.run("scan", folder / "known.mp4")
    assert answer.code == 2
    assert "video_frames wants second or quarter or keyframe, not 'every'" in answer.err


def test_a_bank_of_videos_goes_out_as_a_list_and_comes_back(abate, folder, tmp_path):
    abate.run("bank", "create", "first")
    abate.run("bank", "add", "first", folder / "known.mp4")
    assert abate.run("bank", "export", "first", tmp_path / "list.json").code == 0
    abate.run("bank", "create", "second")
    assert abate.run("bank", "import", "second", tmp_path / "list.json", "--source", "harbourline").code == 0
    assert abate.run("bank", "remove", "first", "--whole").code == 0
    (match,) = met(scanned(abate, folder)["clip.webm"])
    assert (match["bank"], match["located"]["entry"]) == ("second", [6.0, 12.9])


def test_a_match_of_a_video_opens_a_case_that_says_where(abate, folder):
    abate.run("bank", "create", "lantern-films")
    abate.run("bank", "add", "lantern-films", folder / "known.mp4")
    abate.run("scan", folder / "uploads/clip.webm", "--submit", "--jsonl")
    (case,) = abate.run("case", "list", "--json").json
    shown = abate.run("case", "show", case["id"], "--json").json
    located = next(match["located"] for match in shown["matches"] if match["located"])
    assert located["entry"] == [6.0, 12.9]
    assert any("0:00–0:06 of it being 0:06–0:12 of the entry" in line for line in shown["why"])
