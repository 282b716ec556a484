"""``abate scan`` as its user meets it: a bank of one picture, the news, and all that can be wrong with a file."""

import json
import struct
import zlib
from pathlib import Path

import pytest

PROTECTED = [
    ("news_en_agnews/test_sample.tsv", ("title=text", "description=text"), 3100),
    ("news_ar_pud/sentences.tsv", (), 1000),
    ("news_event_ucdp_ged/ucdp_ged_sample.tsv", ("source_headline=text",), 1000),
]


def by_name(answer) -> dict[str, dict]:
    return {Path(line["item"]).name: line for line in answer.lines}


@pytest.mark.needs_data("img_pdq_bridge")
def test_edits_of_a_banked_picture_match_with_their_distances(abate, data) -> None:
    folder = data / "img_pdq_bridge"
    abate.run("bank", "create", "bridge")
    abate.run("bank", "add", "bridge", folder / "bridge-mods__aaa-orig.jpg")
    answer = abate.run("scan", folder, "--jsonl")
    assert answer.code == 0
    found = by_name(answer)
    distances = {
        name: next(m["distance"] for m in line["matches"] if m["signal_type"] == "pdq")
        for name, line in found.items()
        if name.startswith("bridge-mods")
    }
    assert len(distances) == 7
    assert distances["bridge-mods__aaa-orig.jpg"] == 0
    assert all(0 < distance <= 31 for name, distance in distances.items() if "orig" not in name)
    others = [line for name, line in found.items() if not name.startswith("bridge-mods")]
    assert all(line["matches"] == [] for line in others)
    (poor,) = found["misc-images__small.jpg"]["not_scanned"]
    assert "too poor to hash" in poor["reason"]
    assert found["bridge-mods__aaa-orig.jpg"]["proposal"]["automatic"]
    assert not any(line["proposal"]["automatic"] for name, line in found.items() if "orig" not in name)
    assert "7 matched" in answer.err


def with_names(source: Path, target: Path, names: list[str], columns: list[str]) -> int:
    """Copy a table with a listed name put into every second row; return how many rows got one."""
    import csv

    with source.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    for number, row in enumerate(rows):
        if number % 2 == 0:
            row[columns[0]] = f"{names[number // 2 % len(names)]} {row[columns[0]] or 'in the news'}"
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows[::2])


@pytest.mark.parametrize(("table", "maps", "rows"), PROTECTED)
def test_news_that_names_listed_organisations_is_mentioned_and_left_alone(
    abate, data, tmp_path, table, maps, rows
) -> None:
    if not (data / table).exists() or not (data / "list_un_entities").exists():
        pytest.skip(f"{table} is not at hand")
    entities = data / "list_un_entities" / "entities.jsonl"
    names = [json.loads(line)["name"] for line in entities.read_text("utf-8").splitlines()]
    long_names = [name for name in names if len(name) >= 8 and ";" not in name and "(" not in name]
    abate.run("bank", "create", "un", "--purpose", "designated")
    assert abate.run("bank", "import", "un", entities, "--json").json["added"] > 900
    # A bank of real entries beside it, so that "nothing is proposed" is not for want of anything to match.
    (tmp_path / "known.txt").write_text("The Order of the Grey Lantern meets at the harbour at night.", "utf-8")
    abate.run("bank", "create", "lantern")
    abate.run("bank", "add", "lantern", tmp_path / "known.txt")
    columns = [pair.split("=")[0] for pair in maps] or ["text"]
    named = with_names(data / table, tmp_path / "named.tsv", long_names, columns)
    flags = [part for pair in maps for part in ("--map", pair)]
    lines = abate.run("scan", tmp_path / "named.tsv", "--jsonl", *flags).lines
    assert len(lines) == rows
    assert sum(bool(line["mentions"]) for line in lines) >= 0.9 * named
    assert {line["proposal"]["action"] for line in lines} <= {"none", "review"}
    assert not any(line["proposal"]["automatic"] for line in lines)
    assert sum(line["proposal"]["action"] == "review" for line in lines) <= 0.02 * rows


