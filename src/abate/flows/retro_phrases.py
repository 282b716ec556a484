"""New phrases held against the texts of history: no fingerprint of a text says which phrases stand in it.

The texts themselves are read again, a stretch at a time; an item is known by the kept signal of its words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from abate.domain.bank import Entry
from abate.domain.errors import InputError
from abate.extend.signal import Seeker, SignalType, Sought
from abate.flows.kit import Kit

WORDS: Final = "text"
"""The signal type that every item with words in it has."""
TEXTS: Final = 500
"""Texts that are read together: they may be long."""


def seekers_of(entries: Iterable[Entry], signal_types: Mapping[str, SignalType]) -> tuple[Seeker, ...]:
    """Return what finds the phrases among the entries, one a signal type."""
    values: dict[str, set[str]] = {}
    for entry in entries:
        if entry.signal_type in signal_types:
            values.setdefault(entry.signal_type, set()).update(_canonical(signal_types[entry.signal_type], entry))
    found: Iterator[tuple[object, set[str]]] = ((signal_types[name], held) for name, held in values.items())
    return tuple(plug.seeker(sorted(held)) for plug, held in found if isinstance(plug, Sought) and held)


def _canonical(plug: SignalType, entry: Entry) -> Iterator[str]:
    try:
        yield plug.parse(entry.value)
    except InputError:
        return  # banked by a version that spelled it otherwise; the live matcher says so


def numbers(kit: Kit, seekers: Sequence[Seeker], after: int, end: int) -> Iterator[int]:
    """Yield the kept signals between two of those items whose text holds a phrase."""
    while seekers:
        with kit.store.read() as tx:
            rows = tx.signals.stream(WORDS, after=after, upto=end, limit=TEXTS, min_quality=0)
            items = tx.signals.items_at([number for number, _ in rows])
            texts = {item.id: item.text for item in tx.items.get_many(items.values())}
        for number, item in items.items():
            text = texts.get(item, "")
            if any(seeker.find(text) for seeker in seekers):
                yield number
        if len(rows) < TEXTS:
            return
        after = rows[-1][0]
