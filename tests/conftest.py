"""The ground every test stands on: a clean environment, known fuzz sizes, and parts that say what they need."""

import importlib.util
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    name for name in ("plugin_needs", "plugin_postgres", "plugin_command_line") if importlib.util.find_spec(name)
]

KNOBS = frozenset(
    {"ABATE_DATA", "ABATE_FUZZ", "ABATE_HUNT", "ABATE_TEST_ALL", "ABATE_TEST_POSTGRES", "ABATE_TEST_SLOW"}
)
"""Variables that steer the suite. Every other ``ABATE_…`` would steer the product, and is taken away."""

SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile(
    "fast", max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    "full",
    max_examples=int(os.environ.get("ABATE_FUZZ") or 2000),
    deadline=None,
    # A change is judged by the examples its author saw: the same for everyone. Fresh ones are hunted for by .ci/full.
    derandomize=not os.environ.get("ABATE_HUNT"),
    print_blob=True,
    suppress_health_check=SLOW_IS_FINE,
)
settings.load_profile("full" if os.environ.get("ABATE_FUZZ") else "fast")


@pytest.fixture(autouse=True)
def _same_ground(monkeypatch):
    """Nothing from the developer's shell or from the test before reaches a test.

    ``PYTHONHASHSEED`` goes as well: a child process gets a random one, so that no answer comes to hang on set order.
    """
    for name in [key for key in os.environ if key.startswith("ABATE_") and key not in KNOBS]:
        monkeypatch.delenv(name)
    for name in ("PYTHONHASHSEED", "FORCE_COLOR", "PY_COLORS", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    random.seed(0)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty state folder that the product will use, in this process and in its children."""
    folder = tmp_path / "abate-home"
    folder.mkdir()
    monkeypatch.setenv("ABATE_HOME", str(folder))
    return folder
