"""Decision records: numbered without a gap, each with what was weighed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
HEADINGS = ["Context", "Options", "Decision", "Consequences"]


def test_numbers_have_no_gap_and_no_double():
    assert [path.name[:5] for path in RECORDS] == [f"{number:04}-" for number in range(len(RECORDS))]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name)
def test_a_record_says_what_was_weighed(path):
    text = path.read_text("utf-8")
    assert re.match(rf"# {path.name[:4]}: \S", text)
    assert re.search(r"^Status: (accepted|proposed|replaced by \d{4})", text, re.MULTILINE)
    assert [heading for heading in re.findall(r"^## (.+)$", text, re.MULTILINE) if heading in HEADINGS] == HEADINGS
    options = text.split("## Options", 1)[1].split("\n## ", 1)[0]
    assert len(re.findall(r"^(?:\d+\.|-|\||\*\*|### )", options, re.MULTILINE)) >= 2, "at least two options"
