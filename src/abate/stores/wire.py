"""One connection inside one transaction, with every driver error turned into a sentence.

No exception of a driver or of SQLAlchemy leaves the stores. Their texts may quote a statement with its values, so only
the first line of the driver's own message is passed on; SQLAlchemy is told to hide parameters.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.dml import Insert

from abate.domain.errors import StoreError
from abate.stores.rules import check_writable

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]

_REMEDIES = (
    (("no such table", "does not exist", "undefinedtable"), "bring the tables up to date: store.migrate()"),
    (("locked", "busy", "timeout"), "another process has been writing for long; look for it, then try again"),
    (("full", "space"), "free space on the disk of the store, then try again"),
    (("readonly", "permission", "unable to open"), "give this user the right to write the store's file and folder"),
    (("password", "authentication", "role"), "correct user and password in the setting 'store'"),
    (("connect", "closed", "terminat", "server"), "see that the database runs and its address in 'store' is right"),
    (("malformed", "corrupt", "not a database"), "stop, keep the file as it is, and restore a backup beside it"),
)


def store_error(doing: str, error: Exception) -> StoreError:
    """Return the error for a caller: what happened, where, what to do; without the statement or its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line = (str(cause).splitlines() or [""])[0][:200]
    text = f"{type(cause).__name__} {line}".lower()
    remedy = next((cure for signs, cure in _REMEDIES if any(sign in text for sign in signs)), "see the database's log")
    return StoreError(f"{doing} failed ({type(cause).__name__}: {line}) and nothing was changed; {remedy}")


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what the driver raises inside into a :class:`StoreError`."""
    try:
        yield
    except (SQLAlchemyError, OverflowError, UnicodeError) as error:
        raise store_error(doing, error) from error


class Wire:
    """What the tables of one transaction share."""

    def __init__(self, connection: Connection, *, writable: bool, clock: Callable[[Connection], datetime]) -> None:
        self._connection = connection
        self._writable = writable
        self._clock = clock
        self.engine = connection.dialect.name
        self.before_commit: list[Callable[[], None]] = []

    def rows(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row[Any]]:
        """Run a question and return its rows."""
        with translated("reading the store"):
            return self._connection.execute(statement, parameters).all()

    def tuples(self, statement: Executable, parameters: Parameters | None = None) -> list[Any]:
        """Run a question and return its rows as the driver gives them, twice as fast: for millions of small ones."""
        with translated("reading the store"):
            return list(self._connection.execute(statement, parameters).cursor.fetchall())

    def change(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]:
        """Run a change.

        :raises StoreError: in a transaction that only reads
        """
        self.check_writable()
        with translated("writing the store"):
            return self._connection.execute(statement, parameters)

    def check_writable(self) -> None:
        """Refuse a change in a transaction that only reads, or that has ended."""
        check_writable(writable=self._writable, ended=self._connection.closed)

    def now(self) -> datetime:
        """Return the database's time."""
        with translated("asking the store for the time"):
            return self._clock(self._connection)


@cache
def insert_or_pass(engine: str, table: Table) -> Insert:
    """Return an INSERT that passes over rows whose unique fields are taken.

    A refused row would end a PostgreSQL transaction; this way the caller may go on after a ``ConflictError``.
    """
    make = sqlite.insert if engine == "sqlite" else postgresql.insert
    # The number of rows is how a refusal shows; "inline" asks for no number of the new row, which would hide it.
    return make(table).on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)


def insert_or_update(engine: str, table: Table, key: str, columns: Sequence[str]) -> Insert:
    """Return an INSERT that writes ``columns`` over those of the row with its ``key``, which keeps its place."""
    statement = (sqlite.insert if engine == "sqlite" else postgresql.insert)(table)
    changed = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=[table.c[key]], set_=changed).inline()
