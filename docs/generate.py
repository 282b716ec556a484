# ruff: noqa: INP001 - a script beside the pages it writes, no package
"""Write the parts of the reference that follow from the code: run it with ``just docs``. A test compares the result."""

import tomllib
from dataclasses import Field, fields
from pathlib import Path

from abate.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"

SETTINGS_HEAD = """\
# Settings

<!-- Written by docs/generate.py from abate.settings; change the table there. -->

Data only: nothing in a setting is run. Values come from `settings.toml` in the home folder, then from the environment,
and the later wins. A name in the file that is not in this table is refused.

| in the file | in the environment | type | default | meaning |
|---|---|---|---|---|
"""

PLUGS_HEAD = """\
# Plugs

<!-- Written by docs/generate.py from the entry points in pyproject.toml; change them there. -->

What abate brings itself, by the same door as anybody's plug: see [ADR 0003](../adr/0003-entry-points.md). The name is
permanent, because banks and settings store it.

| group | name | class |
|---|---|---|
"""


def settings_page() -> str:
    """Return the settings reference: one row for each field of the frozen table."""
    return SETTINGS_HEAD + "".join(_setting_row(setting) for setting in fields(Settings))


def _setting_row(setting: Field) -> str:
    in_file = "" if setting.name == "home" else f"`{setting.name}`"
    kind = "folder" if isinstance(setting.default, Path) else _KINDS[type(setting.default)]
    default = f"`{_spelt(setting.default)}`" if setting.default != "" else "empty"
    meaning = setting.metadata["help"].replace("|", "\\|")
    return f"| {in_file} | `ABATE_{setting.name.upper()}` | {kind} | {default} | {meaning} |\n"


_KINDS = {str: "text", int: "whole number", bool: "true or false"}


def _spelt(value: object) -> str:
    if isinstance(value, Path):
        return f"./{value}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def plugs_page() -> str:
    """Return the list of our own plugs, as ``pyproject.toml`` declares them."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    rows = sorted((group, name, value) for group, points in declared.items() for name, value in points.items())
    return PLUGS_HEAD + "".join(f"| `{group}` | `{name}` | `{value}` |\n" for group, name, value in rows)


PAGES = {"settings.md": settings_page, "plugs.md": plugs_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), "utf-8")
