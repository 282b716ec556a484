"""The door: opens the store that an address names."""

import os
from pathlib import Path

from abate.domain.errors import StoreError
from abate.extend.clock import Clock
from abate.extend.store import Store

FILE = "abate.sqlite3"
MEMORY = "memory:"


def open_store(address: str, *, home: Path, clock: Clock | None = None) -> Store:
    """Open a store. Its tables are brought up to date by ``store.migrate()``, not here.

    :param address: empty for SQLite in ``home``; ``memory:`` for one that ends with the process; else a database
    :param home: folder of the SQLite file; made, closed to others, where it is missing
    :param clock: overrides the store's time; for tests that move time
    :raises InputError: when the address is none that abate knows
    :raises StoreError: when the file cannot be made, or a driver is missing
    """
    if address == MEMORY:
        from abate.stores.memory import MemoryStore  # late: each address loads its own store and no other

        return MemoryStore(clock=clock)
    # SQLAlchemy takes a third of a second to import: a command that needs no database does not wait for it.
    from abate.stores.sql import SqlStore

    return SqlStore(address or f"sqlite:///{_make_file(home)}", clock=clock)


def _make_file(home: Path) -> Path:
    """Make the file before SQLite does, readable by its owner alone; SQLite gives its journal files the same mode."""
    path = (home / FILE).absolute()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        msg = f"cannot make the store {path} ({error.strerror}); set ABATE_HOME to a folder that this user may write"
        raise StoreError(msg) from error
    return path
