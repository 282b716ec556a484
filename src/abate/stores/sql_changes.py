"""The log of changed entries in a database."""

from collections.abc import Iterable

from sqlalchemy import func, insert, select

from abate.stores.codec import escape, unescape
from abate.stores.schema import ENTRY_CHANGES
from abate.stores.sql_records import BATCH, in_batches
from abate.stores.wire import Wire


class SqlEntryChanges:
    """The ``EntryChanges`` of one transaction."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def append(self, entries: Iterable[str]) -> None:
        """Note that these entries are not what they were."""
        self._wire.check_writable()
        for batch in in_batches(({"entry": escape(entry)} for entry in entries), BATCH):
            self._wire.change(insert(ENTRY_CHANGES), batch)

    def since(self, mark: int) -> list[str]:
        """Return the entries noted after ``mark``, each once."""
        asked = select(ENTRY_CHANGES.c.entry).where(ENTRY_CHANGES.c.seq > mark).order_by(ENTRY_CHANGES.c.seq)
        return list(dict.fromkeys(unescape(row.entry) for row in self._wire.rows(asked)))

    def newest(self) -> int:
        """Return the newest note's number. One writer at a time: numbers grow in the order of the commits."""
        return int(self._wire.rows(select(func.coalesce(func.max(ENTRY_CHANGES.c.seq), 0)))[0][0])
