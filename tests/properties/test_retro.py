"""Retro against the plainest way: look every item up again, once everything is known."""

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.retro import KeptSignal, packed, unpacked
from abate.domain.signal import Signal
from abate.extend.exchange import Listed
from abate.flows import banks, curation, floods, retro, retro_work
from abate.stores.memory import MemoryStore
from abate.testing import FrozenClock, make_kit
from examples import WHOLE_ANSWERS

near = st.integers(0, 5).map(lambda place: int.from_bytes(bytes([17 * place + 1]) * 32, "big"))
flips = st.lists(st.integers(0, 255), max_size=40, unique=True)
codes = st.tuples(near, flips).map(lambda pair: f"{pair[0] ^ sum(1 << bit for bit in pair[1]):064x}")
qualities = st.sampled_from([0, 49, 50, 100])
kept_signals = st.tuples(st.integers(0, 8), st.sampled_from(["pdq", "sha256"]), codes, qualities)
batches = st.lists(st.lists(st.tuples(st.sampled_from(["pdq", "sha256"]), codes), max_size=4), max_size=4)


@WHOLE_ANSWERS
@given(history=st.lists(kept_signals, max_size=20), lists=batches, span=st.integers(1, 9), together=st.integers(1, 4))
def test_what_is_found_is_what_a_rescan_of_everything_finds(tmp_path, history, lists, span, together):
    clock = FrozenClock()
    kit = make_kit(tmp_path, store=MemoryStore(clock=clock), clock=clock)
    before = retro.SPAN, retro.TOGETHER
    retro.SPAN, retro.TOGETHER = span, together
    try:
        banks.create(kit, "b", purpose=BankPurpose.KNOWN, by="lead")
        with kit.store.write() as tx:
            tx.items.add_many(Item(id=f"i{number}", kind=Kind.PHOTO) for number, *_ in history)
            tx.signals.append(
                KeptSignal(item=f"i{number}", signal=Signal(type=kind, value=code, quality=quality))
                for number, kind, code, quality in history
            )
        for entries in lists:
            banks.add_listed(
                kit,
                "b",
                [Listed(where="l", untrusted_type=kind, untrusted_value=code) for kind, code in entries],
                by="l",
            )
            while retro_work.work(kit, worker="w"):
                pass
    finally:
        retro.SPAN, retro.TOGETHER = before
    everything = [entry for entries in lists for entry in entries]
    expected = _rescan(history, everything)
    with kit.store.read() as tx:
        found = [case.item for case in tx.cases.find()]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert sum(run.opened for run in retro.listed(kit)) == len(expected)


@WHOLE_ANSWERS
@given(
    history=st.lists(kept_signals, max_size=20),
    lists=batches,
    span=st.integers(1, 9),
    together=st.integers(1, 4),
    measure=st.tuples(st.integers(1, 3), st.sampled_from([0, 20, 50])),
    accounts=st.integers(1, 9),
)
def test_whatever_is_set_aside_nothing_is_lost(tmp_path, history, lists, span, together, measure, accounts):
    clock = FrozenClock()
    settings = {"flood_items": measure[0], "flood_percent": measure[1]}
    kit = make_kit(tmp_path, store=MemoryStore(clock=clock), clock=clock, settings=settings)
    before = retro.SPAN, retro.TOGETHER
    retro.SPAN, retro.TOGETHER = span, together
    everything = [entry for entries in lists for entry in entries]
    try:
        banks.create(kit, "b", purpose=BankPurpose.KNOWN, by="lead")
        history = sorted(history, key=lambda kept: kept[0])  # an item's signals lie together
        with kit.store.write() as tx:
            tx.items.add_many(Item(id=f"i{n}", kind=Kind.PHOTO, account=f"a{n % accounts}") for n, *_ in history)
            tx.signals.append(
                KeptSignal(item=f"i{number}", signal=Signal(type=kind, value=code, quality=quality))
                for number, kind, code, quality in history
            )
        listed = [Listed(where="l", untrusted_type=kind, untrusted_value=code) for kind, code in everything]
        banks.add_listed(kit, "b", listed, by="l")
        while retro_work.work(kit, worker="w"):
            pass
        expected = _rescan(history, everything)
        for run in retro.listed(kit):
            assert run.found == run.opened + run.held_back == len(expected)
        for aside in floods.open_ones(kit):
            curation.release(kit, aside.entry, reason="it is theirs", by="lead")
        while retro_work.work(kit, worker="w"):
            pass
    finally:
        retro.SPAN, retro.TOGETHER = before
    with kit.store.read() as tx:
        found = [case.item for case in tx.cases.find()]
        assert tx.tallies.find() == []
    assert sorted(found) == sorted(expected)


def _rescan(history, entries):
    return {
        f"i{number}"
        for number, kind, code, quality in history
        if quality >= 50 and any(kind == k and _distance(code, c) <= (31 if k == "pdq" else 0) for k, c in entries)
    }


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@given(st.text() | st.binary().map(bytes.hex))
def test_a_packed_value_comes_back(value):
    texts = {unpacked(packed(value), is_text=False), packed(value).decode("utf-8", "replace")}
    assert value in texts
