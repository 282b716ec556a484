"""The columns of an item as others write them, checked one by one."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from abate.domain.errors import InputError
from abate.domain.times import parse_time

ITEM_COLUMNS = (
    "id",
    "kind",
    "text",
    "language",
    "account",
    "channel",
    "platform",
    "posted_at",
    "url",
    "path",
    "views",
    "surface",
    "account_created_at",
    "channel_created_at",
    "channel_members",
)
_WORDS = ("id", "text", "language", "account", "channel", "platform", "url", "surface")
_TIMES = ("posted_at", "account_created_at", "channel_created_at")
_COUNTS = ("views", "channel_members")
CONTENT_COLUMNS = frozenset({"text", "url", "path"})
"""A table of items has at least one of these."""


def item_fields(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the keyword arguments of ``Item`` that a row gives, but for ``kind`` and ``path``.

    :raises InputError: for a time or a count that cannot be read, naming the column
    """
    words = {name: str(values.get(name) or "") for name in _WORDS}
    times = {name: _time(values.get(name), name) for name in _TIMES}
    return words | times | {name: _count(values.get(name), name) for name in _COUNTS}


def _time(value: object, name: str) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return parse_time(str(value), name)


def _count(value: object, name: str) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and math.isnan(value):
        return None  # how a table of another program writes "no value" in a column of numbers
    try:
        count = int(value) if isinstance(value, float) and value.is_integer() else int(str(value))
    except ValueError as error:
        msg = f"{name} {str(value)[:40]!r} is no whole number"
        raise InputError(msg) from error
    if not 0 <= count < 2**63:
        msg = f"{name} {str(value)[:40]} is no count that a platform can have"
        raise InputError(msg)
    return count
