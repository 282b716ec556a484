"""docs/howto/retro.md, done as it says: the list comes, the post that lay there is found, once."""

from pathlib import Path

from shown_steps import files, run_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "retro.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = files(PAGE)


def test_the_page_finds_what_it_says_it_finds(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("posts.jsonl", "known.txt"):
        (tmp_path / name).write_text(BLOCKS[name], "utf-8")
    assert {answer.code for answer in run_lines(abate, BLOCKS["before.sh"])} == {0}
    assert "waiting" in run_lines(abate, BLOCKS["add.sh"])[-1].out
    work, listed = run_lines(abate, BLOCKS["work.sh"])
    assert work.code == 0
    assert "post-1" in listed.out
    assert "post-2" not in listed.out
    (case,) = abate.run("case", "list", "--json").json
    assert "Found in history" in case["proposal"]["reasons"][-1]["text"]
    foreseen, asked = run_lines(abate, BLOCKS["ask.sh"])
    assert "0 items would be found" in foreseen.err
    assert BLOCKS["said.txt"].strip() in asked.err
