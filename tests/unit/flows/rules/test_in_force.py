"""Rules live: what is recorded, who is asked, what counts, and what happens when versions, banks or workers change."""

import threading
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest

import kept_rules
from abate.domain.bank import BankPurpose
from abate.domain.errors import StoreError
from abate.domain.item import Item, Kind
from abate.domain.rule import RuleEvent, RuleState
from abate.domain.scan import Verdict
from abate.domain.signal import NotScanned
from abate.extend.exchange import Listed
from abate.flows import banks, cases, pipeline
from abate.flows.intake import Received
from abate.flows.rules.recording import read_event
from abate.flows.rules_now import InForce
from abate.policy.rules.rollout import percent_of
from abate.stores.open import open_store
from abate.testing import make_kit

RULE = 'rule(name="{name}", when={when}, then={then}, because="{because}", owner="kim")\n'


def rule(when, name="busy", then="review", because="Seen."):
    return RULE.format(name=name, when=when, then=then, because=because)


BUSY = rule("item.views > 10", because="Seen {item.views} times.")
FAST = rule('count(item.account, "10m") >= 3', name="fast", because="Posts fast.")


@pytest.fixture
def kit(request, tmp_path):
    if getattr(request, "param", "memory") == "memory":
        yield make_kit(tmp_path)
        return
    store = open_store("", home=tmp_path)
    store.migrate()
    yield make_kit(tmp_path, store=store)
    store.close()


BOTH = pytest.mark.parametrize("kit", ["memory", "sqlite"], indirect=True)


def post(number, *, account="ash", **more):
    fields = {"text": f"The ferry {number} leaves at noon.", "platform": "harbourline", **more}
    return Item(id=f"i{number}", kind=Kind.TEXT, account=account, **fields)


def took(kit, *items):
    return pipeline.take_in(kit, items, by="platform")


def events(kit):
    with kit.store.read() as tx:
        return tx.rule_events.stream(after=0, limit=1_000, content=True)


def hits(kit):
    with kit.store.read() as tx:
        found = [
            hit for event in tx.rule_events.stream(after=0, limit=1_000) for hit in tx.rule_hits.of_item(event.item)
        ]
    return [(hit.item, hit.live, hit.verdict) for hit in found]


def reasons(scan):
    return [reason.text for reason in scan.proposal.reasons]


def other_process(kit):
    """The same store, and nothing that this process knows."""
    return replace(kit, rules=InForce())


@BOTH
def test_what_comes_in_is_recorded_before_there_is_any_rule_and_without_its_words(kit):
    took(kit, post(1, views=7, surface="feed"), post(2, account=""))
    first, second = events(kit)
    assert "ferry" not in first.body
    record = read_event(first)
    assert record["item.text"] == "The ferry 1 leaves at noon."
    assert (record["item.views"], record["surface"], record["account.items"]) == (7, "feed", 1)
    assert record["matches.count"] == 0
    assert "item.account" not in read_event(second)
    assert (first.seq, second.seq) == (1, 2)
    assert first.at == second.at > 0


def test_a_version_in_shadow_leads_to_nothing_and_its_hits_are_kept(kit):
    kept_rules.keep(kit, BUSY, RuleState.SHADOW)
    (scan,) = took(kit, post(1, views=11))
    assert scan.proposal.verdict is Verdict.NONE
    assert cases.listed(kit) == []
    assert hits(kit) == [("i1", False, Verdict.REVIEW)]


@pytest.mark.parametrize("state", [RuleState.DRAFT, RuleState.RETIRED])
def test_a_draft_and_a_retired_version_are_asked_nothing(kit, state):
    kept_rules.keep(kit, BUSY, state)
    took(kit, post(1, views=11))
    assert hits(kit) == []


