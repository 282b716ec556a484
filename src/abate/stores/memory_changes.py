"""The log of changed entries in memory."""

from collections.abc import Iterable
from itertools import islice

from abate.stores.memory_tables import MemoryTables


class MemoryEntryChanges:
    """The ``EntryChanges`` of one transaction."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def append(self, entries: Iterable[str]) -> None:
        """Note that these entries are not what they were."""
        self._tables.grow("entry_changes").extend(entries)

    def since(self, mark: int) -> list[str]:
        """Return the entries noted after ``mark``, each once."""
        return list(dict.fromkeys(islice(self._tables.log("entry_changes"), mark, None)))

    def newest(self) -> int:
        """Return how many notes there are."""
        return self._tables.size("entry_changes")
