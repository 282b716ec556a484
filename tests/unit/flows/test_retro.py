"""Retro: what was posted before a list came is found when it comes, once, with the consequences of a live match."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.case import CaseState
from abate.domain.errors import InputError, NotFoundError
from abate.domain.history import Step
from abate.domain.item import Item, Kind
from abate.domain.retro import RetroState, packed
from abate.domain.scan import Verdict
from abate.domain.signal import Signal
from abate.extend.exchange import Listed
from abate.flows import banks, cases, pipeline, retro, retro_phrases, retro_work
from abate.flows.pipeline import Signalled
from abate.flows.read_again import read_again
from abate.flows.retro_find import Outcome
from abate.flows.retro_sieve import sieves_of
from abate.stores.memory import MemoryStore
from abate.stores.open import open_store
from abate.testing import NOON, FrozenClock, make_kit

WORDS = "The Order of the Grey Lantern calls its friends to the harbour, number {}."


@pytest.fixture(params=["memory", "sqlite"])
def kit(request, tmp_path):
    clock = FrozenClock(NOON)
    store = MemoryStore(clock=clock) if request.param == "memory" else open_store("", home=tmp_path, clock=clock)
    store.migrate()
    made = make_kit(tmp_path, store=store, clock=clock)
    banks.create(made, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lead")
    yield made
    store.close()


def post(kit, *numbers, account="a", kind=Kind.TEXT):
    items = [
        Item(id=f"post-{n}", kind=kind, text=WORDS.format(n), account=account, platform="harbour") for n in numbers
    ]
    return pipeline.take_in(kit, items, by="platform")


def listed(kit, number, **said):
    found = kit.signals["text"].compute(pipeline.Material(item=Item(id="x", kind=Kind.TEXT, text=WORDS.format(number))))
    return Listed(where=f"list:{number}", untrusted_type="text", untrusted_value=found.value, **said)


def add(kit, *numbers, bank="lantern", **said):
    return banks.add_listed(kit, bank, [listed(kit, number, **said) for number in numbers], by="lead")


def work(kit):
    while retro_work.work(kit, worker="w"):
        pass
    return retro.listed(kit)[-1]


def cases_of(kit, item):
    with kit.store.read() as tx:
        return tx.cases.find(item=item)


def test_a_post_of_last_week_gets_its_case_when_the_list_comes(kit):
    post(kit, 1, 2, 3)
    add(kit, 2, 9)
    run = work(kit)
    assert (run.state, run.found, run.opened, run.entry_count) == (RetroState.DONE, 1, 1, 2)
    (case,) = cases_of(kit, "post-2")
    assert case.proposal.verdict is Verdict.REVIEW
    assert case.matches[0].bank == "lantern"
    assert [reason.rule for reason in case.proposal.reasons][-1] == "retro"
    assert not cases_of(kit, "post-1")
    with kit.store.read() as tx:
        steps = [(event.step, event.group) for event in tx.history.read() if event.item == "post-2"]
        tags = [record.tag for record in tx.audit.read()]
    assert steps == [
        (Step.RECEIVED, ""),
        (Step.OPENED, "Order of the Grey Lantern"),
        (Step.MATCHED, "Order of the Grey Lantern"),
        (Step.PROPOSED, ""),
    ]
    assert tags.count("rules:case:opened") == tags.count("system:retro:finished") == 1


def test_asking_again_finds_nothing_new(kit):
    post(kit, 1)
    add(kit, 1)
    work(kit)
    again = retro.carry_on(kit, retro.start(kit, retro.Scope(), by="lead").id)
    assert (again.state, again.found) == (RetroState.DONE, 0)
    assert len(cases_of(kit, "post-1")) == 1
    assert retro.carry_on(kit, again.id) == again


def test_a_long_list_is_one_pass_over_history(kit, monkeypatch):
    post(kit, 1)
    monkeypatch.setattr(banks, "_BATCH", 2)
    add(kit, *range(1, 8))
    (run,) = retro.listed(kit)
    assert len(run.entries) == 7
    monkeypatch.setattr(retro, "MOST_NAMED", 3)
    add(kit, 8)
    (run,) = retro.listed(kit)
    assert run.entries == ()
    assert work(kit).entry_count == 8


def test_a_list_that_comes_while_a_run_is_under_way_gets_its_own(kit):
    post(kit, 1, 2)
    add(kit, 1)
    first = retro.carry_on(kit, retro.listed(kit)[0].id, enough=lambda: True)
    add(kit, 2)
    assert len(retro.listed(kit)) == 2
    assert work(kit).found == 1
    assert {state.state for state in retro.listed(kit)} == {RetroState.DONE}
    assert retro.show(kit, first.id).found == 1


def test_an_open_case_is_joined_by_what_is_new(kit):
    add(kit, 1)
    banks.create(kit, "second", purpose=BankPurpose.KNOWN, group="Second group", by="lead")
    post(kit, 1)
    (before,) = cases_of(kit, "post-1")
    add(kit, 1, bank="second")
    run = work(kit)
    assert (run.found, run.opened, run.joined) == (1, 0, 1)
    (after,) = cases_of(kit, "post-1")
    assert after.id == before.id
    assert {match.bank for match in after.matches} == {"lantern", "second"}
    with kit.store.read() as tx:
        joined = [record.subject for record in tx.audit.read() if record.tag == "rules:case:joined"]
        groups = [event.group for event in tx.history.read(steps=[Step.MATCHED])]
    assert joined == [after.id]
    assert groups == ["Order of the Grey Lantern", "Second group"]


def test_what_was_kept_up_comes_back_only_as_a_new_case_that_says_so(kit):
    add(kit, 1)
    post(kit, 1)
    (first,) = cases_of(kit, "post-1")
    cases.decide(kit, first.id, verdict=Verdict.NONE, by="rob")
    banks.create(kit, "second", purpose=BankPurpose.KNOWN, by="lead")
    add(kit, 1, bank="second")
    assert work(kit).opened == 1
    kept, opened = cases_of(kit, "post-1")
    assert (kept.state, opened.state) == (CaseState.DECIDED, CaseState.OPEN)
    assert f"after case {first.id} was decided (none, 2026-03-02)" in opened.proposal.reasons[-1].text
    assert cases.show(kit, opened.id).case == opened
    cases.decide(kit, opened.id, verdict=Verdict.NONE, by="rob")
    banks.create(kit, "third", purpose=BankPurpose.KNOWN, by="lead")
    add(kit, 1, bank="third")
    assert work(kit).opened == 1
    assert len({case.id for case in cases_of(kit, "post-1")}) == 3


def test_nobody_is_asked_about_what_is_removed_already(kit):
    add(kit, 1)
    post(kit, 1)
    (case,) = cases_of(kit, "post-1")
    cases.decide(kit, case.id, verdict=Verdict.REMOVE, by="rob")
    banks.create(kit, "second", purpose=BankPurpose.KNOWN, by="lead")
    add(kit, 1, bank="second")
    run = work(kit)
    assert (run.found, run.removed_already, run.opened) == (1, 1, 0)
    assert len(cases_of(kit, "post-1")) == 1


def _files(kit, tmp_path, count):
    path = tmp_path / "same.bin"
    path.write_bytes(b"the very same bytes")
    items = [Item(id=f"file-{n}", kind=Kind.FILE, path=str(path), account="one", platform="h") for n in range(count)]
    pipeline.take_in(kit, items, by="platform")
    return path


def test_automatic_limits_stay_under_the_caps_of_the_live_path(kit, tmp_path):
    path = _files(kit, tmp_path, 5)
    banks.add_files(kit, "lantern", [path], by="lead")
    run = work(kit)
    assert (run.opened, run.limited) == (5, kit.settings.automatic_per_account_hour)
    with kit.store.read() as tx:
        assert len(tx.actions.find()) == run.limited
        assert len({job.subject for job in tx.jobs.find(kind="deliver")}) == run.limited
    proposed = [cases_of(kit, f"file-{n}")[0].proposal.verdict for n in range(5)]
    assert proposed == [Verdict.LIMIT] * 3 + [Verdict.REVIEW] * 2


def test_a_second_voice_lets_the_rules_limit_what_waits_and_only_once(kit, tmp_path):
    path = _files(kit, tmp_path, 1)
    digest = kit.signals["sha256"].compute(
        pipeline.Material(item=Item(id="x", kind=Kind.FILE), content=path.read_bytes())
    )
    outside = Listed(where="list:1", untrusted_type="sha256", untrusted_value=digest.value, sources=("harbour watch",))
    banks.add_listed(kit, "lantern", [outside], by="lead")
    assert (work(kit).opened, work(kit).limited) == (1, 0)
    banks.add_listed(kit, "lantern", [replace(outside, sources=("pier watch",))], by="lead")
    assert (work(kit).joined, work(kit).limited) == (1, 1)
    banks.add_listed(kit, "lantern", [replace(outside, sources=("quay watch",))], by="lead")
    assert (work(kit).joined, work(kit).limited) == (1, 0)
    with kit.store.read() as tx:
        assert len(tx.actions.find()) == 1


def test_what_would_be_found_can_be_asked_without_doing_it(kit):
    post(kit, 1, 2)
    add(kit, 1)
    found = list(retro.foresee(kit, retro.Scope(bank="lantern")))
    assert [(one.item.id, outcome) for one, outcome in found] == [("post-1", Outcome.OPENED)]
    assert not cases_of(kit, "post-1")
    work(kit)
    assert list(retro.foresee(kit, retro.Scope())) == []


def test_a_scope_holds_what_it_names(kit):
    post(kit, 1, 2, 3)
    add(kit, 1)
    kit.clock.move(days=1)
    add(kit, 2, 3)
    with kit.store.read() as tx:
        ids = {entry.value: entry.id for entry in tx.entries.find()}
        third = ids[listed(kit, 3).untrusted_value]
        for scope, expected in (
            (retro.Scope(), 3),
            (retro.Scope(bank="other"), 0),
            (retro.Scope(since=NOON + timedelta(hours=1)), 2),
            (retro.Scope(entries=(third,)), 1),
            (retro.Scope(bank="other", entries=(third,)), 0),
        ):
            assert len(retro.entries_of(tx, scope)) == expected


def test_a_question_about_what_is_not_there_is_refused(kit):
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lead")
    with pytest.raises(InputError, match="a name matches nothing"):
        retro.start(kit, retro.Scope(bank="names"), by="lead")
    with pytest.raises(NotFoundError):
        retro.start(kit, retro.Scope(bank="gone"), by="lead")
    with pytest.raises(NotFoundError):
        retro.start(kit, retro.Scope(entries=("gone",)), by="lead")
    with pytest.raises(NotFoundError):
        retro.carry_on(kit, "gone")


def test_no_run_waits_where_it_could_find_nothing(kit):
    add(kit, 1)
    assert retro.listed(kit) == []
    post(kit, 2)
    add(kit, 1)
    assert retro.listed(kit) == [], "the entry was known already"
    object.__setattr__(kit, "settings", replace(kit.settings, retro=False))
    add(kit, 2)
    assert retro.listed(kit) == [], "it is turned off"
    assert not retro_work.is_due(kit)


def test_an_entry_taken_back_before_the_run_finds_nothing(kit):
    post(kit, 1)
    add(kit, 1)
    banks.remove(kit, "lantern", [entry.id for entry in banks.entries(kit, "lantern")], by="lead")
    run = work(kit)
    assert (run.state, run.entry_count, run.found) == (RetroState.DONE, 0, 0)


def test_two_workers_on_one_run_do_nothing_twice(kit, monkeypatch):
    monkeypatch.setattr(retro, "TOGETHER", 2)
    post(kit, *range(9))
    add(kit, *range(9))
    (waiting,) = retro.listed(kit)

    def other_worker(run):
        if run.position < 5:
            retro.carry_on(kit, waiting.id)

    run = retro.carry_on(kit, waiting.id, progress=other_worker)
    assert retro.show(kit, waiting.id) == run
    assert (run.state, run.found, run.opened) == (RetroState.DONE, 9, 9)
    with kit.store.read() as tx:
        tags = [record.tag for record in tx.audit.read()]
        assert len(tx.cases.find()) == tags.count("rules:case:opened") == 9
        assert tags.count("system:retro:finished") == 1


def test_a_run_stopped_anywhere_goes_on_where_it_stood(kit, monkeypatch):
    monkeypatch.setattr(retro, "TOGETHER", 2)
    monkeypatch.setattr(retro, "SPAN", 3)
    post(kit, *range(12))
    add(kit, *range(0, 12, 2))
    (run,) = retro.listed(kit)
    positions = []
    while run.state is not RetroState.DONE:
        run = retro.carry_on(kit, run.id, enough=lambda: True)
        positions.append(run.position)
    assert positions == sorted(set(positions))
    assert (run.found, run.opened) == (6, 6)


def test_poor_signals_and_unknown_types_meet_nothing(kit):
    with kit.store.write() as tx:
        tx.items.add(Item(id="poor", kind=Kind.PHOTO))
        tx.signals.append([pipeline.KeptSignal(item="poor", signal=Signal(type="pdq", value="0f" * 32, quality=49))])
    banks.add_listed(kit, "lantern", [Listed(where="l", untrusted_type="pdq", untrusted_value="0f" * 32)], by="lead")
    with kit.store.write() as tx:
        stranger = replace(banks.entries(kit, "lantern")[0], id="e-stranger", signal_type="not installed")
        tx.entries.add(stranger)
    run = retro.carry_on(kit, retro.start(kit, retro.Scope(), by="lead").id)
    assert (run.entry_count, run.found) == (2, 0)


class BetweenJudgingAndStoring:
    """A store in which somebody fills a bank just before a batch that was judged already is stored."""

    def __init__(self, store, fill):
        self._store, self._fill = store, fill
        self.name = store.name

    def __getattr__(self, name):
        return getattr(self._store, name)

    @contextmanager
    def write(self):
        fill, self._fill = self._fill, None
        if fill:
            fill()
        with self._store.write() as tx:
            yield tx


def test_no_item_falls_between_the_live_path_and_retro(kit):
    post(kit, 1)
    kept = kit.store

    def fill():
        object.__setattr__(kit, "store", kept)
        add(kit, 2)
        work(kit)
        object.__setattr__(kit, "store", between)

    between = BetweenJudgingAndStoring(kept, fill)
    object.__setattr__(kit, "store", between)
    (scan,) = post(kit, 2)
    assert scan.matches
    object.__setattr__(kit, "store", kept)
    assert len(cases_of(kit, "post-2")) == 1


def test_items_of_an_older_version_are_counted_and_can_be_read_again(kit, tmp_path):
    there = tmp_path / "there.txt"
    there.write_text("not used: the text lies in the item", "utf-8")
    with kit.store.write() as tx:  # as a version that kept no signals left it
        tx.items.add(Item(id="old", kind=Kind.TEXT, text=WORDS.format(1)))
        tx.items.add(Item(id="gone", kind=Kind.FILE, path=str(tmp_path / "gone.bin")))
    post(kit, 5)
    add(kit, 1)
    run = work(kit)
    assert (run.found, run.unread) == (0, 2)
    told = []
    found = read_again(kit, told.append)
    assert (found.kept, found.lost) == (1, 1)
    assert told[-1] == found
    again = retro.carry_on(kit, retro.start(kit, retro.Scope(bank="lantern"), by="lead").id)
    assert (again.found, again.unread) == (1, 1)
    assert read_again(kit).kept == 0


class NearNumbers:
    """A stranger's index: whole numbers that differ by at most the radius."""

    name = "their own"

    def build(self, values, *, radius):
        held, self.radius = [self.number(value) for value in values], radius
        index = NearNumbers()
        index.held, index.radius = held, radius
        return index

    @staticmethod
    def number(value):
        if not value.isdecimal():
            raise InputError("no number")  # noqa: EM101, TRY003 - whatever it says
        return int(value)

    def lookup(self, values):
        return [[known for known in self.held if abs(known - self.number(value)) <= self.radius] for value in values]


