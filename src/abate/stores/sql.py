"""The store on SQLite or PostgreSQL, through SQLAlchemy Core.

One writer at a time: SQLite takes its write lock with ``BEGIN IMMEDIATE``, PostgreSQL an advisory lock as the first
statement, so that whatever a write transaction reads stays true until it commits. Readers see one committed state and
wait for nobody.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from abate.domain.errors import StoreError
from abate.domain.times import aware
from abate.extend.clock import Clock
from abate.extend.counters import Counters
from abate.extend.store import (
    AuditLog,
    EntryChanges,
    HistoryLog,
    Jobs,
    KeptSignals,
    RuleEvents,
    RuleHits,
    Transaction,
)
from abate.stores.migrate import migrate
from abate.stores.rules import NESTED_WRITE
from abate.stores.sql_audit import SqlAudit, SqlCounters
from abate.stores.sql_changes import SqlEntryChanges
from abate.stores.sql_engine import make_engine
from abate.stores.sql_history import SqlHistory
from abate.stores.sql_jobs import SqlJobs
from abate.stores.sql_records import SqlRecords
from abate.stores.sql_rules import SqlRuleEvents, SqlRuleHits
from abate.stores.sql_signals import SqlKeptSignals
from abate.stores.tables import RecordTables
from abate.stores.wire import Wire, translated

WRITER_LOCK = 0x61_62_61_74_65
"""The advisory lock of the one writer: "abate" in ASCII. Locks belong to one database, not to the server."""

_NOW = {
    "sqlite": text("select strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"),
    "postgresql": text("select clock_timestamp()"),
}


class SqlTransaction(RecordTables):
    """The tables of one transaction in a database."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(lambda spec: SqlRecords(spec, wire))
        self.jobs: Jobs = SqlJobs(wire)
        self.entry_changes: EntryChanges = SqlEntryChanges(wire)
        self.signals: KeptSignals = SqlKeptSignals(wire)
        self.rule_events: RuleEvents = SqlRuleEvents(wire)
        self.rule_hits: RuleHits = SqlRuleHits(wire)
        self.audit: AuditLog = SqlAudit(wire)
        self.history: HistoryLog = SqlHistory(wire)
        self.counters: Counters = SqlCounters(wire)


class SqlStore:
    """The ``Store`` on a database.

    Safe to share between threads. A forked child gets connections of its own on first use and never touches those of
    its parent.

    :param address: an SQLAlchemy address: ``sqlite:////path`` or ``postgresql+psycopg://user@host/database``
    :param clock: overrides the database's time; for tests that move time
    """

    def __init__(self, address: str, *, clock: Clock | None = None) -> None:
        self._address = address
        self._override = clock
        self._inherited: list[Engine] = []
        self._start()
        self.name = self._engine.dialect.name

    def _start(self) -> None:
        self._engine = make_engine(self._address)
        self._process = os.getpid()
        self._turn = threading.Lock()
        self._mine = threading.local()

    def _own_engine(self) -> Engine:
        """Return this process's engine. The parent's is kept alive, for closing its files here would drop its locks."""
        if self._process != os.getpid():
            self._inherited.append(self._engine)
            self._start()
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that sees one state and writes nothing."""
        with self._connection(writing=False) as connection, translated("reading the store"):
            yield SqlTransaction(Wire(connection, writable=False, clock=self._time))

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open the one write transaction."""
        engine = self._own_engine()
        if getattr(self._mine, "writing", False):
            raise StoreError(NESTED_WRITE)
        # Threads of one process queue here, in order, instead of polling the database's lock.
        with self._turn if engine.dialect.name == "sqlite" else _no_queue():
            self._mine.writing = True
            try:
                with self._connection(writing=True) as connection:
                    yield from self._transaction(connection)
            finally:
                self._mine.writing = False

    def _transaction(self, connection: Connection) -> Iterator[Transaction]:
        wire = Wire(connection, writable=True, clock=self._time)
        yield SqlTransaction(wire)
        for flush in wire.before_commit:
            flush()
        with translated("committing to the store"):
            connection.commit()

    @contextmanager
    def _connection(self, *, writing: bool) -> Iterator[Connection]:
        """Lend a connection with its transaction begun; roll back what was not committed."""
        connection = self._begin(writing=writing)
        try:
            yield connection
        finally:
            with translated("ending a transaction"):
                connection.close()

    def _begin(self, *, writing: bool) -> Connection:
        engine = self._own_engine()
        with translated(f"opening {engine.url.render_as_string(hide_password=True)}"):
            connection = engine.connect()
            try:
                _enter(connection, writing=writing)
            except BaseException:
                connection.close()
                raise
            return connection

    def _time(self, connection: Connection) -> datetime:
        if self._override is not None:
            return self._override.now()
        found: Any = connection.execute(_NOW[connection.dialect.name]).scalar_one()
        return aware(datetime.fromisoformat(found) if isinstance(found, str) else found, "the database's time")

    def now(self) -> datetime:
        """Return the database's time."""
        if self._override is not None:
            return self._override.now().astimezone(UTC)
        with self._connection(writing=False) as connection, translated("asking the store for the time"):
            return self._time(connection)

    def migrate(self) -> None:
        """Bring the tables to this version."""
        with self._connection(writing=True) as connection, translated("migrating the store"):
            migrate(connection)
            connection.commit()

    def close(self) -> None:
        """Let go of connections and files."""
        self._own_engine().dispose()


def _enter(connection: Connection, *, writing: bool) -> None:
    """Begin the transaction in the way its purpose needs."""
    if connection.dialect.name == "sqlite":
        connection.execution_options(abate_begin="BEGIN IMMEDIATE" if writing else "BEGIN")
        connection.begin()
    elif writing:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
    else:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.begin()


@contextmanager
def _no_queue() -> Iterator[None]:
    yield
