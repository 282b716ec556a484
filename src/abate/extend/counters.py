"""Counters: how much happened in a window, for the caps on automatic action."""

from datetime import datetime
from typing import Protocol


class Counters(Protocol):
    """Counts events per key."""

    def add(self, key: str, at: datetime) -> None:
        """Count one event."""
        ...

    def since(self, key: str, start: datetime) -> int:
        """Return how many events of ``key`` happened at or after ``start``."""
        ...
