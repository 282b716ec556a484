"""What one item leads to: its own address, and what its text holds. Read once for the three signal types."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind
from abate.domain.signal import Signal, Span
from abate.signals.links.address import canonical
from abate.signals.links.finding import Found, find, within

_KEPT_LETTERS: Final = 20_000
"""Texts up to this length are remembered while the types ask about them, one after another."""
_KEPT: Final = 4


def own_address(item: Item) -> str:
    """Return the canonical address that the item itself is or carries; empty where it has none.

    :raises InputError: when it claims to have one, and it is none
    """
    untrusted = (item.url or (item.text if item.kind is Kind.URL else "")).strip()
    return canonical(untrusted) if untrusted else ""


def of_text(item: Item) -> tuple[Found, ...]:
    """Return what the text holds; nothing for an item that is a link, whose text is the link."""
    if not item.text or (item.kind is Kind.URL and not item.url):
        return ()
    if len(item.text) > _KEPT_LETTERS:
        return tuple(find(item.text, platform=item.platform))
    return _found(item.text, item.platform)


@lru_cache(maxsize=_KEPT)
def _found(text: str, platform: str) -> tuple[Found, ...]:
    return tuple(find(text, platform=platform))


def addresses(item: Item) -> list[tuple[str, Span | None]]:
    """Return every address of the item with its place in the text, where it has one; its own first.

    One that cannot be read is left out: the signal type ``url`` says so.
    """
    try:
        own = own_address(item)
    except InputError:
        own = ""
    read: list[tuple[str, Span | None]] = [(one, None) for one in (own, *within(own))] if own else []
    return read + [(one.address, one.span) for one in of_text(item) if one.address]


def signals(plug: str, version: str, read: Iterable[tuple[str, Span | None]]) -> list[Signal]:
    """Return one signal for each value, in the order in which they were first met, with all its places."""
    places: dict[str, list[Span]] = {}
    for value, span in read:
        spans = places.setdefault(value, [])
        if span is not None and span not in spans[-1:]:
            spans.append(span)
    return [Signal(type=plug, value=value, version=version, spans=tuple(spans)) for value, spans in places.items()]
