"""The page on measuring is run: each table is written, each command is typed, and each answer is the one it shows."""

import json
import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "howto" / "measure.md").read_text("utf-8")


@pytest.fixture
def tables(tmp_path, monkeypatch):
    for name, text in re.findall(r"^```csv file=(\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)


def command(name):
    (line,) = re.findall(rf"^abate (measure {name} .*--json)$", PAGE, re.MULTILINE)
    return shlex.split(line)


def shown(name):
    """The table below the command, cells as the JSON has them."""
    below = PAGE.partition(f"abate measure {name} ")[2].partition("\n|")[2]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table_lines(f"|{below}")]
    return [{key: json_cell(cell) for key, cell in zip(head, row, strict=True)} for row in rows]


def table_lines(text):
    lines = text.splitlines()
    return lines[: next(place for place, line in enumerate(lines) if not line.startswith("|"))]


def json_cell(cell):
    if cell in {"true", "false"} or cell.isdigit():
        return json.loads(cell)
    return cell or None


@pytest.mark.parametrize("name", ["presence", "following", "reach"])
def test_each_week_is_as_the_page_shows_it(abate, tables, name):
    told = abate.run(*command(name)).json
    rows = shown(name)
    assert len(rows) >= 2
    assert [{key: row.get(key) for key in rows[0]} for row in told["rows"]][: len(rows)] == rows
    if name == "following":
        assert told["whole"] == {"value": 2, "sum": 3}


def test_the_half_life_and_the_curve_are_as_the_page_shows_them(abate, tables):
    told = abate.run(*command("survival")).json
    shares = re.findall(r"\[(\d+), ([\d.]+), ", PAGE.partition('`{"median": 4, "curve"')[2].partition("`")[0])
    assert told["median"] == 4
    assert [step[:2] for step in told["curve"]] == [[int(day), float(share)] for day, share in shares]
    assert told["views_before_removal"]["n"] == 2
    assert told["time_to_action"]["unit"] == "hours"


def test_who_comes_back_is_as_the_page_says(abate, tables):
    told = abate.run(*command("reappearance")).json
    assert [(row["days"], row["value"]) for row in told["incidence"]] == [(30, 0.5), (90, 0.5)]
    assert (told["regained_audience"]["median_after"], told["regained_audience"]["median_before"]) == (300, 900)


def test_an_intervention_of_the_page_is_read(abate, tables):
    told = abate.run(*command("presence"), "--interventions", "interventions.csv").json
    assert [one["kind"] for one in told["breaks"]] == ["takedown"]


def test_every_code_that_the_weekly_measures_warn_with_is_explained():
    rooms = [ROOT / "src" / "abate" / "measurement" / name for name in ("counting", ".")]
    files = [path for room in rooms for path in room.glob("*.py")]
    weekly = {
        "presence",
        "following",
        "reach",
        "nowcast",
        "collectors",
        "hidden",
        "weekly_answer",
        "survival",
        "removals",
    }
    mine = [path for path in files if path.parent.name == "counting" or path.stem in weekly]
    codes = {code for path in mine for code in re.findall(r'code="([a-z-]+)"', path.read_text("utf-8"))}
    assert len(codes) >= 9
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
