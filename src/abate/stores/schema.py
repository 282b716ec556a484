"""The tables as SQLAlchemy sees them, built from the declarations in ``tables``.

Each table of values has ``seq`` (the order of arrival), its key, its indexed fields, its fixed fields and ``body``: the
rest as JSON. Times are text in UTC of one width, readable in any database shell and ordered as text.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from abate.stores.tables import TABLES, TableSpec

METADATA = MetaData()

Seq = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is INTEGER to the letter."""


def _number() -> Column[int]:
    return Column("seq", Seq, primary_key=True, autoincrement=True)


def _text(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, Text, nullable=optional)


def _records(spec: TableSpec[Any]) -> Table:
    named = (spec.key, *spec.columns, *spec.fixed)
    uniques = (UniqueConstraint(name, name=f"uq_{spec.name}_{name}") for name in (spec.key, *spec.unique))
    indexes = (Index(f"ix_{spec.name}_{name}", name) for name in spec.columns if name not in spec.unique)
    columns = (_text(name) for name in named)
    return Table(spec.name, METADATA, _number(), *columns, _text("body"), *uniques, *indexes, sqlite_autoincrement=True)


RECORDS = {spec.name: _records(spec) for spec in TABLES}

JOBS = Table(
    "jobs",
    METADATA,
    _number(),
    _text("key"),
    _text("kind"),
    _text("subject"),
    _text("run_at"),
    _text("state"),
    Column("attempts", Integer, nullable=False),
    _text("worker"),
    _text("lease_until", optional=True),
    _text("note"),
    UniqueConstraint("key", name="uq_jobs_key"),
    Index("ix_jobs_state_run_at", "state", "run_at"),
    Index("ix_jobs_subject", "subject"),
    sqlite_autoincrement=True,
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", Seq, primary_key=True, autoincrement=False),
    *(_text(name) for name in ("at", "tag", "subject", "commitment", "previous", "hash")),
)

OPENINGS = Table(
    "audit_openings",
    METADATA,
    Column("seq", Seq, primary_key=True, autoincrement=False),
    _text("salt"),
    _text("body"),
)

HISTORY = Table(
    "history",
    METADATA,
    _number(),
    *(_text(name) for name in ("at", "step", "item", "platform", "channel", "group", "language", "kind")),
    _text("posted_at", optional=True),
    _text("audience"),
    Column("views", BigInteger, nullable=True),
    _text("detail"),
    Index("ix_history_step_seq", "step", "seq"),
    sqlite_autoincrement=True,
)

COUNTERS = Table(
    "counters",
    METADATA,
    _number(),
    _text("key"),
    _text("at"),
    Index("ix_counters_key_at", "key", "at"),
    sqlite_autoincrement=True,
)

ENTRY_CHANGES = Table("entry_changes", METADATA, _number(), _text("entry"), sqlite_autoincrement=True)

SIGNALS = Table(
    "signals",
    METADATA,
    _number(),
    _text("item"),
    _text("type"),
    Column("code", LargeBinary, nullable=False),
    Column("is_text", Integer, nullable=False),
    Column("quality", Integer, nullable=False),
    _text("version"),
    Index("ix_signals_type_seq", "type", "seq"),
    Index("ix_signals_item", "item"),
    sqlite_autoincrement=True,
)
"""``code`` is the packed value; ``is_text`` is 1 where that was no hex, which ``code`` does not tell."""

RULE_EVENTS = Table(
    "rule_events",
    METADATA,
    Column("seq", Seq, primary_key=True, autoincrement=False),
    _text("item"),
    Column("at", BigInteger, nullable=False),
    _text("body"),
    Index("ix_rule_events_item", "item"),
    Index("ix_rule_events_at", "at"),
)

RULE_HITS = Table(
    "rule_hits",
    METADATA,
    _number(),
    Column("event", BigInteger, nullable=False),
    _text("rule"),
    _text("item"),
    Column("at", BigInteger, nullable=False),
    Column("live", Integer, nullable=False),
    _text("verdict"),
    Index("ix_rule_hits_rule_at", "rule", "at"),
    Index("ix_rule_hits_item", "item"),
    Index("ix_rule_hits_at", "at"),
    sqlite_autoincrement=True,
)
