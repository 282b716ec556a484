"""Versions of rules, their steps and backtests, the events that they are tried on, what they hit, and past counts.

Items gain fields, which lie in their bodies and have defaults: no row is rewritten on the way up. On the way down they
are taken out again, because the version before refuses a field that it does not know.
"""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BATCH = 1_000
_NEW_OF_AN_ITEM = ("surface", "account_created_at", "channel_created_at", "channel_members")
_GUARDED = {
    "rule_changes": "a step in the life of a rule is never changed nor deleted; the next step is one more record",
    "backtests": "a backtest is never changed nor deleted; run it again, and the newest counts",
}


def upgrade() -> None:
    _make("rules", ("name", "state"))
    _make("rule_changes", ("rule", "name"))
    _make("backtests", ("rule",))
    _make("past_counts", ())
    _make_events()
    _make_hits()
    for table, sentence in _GUARDED.items():
        _guard(table, sentence)


def downgrade() -> None:
    for table in ("rule_hits", "rule_events", "past_counts", "backtests", "rule_changes", "rules"):
        op.drop_table(table)
    _take_out_of_items()


def _number(*, counted: bool = True) -> sa.Column[int]:
    return sa.Column("seq", _SEQ, primary_key=True, autoincrement=counted)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _make(name: str, indexed: tuple[str, ...]) -> None:
    columns = [_text(column) for column in ("id", *indexed, "body")]
    key = sa.UniqueConstraint("id", name=f"uq_{name}_id")
    op.create_table(name, _number(), *columns, key, sqlite_autoincrement=True)
    for column in indexed:
        op.create_index(f"ix_{name}_{column}", name, [column])


def _make_events() -> None:
    op.create_table("rule_events", _number(counted=False), _text("item"), _whole("at"), _text("body"))
    op.create_index("ix_rule_events_item", "rule_events", ["item"])
    op.create_index("ix_rule_events_at", "rule_events", ["at"])


def _make_hits() -> None:
    op.create_table(
        "rule_hits",
        _number(),
        _whole("event"),
        _text("rule"),
        _text("item"),
        _whole("at"),
        sa.Column("live", sa.Integer, nullable=False),
        _text("verdict"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rule_hits_rule_at", "rule_hits", ["rule", "at"])
    op.create_index("ix_rule_hits_item", "rule_hits", ["item"])
    op.create_index("ix_rule_hits_at", "rule_hits", ["at"])


def _guard(table: str, sentence: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            name = f"guard_{table}_{what.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{sentence}'); END")
        return
    for name, when in (
        ("row", f"UPDATE OR DELETE ON {table} FOR EACH ROW"),
        ("all", f"TRUNCATE ON {table} FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER guard_{table}_{name} BEFORE {when} EXECUTE FUNCTION abate_refuse('{sentence}')")


def _take_out_of_items() -> None:
    last = 0
    asked = sa.text("SELECT seq, body FROM items WHERE seq > :last ORDER BY seq LIMIT :most")
    put = sa.text("UPDATE items SET body = :body WHERE seq = :seq")
    while rows := op.get_bind().execute(asked, {"last": last, "most": _BATCH}).all():
        written = [{"seq": row.seq, "body": _as_before(row.body)} for row in rows]
        op.get_bind().execute(put, written)
        last = rows[-1].seq


def _as_before(body: str) -> str:
    kept = {name: value for name, value in json.loads(body).items() if name not in _NEW_OF_AN_ITEM}
    return json.dumps(kept, separators=(",", ":"))