@BOTH
def test_a_live_version_puts_the_item_before_a_person_with_its_reason_and_its_clauses(kit):
    kept_rules.keep(kit, BUSY)
    scan, calm = took(kit, post(1, views=11), post(2, views=10))
    assert (scan.proposal.verdict, scan.proposal.automatic) == (Verdict.REVIEW, False)
    assert reasons(scan) == ["Seen 11 times."]
    assert calm.proposal.verdict is Verdict.NONE
    view = cases.show(kit, cases.case_id_of("i1"))
    assert [one.rule for one in view.clauses] == ["rules/busy"]
    assert [clause.line for clause in view.clauses[0].clauses] == ["true: item.views > 10 (item.views = 11)"]
    assert hits(kit) == [("i1", True, Verdict.REVIEW)]


def test_what_is_sent_twice_is_asked_about_once(kit):
    kept_rules.keep(kit, BUSY)
    took(kit, post(1, views=11), post(1, views=11))
    took(kit, post(1, views=11))
    assert len(hits(kit)) == len(events(kit)) == 1


def test_a_line_that_could_not_be_read_is_no_event_and_no_rule_speaks_of_it(kit):
    kept_rules.keep(kit, rule('item.kind == "text"'))
    broken = Received(item=post(1), not_scanned=(NotScanned(step="read", reason="line 1 is no JSON"),))
    for scan in (*took(kit, broken), *pipeline.scan(kit, [broken])):
        assert scan.proposal.verdict is Verdict.NONE
    assert events(kit) == []


def test_items_of_one_batch_count_for_each_other_in_their_order(kit):
    kept_rules.keep(kit, FAST)
    found = took(kit, *(post(number) for number in range(4)), post(9, account="elm"))
    assert [one.proposal.verdict for one in found] == [
        Verdict.NONE,
        Verdict.NONE,
        Verdict.REVIEW,
        Verdict.REVIEW,
        Verdict.NONE,
    ]
    assert read_event(events(kit)[3])["count(item.account,600s)"] == 4


def test_only_its_share_of_the_accounts_counts_for_a_live_version(kit):
    (version,) = kept_rules.keep(kit, BUSY, share=40)
    items = [post(number, account=f"account {number}", views=11) for number in range(60)]
    found = took(kit, *items)
    drawn = {"item.platform": "harbourline"}
    inside = [percent_of("busy", drawn | {"item.account": one.account}, one.id) < 40 for one in items]
    assert [one.proposal.verdict is Verdict.REVIEW for one in found] == inside
    assert 0 < sum(inside) < 60
    assert [live for _, live, _ in hits(kit)] == inside, "those outside are kept as well"
    kept_rules.change(kit, version, share=100)
    more = took(kit, *(replace(one, id=f"again {one.id}") for one in items))
    assert all(one.proposal.verdict is Verdict.REVIEW for one in more)


def test_two_live_versions_part_the_accounts_and_each_speaks_for_its_own(kit):
    (old,) = kept_rules.keep(kit, rule("item.views > 10", because="Old."))
    kept_rules.keep(kit, rule("item.views > 9", because="New."), share=50, replaces=old.id)
    found = took(kit, *(post(number, account=f"account {number}", views=11) for number in range(40)))
    told = [reasons(one) for one in found]
    assert all(one in (["Old."], ["New."]) for one in told)
    assert {one[0] for one in told} == {"Old.", "New."}
    assert len(hits(kit)) == 80
    assert sum(live for _, live, _ in hits(kit)) == 40


def test_a_stored_version_that_cannot_be_read_any_more_is_left_out_and_said_and_all_else_goes_on(kit):
    (broken,) = kept_rules.keep(kit, rule("item.views > 5", name="older"))
    kept_rules.change(kit, broken, text="rule(of another time)")
    kept_rules.keep(kit, BUSY)
    (scan,) = took(kit, post(1, views=11))
    assert reasons(scan) == ["Seen 11 times."]
    with kit.store.read() as tx:
        assert list(kit.rules.current(tx).broken) == [broken.id]


