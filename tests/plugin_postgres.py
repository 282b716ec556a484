"""A PostgreSQL for tests: the one at ABATE_TEST_POSTGRES, else a private cluster on a Unix socket, gone at the end.

All tests that use it run on one xdist worker, so that one cluster serves the session.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

FIXTURE = "postgres_server"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if FIXTURE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("postgresql"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the address of a server where databases may be created."""
    given = os.environ.get("ABATE_TEST_POSTGRES")
    if given:
        yield given
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        missing = "PostgreSQL is missing: install the Debian package 'postgresql', or set ABATE_TEST_POSTGRES"
        if os.environ.get("ABATE_TEST_ALL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    yield from _cluster(programs[-1].parent)


@pytest.fixture
def postgres_address(postgres_server: str) -> Iterator[str]:
    """Yield the address of an empty database, dropped afterwards."""
    name = f"abate_{uuid.uuid4().hex}"
    _run(postgres_server, f"CREATE DATABASE {name}")
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    _run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _cluster(programs: Path) -> Iterator[str]:
    # initdb refuses root; pytest's own folders are closed to other users, so the cluster lies beside them.
    folder = Path(tempfile.mkdtemp(prefix="abate-pg-", dir="/tmp"))
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    init = [programs / "initdb", "-D", data, "-U", "abate", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    subprocess.run(init, check=True, capture_output=True, cwd=folder, **account)
    # Without a sync: what PostgreSQL promises about power loss is not ours to test.
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *options], stdout=log, stderr=log, cwd=folder, **account
        )
    try:
        address = f"postgresql+psycopg://abate@/postgres?host={folder}"
        _wait(address, server, folder / "log")
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            _run(address, "select 1")
        except Exception:  # noqa: BLE001 - whatever it is, the server is not up yet
            if server.poll() is not None:
                pytest.fail(f"PostgreSQL ended at once: {log.read_text('utf-8', 'replace')[-500:]}")
            time.sleep(0.1)
        else:
            return
    pytest.fail("PostgreSQL did not answer within a minute")
