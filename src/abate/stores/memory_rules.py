"""What rules were tried on and what they hit, in memory: two logs, each with a count of the oldest that are gone."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import islice
from operator import attrgetter

from abate.domain.item import Item
from abate.domain.rule import RuleEvent, RuleHit
from abate.stores.memory_tables import MemoryTables
from abate.stores.rules import HOUR, without

_AT: Callable[[RuleEvent | RuleHit], int] = attrgetter("at")


class MemoryRuleEvents:
    """The ``RuleEvents`` of one transaction. The event numbered ``seq`` stands at ``seq - 1`` in its log."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def append(self, events: Iterable[RuleEvent]) -> int:
        """Add events and return the first one's number."""
        log, first = self._tables.grow("rule_events"), self._tables.size("rule_events") + 1
        log.extend(
            RuleEvent(item=event.item, at=event.at, body=event.body, seq=seq)
            for seq, event in enumerate(events, start=first)
        )
        return first

    def stream(self, *, after: int, limit: int, content: bool = False) -> list[RuleEvent]:
        """Return events with ``seq > after``, in order."""
        start = max(after, self._gone())
        found = self._left(self._tables.part("rule_events", start, start + limit))
        return [self._told(event) for event in found] if content else found

    def forget(self, item: str, *, fields: Collection[str]) -> None:
        """Take fields out of the event of an item."""
        forgotten = self._tables.changed("rule_events_forgotten")
        forgotten[item] = frozenset(fields) | forgotten.get(item, frozenset())

    def _left(self, events: list[RuleEvent]) -> list[RuleEvent]:
        gone = self._tables.seen("rule_events_forgotten")
        return [
            replace(event, body=without(event.body, gone[event.item])) if event.item in gone else event
            for event in events
        ]

    def _gone(self) -> int:
        return int(self._tables.seen("rules_gone").get("events", 0))

    def _all(self) -> list[RuleEvent]:
        return self._left(self._tables.part("rule_events", self._gone(), self._tables.size("rule_events")))

    def _told(self, event: RuleEvent) -> RuleEvent:
        item: Item | None = self._tables.seen("items").get(event.item)
        return replace(event, text=item.text, url=item.url) if item else event

    def of_items(self, items: Iterable[str]) -> dict[str, RuleEvent]:
        """Return the event of each item that has one."""
        wanted = set(items)
        return {event.item: self._told(event) for event in self._all() if event.item in wanted}

    def before(self, at: int) -> int:
        """Return the ``seq`` of the last event received before ``at``."""
        found = self._all()
        place = bisect_left(found, at, key=_AT)
        return found[place - 1].seq if place else 0

    def latest(self) -> tuple[int, int]:
        """Return ``(seq, at)`` of the newest event."""
        newest: RuleEvent | None = self._tables.last("rule_events")
        return (newest.seq, newest.at) if newest else (0, 0)

    def prune(self, before: int, *, limit: int) -> int:
        """Delete up to ``limit`` of the oldest events, never the newest."""
        found = self._all()[:-1]
        gone = min(bisect_left(found, before, key=_AT), limit)
        self._tables.changed("rules_gone")["events"] = self._gone() + gone
        return gone


class MemoryRuleHits:
    """The ``RuleHits`` of one transaction."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def append(self, hits: Iterable[RuleHit]) -> None:
        """Add hits."""
        self._tables.grow("rule_hits").extend(hits)

    def _gone(self) -> int:
        return int(self._tables.seen("rules_gone").get("hits", 0))

    def _all(self) -> list[RuleHit]:
        return self._tables.part("rule_hits", self._gone(), self._tables.size("rule_hits"))

    def of_rule(self, rule: str, *, limit: int) -> list[RuleHit]:
        """Return the newest hits of a version, the newest first."""
        return list(islice((hit for hit in reversed(self._all()) if hit.rule == rule), limit))

    def of_item(self, item: str) -> list[RuleHit]:
        """Return what fired on an item, in order."""
        return [hit for hit in self._all() if hit.item == item]

    def per_hour(self, rule: str, *, since: int) -> list[tuple[int, int, int]]:
        """Return ``(beginning of the hour, hits, of these that counted)``, in order."""
        found = [hit for hit in self._all() if hit.rule == rule and hit.at >= since]
        hits = Counter((hit.at - since) // HOUR for hit in found)
        live = Counter((hit.at - since) // HOUR for hit in found if hit.live)
        return [(since + hour * HOUR, hits[hour], live[hour]) for hour in sorted(hits)]

    def prune(self, before: int, *, limit: int) -> int:
        """Delete up to ``limit`` of the oldest hits."""
        gone = min(bisect_left(self._all(), before, key=_AT), limit)
        self._tables.changed("rules_gone")["hits"] = self._gone() + gone
        return gone
