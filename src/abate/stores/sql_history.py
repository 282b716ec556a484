"""The history in a database: real columns for what measurement groups by."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Row

from abate.domain.history import HistoryEvent, Step
from abate.stores.codec import escape, optional_read_time, optional_time_text, read_time, read_word, time_text, unescape
from abate.stores.rules import check_views
from abate.stores.schema import HISTORY
from abate.stores.sql_records import BATCH, in_batches
from abate.stores.wire import Wire

_TEXTS = ("item", "platform", "channel", "group", "language", "kind", "audience", "detail")


class SqlHistory:
    """The ``HistoryLog`` of one transaction."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def append(self, events: Iterable[HistoryEvent]) -> None:
        """Add events."""
        for batch in in_batches((_row(event) for event in events), BATCH):
            self._wire.change(insert(HISTORY), batch)

    def read(self, *, steps: Sequence[Step] = (), limit: int | None = None) -> list[HistoryEvent]:
        """Return events in the order they were appended."""
        asked = select(HISTORY).order_by(HISTORY.c.seq).limit(limit)
        if steps:
            asked = asked.where(HISTORY.c.step.in_([step.value for step in steps]))
        return [_event(row) for row in self._wire.rows(asked)]

    def newest(self) -> int:
        """Return the newest event's place."""
        (row,) = self._wire.rows(select(func.max(HISTORY.c.seq)))
        return row[0] or 0

    def batches(self, size: int) -> Iterator[list[HistoryEvent]]:
        """Yield all events in lists of at most ``size``, so that memory stays bounded."""
        after = 0
        while True:
            asked = select(HISTORY).where(HISTORY.c.seq > after).order_by(HISTORY.c.seq).limit(size)
            rows = self._wire.rows(asked)
            if not rows:
                return
            after = rows[-1].seq
            yield [_event(row) for row in rows]


def _row(event: HistoryEvent) -> dict[str, Any]:
    check_views(event)
    row: dict[str, Any] = {name: escape(getattr(event, name)) for name in _TEXTS}
    times = {"at": time_text(event.at), "posted_at": optional_time_text(event.posted_at)}
    return row | times | {"step": event.step.value, "views": event.views}


def _event(row: Row[Any]) -> HistoryEvent:
    return HistoryEvent(
        at=read_time(row.at),
        step=read_word(Step, row.step),
        posted_at=optional_read_time(row.posted_at),
        views=row.views,
        **{name: unescape(getattr(row, name)) for name in _TEXTS},
    )
