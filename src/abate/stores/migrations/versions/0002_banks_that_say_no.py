"""Opinions on entries, entries set aside, how often each is met, and the log that lets every process follow the banks.

Entries and banks gain fields, which lie in their bodies and have defaults: no row is rewritten on the way up. On the
way down they are taken out again, because the version before refuses a field that it does not know; and a store that
holds a "no" is not taken down at all, because that version would read every entry as a "yes".
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from abate.domain.errors import StoreError

revision = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_OPINION = "an opinion is never changed nor deleted; a new one takes its place"
_BATCH = 1_000

_NEW_FIELDS = {
    "banks": ("max_distance", "ceiling"),
    "entries": ("stance", "expires_at", "added_by", "origin"),
}
_NEW_OF_A_MATCH = (
    "stance",
    "state",
    "ceiling",
    "ref",
    "added_at",
    "added_by",
    "origin",
    "opinions",
    "most",
    "held_back",
    "located",
)


def upgrade() -> None:
    _make("opinions", ("entry",))
    _make("quarantines", ("entry", "state"))
    _make("tallies", ())
    op.create_table("entry_changes", _number(), _text("entry"), sqlite_autoincrement=True)
    if op.get_context().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            name = f"guard_opinions_{what.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON opinions BEGIN SELECT RAISE(ABORT, '{_OPINION}'); END")
    else:
        for name, when in (
            ("row", "UPDATE OR DELETE ON opinions FOR EACH ROW"),
            ("all", "TRUNCATE ON opinions FOR EACH STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER guard_opinions_{name} BEFORE {when} EXECUTE FUNCTION abate_refuse('{_OPINION}')"
            )


def downgrade() -> None:
    _refuse_to_forget_a_no()
    for table, fields in _NEW_FIELDS.items():
        _rewrite(table, lambda body, fields=fields: _without(body, fields))
    _rewrite("cases", _plain_case)
    for table in ("entry_changes", "tallies", "quarantines", "opinions"):
        op.drop_table(table)


def _refuse_to_forget_a_no() -> None:
    said = sum(1 for _, body in _bodies("entries") if body.get("stance") == "negative" or body.get("expires_at"))
    said += sum(1 for _ in _bodies("opinions")) + sum(1 for _ in _bodies("quarantines"))
    said += sum(1 for _, body in _bodies("banks") if body.get("ceiling", "remove") != "remove")
    if said:
        msg = (
            f"{said} negative or expiring entries, opinions, entries set aside or ceilings of banks are stored, all of "
            "which version 0001 would act against; remove those banks first, or restore a backup"
        )
        raise StoreError(msg)


def _number() -> sa.Column[int]:
    return sa.Column("seq", _SEQ, primary_key=True, autoincrement=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _make(name: str, indexed: tuple[str, ...]) -> None:
    columns = [_text(column) for column in ("id", *indexed, "body")]
    op.create_table(
        name, _number(), *columns, sa.UniqueConstraint("id", name=f"uq_{name}_id"), sqlite_autoincrement=True
    )
    for column in indexed:
        op.create_index(f"ix_{name}_{column}", name, [column])


def _bodies(table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    last = 0
    asked = sa.text(f"SELECT seq, body FROM {table} WHERE seq > :last ORDER BY seq LIMIT {_BATCH}")  # noqa: S608 - our own names
    while rows := op.get_bind().execute(asked, {"last": last}).all():
        yield from ((row.seq, json.loads(row.body)) for row in rows)
        last = rows[-1].seq


def _rewrite(table: str, change: Any) -> None:  # noqa: ANN401 - a function of a body
    put = sa.text(f"UPDATE {table} SET body = :body WHERE seq = :seq")  # noqa: S608 - our own names
    for seq, body in _bodies(table):
        written = json.dumps(change(body), separators=(",", ":"))
        op.get_bind().execute(put, {"body": written, "seq": seq})


def _without(body: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in fields}


def _plain_case(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"matches": [_without(match, _NEW_OF_A_MATCH) for match in body.get("matches", [])]}
