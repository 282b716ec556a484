"""Counters over the last minutes, hours and days: exact, in memory, and what history's SQL says of the same events.

An event's window holds what was received up to and with itself, and less than the duration before it: from
``at - duration``, which is out, to ``at``, which is in, in the order of receipt. It never holds what came later, not
even in the same microsecond. Windows stay within one platform: a pseudonym means nothing on another. Where the field
that it counts by is missing, the window is.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from abate.policy.rules import fields
from abate.policy.rules.event import Event
from abate.policy.rules.tree import Value, Window

MICROSECONDS = 1_000_000

Key = tuple[Value, Value]
"""Platform, and the value that is counted by."""

_Kept = tuple[int, Key, Value]
"""When an event came, its key, and what is counted of it."""


@dataclass(slots=True)
class _Group:
    """What is kept of the events that share a key, oldest first."""

    events: deque[_Kept] = field(default_factory=deque)
    total: int = 0
    values: Counter[Value] = field(default_factory=Counter)

    def take(self, kept: _Kept) -> None:
        self.events.append(kept)
        self._change(kept[2], 1)

    def drop(self) -> None:
        self._change(self.events.popleft()[2], -1)

    def _change(self, value: Value, by: int) -> None:
        if isinstance(value, float):
            self.total += by * int(value)
        elif value is not None:
            self.values[value] += by
            if not self.values[value]:
                del self.values[value]

    def with_one_more(self, value: Value, gone: Iterable[_Kept]) -> tuple[int, int, int]:
        """Return its count, how many values differ, and its total, with one more event and without those ``gone``."""
        count, total = len(self.events) + 1, self.total
        less: Counter[Value] = Counter()
        for _, _, held in gone:
            count -= 1
            if isinstance(held, float):
                total -= int(held)
            elif held is not None:
                less[held] += 1
        different = len(self.values) - sum(number == self.values[held] for held, number in less.items())
        if isinstance(value, float):
            total += int(value)
        elif value is not None:
            different += self.values[value] == less[value]
        return count, different, total


class _Lane:
    """One window: its events in order, and the groups that they make."""

    def __init__(self, window: Window, most: int) -> None:
        self.window = window
        self._length = window.seconds * MICROSECONDS
        self._most = most
        self._order: deque[_Kept] = deque()
        self._groups: dict[Key, _Group] = {}
        self.cut_at: int | None = None

    def take(self, event: Event, at: int) -> float | None:
        """Count one event and return what its window comes to."""
        while self._order and self._order[0][0] <= at - self._length:
            self._drop()
        key, value = self._read(event)
        if key is None:
            return None
        if len(self._order) >= self._most:
            self.cut_at = self._drop()
        kept = at, key, value
        self._order.append(kept)
        group = self._groups.setdefault(key, _Group())
        group.take(kept)
        return self._told(len(group.events), len(group.values), group.total)

    def peek(self, event: Event, at: int) -> float | None:
        """Return what :meth:`take` would return."""
        key, value = self._read(event)
        if key is None:
            return None
        group = self._groups.get(key)
        if group is None:
            group = _Group()
        begin = at - self._length
        gone = list(takewhile(lambda kept: kept[0] <= begin, group.events))
        # Where there is no room, the oldest is pushed out, if it would not go anyway.
        if not gone and len(self._order) >= self._most and self._order[0][0] > begin and self._order[0][1] == key:
            gone = [self._order[0]]
        return self._told(*group.with_one_more(value, gone))

    def _read(self, event: Event) -> tuple[Key | None, Value]:
        by = event.get(self.window.by)
        if by is None:
            return None, None
        of = self.window.of
        return (event.get("item.platform"), by), None if of is None else event.get(of)

    def _told(self, count: int, different: int, total: int) -> float:
        match self.window.kind:
            case "count":
                return float(count)
            case "count_distinct":
                return float(different)
            case _:
                return float(max(-fields.MOST, min(total, fields.MOST)))

    def _drop(self) -> int:
        at, key, _ = self._order.popleft()
        group = self._groups[key]
        group.drop()
        if not group.events:
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

    def peek(self, event: Event, at: int) -> dict[str, Value]:
        """Return what :meth:`take` would return, and count nothing.

        It looks at the events of the same key that are too old by now, so it takes longer the longer nothing was taken.
        """
        made = dict(event)
        for lane in self._lanes:
            held = lane.peek(event, max(self._now, at))
            if held is not None:
                made[lane.window.column] = held
        return made

    @property
    def held(self) -> frozenset[Window]:
        """Return the windows that are counted."""
        return frozenset(lane.window for lane in self._lanes)

    def keep_only(self, windows: Iterable[Window]) -> None:
        """Count no longer what is in none of ``windows``; the others go on as they stand."""
        wanted = {window.column for window in windows}
        self._lanes = tuple(lane for lane in self._lanes if lane.window.column in wanted)

    def is_exact(self) -> bool:
        """Say whether the last windows hold all that belongs into them."""
        return all(lane.is_exact(self._now) for lane in self._lanes)
