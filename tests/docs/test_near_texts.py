"""docs/howto/near-texts.md, done as it says: what was changed or cut is found, what shares words is not."""

from pathlib import Path

from shown_steps import files, run_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "near-texts.md"
BLOCKS = files(PAGE)


def test_the_page_finds_what_it_says_it_finds(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("leaflet.txt", "posts.jsonl"):
        (tmp_path / name).write_text(BLOCKS[name], "utf-8")
    *before, scan = run_lines(abate, BLOCKS["find.sh"])
    assert [one.code for one in (*before, scan)] == [0, 0, 0]
    found = {one["item"]: {match["signal_type"]: match["distance"] for match in one["matches"]} for one in scan.lines}
    assert {item: set(types) for item, types in found.items()} == {
        "changed": {"near_text"},
        "cut": {"near_text"},
        "other": set(),
    }
    assert 0 < found["changed"]["near_text"] < 70
    assert found["cut"]["near_text"] <= 20
