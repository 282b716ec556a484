"""The kept signals in memory: a log, and the items whose signals were forgotten since."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from abate.domain.retro import KeptSignal, packed
from abate.domain.signal import Signal
from abate.stores.memory_tables import MemoryTables


class MemoryKeptSignals:
    """The ``KeptSignals`` of one transaction."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def append(self, kept: Iterable[KeptSignal]) -> None:
        """Add signals."""
        self._tables.grow("signals").extend(kept)

    def _numbered(self) -> Iterator[tuple[int, KeptSignal]]:
        gone: dict[str, int] = self._tables.seen("forgotten_signals")
        for number, kept in enumerate(self._tables.log("signals"), start=1):
            if number > gone.get(kept.item, 0):
                yield number, kept

    def stream(
        self, signal_type: str, *, after: int, upto: int, limit: int, min_quality: int = 0
    ) -> Sequence[tuple[int, bytes]]:
        """Return ``(number, packed value)`` of one type, in order."""
        wanted = (
            (number, packed(kept.signal.value))
            for number, kept in self._numbered()
            if after < number <= upto and kept.signal.type == signal_type and kept.signal.quality >= min_quality
        )
        return list(islice(wanted, limit))

    def items_at(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return the item of each kept signal that is still there."""
        wanted = set(numbers)
        return {number: kept.item for number, kept in self._numbered() if number in wanted}

    def of_items(self, items: Sequence[str]) -> dict[str, list[Signal]]:
        """Return the kept signals of items."""
        wanted, found = set(items), dict[str, list[Signal]]()
        for _, kept in self._numbered():
            if kept.item in wanted:
                found.setdefault(kept.item, []).append(kept.signal)
        return found

    def newest(self) -> int:
        """Return the number of the newest kept signal."""
        return self._tables.size("signals")

    def _without(self) -> Iterator[tuple[int, str]]:
        known = {kept.item for _, kept in self._numbered()}
        return ((place, key) for place, key in enumerate(self._tables.seen("items"), start=1) if key not in known)

    def items_without(self, *, after: int = 0, limit: int) -> list[tuple[int, str]]:
        """Return ``(place, identifier)`` of stored items without any kept signal."""
        return list(islice((found for found in self._without() if found[0] > after), limit))

    def count_without(self) -> int:
        """Return how many stored items have no kept signal."""
        return sum(1 for _ in self._without())

    def forget(self, item: str) -> None:
        """Delete an item's signals."""
        self._tables.changed("forgotten_signals")[item] = self._tables.size("signals")
