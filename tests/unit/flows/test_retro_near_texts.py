"""Retro over copies of texts: what was posted before an entry came is found although its words were changed since."""

from dataclasses import replace

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.retro import RetroState, packed
from abate.domain.scan import Verdict
from abate.extend.exchange import Listed
from abate.flows import banks, pipeline, retro, retro_work
from abate.flows.retro_sieve import SOME, sieves_of
from abate.stores.memory import MemoryStore
from abate.stores.open import open_store
from abate.testing import NOON, FrozenClock, make_kit
from near_texts import edited, posts, value_of

TEXTS = posts(40, 30)


@pytest.fixture(params=["memory", "sqlite"])
def kit(request, tmp_path):
    clock = FrozenClock(NOON)
    store = MemoryStore(clock=clock) if request.param == "memory" else open_store("", home=tmp_path, clock=clock)
    store.migrate()
    made = make_kit(tmp_path, store=store, clock=clock)
    banks.create(made, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lead")
    yield made
    store.close()


def post(kit, texts):
    items = [
        Item(id=f"post-{n}", kind=Kind.TEXT, text=text, account="a", platform="harbour") for n, text in enumerate(texts)
    ]
    pipeline.take_in(kit, items, by="platform")


def add(kit, value):
    listed = Listed(where="list:1", untrusted_type="near_text", untrusted_value=value)
    return banks.add_listed(kit, "lantern", [listed], by="lead")


def test_an_edited_copy_of_last_week_gets_its_case_when_the_list_comes(kit):
    post(kit, [*TEXTS[:9], edited(TEXTS[9], 0.2), f"{TEXTS[10]} {edited(TEXTS[9], 0.1)} {TEXTS[11]}"])
    add(kit, value_of(TEXTS[9]))
    while retro_work.work(kit, worker="w"):
        pass
    run = retro.listed(kit)[-1]
    assert (run.state, run.found, run.opened) == (RetroState.DONE, 2, 2)
    with kit.store.read() as tx:
        cases = [case for n in range(11) for case in tx.cases.find(item=f"post-{n}")]
    assert [case.item for case in cases] == ["post-9", "post-10"]
    assert {case.proposal.verdict for case in cases} == {Verdict.REVIEW}
    assert not any(case.proposal.automatic for case in cases)
    assert all(case.matches[0].signal_type == "near_text" for case in cases)


def test_the_sieve_lets_through_what_repeats_an_entry_and_passes_over_what_is_no_fingerprint(kit):
    add(kit, value_of(TEXTS[0]))
    sieve = sieves_of(banks.entries(kit, "lantern"), kit.signals, kit.indexes)["near_text"]
    assert sieve.rows_at_once == SOME
    values = [value_of(TEXTS[1]), value_of(edited(TEXTS[0], 0.3)), "lantern", "00ff", value_of(TEXTS[0])]
    assert sieve([(7 + n, packed(value)) for n, value in enumerate(values)]) == [8, 11]
    assert sieve([]) == []


def test_an_entry_that_is_no_fingerprint_is_met_by_everything(kit):
    add(kit, value_of(TEXTS[0]))
    (entry,) = banks.entries(kit, "lantern")
    sieve = sieves_of([replace(entry, value="lantern")], kit.signals, kit.indexes)["near_text"]
    assert sieve([(3, b"\x01"), (4, packed(value_of(TEXTS[1])))]) == [3, 4]
