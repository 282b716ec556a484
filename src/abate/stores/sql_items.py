"""Which item a column of another table means."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from abate.domain.item import Item
from abate.stores.codec import decode, is_short_form, unescape
from abate.stores.schema import RECORDS
from abate.stores.sql_records import ASKED_AT_ONCE, in_batches
from abate.stores.wire import Wire


def item_names(wire: Wire, columns: Iterable[str]) -> dict[str, str]:
    """Return the identifier for each of ``columns`` that is written in another way.

    One too long for an index is read off its item; where that is gone, nobody knows it, and it is left out.
    """
    odd = {column for column in columns if column.startswith('"')}
    names = {column: unescape(column) for column in odd if not is_short_form(column)}
    for batch in in_batches(odd - names.keys(), ASKED_AT_ONCE):
        names.update({column: decode(Item, body).id for column, body in wire.tuples(_bodies(), {"columns": batch})})
    return names


@cache
def _bodies() -> Select[Any]:
    items = RECORDS["items"]
    return select(items.c.id, items.c.body).where(items.c.id.in_(bindparam("columns", expanding=True)))
