"""What rules could read of an item, as it is kept: JSON without the item's words and address, which are joined to it.

So what is forgotten of the item is forgotten here, and a rule that is tried on the past reads what may still be read.
"""

import re
from collections.abc import Mapping

import msgspec

from abate.domain.rule import RuleEvent
from abate.policy.rules.event import Event, fit, fit_number, fit_text
from abate.policy.rules.tree import Value

CONTENT = ("item.text", "item.url")
"""Fields that stand in the item, and are forgotten with it."""

_WINDOW = re.compile(r"(count|count_distinct|sum)\(")
_ENCODE = msgspec.json.Encoder().encode


def event_of(item: str, at: int, record: Event) -> RuleEvent:
    """Return a record as it is kept.

    :param record: as ``policy.rules.event.record`` made it, so that there is nothing in it that JSON does not hold,
        with the values of its windows
    """
    kept = {column: value for column, value in record.items() if column not in CONTENT}
    return RuleEvent(item=item, at=at, body=_ENCODE(kept).decode())


def read_event(event: RuleEvent) -> dict[str, Value]:
    """Return the record of an event, with the item's words and address where the event came with them.

    What this release knows no field for, or knows by another type, is missing.
    """
    held: Mapping[str, object] = msgspec.json.decode(event.body)
    record = fit(held)
    for column, value in held.items():
        if _WINDOW.match(column) and isinstance(value, float):
            record[column] = fit_number(value)
    for column, content in zip(CONTENT, (event.text, event.url), strict=True):
        if content:
            record[column] = fit_text(content)
    return record