class Number:
    name, index, radius = "number", "their own", 3

    def parse(self, value):
        return value


@pytest.mark.parametrize("banked", ["100", "no number"])
def test_a_strangers_index_is_asked_by_the_values_it_knows(kit, banked):
    entry = replace(replace_entry(kit), signal_type="number", value=banked)
    sieve = sieves_of([entry], {"number": Number()}, {"their own": NearNumbers()})["number"]
    values = ["101", "1022", "97", "104", "x", "\ud800"]
    kept = [(number, packed(value)) for number, value in enumerate(values)]
    everything = list(range(6))
    # What is no number of theirs in either spelling may be anything; where the entry is none, so may all.
    assert sieve([*kept, (6, b"\xff\xfe")]) == ([0, 2, 5, 6] if banked == "100" else [*everything, 6])
    assert sieves_of([entry], {"number": Number()}, {}) == {}


def replace_entry(kit):
    add(kit, 1)
    return banks.entries(kit, "lantern")[0]


def test_a_signalled_item_of_history_is_judged_like_a_live_one(kit):
    add(kit, 1)
    live = pipeline.scan(kit, [Item(id="x", kind=Kind.TEXT, text=WORDS.format(1))])[0]
    kept = Signalled(item=live.item, signals=live.signals, not_scanned=())
    assert pipeline.judge(kit, [kept]) == [live]


