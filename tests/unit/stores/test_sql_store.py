"""What only a database can get wrong: files, locks, errors, forks, damage."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from abate.domain.errors import InputError, NotFoundError, StoreError
from abate.domain.item import Item, Kind
from abate.domain.work import Job, JobKind
from abate.stores import sql_engine
from abate.stores.memory import MemoryStore
from abate.stores.open import open_store
from abate.stores.wire import store_error
from abate.testing import NOON, FrozenClock
from abate.testing.store_values import order

ITEM = Item(id="i", kind=Kind.TEXT)


@pytest.fixture
def store(tmp_path):
    opened = open_store("", home=tmp_path)
    opened.migrate()
    yield opened
    opened.close()


def _raw(tmp_path):
    return sqlite3.connect(tmp_path / "abate.sqlite3", isolation_level=None)


def test_the_file_is_made_for_its_owner_alone(tmp_path):
    home = tmp_path / "deep" / "home"
    store = open_store("", home=home)
    store.migrate()
    with store.write() as tables:
        tables.items.add(ITEM)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}
    store.close()


def test_a_home_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="set ABATE_HOME"):
        open_store("", home=tmp_path / "file")


def test_every_commit_is_synced(store):
    with store.read() as tables:
        connection = tables.items._wire._connection
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_memory_is_an_address_too(tmp_path):
    assert isinstance(open_store("memory:", home=tmp_path), MemoryStore)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["nonsense", "oracle9://x", "postgresql+psycopg://u@h:port/d"])
def test_what_is_no_address_is_refused(tmp_path, address):
    with pytest.raises(InputError, match="setting store: not an address of a database"):
        open_store(address, home=tmp_path)


def test_a_missing_driver_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"abate\[postgres\]"):
        open_store("postgresql+psycopg://u@h/d", home=tmp_path)


def test_a_server_that_is_not_there_is_a_store_error_without_the_password(tmp_path):
    store = open_store(f"postgresql+psycopg://u:secret@/d?host={tmp_path}", home=tmp_path)
    with pytest.raises(StoreError, match="see that the database runs") as caught, store.read():
        pass
    assert "secret" not in str(caught.value)


def test_a_writer_that_another_process_keeps_waiting_gives_up_with_a_sentence(store, tmp_path, monkeypatch):
    monkeypatch.setattr(sql_engine, "BUSY_SECONDS", 0.05)
    hasty = open_store("", home=tmp_path)
    other = _raw(tmp_path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"locked.*another process has been writing"), hasty.write():
        pass
    other.execute("ROLLBACK")
    with hasty.write() as tables:
        tables.items.add(ITEM)
    hasty.close()


def test_a_file_that_is_no_database_says_so(tmp_path):
    (tmp_path / "abate.sqlite3").write_bytes(b"x" * 4096)
    with pytest.raises(StoreError, match="restore a backup beside it"):
        open_store("", home=tmp_path).migrate()


def test_a_journal_that_cannot_be_switched_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(sql_engine, "BUSY_SECONDS", 0.05)
    other = _raw(tmp_path)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="another process"):
        open_store("", home=tmp_path).migrate()
    other.execute("ROLLBACK")


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_that_ends_with_its_connection_is_refused(tmp_path, address):
    with pytest.raises(InputError, match="write memory:"):
        open_store(address, home=tmp_path)


def test_a_place_that_keeps_no_wal_is_refused():
    with pytest.raises(StoreError, match=r"memory journal.*name a file on a local disk"):
        sql_engine._switch_to_wal(sqlite3.connect(":memory:"))


def test_a_journal_is_switched_once_the_other_process_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(sql_engine, "BUSY_SECONDS", 30)
    attempts = []

    class Connection:
        """Refuses twice, as SQLite does while another process switches."""

        def execute(self, statement):
            attempts.append(statement)
            if len(attempts) < 3:
                message = "database is locked"
                raise sqlite3.OperationalError(message)
            return self

        def fetchone(self):
            return ("wal",)

    sql_engine._switch_to_wal(Connection())
    assert attempts == ["PRAGMA journal_mode = WAL"] * 3


def test_a_body_that_was_changed_from_outside_is_a_store_error(store, tmp_path):
    with store.write() as tables:
        tables.items.add(ITEM)
    _raw(tmp_path).execute("UPDATE items SET body = '{}'")
    with store.read() as tables, pytest.raises(StoreError, match="changed from outside"):
        tables.items.get("i")


def test_a_body_cannot_speak_for_the_guarded_columns(store, tmp_path):
    with store.write() as tables:
        tables.orders.add(order("o"))
    raw = _raw(tmp_path)
    body = raw.execute("SELECT body FROM orders").fetchone()[0]
    raw.execute("UPDATE orders SET body = ?", [body[:-1] + ',"received_at":"2030-01-01T00:00:00+00:00"}'])
    with store.read() as tables:
        assert tables.orders.get("o") == order("o")


def test_an_error_never_quotes_the_statement_or_its_values(store, tmp_path):
    _raw(tmp_path).execute("DROP TABLE items")
    with pytest.raises(StoreError) as caught, store.write() as tables:
        tables.items.add(Item(id="private", kind=Kind.TEXT))
    assert "private" not in str(caught.value)
    assert "private" not in str(caught.value.__cause__)


def test_an_error_without_a_known_sign_points_to_the_log():
    assert "database's log" in str(store_error("reading", OperationalError("s", {}, Exception("odd"))))
    assert "database's log" in str(store_error("reading", OperationalError("s", {}, Exception())))
    assert "OverflowError" in str(store_error("reading", OverflowError("too large")))


def test_a_commit_that_fails_changes_nothing(store, monkeypatch):
    from sqlalchemy import Connection

    def fail(_connection):
        statement = "COMMIT"
        raise OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "commit", fail)
        with pytest.raises(StoreError, match="committing"), store.write() as tables:
            tables.items.add(ITEM)
    with store.write() as tables:
        assert tables.items.count() == 0


def test_a_forked_child_gets_connections_of_its_own(tmp_path):
    script = """
