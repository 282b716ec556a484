"""The page on names and terms is run: each line behind a prompt, with the answers that it shows."""

import re
import subprocess
from pathlib import Path

from shown_steps import answer_to, blocks, steps

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "names-and-terms.md"


def test_the_page_happens_as_it_is_written(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = steps(PAGE)
    assert len(told) >= 15
    for command, expected in told:
        answer = answer_to(abate, command, talk=True)
        for line in expected:
            pattern = re.escape(line).replace("…", ".*")
            assert re.search(pattern, answer), f"{command}\nshould answer: {line}\nanswered:\n{answer}"


def test_the_piece_of_python_takes_one_regime(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (write,) = [command for command, _ in steps(PAGE) if command.endswith("> un.xml")]
    subprocess.run(["bash", "-ec", write], check=True)
    (piece,) = blocks(PAGE, "python")
    for regime, expected in (("Sample", ["ORDER OF THE GREY LANTERN", "OGLN"]), ("Other", [])):
        space = {}
        exec(piece.replace("Sample", regime), space)  # noqa: S102 - the page's own lines
        assert space["names"] == expected


def test_what_the_page_points_at_is_there():
    root = PAGE.parents[2]
    for path in re.findall(r"`((?:src|tests)/[\w./]+)`", PAGE.read_text("utf-8")):
        assert (root / path).is_file(), path