def designate(kit, name):
    banks.create(kit, "designated", purpose=BankPurpose.DESIGNATED, by="lead")
    listed = Listed(where="list", untrusted_type="name", untrusted_value=name, label=name)
    banks.add_listed(kit, "designated", [listed], by="lead")


def test_a_live_rule_whose_words_name_what_was_designated_since_proposes_nothing_any_more(kit):
    (named,) = kept_rules.keep(kit, rule('contains(item.text, "Order of the Grey Lantern")', name="named"))
    words = {"text": "The Order of the Grey Lantern met, says the news.", "views": 11}
    kept_rules.keep(kit, BUSY)
    assert len(reasons(took(kit, post(1, **words))[0])) == 2
    designate(kit, "Order of the Grey Lantern")
    (scan,) = took(kit, post(2, **words))
    assert reasons(scan) == ["Seen 11 times."]
    assert reasons(pipeline.scan(kit, [post(3, **words)])[0]) == ["Seen 11 times."]
    assert ("i2", True, Verdict.NONE) in hits(kit), "that it fired is kept"
    with kit.store.read() as tx:
        assert list(kit.rules.current(tx).held_back) == [named.id]


def test_a_clock_that_goes_back_leaves_the_order_of_receipt_as_the_order_of_time(kit):
    took(kit, post(1))
    kit.clock.move(hours=-2)
    took(kit, post(2))
    first, second = events(kit)
    assert first.at == second.at


def test_a_change_is_in_force_with_the_next_batch_of_every_process(kit):
    other = other_process(kit)
    took(other, post(1, views=11))
    (version,) = kept_rules.keep(kit, BUSY)
    assert took(other, post(2, views=11))[0].proposal.verdict is Verdict.REVIEW
    kept_rules.change(kit, version, state=RuleState.RETIRED, share=0)
    assert took(other, post(3, views=11))[0].proposal.verdict is Verdict.NONE


@BOTH
def test_what_other_processes_took_in_counts_in_the_windows_of_this_one(kit):
    kept_rules.keep(kit, FAST)
    other = other_process(kit)
    took(kit, post(1))
    took(other, post(2))
    assert took(kit, post(3))[0].proposal.verdict is Verdict.REVIEW
    assert reasons(pipeline.scan(other, [post(4)])[0]) == ["Posts fast."], "a scan reads on too, and counts nothing"
    assert len(events(kit)) == 3


def test_windows_of_a_new_version_begin_with_what_came_in_before_it(kit):
    took(kit, post(1), post(2))
    kept_rules.keep(kit, FAST)
    assert took(kit, post(3))[0].proposal.verdict is Verdict.REVIEW


def test_a_window_that_stays_is_not_counted_anew_when_other_rules_go(kit):
    kept_rules.keep(kit, FAST)
    (gone,) = kept_rules.keep(kit, rule('count(item.channel, "1h") > 5', name="other"))
    took(kit, post(1), post(2))
    before = kit.rules._now.counters
    kept_rules.change(kit, gone, state=RuleState.RETIRED, share=0)
    assert took(kit, post(3))[0].proposal.verdict is Verdict.REVIEW
    assert kit.rules._now.counters is before
    assert len(before.held) == 1


@BOTH
def test_what_was_counted_in_a_transaction_that_came_to_nothing_is_not_counted(kit):
    kept_rules.keep(kit, FAST)
    took(kit, post(1))
    seen = pipeline.judge(kit, list(pipeline.signals_of(kit, [post(2), post(3)])))
    with suppress(ZeroDivisionError), kit.store.write() as tx:
        assert pipeline.take(kit, tx, seen, kit.clock.now())[1].proposal.verdict is Verdict.REVIEW
        raise ZeroDivisionError
    assert len(events(kit)) == 1
    assert took(kit, post(4))[0].proposal.verdict is Verdict.NONE
    assert took(kit, post(5))[0].proposal.verdict is Verdict.REVIEW