def test_a_phrase_that_is_banked_today_is_found_in_the_posts_of_last_week(kit, monkeypatch):
    monkeypatch.setattr(retro_phrases, "TEXTS", 2)
    post(kit, 1, 2, 3, 4, 5)
    pipeline.take_in(kit, [Item(id="short", kind=Kind.TEXT, text="To the h a r b o u r!", platform="harbour")], by="p")
    phrase = Listed(where="list", untrusted_type="term", untrusted_value="harbour number 3")
    word = Listed(where="list", untrusted_type="term", untrusted_value="the harbour")
    banks.add_listed(kit, "lantern", [phrase, listed(kit, 3)], by="lead")
    assert work(kit).found == 1
    (case,) = cases_of(kit, "post-3")
    assert {match.signal_type for match in case.matches} == {"term", "text"}
    banks.add_listed(kit, "lantern", [word], by="lead")
    assert work(kit).found == 6
    assert cases_of(kit, "short")[0].matches[0].spans


def test_a_phrase_spelled_by_another_version_is_left_to_the_live_matcher(kit):
    entry = replace(replace_entry(kit), signal_type="term", value="substring:oar")
    assert retro_phrases.seekers_of([entry], kit.signals) == ()
    assert not [*retro_phrases.numbers(kit, (), 0, 9)]
