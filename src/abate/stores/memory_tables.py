"""What one transaction in memory sees, and what it has changed so far."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from abate.extend.clock import Clock
from abate.stores.rules import check_writable


class MemoryTables:
    """What one transaction sees: the committed tables, and its own copies of those that it changed."""

    def __init__(
        self,
        tables: Mapping[str, dict[Any, Any]],
        logs: Mapping[str, list[Any]],
        *,
        writable: bool,
        clock: Clock | None,
    ) -> None:
        self._tables = tables
        self._logs = logs
        self._lengths = {name: len(log) for name, log in logs.items()}
        self._writable = writable
        self._clock = clock
        self.copies: dict[str, dict[Any, Any]] = {}
        self.grown: dict[str, list[Any]] = {}
        self.ended = False

    def seen(self, name: str) -> dict[Any, Any]:
        """Return a table for reading; its order is the order of arrival."""
        return self.copies[name] if name in self.copies else self._tables.get(name, {})

    def changed(self, name: str) -> dict[Any, Any]:
        """Return a table for writing."""
        check_writable(writable=self._writable, ended=self.ended)
        if name not in self.copies:
            self.copies[name] = dict(self._tables.get(name, {}))
        return self.copies[name]

    def log(self, name: str) -> Iterator[Any]:
        """Yield what a log held when the transaction began, then what the transaction added."""
        yield from islice(self._logs.get(name, ()), self._lengths.get(name, 0))
        yield from self.grown.get(name, ())

    def last(self, name: str) -> Any:  # noqa: ANN401 - whatever the log holds
        """Return the newest of a log, or ``None``."""
        if self.grown.get(name):
            return self.grown[name][-1]
        length = self._lengths.get(name, 0)
        return self._logs[name][length - 1] if length else None

    def part(self, name: str, start: int, stop: int) -> list[Any]:
        """Return the entries of a log from ``start``, counted from 0, to before ``stop``."""
        length = self._lengths.get(name, 0)
        kept = self._logs[name][start : min(stop, length)] if start < length else []
        return kept + self.grown.get(name, [])[max(start - length, 0) : max(stop - length, 0)]

    def size(self, name: str) -> int:
        """Return how many entries a log has in this transaction."""
        return self._lengths.get(name, 0) + len(self.grown.get(name, ()))

    def grow(self, name: str) -> list[Any]:
        """Return the list that takes what the transaction adds to a log."""
        check_writable(writable=self._writable, ended=self.ended)
        return self.grown.setdefault(name, [])

    def now(self) -> datetime:
        """Return the store's time."""
        return time_of(self._clock)


def time_of(clock: Clock | None) -> datetime:
    """Return the time by ``clock``; by the machine's where there is none."""
    return (clock.now() if clock else datetime.now(UTC)).astimezone(UTC)
