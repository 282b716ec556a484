"""Each dependency has its reason, is used, and is pinned without naming an index."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EVERY_EXTRA = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def reasons() -> list[str]:
    page = (ROOT / "docs/adr/0005-dependencies.md").read_text("utf-8")
    return [canonicalize_name(name) for name in re.findall(r"^\| `([\w-]+)` \| .+\. \|$", page, re.MULTILINE)]


def test_each_dependency_has_one_reason_and_each_reason_a_dependency():
    assert sorted(reasons()) == sorted(names([*PROJECT["dependencies"], *EVERY_EXTRA]))


def imported() -> set[str]:
    """The top-level modules that the source imports anywhere."""
    found: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("name", sorted(names(PROJECT["dependencies"])))
def test_a_dependency_is_imported_somewhere(name):
    brought_by = metadata.packages_distributions().items()
    modules = {module for module, packages in brought_by if name in map(canonicalize_name, packages)}
    modules.add(name.replace("-", "_"))  # a bare extension module is not always listed
    assert modules & imported(), f"{name} brings {sorted(modules)}, which nothing imports"


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_the_pins_are_plain_and_name_no_index():
    assert all(re.fullmatch(r"[\w.-]+", name) and re.fullmatch(r"[\w.]+", version) for name, version in pins().items())


def test_the_pins_hold_all_that_any_extra_brings_and_nothing_more():
    pinned, needed = set(map(canonicalize_name, pins())), closure([*PROJECT["dependencies"], *EVERY_EXTRA])
    assert not needed - pinned
    if (sys.platform, sys.version_info[:2]) == ("linux", (3, 11)):  # other machines need fewer of them
        assert not pinned - needed


def closure(lines: list[str]) -> set[str]:
    """Return the distributions that the requirements bring on this machine, as far as they are installed here."""
    waiting, seen = [Requirement(line) for line in lines], set()
    brought: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        brought.add(key[0])
        waiting += [line for line in _required_by(wanted) if _applies(line, wanted.extras)]
    return brought


def _required_by(wanted: Requirement) -> list[Requirement]:
    try:
        return [Requirement(line) for line in metadata.requires(wanted.name) or []]
    except metadata.PackageNotFoundError:
        pytest.skip(f"{wanted.name} is not installed here; continuous integration installs every extra")


def _applies(line: Requirement, extras: set[str]) -> bool:
    return line.marker is None or any(line.marker.evaluate({"extra": extra}) for extra in extras or {""})
