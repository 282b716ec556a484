"""What a test may need of the machine: a program, or the shared data set; and what is said where it is absent."""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NO_DATA = "needs the shared data set: "
DEBIAN_SERVER_BINARIES = Path("/usr/lib/postgresql")
"""Debian keeps initdb and its kin off the path, one folder a version."""


def program(name: str) -> str | None:
    """Return the path of a program, looking on the path first and then where Debian hides the server's."""
    hidden = sorted(DEBIAN_SERVER_BINARIES.glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(hidden[0]) if hidden else None)


def data_root() -> Path:
    """Return the folder of the shared data set: ``ABATE_DATA``, else beside the repository."""
    return Path(os.environ.get("ABATE_DATA") or ROOT.parent / "shared" / "data").resolve()


def all_must_run() -> bool:
    """Say whether a missing program is a failure, as in continuous integration."""
    return os.environ.get("ABATE_TEST_ALL") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless ``ABATE_TEST_SLOW=1`` as in ``.ci/full``."""
    slow = (
        [] if os.environ.get("ABATE_TEST_SLOW") == "1" else [item for item in items if item.get_closest_marker("slow")]
    )
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs_program"):
        name, package = mark.args
        if program(name) is None:
            missing = f"needs the program {name}: apt-get install {package}"
            if all_must_run():
                pytest.fail(f"{missing} (ABATE_TEST_ALL=1 asks for every test)", pytrace=False)
            pytest.skip(missing)
    for mark in item.iter_markers("needs_data"):
        for name in mark.args:
            if not (data_root() / name).is_dir():
                pytest.skip(f"{NO_DATA}{name} is not in {data_root()}; set ABATE_DATA")


@pytest.fixture
def data() -> Path:
    """The root of the shared data set; a test that asks for it also says ``needs_data("folder")``."""
    return data_root()


def pytest_terminal_summary(terminalreporter) -> None:
    """Count the tests that wanted data and found none: read from the reports, so it holds under xdist too."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    folders = Counter(reason.split(NO_DATA, 1)[1].split()[0] for reason in reasons if NO_DATA in reason)
    if folders:
        listed = ", ".join(f"{name} ({count})" for name, count in sorted(folders.items()))
        terminalreporter.write_line(f"{folders.total()} tests skipped for want of data in {data_root()}: {listed}")
