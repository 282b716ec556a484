"""The tables of measurement, built from the store's history once and kept until something is appended to it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from abate.domain.history import Step
from abate.extend.store import Store
from abate.measurement.tables.history import HistoryTables, from_history

T = TypeVar("T")

_STEPS = (Step.MATCHED, Step.REACTED, Step.CHECKED, Step.ACTED)


@dataclass(slots=True)
class Tables:
    """Keeps the newest tables. A page that three people open counts the history once."""

    _now: HistoryTables | None = None
    _key: tuple[int, int] = (-1, -1)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _derived: dict[str, tuple[tuple[int, int], Any]] = field(default_factory=dict)
    _deriving: threading.Lock = field(default_factory=threading.Lock)

    def current(self, store: Store) -> HistoryTables:
        """Return the tables of everything that the loop left behind."""
        with self._lock, store.read() as tx:
            key = (tx.history.newest(), tx.interventions.count())
            if self._now is None or key != self._key:
                self._now = from_history(tx.history.read(steps=_STEPS), tx.interventions.find())
                self._key = key
            return self._now

    def derived(self, store: Store, name: str, make: Callable[[], T]) -> T:
        """Return what was made of the tables under this name, made anew once something was appended to the history.

        One at a time: two people who open the page together wait for one computation, not for two.
        """
        with self._deriving:
            with store.read() as tx:
                key = (tx.history.newest(), tx.interventions.count())
            kept = self._derived.get(name)
            if kept is None or kept[0] != key:
                kept = self._derived[name] = (key, make())
            made: T = kept[1]
            return made
