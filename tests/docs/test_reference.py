"""What can be derived from the code is derived, and is not behind it."""

import importlib.util
from dataclasses import fields
from pathlib import Path

import pytest

from abate.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def generator():
    spec = importlib.util.spec_from_file_location("abate_docs_generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["settings.md", "plugs.md", "calibration.md"])
def test_writing_the_reference_anew_changes_nothing(name):
    assert (REFERENCE / name).read_text("utf-8") == generator().PAGES[name](), "run: just docs"


def test_every_setting_is_documented():
    page = (REFERENCE / "settings.md").read_text("utf-8")
    assert not [setting.name for setting in fields(Settings) if f"`ABATE_{setting.name.upper()}`" not in page]
