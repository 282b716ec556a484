"""docs/howto/near-texts.md, done as it says: what was changed or cut is found, what shares words is not."""

import re
import shlex
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "near-texts.md"
BLOCKS = dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def test_the_page_finds_what_it_says_it_finds(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("leaflet.txt", "posts.jsonl"):
        (tmp_path / name).write_text(BLOCKS[name], "utf-8")
    *before, scan = [abate.run(*shlex.split(line)[1:]) for line in BLOCKS["find.sh"].splitlines()]
    assert [one.code for one in (*before, scan)] == [0, 0, 0]
    found = {one["item"]: {match["signal_type"]: match["distance"] for match in one["matches"]} for one in scan.lines}
    assert {item: set(types) for item, types in found.items()} == {
        "changed": {"near_text"},
        "cut": {"near_text"},
        "other": set(),
    }
    assert 0 < found["changed"]["near_text"] < 70
    assert found["cut"]["near_text"] <= 20
