"""docs/howto/retro.md, done as it says: the list comes, the post that lay there is found, once."""

import re
import shlex
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "retro.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))


def run(abate, script):
    return [abate.run(*shlex.split(line)[1:]) for line in BLOCKS[script].splitlines()]


def test_the_page_finds_what_it_says_it_finds(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("posts.jsonl", "known.txt"):
        (tmp_path / name).write_text(BLOCKS[name], "utf-8")
    assert {answer.code for answer in run(abate, "before.sh")} == {0}
    assert "waiting" in run(abate, "add.sh")[-1].out
    work, listed = run(abate, "work.sh")
    assert work.code == 0
    assert "post-1" in listed.out
    assert "post-2" not in listed.out
    (case,) = abate.run("case", "list", "--json").json
    assert "Found in history" in case["proposal"]["reasons"][-1]["text"]
    foreseen, asked = run(abate, "ask.sh")
    assert "0 items would be found" in foreseen.err
    assert BLOCKS["said.txt"].strip() in asked.err
