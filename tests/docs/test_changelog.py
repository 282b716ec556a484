"""Fragments can be gathered by a release, and are written for the person who runs abate."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAGMENTS = sorted(path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md")
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_has_a_kind_and_a_few_sentences(path):
    assert re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md", path.name)
    text = path.read_text("utf-8").strip()
    assert not re.search(r"^(#|[-*] )", text, re.MULTILINE), "no heading, no list"
    assert text.endswith(".")
    assert 1 <= len(re.findall(r"\.(?:\s|$)", text)) <= 5


def test_the_kinds_are_the_ones_that_are_documented():
    page = (ROOT / "changelog.d" / "README.md").read_text("utf-8")
    assert tuple(re.findall(r"`([a-z]+)`", page)) == KINDS
