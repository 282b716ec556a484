"""What rules were tried on and what they hit, in a database: appended to by every item, and streamed whole."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from itertools import repeat
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Delete, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.dml import Update

from abate.domain.item import Item
from abate.domain.rule import RuleEvent, RuleHit
from abate.domain.verdict import Verdict
from abate.stores.codec import decode, escape, indexed, read_word, unescape
from abate.stores.rules import HOUR, without
from abate.stores.schema import RECORDS, RULE_EVENTS, RULE_HITS
from abate.stores.sql_items import item_names
from abate.stores.sql_records import ASKED_AT_ONCE, BATCH, in_batches
from abate.stores.wire import Wire


class _Content(msgspec.Struct):
    """What is read of a stored item with its event."""

    text: str = ""
    url: str = ""


_OF_AN_EVENT = ("seq", "item", "at", "body")
_READ_CONTENT = msgspec.json.Decoder(_Content).decode
_NO_CONTENT = _Content()


class SqlRuleEvents:
    """The ``RuleEvents`` of one transaction."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def append(self, events: Iterable[RuleEvent]) -> int:
        """Add events and return the first one's number: one above the newest, for there is one writer."""
        self._wire.check_writable()
        first = self.latest()[0] + 1
        rows = (
            {"seq": seq, "item": indexed(event.item), "at": event.at, "body": escape(event.body)}
            for seq, event in enumerate(events, start=first)
        )
        for batch in in_batches(rows, BATCH):
            self._wire.change(insert(RULE_EVENTS), batch)
        return first

    def stream(self, *, after: int, limit: int, content: bool = False) -> list[RuleEvent]:
        """Return events with ``seq > after``, in order."""
        return self._events(_stream(content=content), {"after": after, "most": limit})

    def of_items(self, items: Iterable[str]) -> dict[str, RuleEvent]:
        """Return the event of each item that has one."""
        found: dict[str, RuleEvent] = {}
        for batch in in_batches(dict.fromkeys(map(indexed, items)), ASKED_AT_ONCE):
            found.update({event.item: event for event in self._events(_of_items(), {"items": batch})})
        return found

    def forget(self, item: str, *, fields: Collection[str]) -> None:
        """Take fields out of the event of an item."""
        self._wire.check_writable()
        for row in self._wire.tuples(_bodies(), {"item": indexed(item)}):
            self._wire.change(_put_body(), {"numbered": row[0], "left": escape(without(unescape(row[1]), fields))})

    def _events(self, asked: Select[Any], parameters: dict[str, Any]) -> list[RuleEvent]:
        rows = self._wire.tuples(asked, parameters)
        names = item_names(self._wire, (row[1] for row in rows))
        return [
            RuleEvent(
                seq=row[0],
                item=names.get(row[1], row[1]),
                at=row[2],
                body=unescape(row[3]),
                text=content.text,
                url=content.url,
            )
            for row, content in zip(rows, _contents(rows), strict=False)
        ]

    def before(self, at: int) -> int:
        """Return the ``seq`` of the last event received before ``at``."""
        rows = self._wire.tuples(_before(), {"at": at})
        return int(rows[0][0]) if rows else 0

    def latest(self) -> tuple[int, int]:
        """Return ``(seq, at)`` of the newest event."""
        rows = self._wire.tuples(_latest())
        return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)

    def prune(self, before: int, *, limit: int) -> int:
        """Delete up to ``limit`` of the oldest events, never the newest."""
        newest = self.latest()[0]
        gone = self._wire.change(_prune_events(), {"before": before, "newest": newest, "most": limit})
        return int(gone.rowcount)


class SqlRuleHits:
    """The ``RuleHits`` of one transaction."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def append(self, hits: Iterable[RuleHit]) -> None:
        """Add hits."""
        self._wire.check_writable()
        for batch in in_batches(map(_row, hits), BATCH):
            self._wire.change(insert(RULE_HITS), batch)

    def of_rule(self, rule: str, *, limit: int) -> list[RuleHit]:
        """Return the newest hits of a version, the newest first."""
        return self._hits(_of_rule(), {"rule": indexed(rule), "most": limit})

    def of_item(self, item: str) -> list[RuleHit]:
        """Return what fired on an item, in order."""
        return self._hits(_of_item(), {"item": indexed(item)})

    def _hits(self, asked: Select[Any], parameters: dict[str, Any]) -> list[RuleHit]:
        rows = self._wire.tuples(asked, parameters)
        names = item_names(self._wire, (row[2] for row in rows))
        return [
            RuleHit(
                event=event,
                rule=unescape(rule),
                item=names.get(item, item),
                at=at,
                live=bool(live),
                verdict=read_word(Verdict, verdict),
            )
            for event, rule, item, at, live, verdict in rows
        ]

    def per_hour(self, rule: str, *, since: int) -> list[tuple[int, int, int]]:
        """Return ``(beginning of the hour, hits, of these that counted)``, in order."""
        rows = self._wire.tuples(_per_hour(), {"rule": indexed(rule), "since": since})
        return [(since + int(hour) * HOUR, int(hits), int(live)) for hour, hits, live in rows]

    def prune(self, before: int, *, limit: int) -> int:
        """Delete up to ``limit`` of the oldest hits."""
        return int(self._wire.change(_prune_hits(), {"before": before, "most": limit}).rowcount)


def _row(hit: RuleHit) -> dict[str, Any]:
    return {
        "event": hit.event,
        "rule": indexed(hit.rule),
        "item": indexed(hit.item),
        "at": hit.at,
        "live": int(hit.live),
        "verdict": hit.verdict.value,
    }


def _contents(rows: Sequence[tuple[Any, ...]]) -> Iterable[_Content]:
    """Return what was read of each row's item; nothing, without end, where it was not asked for."""
    return (_content(row[4]) for row in rows) if rows and len(rows[0]) > len(_OF_AN_EVENT) else repeat(_NO_CONTENT)