@BOTH
def test_another_process_may_take_the_numbers_that_came_to_nothing(kit):
    kept_rules.keep(kit, FAST)
    took(kit, post(1))
    seen = pipeline.judge(kit, list(pipeline.signals_of(kit, [post(2)])))
    with suppress(ZeroDivisionError), kit.store.write() as tx:
        pipeline.take(kit, tx, seen, kit.clock.now())
        raise ZeroDivisionError
    before = kit.rules._now.counters
    took(other_process(kit), post(3, account="elm"))
    assert pipeline.scan(kit, [post(4)])[0].proposal.verdict is Verdict.NONE, "a scan sees it too"
    assert before.lost
    took(kit, post(5))
    assert took(kit, post(6))[0].proposal.verdict is Verdict.REVIEW


def test_a_transaction_that_finds_other_rules_than_were_judged_with_is_begun_again_outside(kit):
    took(kit, post(1))
    with kit.store.write() as tx:
        assert kit.rules.is_ready(tx)
    kept_rules.keep(kit, FAST)
    with kit.store.write() as tx:
        assert not kit.rules.is_ready(tx)
        assert kit.rules.ready(tx, kit.known.current(tx)).windows, "who cannot begin again reads them there"
        assert kit.rules.is_ready(tx)


def test_a_preview_tells_the_live_rules_reasons_and_leaves_nothing_behind(kit):
    kept_rules.keep(kit, FAST + rule('account.items >= 3 and surface == "feed"', name="known", because="Known."))
    kept_rules.keep(kit, BUSY, RuleState.SHADOW)
    took(kit, post(1), post(2))
    asked = post(3, views=11, surface="feed")
    for _ in range(2):
        (scan,) = pipeline.scan(kit, [asked])
        assert sorted(reasons(scan)) == ["Known.", "Posts fast."]
    assert len(events(kit)) == 2
    assert hits(kit) == []
    assert sorted(reasons(took(kit, asked)[0])) == ["Known.", "Posts fast."], "it is what taking it in comes to"


def test_a_surface_is_read_though_nothing_is_asked_of_accounts(kit):
    kept_rules.keep(kit, rule('surface == "feed"', because="Feed."))
    told = pipeline.scan(kit, [post(1, surface="feed"), post(2)])
    assert [reasons(one) for one in told] == [["Feed."], []]


def test_who_waits_for_an_answer_gets_it_from_the_rules_before_until_the_new_ones_are_read(kit):
    (version,) = kept_rules.keep(kit, BUSY)
    with kit.store.read() as tx:
        before = kit.rules.at_hand(tx, kit.store)
    assert [one.id for one in before.versions] == [version.id]
    kept_rules.change(kit, version, state=RuleState.RETIRED, share=0)
    with kit.rules._making, kit.store.read() as tx:
        assert kit.rules.at_hand(tx, kit.store) is before
    kit.rules._beside.join(10)
    with kit.store.read() as tx:
        assert kit.rules.at_hand(tx, kit.store).versions == ()


def test_a_store_that_fails_beside_an_answer_fails_for_nobody_else(kit):
    class Gone:
        def read(self):
            raise StoreError

    kept_rules.keep(kit, BUSY)
    took(kit, post(1))
    kept_rules.keep(kit, FAST)
    with kit.store.read() as tx:
        assert len(kit.rules.at_hand(tx, Gone()).versions) == 1
        assert len(kit.rules.at_hand(tx, kit.store).versions) == 2


def test_two_threads_that_meet_new_rules_compile_them_once(kit):
    kept_rules.keep(kit, BUSY)
    found = []

    def look():
        with kit.store.read() as tx:
            found.append(kit.rules.current(tx))

    with kit.rules._making:
        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1


@BOTH
def test_windows_over_addresses_are_read_from_the_items_after_a_restart(kit):
    kept_rules.keep(kit, rule('count(item.url, "1h") >= 3', name="linked"))
    links = [replace(post(number), url="https://pier.example/a") for number in range(3)]
    took(kit, *links[:2])
    assert took(other_process(kit), links[2])[0].proposal.verdict is Verdict.REVIEW


