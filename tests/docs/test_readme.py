"""The README: three sentences, one picture, two commands that work first and alone, and no figure of its own."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e . && .venv/bin/abate demo",
    "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e '.[dev]' && .venv/bin/pytest -q",
]
FIGURE = re.compile(r"\d[\d.,]*\s?(?:%|×|µs|ms\b|s\b|sec|min|hours?\b|[kMG]B\b|times\b|/s\b)")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MARKED = re.compile(r"<!-- bench: (\w+) -->.*?(?=\n\n|\Z)", re.DOTALL)
"""A block of measured figures, up to the next empty line."""


def test_it_opens_with_three_sentences():
    opening = README.split("\n\n")[1]
    assert len(re.findall(r"[.!?](?:\s|$)", opening)) == 3


def test_it_has_one_picture():
    pictures = re.findall(r"!\[(.+?)\]\((.+?)\)", README)
    assert [path for _, path in pictures] == ["docs/pictures/measure.png"]
    assert (ROOT / "docs/pictures/measure.png").stat().st_size > 0


def test_it_gives_exactly_two_commands():
    blocks = re.findall(r"^```\w*\n(.+?)^```", README, re.MULTILINE | re.DOTALL)
    assert blocks[0].splitlines() == COMMANDS
    others = [line for block in blocks[1:] for line in block.splitlines()]
    assert not [line for line in others if re.match(r"\s*(\$|python|pip|\.venv)", line)]


def test_ci_runs_the_same_words():
    """The continuous run cuts its install and test command out of the README; this is the line it cuts from."""
    lines = [line for line in README.splitlines() if "'.[dev]'" in line]
    assert lines == [COMMANDS[1]]


def test_it_holds_no_figure_that_no_benchmark_prints():
    assert not FIGURE.findall(MARKED.sub("", README))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_block_of_figures_names_a_benchmark_that_exists(page):
    for name in MARKED.findall(page.read_text("utf-8")):
        assert (ROOT / "bench" / f"{name}.py").is_file()
