"""docs/howto/import-data.md, done as it says: the export is imported, the sentence is said, the weeks are counted."""

import re
import shlex
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "import-data.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))


def test_the_page_imports_what_it_shows_and_counts_what_it_says(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text(BLOCKS["export.csv"], "utf-8")
    imported, measured = (shlex.split(line)[1:] for line in BLOCKS["commands.sh"].splitlines())
    answer = abate.run(*imported)
    assert answer.code == 0
    assert BLOCKS["said.txt"] in answer.err
    told = abate.run(*measured, "--json")
    rows = [(row["week"], str(row["value"])) for row in told.json["rows"]]
    assert rows == re.findall(r"^\| (2025-\d\d-\d\d) \| (\d) \|$", TEXT, re.MULTILINE)
    assert "retrospective-capture" in {one["code"] for one in told.json["warnings"]}


def test_the_page_names_every_format():
    from abate.plugins import load_importers  # collecting the other tests must not wait for the plugs

    assert set(re.findall(r"^\| [^|]+ \| `(\w+)` \| [^|]*\| [^|]+\|$", TEXT, re.MULTILINE)) == set(load_importers())
