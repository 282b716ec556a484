"""The page on banks is run: each line behind a prompt, with the answers that it shows.

``abate`` runs in this process, since thirty starts of it would take longer than all that it does; the rest in a shell.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from shown_steps import steps

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "banks.md"


def answer_to(abate, command: str) -> str:
    """Run one line: an ``abate`` command, what ``grep`` leaves of it, or anything else a shell knows."""
    if command == "export LAMP=…":  # the reader does this by eye
        entries = abate.run("bank", "show", "lantern", "--json").json
        os.environ["LAMP"] = next(e["id"] for e in entries if e["type"] == "sha256" and e["label"] == "lamp.bin")
        return ""
    if not command.startswith("abate "):
        return subprocess.run(["bash", "-ec", command], capture_output=True, text=True, check=True).stdout
    line, _, wanted = command.partition(" | grep ")
    answer = abate.run(*shlex.split(os.path.expandvars(line))[1:])
    assert answer.code == 0, answer.err
    left = [row for row in answer.out.splitlines() if not wanted or shlex.split(wanted)[0] in row]
    assert left or not wanted, answer.out
    return "\n".join(left)


def test_the_page_happens_as_it_is_written(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAMP", "")
    told = steps(PAGE)
    assert len(told) >= 20
    for command, expected in told:
        answer = answer_to(abate, command)
        for line in expected:
            pattern = re.escape(line).replace("…", ".*")
            assert re.search(pattern, answer), f"{command}\nshould answer: {line}\nanswered:\n{answer}"


@pytest.mark.parametrize("name", ["flood_items", "flood_percent"])
def test_the_settings_that_the_page_names_exist(name):
    from abate.settings import Settings  # collecting the other tests must not wait for the product

    assert f"`{name}" in PAGE.read_text("utf-8")
    assert hasattr(Settings(), name)
