"""The kept signals in a database: small rows, streamed a type at a time in the order of their commits."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, insert, select

from abate.domain.item import Item
from abate.domain.retro import KeptSignal, is_hex, packed, unpacked
from abate.domain.signal import Signal
from abate.stores.codec import decode, escape, indexed, unescape
from abate.stores.schema import RECORDS, SIGNALS
from abate.stores.sql_items import item_names
from abate.stores.sql_records import ASKED_AT_ONCE, BATCH, in_batches
from abate.stores.wire import Wire


class SqlKeptSignals:
    """The ``KeptSignals`` of one transaction."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def append(self, kept: Iterable[KeptSignal]) -> None:
        """Add signals."""
        for batch in in_batches((_row(one) for one in kept), BATCH):
            self._wire.change(insert(SIGNALS), batch)

    def stream(
        self, signal_type: str, *, after: int, upto: int, limit: int, min_quality: int = 0
    ) -> Sequence[tuple[int, bytes]]:
        """Return ``(number, packed value)`` of one type, in order."""
        asked = {"type": escape(signal_type), "after": after, "upto": upto, "most": limit, "least": min_quality}
        return self._wire.tuples(_stream(), asked)

    def items_at(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return the item of each kept signal that is still there."""
        found: dict[int, str] = {}
        for batch in in_batches(numbers, ASKED_AT_ONCE):
            rows = self._wire.rows(select(SIGNALS.c.seq, SIGNALS.c.item).where(SIGNALS.c.seq.in_(batch)))
            found.update({row.seq: row.item for row in rows})
        names = item_names(self._wire, found.values())
        return {number: names.get(item, item) for number, item in found.items()}

    def of_items(self, items: Sequence[str]) -> dict[str, list[Signal]]:
        """Return the kept signals of items."""
        found: dict[str, list[Signal]] = {}
        names = {indexed(item): item for item in items}
        for batch in in_batches(names, ASKED_AT_ONCE):
            asked = select(SIGNALS).where(SIGNALS.c.item.in_(batch)).order_by(SIGNALS.c.seq)
            for row in self._wire.rows(asked):
                found.setdefault(names[row.item], []).append(_signal(row))
        return found

    def newest(self) -> int:
        """Return the number of the newest kept signal."""
        (row,) = self._wire.rows(select(func.max(SIGNALS.c.seq)))
        return row[0] or 0

    def items_without(self, *, after: int = 0, limit: int) -> list[tuple[int, str]]:
        """Return ``(place, identifier)`` of stored items without any kept signal."""
        items = RECORDS["items"]
        asked = select(items.c.seq, items.c.body).where(~_has_signals(), items.c.seq > after)
        rows = self._wire.rows(asked.order_by(items.c.seq).limit(limit))
        return [(row.seq, decode(Item, row.body).id) for row in rows]

    def count_without(self) -> int:
        """Return how many stored items have no kept signal."""
        asked = select(func.count()).select_from(RECORDS["items"]).where(~_has_signals())
        return int(self._wire.rows(asked)[0][0])

    def forget(self, item: str) -> None:
        """Delete an item's signals."""
        self._wire.change(delete(SIGNALS).where(SIGNALS.c.item == indexed(item)))


def _row(kept: KeptSignal) -> dict[str, Any]:
    signal = kept.signal
    return {
        "item": indexed(kept.item),
        "type": escape(signal.type),
        "code": packed(signal.value),
        "is_text": int(not is_hex(signal.value)),
        "quality": signal.quality,
        "version": escape(signal.version),
    }


def _signal(row: Any) -> Signal:  # noqa: ANN401 - SQLAlchemy's rows have no types of their columns
    value = unpacked(bytes(row.code), is_text=bool(row.is_text))
    return Signal(type=unescape(row.type), value=value, version=unescape(row.version), quality=row.quality)


def _has_signals() -> Any:  # noqa: ANN401 - an SQL expression
    return exists().where(SIGNALS.c.item == RECORDS["items"].c.id)


@cache
def _stream() -> Select[Any]:
    """Return the one question that is asked millions of rows: built once, and of two columns only."""
    wanted = select(SIGNALS.c.seq, SIGNALS.c.code).where(
        SIGNALS.c.type == bindparam("type"),
        SIGNALS.c.seq > bindparam("after"),
        SIGNALS.c.seq <= bindparam("upto"),
        SIGNALS.c.quality >= bindparam("least"),
    )
    return wanted.order_by(SIGNALS.c.seq).limit(bindparam("most"))
