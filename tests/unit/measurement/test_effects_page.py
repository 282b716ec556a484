"""The page on effects and changes says what its own commands answer."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "howto" / "measure-effects.md"
EFFECT = ("--time", "week", "--outcome", "active", "--controls", "elsewhere", "--start", "2025-07-21")


@pytest.fixture
def page():
    return PAGE.read_text("utf-8")


@pytest.fixture
def weeks(page, tmp_path):
    path = tmp_path / "weeks.csv"
    path.write_text(re.search(r"^```\n(week,.*?)^```", page, re.MULTILINE | re.DOTALL)[1], "utf-8")
    return path


def shown(page, key):
    return re.search(rf"^\| `{key}` \| (.+?) \|", page, re.MULTILINE)[1]


def pair(interval):
    return f"[{interval[0]:.2f}, {interval[1]:.2f}]"


def test_the_worked_effect_is_the_one_that_is_printed(abate, weeks, page):
    told = abate.run("measure", "effect", "--series", weeks, *EFFECT, "--method", "its", "--json").json
    assert shown(page, "effect") == f"{told['effect']:.2f}"
    assert shown(page, "interval") == pair(told["interval"])
    assert shown(page, "relative") == f"{told['relative']:.3f}"
    assert shown(page, "cumulative") == f"{told['cumulative']:.1f}"
    assert shown(page, "predicted") == f"{told['predicted']:.2f}"
    assert shown(page, "placebo_coverage") == f"{told['placebo_coverage']:.2f}"
    assert shown(page, "minimum_detectable") == f"{told['minimum_detectable']:.2f}"
    assert shown(page, "calibrated") == "null"
    assert told["calibrated"] is None
    assert "drift-not-ruled-out" in {one["code"] for one in told["warnings"]}
    assert f"the {told['periods']} periods since" in page
    assert f"{told['placebos']['covered']} of {told['placebos']['count']} dates" in page
    spoken = abate.run("measure", "effect", "--series", weeks, *EFFECT, "--method", "its")
    assert re.sub(r"\s+", " ", spoken.out.strip().splitlines()[-1]) in re.sub(r"\s+", " ", page)


def test_the_other_methods_answer_as_the_page_says(abate, weeks, page):
    flat = re.sub(r"\s+", " ", page)
    stated = abate.run("measure", "effect", "--series", weeks, *EFFECT, "--json").json
    tuned = abate.run("measure", "effect", "--series", weeks, *EFFECT, "--level-prior", "tuned", "--json").json
    assert f"the third gives {stated['effect']:.2f} {pair(stated['interval'])}" in flat
    assert (stated["calibrated"], tuned["calibrated"]) == (False, True)
    assert stated["warnings"][0]["text"].partition("; ")[2] in flat
    assert f"second gives {tuned['effect']:.2f} {pair(tuned['interval'])}" in flat


def test_the_change_is_found_in_the_week_that_the_page_names(abate, weeks, page):
    told = abate.run("measure", "change", "--series", weeks, "--time", "week", "--outcome", "active", "--json").json
    flat = re.sub(r"\s+", " ", page)
    assert f'"points": ["{told["points"][0]}"], "false_alarm": {told["false_alarm"]:.2f}, "calibrated": true' in flat
    one = told["changes"][0]
    assert f"({one['size']:.2f}, with the interval {pair(one['size_interval'])})" in flat
    assert one["between"] == ["2025-07-21", "2025-07-21"]
