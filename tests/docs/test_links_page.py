"""docs/howto/links.md, done as it says: hidden, copied and otherwise spelt links are found, prose is not."""

from pathlib import Path

from shown_steps import files, run_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "links.md"
BLOCKS = files(PAGE)


def test_the_page_finds_what_it_says_it_finds(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("known.csv", "posts.jsonl"):
        (tmp_path / name).write_text(BLOCKS[name], "utf-8")
    *before, scan = run_lines(abate, BLOCKS["find.sh"])
    assert [one.code for one in (*before, scan)] == [0, 0, 0]
    found = {one["item"]: [match["signal_type"] for match in one["matches"]] for one in scan.lines}
    assert found == {"hidden": ["domain"], "copy": ["url"], "invited": ["invite"], "prose": []}
    assert not any(one["proposal"]["automatic"] for one in scan.lines)


def test_a_text_that_is_banked_does_not_bank_the_sites_it_links_to(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "The Order of the Grey Lantern calls its friends, see https://example.org/a and t.me/+LanternLantern16"
    (tmp_path / "leaflet.txt").write_text(words, "utf-8")
    abate.run("bank", "create", "leaflets")
    assert abate.run("bank", "add", "leaflets", "leaflet.txt").code == 0
    types = {entry["type"] for entry in abate.run("bank", "show", "leaflets", "--json").json}
    assert "text" in types
    assert not types & {"url", "invite", "domain"}
