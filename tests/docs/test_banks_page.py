"""The page on banks is run: each line behind a prompt, with the answers that it shows."""

import os
import re
from pathlib import Path

import pytest

from shown_steps import answer_to, steps

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "banks.md"


def answered(abate, command: str) -> str:
    """Run one line of the page, the one that a reader does by eye among them."""
    if command == "export LAMP=…":  # the reader does this by eye
        entries = abate.run("bank", "show", "lantern", "--json").json
        os.environ["LAMP"] = next(e["id"] for e in entries if e["type"] == "sha256" and e["label"] == "lamp.bin")
        return ""
    return answer_to(abate, command)


def test_the_page_happens_as_it_is_written(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAMP", "")
    told = steps(PAGE)
    assert len(told) >= 20
    for command, expected in told:
        answer = answered(abate, command)
        for line in expected:
            pattern = re.escape(line).replace("…", ".*")
            assert re.search(pattern, answer), f"{command}\nshould answer: {line}\nanswered:\n{answer}"


@pytest.mark.parametrize("name", ["flood_items", "flood_percent"])
def test_the_settings_that_the_page_names_exist(name):
    from abate.settings import Settings  # collecting the other tests must not wait for the product

    assert f"`{name}" in PAGE.read_text("utf-8")
    assert hasattr(Settings(), name)
