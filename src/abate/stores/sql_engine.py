"""How a database is opened: the pragmas, the pool, and who begins a transaction."""

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from abate.domain.errors import InputError, StoreError

BUSY_SECONDS = 30
"""How long SQLite waits for another process's write transaction before it gives up."""

PAUSE_SECONDS = 0.02
"""Between two attempts at what SQLite does not wait for by itself."""

_FLEETING = frozenset({"sqlite://", "sqlite:///", "sqlite:///:memory:"})


def make_engine(address: str) -> Engine:
    """Make the engine for ``address``; nothing is opened yet.

    :raises InputError: when it is no address of a database that abate speaks to
    :raises StoreError: when its driver is not installed
    """
    if address in _FLEETING:
        msg = "such a database ends with each connection; write memory: for a store that ends with the process"
        raise InputError(msg, where="setting store")
    try:
        engine = create_engine(address, hide_parameters=True, **_options(address))
    except ImportError as error:
        msg = "the PostgreSQL driver is not installed; install abate with its extra: pip install 'abate[postgres]'"
        raise StoreError(msg) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        msg = (
            "not an address of a database; leave it empty for SQLite, or write postgresql+psycopg://user@host/database"
        )
        raise InputError(msg, where="setting store") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _options(address: str) -> dict[str, Any]:
    pool = {"pool_size": 8, "max_overflow": 56, "pool_timeout": BUSY_SECONDS}
    if address.startswith("sqlite:"):
        return pool | {"connect_args": {"check_same_thread": False, "timeout": BUSY_SECONDS}}
    # A connection that died while it lay in the pool is replaced before it is lent: an outage heals without hands.
    return pool | {"pool_pre_ping": True, "connect_args": {"connect_timeout": BUSY_SECONDS}}


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Make a fresh SQLite connection durable: WAL, every commit synced, and no transaction that we did not begin."""
    connection.isolation_level = None
    _switch_to_wal(connection)
    # NORMAL would lose the last commits with the power: a decision and its order's clock among them.
    connection.execute("PRAGMA synchronous = FULL")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Set the journal mode. Two processes that start at once may meet here, where SQLite does not wait by itself.

    :raises StoreError: where SQLite can keep no such journal: in memory, or on a file system without shared memory
    """
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            break
    if mode != "wal":
        msg = (
            f"SQLite keeps a {mode} journal here, not the WAL that abate needs; name a file on a local disk, or memory:"
        )
        raise StoreError(msg)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("abate_begin", "BEGIN"))
