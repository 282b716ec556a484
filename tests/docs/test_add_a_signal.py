"""docs/howto/add-a-signal.md, done as it says: a package of three files, installed, found, and matching."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "add-a-signal.md"
BLOCKS = dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))
PACKAGE = {"lantern_signal.py", "test_lantern_signal.py", "pyproject.toml"}


@pytest.fixture
def run(tmp_path):
    """The page's files in a folder, and the metadata that an editable install makes of the page's pyproject.toml."""
    for name, text in BLOCKS.items():
        (tmp_path / name).write_text(text, "utf-8")
    project = tomllib.loads(BLOCKS["pyproject.toml"])["project"]
    meta = tmp_path / "lantern_signal-0.1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "\n".join(f"{k} = {v}" for k, v in entries.items()) for group, entries in groups]
    (meta / "entry_points.txt").write_text("\n".join(lines))

    def command(*words):
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        environment = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return command


def test_the_package_is_three_files_and_one_entry_point_line():
    assert BLOCKS.keys() - {"shown.py", "printed.txt"} == PACKAGE
    entry_points = tomllib.loads(BLOCKS["pyproject.toml"])["project"]["entry-points"]
    assert entry_points == {"abate.signals": {"same_words": "lantern_signal:SameWords"}}


def test_the_pages_own_test_passes(run):
    answer = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_lantern_signal.py")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "3 passed" in answer.stdout


def test_the_installed_type_is_found_and_matches_as_shown(run):
    answer = run("shown.py")
    assert (answer.stdout, answer.returncode) == (BLOCKS["printed.txt"], 0), answer.stderr


def test_without_its_entry_point_the_type_is_not_found(run, tmp_path):
    (tmp_path / "lantern_signal-0.1.0.dist-info" / "entry_points.txt").unlink()
    answer = run("shown.py")
    assert "KeyError: 'same_words'" in answer.stderr
