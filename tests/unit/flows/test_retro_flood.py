"""Retro and a list that is wrong: one entry that resembles everything opens no case for everything."""

from contextlib import suppress
from dataclasses import replace

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.errors import ConflictError
from abate.domain.item import Item, Kind
from abate.domain.retro import RetroState
from abate.domain.scan import Verdict
from abate.domain.signal import Signal
from abate.extend.exchange import Listed
from abate.flows import banks, clocks, curation, floods, pipeline, retro, retro_work
from abate.flows.retro_find import Outcome
from abate.stores.memory import MemoryStore
from abate.stores.open import open_store
from abate.testing import NOON, FrozenClock, make_kit

WORDS = "The Order of the Grey Lantern calls its friends to the harbour, number {}."


def kit_on(store, tmp_path, clock):
    store.migrate()
    made = make_kit(tmp_path, store=store, clock=clock)
    banks.create(made, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lead")
    return made


@pytest.fixture
def kit(tmp_path):
    clock = FrozenClock(NOON)
    return kit_on(MemoryStore(clock=clock), tmp_path, clock)


@pytest.fixture(params=["memory", "sqlite"])
def stored(request, tmp_path):
    clock = FrozenClock(NOON)
    store = MemoryStore(clock=clock) if request.param == "memory" else open_store("", home=tmp_path, clock=clock)
    yield kit_on(store, tmp_path, clock)
    store.close()


def post(kit, *numbers):
    pipeline.take_in(kit, [Item(id=f"post-{n}", kind=Kind.TEXT, text=WORDS.format(n)) for n in numbers], by="platform")


def listed(kit, number):
    return text_of(kit, WORDS.format(number))


def work(kit):
    while retro_work.work(kit, worker="w"):
        pass
    return retro.listed(kit)[-1]


def cases_of(kit, item):
    with kit.store.read() as tx:
        return tx.cases.find(item=item)


EVERYTHING = "Good morning, harbour: the ferry leaves at eight."
"""What everybody posts."""


def mornings(kit, number, *, accounts, prefix="m"):
    items = [
        Item(id=f"{prefix}{n}", kind=Kind.TEXT, text=EVERYTHING, account=f"a{n % accounts}", platform="harbour")
        for n in range(number)
    ]
    pipeline.take_in(kit, items, by="platform")


def text_of(kit, text):
    found = kit.signals["text"].compute(pipeline.Material(item=Item(id="x", kind=Kind.TEXT, text=text)))
    return Listed(where="list:1", untrusted_type="text", untrusted_value=found.value)


def bad_list(kit):
    """A partner's list with one good entry and one that resembles everything; returns the bad one's identifier."""
    banks.add_listed(kit, "lantern", [text_of(kit, EVERYTHING), listed(kit, 1)], by="lead")
    bad = text_of(kit, EVERYTHING).untrusted_value
    return next(entry.id for entry in banks.entries(kit, "lantern") if entry.value == bad)


def in_cases(kit):
    with kit.store.read() as tx:
        return sorted(case.item for case in tx.cases.find())


def test_a_bad_entry_does_not_open_a_case_for_everything_that_was_ever_posted(stored):
    mornings(stored, 300, accounts=40)
    post(stored, 1)
    bad = bad_list(stored)
    run = work(stored)
    most = stored.settings.flood_items - 1
    assert (run.state, run.found, run.opened, run.held_back) == (RetroState.DONE, 301, most + 1, 300 - most)
    assert [(held.entry, held.items) for held in run.set_aside] == [(bad, 300 - most)]
    assert "post-1" in in_cases(stored), "the good entry finds what it found before"
    (aside,) = floods.open_ones(stored)
    assert (aside.entry, aside.items, aside.seen, aside.usual, aside.run) == (bad, 50, 50, 0, run.id)
    said = []
    assert clocks.ring(stored, worker="w", say=said.append) == 1
    assert (
        f"met 50 of the first 50 items of history and is set aside: its matches go to people, and retro run {run.id}"
        in said[0]
    )
    with stored.store.read() as tx:
        tags = [record.tag for record in tx.audit.read()]
        assert tags.count("rules:entry:set_aside") == 1
        assert [tally.id for tally in tx.tallies.find() if ":" in tally.id] == [], "what a run counted goes with it"


def test_what_was_held_back_is_found_once_when_a_lead_releases_the_entry(kit):
    mornings(kit, 120, accounts=40)
    bad = bad_list(kit)
    work(kit)
    again = retro.carry_on(kit, retro.start(kit, retro.Scope(), by="lead").id)
    assert (again.opened, again.held_back) == (0, 71), "asking again tells what waits, and opens nothing"
    curation.release(kit, bad, reason="it is theirs", by="lead")
    with pytest.raises(ConflictError):
        curation.release(kit, bad, reason="it is theirs", by="lead")
    (waiting,) = [run for run in retro.listed(kit) if run.state is RetroState.WAITING]
    assert waiting.entries == (bad,)
    kit.clock.move(days=3)  # the release holds for the run that it asked for, whenever that is done
    banks.add_listed(kit, "lantern", [listed(kit, 7)], by="lead")  # what comes before it begins joins it
    run = work(kit)
    assert (run.id, run.entry_count, run.opened, run.held_back) == (waiting.id, 2, 71, 0)
    assert in_cases(kit) == sorted(f"m{n}" for n in range(120))
    assert floods.open_ones(kit) == []
    assert not retro_work.work(kit, worker="w")


def test_a_release_of_what_no_run_held_back_asks_for_no_run(kit):
    bad = bad_list(kit)
    mornings(kit, 60, accounts=40)
    before = retro.listed(kit)
    curation.release(kit, bad, reason="it is theirs", by="lead")
    assert retro.listed(kit) == before


def test_one_account_that_posted_known_content_for_years_switches_no_entry_off(kit, tmp_path):
    path = tmp_path / "same.bin"
    path.write_bytes(b"the very same bytes")
    items = [Item(id=f"file-{n}", kind=Kind.FILE, path=str(path), account="one", platform="h") for n in range(300)]
    pipeline.take_in(kit, items, by="platform")
    banks.add_files(kit, "lantern", [path], by="lead")
    assert (work(kit).opened, floods.open_ones(kit)) == (300, [])


def test_items_without_an_account_stand_together_for_one(kit):
    items = [Item(id=f"n{n}", kind=Kind.TEXT, text=EVERYTHING, platform="harbour") for n in range(80)]
    pipeline.take_in(kit, items, by="platform")
    bad_list(kit)
    assert (work(kit).opened, floods.open_ones(kit)) == (80, [])


def test_a_small_share_of_history_is_no_flood(kit):
    object.__setattr__(kit, "settings", replace(kit.settings, flood_items=10))
    post(kit, *range(220))
    mornings(kit, 11, accounts=11)
    bad_list(kit)
    assert (work(kit).opened, floods.open_ones(kit)) == (12, [])


def test_where_the_operator_turned_it_off_everything_is_found(kit):
    object.__setattr__(kit, "settings", replace(kit.settings, flood_items=0))
    mornings(kit, 80, accounts=40)
    bad_list(kit)
    assert (work(kit).opened, floods.open_ones(kit)) == (80, [])
    with kit.store.read() as tx:
        entries = {entry.id for entry in tx.entries.find()}
        assert not [tally for tally in tx.tallies.find() if tally.id in entries]


def test_an_item_that_meets_another_entry_too_gets_its_case(kit):
    mornings(kit, 100, accounts=40)
    bad_list(kit)
    assert work(kit).held_back == 51
    banks.create(kit, "second", purpose=BankPurpose.KNOWN, by="lead")
    object.__setattr__(kit, "settings", replace(kit.settings, flood_items=0))
    banks.add_listed(kit, "second", [text_of(kit, EVERYTHING)], by="lead")
    run = work(kit)
    assert (run.opened, run.joined, run.held_back) == (51, 49, 0)
    (case,) = cases_of(kit, "m99")
    assert case.proposal.verdict is Verdict.REVIEW
    assert {match.bank: match.state.value for match in case.matches} == {"lantern": "quarantined", "second": "known"}


class KilledError(Exception):
    """Stands for a kill: nothing of the transaction that it ends is kept."""


@pytest.mark.parametrize("step", [1, 7])
def test_what_a_run_counted_outlives_what_stops_it(stored, monkeypatch, step):
    monkeypatch.setattr(retro, "TOGETHER", step)
    monkeypatch.setattr(retro, "SPAN", 2 * step + 1)
    mornings(stored, 80, accounts=40)
    bad = bad_list(stored)
    (run,) = retro.listed(stored)
    counted, calls = retro._counted, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) % 3 == 0:
            raise KilledError
        return counted(*arguments)

    monkeypatch.setattr(retro, "_counted", killed)
    while run.state is not RetroState.DONE:
        with suppress(KilledError):
            run = retro.carry_on(stored, run.id, enough=lambda: len(calls) % 2 == 0)
        run = retro.show(stored, run.id)
    assert (run.found, run.opened, run.held_back) == (80, 49, 31)
    assert [(held.entry, held.items) for held in run.set_aside] == [(bad, 31)]
    assert len(floods.open_ones(stored)) == 1
    assert in_cases(stored) == sorted(f"m{n}" for n in range(49))


