"""A question that names its files takes nothing of the store: it opens none, makes no home, and mixes nothing in."""

import os
import subprocess
import sys

import pytest

LOADED = """
import sys
from abate.cli.root import app
try:
    app(sys.argv[1:], prog_name="abate")
finally:
    print([name for name in ("sqlalchemy", "alembic") if name in sys.modules], file=sys.stderr)
"""
SIGHTINGS = "observed_at,platform,channel,item,audience,views\n" + "".join(
    f"2026-0{month}-{day:02},harbourline,lantern-{day % 4},post-{month}-{day},r{day % 3},{10 * day}\n"
    for month in (1, 2, 3)
    for day in range(1, 28)
)
LIFETIMES = "subject,platform,first_seen,last_seen,removed,operator\n" + "".join(
    f"lantern-{n},harbourline,2026-01-{n + 1:02},2026-02-{n + 1:02},2026-02-{n + 2:02},grey-{n % 3}\n" for n in range(9)
)


@pytest.mark.parametrize("measure", ["presence", "claims"])
def test_a_question_to_files_leaves_no_home_and_loads_no_database(measure, tmp_path):
    seen, lived = tmp_path / "sightings.csv", tmp_path / "lifetimes.csv"
    seen.write_text(SIGHTINGS, "utf-8")
    lived.write_text(LIFETIMES, "utf-8")
    given = {"--sightings": seen, "--lifetimes": lived}
    asked = ["--sightings"] if measure == "presence" else [*given]
    flags = [str(part) for name in asked for part in (name, given[name])]
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "measure", measure, *flags, "--json"],
        env={**os.environ, "ABATE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
    assert done.stdout.startswith("{")
    assert not home.exists()


def test_a_question_to_the_store_opens_it(abate):
    said = abate.run("measure", "presence")
    assert "nothing has been seen yet" in said.err
    assert list(abate.home.glob("*.sqlite3"))


def test_settings_that_name_no_plug_are_refused_when_the_store_is_asked(abate, monkeypatch):
    monkeypatch.setenv("ABATE_CONNECTOR", "grey-lantern")
    assert "grey-lantern" in abate.run("measure", "quality").err


def test_lifetimes_of_the_store_never_stand_beside_sightings_of_a_file(abate, tmp_path):
    seen = tmp_path / "sightings.csv"
    seen.write_text(SIGHTINGS, "utf-8")
    said = abate.run("measure", "reappearance", "--sightings", seen)
    assert said.code == 2
    assert "add --lifetimes" in said.err
