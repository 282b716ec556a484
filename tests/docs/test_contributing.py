"""What the guide tells a newcomer to type can be typed."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
JUSTFILE = (ROOT / "justfile").read_text("utf-8")


def recipes() -> dict[str, str]:
    return dict(re.findall(r"^([a-z]+)(?: \*\w+)?:\n    (.+)$", JUSTFILE, re.MULTILINE))


def test_every_recipe_that_a_page_names_exists():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {name for page in pages for name in re.findall(r"`just ([a-z]+)", page.read_text("utf-8"))}
    assert named <= recipes().keys()


def test_the_guide_lists_every_recipe_that_a_contributor_needs():
    assert set(re.findall(r"^\| `just ([a-z]+)`", GUIDE, re.MULTILINE)) == recipes().keys() - {"default", "demo"}


def test_a_recipe_is_one_line_and_its_scripts_exist():
    for line in recipes().values():
        for script in re.findall(r"(?:\.ci|docs)/[\w.]+", line):
            assert (ROOT / script).is_file()


def test_the_budgets_in_the_guide_are_the_ones_that_are_held():
    house = (ROOT / "tests/unit/test_house.py").read_text("utf-8")
    assert "FUNCTION_MEDIAN, FUNCTION_P95, FUNCTION_MAX = 10, 45, 80" in house
    assert "median at most 10 lines, 95 of 100 at most 45, none above 80" in GUIDE
    assert "FILE_SOFT, FILE_MAX = 400, 600" in house
    assert "400 lines is a hint, 600 the end" in GUIDE
