# ruff: noqa: INP001 - a script beside the pages it writes, no package
"""Write the parts of the reference that follow from the code: run it with ``just docs``. A test compares the result."""

import json
import tomllib
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

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


CALIBRATION_HEAD = """\
# How often the intervals hold

<!-- Written by docs/generate.py from bench/records/measurement.json, which python -m bench.calibration makes. -->

Every interval that a measure prints is promised to hold the truth in 95 of 100 cases. Here is how often it did, in
simulated worlds of known truth; each scenario's file in `bench/calibration` says what its worlds are like. *Labelled*
is the share of answers that themselves said "not calibrated", so that a reader was warned; *coverage* is that of the
others, and the promise is broken where it lies below 95 % beyond chance (family-wise, one in a thousand over all
scenarios). *Outside* are worlds that break an assumption which the answer states and the data cannot tell: no
promise, but a warning of what then happens. Exact methods may hold more often than they promise. *Width* is that of
the interval, in the scenario's own unit: an interval that always holds because it is endless helps nobody. *Claims*
is how often an interval excluded zero where there was nothing to find; 5 % is the promise.

| scenario | worlds | labelled | coverage | width | bias | claims |
|---|---|---|---|---|---|---|
"""


def calibration_page() -> str:
    """Return coverage and width of every recorded scenario."""
    record = json.loads((ROOT / "bench" / "records" / "measurement.json").read_text("utf-8"))["scenarios"]
    return CALIBRATION_HEAD + "".join(_scenario_row(name, row) for name, row in sorted(record.items()))


def _scenario_row(name: str, row: dict[str, Any]) -> str:
    worlds = row["repetitions"]
    figures = (
        f"{worlds}",
        f"{100 * row['labelled_not_calibrated'] / worlds:.0f} %",
        _share(row["coverage"]) + (", **broken**" if row["broken"] else ", outside" if row["outside"] else ""),
        f"{row['mean_width']:.3g}",
        f"{row['mean_error']:+.2g}",
        _share(row.get("claim_rate")),
    )
    return f"| {name} | {' | '.join(figures)} |\n"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


PAGES = {"settings.md": settings_page, "plugs.md": plugs_page, "calibration.md": calibration_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), "utf-8")