def test_two_workers_on_one_run_set_an_entry_aside_once(kit, monkeypatch):
    monkeypatch.setattr(retro, "TOGETHER", 8)
    mornings(kit, 120, accounts=40)
    bad_list(kit)
    (waiting,) = retro.listed(kit)

    def other_worker(run):
        if run.position < 40:
            retro.carry_on(kit, waiting.id)

    run = retro.carry_on(kit, waiting.id, progress=other_worker)
    assert (run.found, run.opened, run.held_back) == (120, 49, 71)
    assert len(floods.open_ones(kit)) == 1


def test_an_item_is_held_back_once_wherever_a_stretch_of_history_ends(kit, monkeypatch):
    monkeypatch.setattr(retro, "SPAN", 1)
    object.__setattr__(kit, "settings", replace(kit.settings, flood_items=1))
    with kit.store.write() as tx:
        tx.items.add_many(Item(id=f"pair-{n}", kind=Kind.PHOTO, account=f"a{n}") for n in range(3))
        tx.signals.append(
            pipeline.KeptSignal(item=f"pair-{n}", signal=Signal(type=kind, value="0f" * 32, quality=100))
            for n in range(3)
            for kind in ("pdq", "sha256")
        )
    both = [Listed(where="l", untrusted_type=kind, untrusted_value="0f" * 32) for kind in ("pdq", "sha256")]
    banks.add_listed(kit, "lantern", both, by="lead")
    run = work(kit)
    assert (run.found, run.opened, run.held_back) == (3, 0, 3)
    assert [held.items for held in run.set_aside] == [3, 3]


def test_a_run_that_an_older_version_began_goes_by_its_signals(kit):
    mornings(kit, 60, accounts=40)
    bad_list(kit)
    (run,) = retro.listed(kit)
    with kit.store.write() as tx:
        tx.retros.replace(replace(run, state=RetroState.RUNNING, upto=tx.signals.newest()))
    assert work(kit).held_back == 11


def test_what_would_be_held_back_is_foreseen(kit):
    mornings(kit, 60, accounts=40)
    bad_list(kit)
    work(kit)
    assert {outcome for _, outcome in retro.foresee(kit, retro.Scope())} == {Outcome.SET_ASIDE}
