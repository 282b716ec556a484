"""On machines that lack a wall, made by a filter around the parent: nothing is decoded unless the operator said so."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import abate

PROGRAM = Path(__file__).with_name("machine_without.py")
ROOT = str(Path(abate.__file__).parent.parent)
LANDLOCK, NAMESPACES, FILTER = "landlock_create_ruleset", "unshare", "seccomp"


def on_a_machine_without(*calls, required="required"):
    command = [sys.executable, "-I", str(PROGRAM), ROOT, required, *calls]
    return json.loads(subprocess.run(command, check=True, timeout=120, capture_output=True).stdout)


@pytest.mark.parametrize("lacking", [(LANDLOCK, NAMESPACES), (FILTER,)])
def test_without_walls_every_picture_is_not_scanned_and_the_setting_is_named(lacking):
    said = on_a_machine_without(*lacking)
    assert not said["hold"]
    assert said["steps"] == ["decode"] * 3
    assert set(said["found"]) == {said["reason"]}
    assert 'sandbox = "off"' in said["reason"]


@pytest.mark.parametrize("lacking", [(LANDLOCK, NAMESPACES), (FILTER,)])
def test_without_walls_an_operator_may_take_the_risk(lacking):
    assert on_a_machine_without(*lacking, required="off")["found"] == ["a picture"] * 3


def test_without_landlock_an_empty_root_holds():
    said = on_a_machine_without(LANDLOCK)
    if not said["namespaces"]:
        pytest.skip("this machine offers no namespaces either")
    assert said["hold"]
    assert said["found"] == ["a picture"] * 3
