"""docs/howto/train-a-classifier.md, done as it says: each command, with the answers that it shows."""

import os
import re
import runpy
import shlex
from pathlib import Path

import pytest

from abate.flows.training import gates
from abate.flows.training.copies import FIRST_LETTERS
from abate.flows.training.train import FOLDS
from shown_steps import steps

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "train-a-classifier.md"
TEXT = PAGE.read_text("utf-8")
SCRIPT = re.search(r"^```python file=invent\.py\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[1]


def test_the_page_happens_as_it_is_written(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ABATE_TEXT_MODEL", "")
    Path("invent.py").write_text(SCRIPT, "utf-8")
    runpy.run_path("invent.py")
    told = steps(PAGE)
    assert len(told) >= 6
    for command, expected in told:
        words = shlex.split(command)
        if words[0] == "export":
            os.environ.update([words[1].split("=", 1)])
            continue
        answer = abate.run(*words[1:])
        assert answer.code == 0, answer.err
        for line in expected:
            assert re.search(re.escape(line).replace("…", ".*"), answer.out), f"{command}: {line}\n{answer.out}"
    assert len(list(Path("plots").iterdir())) == 3


@pytest.mark.parametrize(
    "said",
    [
        f"there are {gates.LEAST_ROWS} rows of each language",
        f"at most {gates.ECE_LIMIT}; {gates.ECE_LIMIT_LARGE} from {gates.ECE_LARGE:,} rows on",
        f"{gates.PROTECTED_ROWS:,} items",
        f"{gates.ECE_ROWS} rows",
        f"{gates.COVERAGE_ROWS} rows",
        f"first {FIRST_LETTERS} letters",
    ],
)
def test_the_limits_are_those_of_the_code(said):
    assert said in " ".join(TEXT.split())


def test_five_parts_are_five():
    assert FOLDS == 5
    assert "into five parts" in TEXT