def _content(body: str | None) -> _Content:
    if body is None:
        return _NO_CONTENT
    try:
        return _READ_CONTENT(body)
    except msgspec.MsgspecError:
        # It refuses half a surrogate pair, which people do upload.
        item = decode(Item, body)
        return _Content(text=item.text, url=item.url)


# Statements are built once: SQLAlchemy spends longer on building one than SQLite on running it.


@cache
def _events(*, content: bool) -> Select[Any]:
    events, items = RULE_EVENTS, RECORDS["items"]
    asked = select(*(events.c[name] for name in _OF_AN_EVENT)).order_by(events.c.seq)
    if not content:
        return asked
    return asked.add_columns(items.c.body).select_from(events.outerjoin(items, items.c.id == events.c.item))


@cache
def _stream(*, content: bool) -> Select[Any]:
    return _events(content=content).where(RULE_EVENTS.c.seq > bindparam("after")).limit(bindparam("most"))


@cache
def _of_items() -> Select[Any]:
    return _events(content=True).where(RULE_EVENTS.c.item.in_(bindparam("items", expanding=True)))


@cache
def _bodies() -> Select[Any]:
    return select(RULE_EVENTS.c.seq, RULE_EVENTS.c.body).where(RULE_EVENTS.c.item == bindparam("item"))


@cache
def _put_body() -> Update:
    return update(RULE_EVENTS).where(RULE_EVENTS.c.seq == bindparam("numbered")).values(body=bindparam("left"))


@cache
def _before() -> Select[Any]:
    asked = select(RULE_EVENTS.c.seq).where(RULE_EVENTS.c.at < bindparam("at"))
    return asked.order_by(RULE_EVENTS.c.at.desc(), RULE_EVENTS.c.seq.desc()).limit(1)


@cache
def _latest() -> Select[Any]:
    return select(RULE_EVENTS.c.seq, RULE_EVENTS.c.at).order_by(RULE_EVENTS.c.seq.desc()).limit(1)


@cache
def _prune_events() -> Delete:
    events = RULE_EVENTS.c
    # By time first: where nothing is old enough, that is seen at the first row.
    oldest = select(events.seq).where(events.at < bindparam("before"), events.seq < bindparam("newest"))
    return delete(RULE_EVENTS).where(events.seq.in_(oldest.order_by(events.at, events.seq).limit(bindparam("most"))))


@cache
def _hits() -> Select[Any]:
    hits = RULE_HITS.c
    return select(hits.event, hits.rule, hits.item, hits.at, hits.live, hits.verdict)


@cache
def _of_rule() -> Select[Any]:
    asked = _hits().where(RULE_HITS.c.rule == bindparam("rule"))
    return asked.order_by(RULE_HITS.c.at.desc(), RULE_HITS.c.seq.desc()).limit(bindparam("most"))


@cache
def _of_item() -> Select[Any]:
    return _hits().where(RULE_HITS.c.item == bindparam("item")).order_by(RULE_HITS.c.seq)


@cache
def _per_hour() -> Select[Any]:
    hits = RULE_HITS.c
    hour = ((hits.at - bindparam("since", type_=BigInteger)) // HOUR).label("hour")
    asked = select(hour, func.count(), func.sum(hits.live))
    return asked.where(hits.rule == bindparam("rule"), hits.at >= bindparam("since")).group_by("hour").order_by("hour")


@cache
def _prune_hits() -> Delete:
    hits = RULE_HITS.c
    oldest = select(hits.seq).where(hits.at < bindparam("before")).order_by(hits.at, hits.seq)
    return delete(RULE_HITS).where(hits.seq.in_(oldest.limit(bindparam("most"))))
