"""The tutorial is run: every line that begins with a dollar sign, in one shell, with the answers that it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

from shown_steps import steps

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
STEP = "@@ step "
FIRST_ID = "python3 -c 'import json, sys; print(json.load(sys.stdin)[0][\"id\"])'"
ID_OF = 'python3 -c \'import json, sys; print(next(c["id"] for c in json.load(sys.stdin) if c["item"] == "p4"))\''
FILLED = {
    "export CASE=…": f"export CASE=$(abate case list --json | {FIRST_ID})",
    "export BUSY=…": f"export BUSY=$(abate case list --json | {ID_OF})",
    "export ORDER=…": f"export ORDER=$(abate order list --json | {FIRST_ID})",
    'export PATH="$PWD/.venv/bin:$PATH"': ":",
}
"""What the reader does by eye, and where the reader's environment lies."""


def script() -> str:
    lines = [
        f"echo '{STEP}{number}'\n{FILLED.get(command, command)}" for number, (command, _) in enumerate(steps(PAGE))
    ]
    return "set -e\nexec 2>&1\n" + "\n".join(lines)


def test_the_tutorial_happens_as_it_is_written(tmp_path):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script()],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stdout.rsplit(STEP, 1)[-1]
    answers = re.split(rf"^{STEP}\d+\n", ran.stdout, flags=re.MULTILINE)[1:]
    for (command, expected), answer in zip(steps(PAGE), answers, strict=True):
        for line in expected:
            pattern = re.escape(line).replace("…", ".*")
            assert re.search(pattern, answer), f"{command}\nshould answer: {line}\nanswered:\n{answer}"
