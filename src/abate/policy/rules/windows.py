"""Counters over the last minutes, hours and days: exact, in memory, and what history's SQL says of the same events.

An event's window holds what was received up to and with itself, and less than the duration before it: from
``at - duration``, which is out, to ``at``, which is in, in the order of receipt. It never holds what came later, not
even in the same microsecond. Windows stay within one platform: a pseudonym means nothing on another. Where the field
that it counts by is missing, the window is.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from abate.policy.rules import fields
from abate.policy.rules.event import Event
from abate.policy.rules.tree import Value, Window

MICROSECONDS = 1_000_000

Key = tuple[Value, Value]


@dataclass(slots=True)
class _Group:
    """What is kept of the events that share a key."""

    count: int = 0
    total: int = 0
    values: Counter[Value] = field(default_factory=Counter)

    def change(self, value: Value, by: int) -> None:
        self.count += by
        if isinstance(value, float):
            self.total += by * int(value)
        elif value is not None:
            self.values[value] += by
            if not self.values[value]:
                del self.values[value]


class _Lane:
    """One window: its events in order, and the groups that they make."""

    def __init__(self, window: Window, most: int) -> None:
        self.window = window
        self._length = window.seconds * MICROSECONDS
        self._most = most
        self._events: deque[tuple[int, Key, Value]] = deque()
        self._groups: dict[Key, _Group] = {}
        self.cut_at: int | None = None

    def take(self, event: Event, at: int) -> float | None:
        """Count one event and return what its window comes to."""
        while self._events and self._events[0][0] <= at - self._length:
            self._drop()
        by = event.get(self.window.by)
        if by is None:
            return None
        if len(self._events) >= self._most:
            self.cut_at = self._drop()
        key = (event.get("item.platform"), by)
        value = None if self.window.of is None else event.get(self.window.of)
        self._events.append((at, key, value))
        group = self._groups.setdefault(key, _Group())
        group.change(value, 1)
        return self._value(group)

    def _value(self, group: _Group) -> float:
        match self.window.kind:
            case "count":
                return float(group.count)
            case "count_distinct":
                return float(len(group.values))
            case _:
                return float(max(-fields.MOST, min(group.total, fields.MOST)))

    def _drop(self) -> int:
        at, key, value = self._events.popleft()
        group = self._groups[key]
        group.change(value, -1)
        if not group.count:
            del self._groups[key]
        return at

    def is_exact(self, at: int) -> bool:
        """Say whether nothing that belongs into a window at ``at`` was dropped for want of room."""
        return self.cut_at is None or self.cut_at <= at - self._length


class Windows:
    """The counters of a rule set."""

    def __init__(self, windows: Iterable[Window], most: int = 1_000_000) -> None:
        """Keep ``most`` events for each of ``windows``; beyond that the oldest go, and :meth:`is_exact` says so."""
        self._lanes = tuple(_Lane(window, most) for window in windows)
        self._now = 0

    def take(self, event: Event, at: int) -> dict[str, Value]:
        """Count an event received at ``at`` (microseconds since 1970) and return the event with its windows.

        Give each event once, in the order of receipt. A clock that went back counts as standing still.
        """
        self._now = max(self._now, at)
        made = dict(event)
        for lane in self._lanes:
            held = lane.take(event, self._now)
            if held is not None:
                made[lane.window.column] = held
        return made

    def is_exact(self) -> bool:
        """Say whether the last windows hold all that belongs into them."""
        return all(lane.is_exact(self._now) for lane in self._lanes)