def test_an_event_that_another_release_wrote_otherwise_counts_as_far_as_it_fits(kit):
    took(kit, post(1))
    with kit.store.write() as tx:
        _, at = tx.rule_events.latest()
        body = '{"item.platform":"harbourline","item.account":"ash","item.views":"many"}'
        tx.rule_events.append([RuleEvent(item="i2", at=at, body=body)])
    kept_rules.keep(kit, FAST)
    assert took(kit, post(3))[0].proposal.verdict is Verdict.REVIEW


@BOTH
def test_more_events_than_are_read_at_once_are_all_counted(kit, monkeypatch):
    monkeypatch.setattr("abate.flows.rules_now.AT_ONCE", 3)
    kept_rules.keep(kit, rule('count(item.account, "10m") >= 9', name="fast"))
    other = other_process(kit)
    took(kit, post(0))
    took(other, *(post(number) for number in range(1, 8)))
    assert took(kit, post(8))[0].proposal.verdict is Verdict.REVIEW
    assert took(other_process(kit), post(9))[0].proposal.verdict is Verdict.REVIEW


def test_clauses_of_what_is_not_kept_or_cannot_be_read_any_more_are_left_out(kit):
    other = rule("item.views > 9", name="other")
    busy, unread = kept_rules.keep(kit, BUSY + other)
    took(kit, post(1, views=11))
    case_id = cases.case_id_of("i1")
    assert [one.version for one in cases.show(kit, case_id).clauses] == [busy.id, unread.id]
    kept_rules.change(kit, unread, text="rule(of another time)")
    assert [one.version for one in cases.show(kit, case_id).clauses] == [busy.id]
    with kit.store.write() as tx:
        tx.rules.remove(busy.id)
    assert cases.show(kit, case_id).clauses == ()
    kit.clock.move(days=1)
    took(kit, post(2))
    with kit.store.write() as tx:
        assert tx.rule_events.prune(events(kit)[-1].at, limit=9) == 1
    assert cases.show(kit, case_id).clauses == ()


def test_a_case_of_no_rule_of_the_operator_has_no_clauses(kit):
    kept_rules.keep(kit, BUSY)
    took(kit, post(1, views=11))
    with kit.store.write() as tx:
        case = tx.cases.get(cases.case_id_of("i1"))
        plain = replace(case.proposal, reasons=(replace(case.proposal.reasons[0], rule="same_file"),))
        tx.cases.replace(replace(case, proposal=plain))
    assert cases.show(kit, case.id).clauses == ()


def test_answers_that_wait_for_the_same_new_rules_start_one_thread(kit):
    kept_rules.keep(kit, BUSY)
    took(kit, post(1))
    kept_rules.keep(kit, FAST)
    with kit.rules._making, kit.store.read() as tx:
        kit.rules.at_hand(tx, kit.store)
        beside = kit.rules._beside
        kit.rules.at_hand(tx, kit.store)
        assert kit.rules._beside is beside
    beside.join(10)


def test_who_reads_on_while_another_thread_does_counts_nothing_twice(kit):
    kept_rules.keep(kit, FAST)
    took(kit, post(1))
    took(other_process(kit), post(2))
    counters = kit.rules._now.counters

    class Slow:
        """Events that another thread counts while this one fetches them."""

        def __init__(self, events):
            self.events = events
            self.fetched = 0

        def stream(self, **asked):
            found = self.events.stream(**asked)
            self.fetched += 1
            if self.fetched == 1:
                counters.catch_up(tx, sole=False)
            return found

    with kit.store.read() as tx:
        assert counters.catch_up(SimpleNamespace(rule_events=Slow(tx.rule_events)), sole=False)
    assert took(kit, post(3))[0].proposal.verdict is Verdict.REVIEW
    assert read_event(events(kit)[2])["count(item.account,600s)"] == 3