import os, sys
from pathlib import Path
from abate.domain.item import Item, Kind
from abate.stores.open import open_store
store = open_store("", home=Path(sys.argv[1]))
store.migrate()
with store.write() as tables:
    tables.items.add(Item(id="parent", kind=Kind.TEXT))
    child = os.fork()
    if child == 0:
        with store.read() as mine:
            os._exit(mine.items.count())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
child = os.fork()
if child == 0:
    with store.write() as mine:
        mine.items.add(Item(id="child", kind=Kind.TEXT))
    store.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
with store.write() as tables:
    tables.items.add(Item(id="parent again", kind=Kind.TEXT))
    print([item.id for item in tables.items.find()])
"""
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "['parent', 'child', 'parent again']", done.stderr


def test_a_reader_does_not_wait_for_a_writer(store):
    with store.write() as tables:
        tables.items.add(ITEM)
        seen = []
        reader = threading.Thread(target=lambda: seen.append(_count(store)))
        reader.start()
        reader.join(timeout=20)
        assert seen == [0]


def _count(store) -> int:
    with store.read() as tables:
        return tables.items.count()


def test_the_clock_of_a_test_moves_the_stores_time(tmp_path):
    clock = FrozenClock()
    store = open_store("", home=tmp_path, clock=clock)
    store.migrate()
    assert store.now() == NOON
    clock.move(hours=1)
    with store.write() as tables:
        tables.jobs.add(Job(key="k", kind=JobKind.ALARM, subject="s", run_at=clock.now()))
        with pytest.raises(NotFoundError):
            tables.jobs.get("other")
    assert store.now() == clock.now()
    store.close()


def test_a_lost_connection_heals_without_hands(postgres_address, tmp_path):
    store = open_store(postgres_address, home=tmp_path)
    store.migrate()
    other = create_engine(postgres_address, isolation_level="AUTOCOMMIT")
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    with pytest.raises(StoreError, match="database runs"), store.write() as tables:  # noqa: PT012 - cut in the middle
        tables.items.add(ITEM)
        with other.connect() as connection:
            connection.execute(text(cut))
        tables.items.add(Item(id="j", kind=Kind.TEXT))
    with store.write() as tables:
        assert tables.items.count() == 0
        tables.items.add(ITEM)
    other.dispose()
    store.close()


def test_a_second_process_waits_for_the_writer_on_postgresql(postgres_address, tmp_path):
    first, second = (open_store(postgres_address, home=tmp_path) for _ in range(2))
    first.migrate()
    order, holding, waiting = [], threading.Event(), threading.Event()

    def write() -> None:
        holding.wait(20)
        waiting.set()
        with second.write() as tables:
            order.append(tables.items.count())

    thread = threading.Thread(target=write)
    thread.start()
    with first.write() as tables:
        holding.set()
        waiting.wait(20)
        thread.join(timeout=0.3)
        assert order == []
        tables.items.add(ITEM)
    thread.join(timeout=20)
    assert order == [1]
    first.close()
    second.close()


def test_the_process_id_decides_whose_engine_it_is(store):
    mine = store._own_engine()
    assert store._own_engine() is mine
    store._process = os.getpid() + 1
    assert store._own_engine() is not mine
    assert store._inherited == [mine]
    mine.dispose()
