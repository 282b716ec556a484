"""The pages on comparisons and samples are run: each line behind a prompt, in one shell, with the answers it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shown_steps import steps

ROOT = Path(__file__).resolve().parents[2]
HOWTO = ROOT / "docs" / "howto"
STEP = "@@ step "


@pytest.mark.parametrize(("name", "least"), [("measure-comparisons.md", 9), ("measure-samples.md", 8)])
def test_the_page_happens_as_it_is_written(tmp_path, name, least):
    told = steps(HOWTO / name)
    script = "\n".join(f"echo '{STEP}{number}'\n{command}" for number, (command, _) in enumerate(told))
    ran = subprocess.run(
        ["bash", "-c", f"set -e\n{script}"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ABATE_HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    answers = re.split(rf"^{STEP}\d+\n", ran.stdout, flags=re.MULTILINE)[1:]
    assert len(answers) == len(told) >= least
    for (command, expected), answer in zip(told, answers, strict=True):
        for line in expected:
            assert re.search(re.escape(line).replace("…", ".*"), answer), f"{command}\nshould answer: {line}\n{answer}"
