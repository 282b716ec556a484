"""Cases say in which language and context their text was read, how it was scored, and where it met an entry.

The fields lie in the bodies of cases and have defaults: no row is rewritten on the way up. On the way down they are
taken out again, because the version before refuses a field that it does not know.
"""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_BATCH = 1_000
_NEW_OF_A_CASE = ("scores", "language", "context")


def upgrade() -> None:
    """Do nothing: what is absent takes its default."""


def downgrade() -> None:
    last = 0
    asked = sa.text("SELECT seq, body FROM cases WHERE seq > :last ORDER BY seq LIMIT :most")
    put = sa.text("UPDATE cases SET body = :body WHERE seq = :seq")
    while rows := op.get_bind().execute(asked, {"last": last, "most": _BATCH}).all():
        for row in rows:
            written = json.dumps(_as_before(json.loads(row.body)), separators=(",", ":"))
            op.get_bind().execute(put, {"body": written, "seq": row.seq})
        last = rows[-1].seq


def _as_before(body: dict[str, Any]) -> dict[str, Any]:
    matches = [{name: value for name, value in match.items() if name != "spans"} for match in body.get("matches", [])]
    return {name: value for name, value in body.items() if name not in _NEW_OF_A_CASE} | {"matches": matches}
