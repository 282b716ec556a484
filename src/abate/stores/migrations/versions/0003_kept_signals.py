"""Kept signals, and the runs that hold new entries against them.

A migration never reads ``abate.stores.tables``: it says what was made on its day, whatever the declarations become.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _make_signals()
    _make_retros()


def downgrade() -> None:
    op.drop_table("retros")
    op.drop_table("signals")


def _number() -> sa.Column[int]:
    return sa.Column("seq", _SEQ, primary_key=True, autoincrement=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _make_signals() -> None:
    op.create_table(
        "signals",
        _number(),
        _text("item"),
        _text("type"),
        sa.Column("code", sa.LargeBinary, nullable=False),
        sa.Column("is_text", sa.Integer, nullable=False),
        sa.Column("quality", sa.Integer, nullable=False),
        _text("version"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signals_type_seq", "signals", ["type", "seq"])
    op.create_index("ix_signals_item", "signals", ["item"])


def _make_retros() -> None:
    key = sa.UniqueConstraint("id", name="uq_retros_id")
    op.create_table("retros", _number(), _text("id"), _text("state"), _text("body"), key, sqlite_autoincrement=True)
    op.create_index("ix_retros_state", "retros", ["state"])