def bomb(width: int, height: int) -> bytes:
    """Make a PNG of black pixels: a few KB on disk, a byte a pixel and more in memory."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    squeeze = zlib.compressobj(9)
    rows = b"".join(squeeze.compress(b"\0" * (width // 8 + 1)) for _ in range(height)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def picture() -> bytes:
    """Draw a picture with enough in it to be told apart."""
    import io

    from PIL import Image

    drawn = Image.effect_mandelbrot((320, 240), (-2.2, -1.2, 1.0, 1.2), 60).convert("RGB")
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=85)
    return out.getvalue()


def test_everything_wrong_with_a_batch_costs_one_sentence_each_and_the_rest_is_scanned(abate, tmp_path) -> None:
    folder = tmp_path / "batch"
    (folder / "inner").mkdir(parents=True)
    (folder / "bomb.png").write_bytes(bomb(20_000, 20_000))
    assert (folder / "bomb.png").stat().st_size < 50_000
    (folder / "cut.jpg").write_bytes(picture()[:5000])
    (folder / "good.jpg").write_bytes(picture())
    (folder / "zero.gif").write_bytes(b"")
    (folder / "bad.txt").write_bytes(b"abc\xff\xfe")
    (folder / "inner" / "loop").symlink_to(folder)
    line = folder / "line.jsonl"
    with line.open("wb") as stream:  # a gigabyte on one line, as a hole in the file
        stream.write(b'{"text":"first"}\n{"text":"')
        stream.truncate(2**30)
        stream.seek(2**30)
        stream.write(b'"}\n{"text":"last"}\n')
    missing = tmp_path / "columns.csv"
    missing.write_text("a,b\n1,2\n", "utf-8")
    answer = abate.run("scan", folder, missing, "--jsonl")
    line.unlink()
    assert answer.code == 2
    said = {name: [n["reason"] for n in one["not_scanned"]] for name, one in by_name(answer).items()}
    assert all(len(reasons) <= 1 for reasons in said.values())
    for name, sentence in {
        "bomb.png": "20000 x 20000 pixels",
        "cut.jpg": "cut off before its end",
        "zero.gif": "empty (0 bytes)",
        "bad.txt": "not valid UTF-8 at byte 3",
        "loop": "leads back to a folder already read",
        "line.jsonl:2": "longer than 1048576 bytes",
        "columns.csv": "no column text, url or path (there are: a, b)",
    }.items():
        assert sentence in said[name][0], name
    found = by_name(answer)
    assert {s["type"] for s in found["good.jpg"]["signals"]} >= {"sha256", "md5", "pdq"}
    assert found["line.jsonl:3"]["signals"]
    assert "7 not fully scanned" in answer.err


def test_items_come_from_standard_input_and_results_are_json(abate) -> None:
    answer = abate.run("scan", "-", "--json", stdin=b'{"id":"a","text":"Good morning, harbour."}\n{"id":"b"}\n\xff\n')
    assert [line["item"] for line in answer.json] == ["a", "-:2", "-:3"]
    assert answer.json[0]["language"]["code"] == "en"
    assert answer.json[1]["language"] == {"code": "und", "confidence": None}
    assert answer.json[0]["context"]["label"] == "unknown"


def test_submitted_items_are_taken_in_once(abate, tmp_path) -> None:
    (tmp_path / "known.txt").write_text("The Order of the Grey Lantern meets at the harbour at night.", "utf-8")
    abate.run("bank", "create", "lantern", "--group", "Order of the Grey Lantern")
    abate.run("bank", "add", "lantern", tmp_path / "known.txt")
    for _ in range(2):
        abate.run("scan", tmp_path / "known.txt", "--submit")
    (case,) = abate.run("case", "list", "--json").json
    assert case["proposal"]["action"] == "review"
    shown = abate.run("case", "show", case["id"])
    assert "Grey Lantern" in shown.out
    assert abate.run("case", "decide", case["id"], "remove", "--note", "clause 4", "--json").json["verdict"] == "remove"
    again = abate.run("case", "decide", case["id"], "none")
    assert again.code == 1
    assert "decided already" in again.err
    assert abate.run("case", "undo", case["id"]).code == 0
    assert abate.run("case", "list").code == 0


def test_the_table_says_what_was_found_in_words(abate, tmp_path) -> None:
    (tmp_path / "a.txt").write_text("Good morning, harbour.", "utf-8")
    answer = abate.run("scan", tmp_path / "a.txt")
    assert "a.txt" in answer.out
    assert answer.err.strip().endswith(
        "1 items: 0 matched, 0 name a listed organisation, 0 not fully scanned; proposals: 1 none."
    )


def test_every_value_of_a_file_is_hashed_with_its_quality(abate, tmp_path) -> None:
    (tmp_path / "flat.jpg").write_bytes(picture())
    lines = abate.run("hash", tmp_path / "flat.jpg").lines
    assert {line["type"] for line in lines} == {"sha256", "md5", "pdq"}
    assert all(0 <= line["quality"] <= 100 for line in lines)
    assert abate.run("hash", tmp_path / "flat.jpg", "--json").json == lines
    gone = abate.run("hash", tmp_path / "gone.jpg")
    assert gone.code == 2
    assert "check its spelling" in gone.lines[0]["not_scanned"]["reason"]


def test_a_map_that_does_not_read_as_one_is_wrong_use(abate, tmp_path) -> None:
    answer = abate.run("scan", tmp_path, "--map", "title")
    assert answer.code == 2
    assert "does not read THEIRS=OURS" in answer.err


def test_a_control_character_in_a_name_does_not_reach_the_terminal(abate, tmp_path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    (folder / "a\x1b[31m.txt").write_text("Good morning.", "utf-8")
    answer = abate.run("scan", folder)
    assert "[31m.txt" in answer.out
    assert "\x1b" not in answer.out
