"""What every store promises of the signals that it keeps: their order, their values, and that they can be forgotten."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from contextlib import suppress

from abate.domain.errors import StoreError
from abate.domain.item import Item, Kind
from abate.domain.retro import KeptSignal, packed
from abate.domain.signal import Signal
from abate.extend.store import Store
from abate.testing.fakes import FrozenClock
from abate.testing.promises import equal, holds, promised, raises
from abate.testing.store_values import HOSTILE

_CODE = "0f" * 32


def _kept(item: str, value: str, *, kind: str = "pdq", quality: int = 80) -> KeptSignal:
    return KeptSignal(item=item, signal=Signal(type=kind, value=value, version="2", quality=quality))


@promised
def check_kept_signals_stream_by_type_in_the_order_of_their_commits(store: Store, _clock: FrozenClock) -> None:
    """A stream can stop anywhere and go on; what is too poor, of another type or beyond the end stays out."""
    with store.write() as tables:
        equal(tables.signals.newest(), 0)
        tables.signals.append(_kept(f"i{place}", f"{place:064x}") for place in range(40))
        tables.signals.append([_kept("poor", _CODE, quality=49), _kept("other", _CODE, kind="sha256")])
        upto = tables.signals.newest()
        tables.signals.append([_kept("late", _CODE)])
    with store.read() as tables:
        equal(tables.signals.stream("pdq", after=tables.signals.newest(), upto=10**9, limit=5), [])
        found, after = list[tuple[int, bytes]](), 0
        while rows := tables.signals.stream("pdq", after=after, upto=upto, limit=7, min_quality=50):
            after = rows[-1][0]
            found += rows
        equal([code for _, code in found], [place.to_bytes(32, "big") for place in range(40)])
        equal(sorted({number for number, _ in found}), [number for number, _ in found])
        at = tables.signals.items_at([found[3][0], found[30][0], 10**9])
        equal(at, {found[3][0]: "i3", found[30][0]: "i30"})


@promised
def check_kept_signals_come_back_as_they_were(store: Store, _clock: FrozenClock) -> None:
    """Hex, addresses and hostile texts; each item's own, in the order they were appended."""
    with store.write() as tables:
        for item in HOSTILE:
            tables.items.add(Item(id=item, kind=Kind.TEXT))
            tables.signals.append([_kept(item, item, kind="url"), _kept(item, _CODE), _kept(item, _CODE[:-1])])
    with store.read() as tables:
        kept = tables.signals.of_items([*HOSTILE, "nobody"])
        equal(set(kept), set(HOSTILE))
        for item in HOSTILE:
            equal([signal.value for signal in kept[item]], [item, _CODE, _CODE[:-1]])
            equal({(signal.version, signal.quality) for signal in kept[item]}, {("2", 80)})
        rows = tables.signals.stream("url", after=0, upto=tables.signals.newest(), limit=100)
        equal([code for _, code in rows], [packed(item) for item in HOSTILE])
        equal(list(tables.signals.items_at([number for number, _ in rows]).values()), list(HOSTILE))


@promised
def check_items_without_kept_signals_are_named(store: Store, _clock: FrozenClock) -> None:
    """They were taken in by a version that kept none; the list can stop anywhere and go on."""
    with store.write() as tables:
        tables.items.add_many(Item(id=f"i{place}", kind=Kind.TEXT) for place in range(9))
        tables.signals.append(_kept(f"i{place}", _CODE) for place in (0, 4, 8))
        equal(tables.signals.count_without(), 6)
    with store.read() as tables:
        first = tables.signals.items_without(limit=4)
        equal([item for _, item in first], ["i1", "i2", "i3", "i5"])
        equal([item for _, item in tables.signals.items_without(after=first[-1][0], limit=4)], ["i6", "i7"])


@promised
def check_forgotten_signals_are_gone_and_their_numbers_are_not_given_again(store: Store, _clock: FrozenClock) -> None:
    """What is destroyed on its date leaves no fingerprint either; a position that was reached stays reached."""
    with store.write() as tables:
        tables.signals.append([_kept("a", _CODE), _kept("b", _CODE), _kept("b", "ff")])
        reached = tables.signals.newest()
        tables.signals.forget("b")
        tables.signals.forget("nobody")
    with store.write() as tables:
        equal(tables.signals.of_items(["a", "b"]).keys(), {"a"})
        equal(len(tables.signals.stream("pdq", after=0, upto=reached, limit=9)), 1)
        tables.signals.append([_kept("b", "ee")])
        holds(tables.signals.newest() > reached, "a number was given twice")
        equal([signal.value for signal in tables.signals.of_items(["b"])["b"]], ["ee"])


@promised
def check_kept_signals_are_committed_with_their_item_or_not_at_all(store: Store, _clock: FrozenClock) -> None:
    """A transaction that fails keeps none, and one that reads keeps none."""
    with suppress(ZeroDivisionError), store.write() as tables:
        tables.signals.append([_kept("a", _CODE)])
        raise ZeroDivisionError
    with store.read() as tables:
        equal(tables.signals.of_items(["a"]), {})
        equal(tables.signals.stream("pdq", after=0, upto=10**9, limit=9), [])
        with raises(StoreError, "store.write()"):
            tables.signals.append([_kept("a", _CODE)])
