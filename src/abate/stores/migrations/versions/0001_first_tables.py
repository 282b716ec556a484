"""The first tables, their unique keys, and the triggers that keep what is written as it was written.

A migration never reads ``abate.stores.tables``: it says what was made on its day, whatever the declarations become.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from abate.domain.errors import StoreError

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# Table, key, columns with an index, columns with a unique index, columns with none.
_RECORDS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    ("items", "id", ("account", "channel", "platform", "kind", "url"), (), ()),
    ("banks", "name", ("purpose",), (), ()),
    ("entries", "id", ("bank", "signal_type", "value"), (), ()),
    ("cases", "id", ("item", "state"), (), ()),
    ("decisions", "id", ("case", "item"), (), ()),
    ("actions", "id", ("decision", "item", "state"), (), ()),
    ("holds", "id", ("item", "action", "state"), (), ()),
    ("orders", "id", ("state",), (), ("received_at", "received_text", "raw_sha256")),
    ("interventions", "id", ("platform", "kind"), (), ()),
    ("users", "id", (), ("name",), ()),
    ("tokens", "id", ("user",), ("sha256",), ()),
    ("sessions", "id", ("user",), (), ()),
)

_CHAIN = "an audit record is never changed nor deleted"
_DECISION = "a decision is never changed nor deleted; an undo is one more decision"
_ORDER = "the receipt of an order never changes"
_RECEIPT = ("id", "received_at", "received_text", "raw_sha256")


def upgrade() -> None:
    for name, key, indexed, unique, plain in _RECORDS:
        _make_records(name, key, indexed, unique, plain)
    _make_jobs()
    _make_audit()
    _make_history()
    _make_counters()
    if op.get_context().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    msg = "version 0001 is the first; there is nothing before it to go back to: restore a backup, or use a new store"
    raise StoreError(msg)


def _text(*names: str, optional: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=optional) for name in names]


def _number(*, counted: bool = True) -> sa.Column[int]:
    return sa.Column("seq", _SEQ, primary_key=True, autoincrement=counted)


def _make_records(
    name: str, key: str, indexed: tuple[str, ...], unique: tuple[str, ...], plain: tuple[str, ...]
) -> None:
    columns = _text(key, *indexed, *unique, *plain, "body")
    uniques = [sa.UniqueConstraint(column, name=f"uq_{name}_{column}") for column in (key, *unique)]
    op.create_table(name, _number(), *columns, *uniques, sqlite_autoincrement=True)
    for column in indexed:
        op.create_index(f"ix_{name}_{column}", name, [column])


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        _number(),
        *_text("key", "kind", "subject", "run_at", "state"),
        sa.Column("attempts", sa.Integer, nullable=False),
        *_text("worker"),
        *_text("lease_until", optional=True),
        *_text("note"),
        sa.UniqueConstraint("key", name="uq_jobs_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state_run_at", "jobs", ["state", "run_at"])
    op.create_index("ix_jobs_subject", "jobs", ["subject"])


def _make_audit() -> None:
    columns = _text("at", "tag", "subject", "commitment", "previous", "hash")
    op.create_table("audit", _number(counted=False), *columns)
    op.create_table("audit_openings", _number(counted=False), *_text("salt", "body"))


def _make_history() -> None:
    op.create_table(
        "history",
        _number(),
        *_text("at", "step", "item", "platform", "channel", "group", "language", "kind"),
        *_text("posted_at", optional=True),
        *_text("audience"),
        sa.Column("views", sa.BigInteger, nullable=True),
        *_text("detail"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_step_seq", "history", ["step", "seq"])


def _make_counters() -> None:
    op.create_table("counters", _number(), *_text("key", "at"), sqlite_autoincrement=True)
    op.create_index("ix_counters_key_at", "counters", ["key", "at"])


def _guard_sqlite() -> None:
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _RECEIPT)
    for name, when, message in (
        ("audit_update", "UPDATE ON audit", _CHAIN),
        ("audit_delete", "DELETE ON audit", _CHAIN),
        ("decisions_update", "UPDATE ON decisions", _DECISION),
        ("decisions_delete", "DELETE ON decisions", _DECISION),
        ("orders_update", f"UPDATE ON orders WHEN {changed}", _ORDER),
    ):
        op.execute(f"CREATE TRIGGER guard_{name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION abate_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _RECEIPT)
    for name, when, message in (
        ("audit_row", "UPDATE OR DELETE ON audit FOR EACH ROW", _CHAIN),
        ("audit_all", "TRUNCATE ON audit FOR EACH STATEMENT", _CHAIN),
        ("decisions_row", "UPDATE OR DELETE ON decisions FOR EACH ROW", _DECISION),
        ("decisions_all", "TRUNCATE ON decisions FOR EACH STATEMENT", _DECISION),
        ("orders_row", f"UPDATE ON orders FOR EACH ROW WHEN ({changed})", _ORDER),
    ):
        op.execute(f"CREATE TRIGGER guard_{name} BEFORE {when} EXECUTE FUNCTION abate_refuse('{message}')")
