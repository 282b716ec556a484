"""What rules may know of accounts and channels: ages, counts, removals; and through which doors an item says more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.item import Item, Kind
from abate.domain.rule import PastCounts
from abate.domain.scan import Proposal, Scan, Verdict
from abate.flows import cases, past_counts
from abate.stores.open import open_store
from abate.testing import NOON, FrozenClock, make_kit

ASH = Item(
    id="1",
    kind=Kind.TEXT,
    platform="harbourline",
    account="ash",
    channel="quay",
    surface="feed",
    account_created_at=NOON - timedelta(hours=36),
    channel_created_at=NOON - timedelta(days=400),
    channel_members=250,
)


@pytest.fixture(params=["memory", "sqlite"])
def kit(request, tmp_path):
    """A kit of a person who decides; its clock is moved by the tests."""
    clock = FrozenClock()
    if request.param == "memory":
        yield make_kit(tmp_path, clock=clock)
        return
    store = open_store("", home=tmp_path)
    store.migrate()
    yield make_kit(tmp_path, clock=clock, store=store)
    store.close()


def told(kit, *items, now=NOON):
    with kit.store.write() as tx:
        return past_counts.more(tx, items, now)


def removed(kit, item):
    with kit.store.read() as tx:
        found = tx.past_counts.get_many([past_counts.account_of(item), past_counts.channel_of(item)])
    return [one.removed for one in found]


def open_case(kit, item, case_id=""):
    with kit.store.write() as tx:
        tx.items.add_many([item])
        proposal = Proposal(verdict=Verdict.REVIEW, reasons=())
        return cases.open_case(tx, Scan(item=item, proposal=proposal), kit.clock.now(), case_id=case_id).id


def test_an_item_says_where_it_is_shown_how_old_its_account_is_and_counts_itself(kit):
    (first,) = told(kit, ASH)
    assert first == {
        "surface": "feed",
        "account.items": 1,
        "account.removed": 0,
        "account.age_days": 1.5,
        "channel.items": 1,
        "channel.removed": 0,
        "channel.age_days": 400.0,
        "channel.members": 250,
    }


def test_two_items_of_one_account_in_a_batch_are_the_first_and_the_second(kit):
    second = replace(ASH, id="2", channel="pier", channel_created_at=None, channel_members=None)
    found = told(kit, ASH, second)
    assert [one["account.items"] for one in found] == [1, 2]
    assert [one["channel.items"] for one in found] == [1, 1]
    assert [one["account.items"] for one in told(kit, replace(ASH, id="3"))] == [3]


def test_what_the_platform_said_last_holds_while_it_says_nothing(kit):
    told(kit, ASH)
    silent = replace(ASH, id="2", account_created_at=None, channel_created_at=None, channel_members=None)
    (later,) = told(kit, silent, now=NOON + timedelta(days=1))
    assert (later["account.age_days"], later["channel.age_days"], later["channel.members"]) == (2.5, 401.0, 250)
    (again,) = told(kit, replace(ASH, id="3", channel_members=0))
    assert again["channel.members"] == 0


def test_without_an_account_there_is_nothing_to_say_of_one(kit):
    assert told(kit, Item(id="1", kind=Kind.TEXT, platform="harbourline")) == [{}]
    (one,) = told(kit, replace(ASH, account=""))
    assert not [name for name in one if name.startswith("account.")]


def test_an_age_that_nobody_knows_is_missing_and_none_is_below_zero(kit):
    (unknown,) = told(kit, replace(ASH, account_created_at=None))
    assert "account.age_days" not in unknown
    (ahead,) = told(kit, replace(ASH, account_created_at=NOON + timedelta(hours=3)))
    assert ahead["account.age_days"] == 0


def test_one_name_on_two_platforms_is_two_accounts(kit):
    found = told(kit, ASH, replace(ASH, id="2", platform="mooring"), replace(ASH, id="3", account="", channel="ash"))
    assert [one.get("account.items") for one in found] == [1, 1, None]
    assert [one["channel.items"] for one in found] == [1, 1, 1]


def test_names_that_look_like_ours_stay_apart():
    one = Item(id="1", kind=Kind.TEXT, platform="a:1", account="b")
    other = Item(id="2", kind=Kind.TEXT, platform="a", account="1:b")
    assert past_counts.account_of(one) != past_counts.account_of(other)
    assert past_counts.account_of(one) == "account:3:a:1:1:b"


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "x" * 100_000, "\N{ZERO WIDTH JOINER}" * 1000, "a\nb"])
def test_a_hostile_name_is_counted_like_any_other(kit, name):
    hostile = replace(ASH, account=name)
    assert [one["account.items"] for one in told(kit, hostile, hostile)] == [1, 2]
    assert told(kit, hostile)[0]["account.items"] == 3


def test_looking_counts_nothing(kit):
    with kit.store.read() as tx:
        assert [one["account.items"] for one in past_counts.peek(tx, [ASH, ASH], NOON)] == [1, 2]
    assert told(kit, ASH)[0]["account.items"] == 1


def test_a_removal_counts_until_it_is_taken_back(kit):
    told(kit, ASH)
    case = open_case(kit, ASH)
    cases.decide(kit, case, verdict=Verdict.LIMIT, by="kim")
    assert removed(kit, ASH) == [0, 0]
    cases.undo(kit, case, by="kim")
    for _ in range(2):
        cases.decide(kit, case, verdict=Verdict.REMOVE, by="kim")
        assert removed(kit, ASH) == [1, 1]
        cases.undo(kit, case, by="kim")
        assert removed(kit, ASH) == [0, 0]
    cases.decide(kit, case, verdict=Verdict.REMOVE, by="kim")
    (later,) = told(kit, replace(ASH, id="2"))
    assert (later["account.removed"], later["channel.removed"]) == (1, 1)


def test_an_item_with_two_cases_is_removed_once_and_until_both_are_taken_back(kit):
    told(kit, ASH)
    first, second = open_case(kit, ASH), open_case(kit, ASH, "further")
    cases.decide(kit, first, verdict=Verdict.REMOVE, by="kim")
    cases.decide(kit, second, verdict=Verdict.REMOVE, by="lee")
    assert removed(kit, ASH) == [1, 1]
    cases.undo(kit, first, by="kim")
    assert removed(kit, ASH) == [1, 1]
    cases.undo(kit, second, by="kim")
    assert removed(kit, ASH) == [0, 0]


def test_an_order_over_a_decided_case_counts_once(kit):
    told(kit, ASH)
    case = open_case(kit, ASH)
    choice = cases.Choice(verdict=Verdict.REMOVE, by="lee")
    cases.decide(kit, case, verdict=Verdict.REMOVE, by="kim")
    with kit.store.write() as tx:
        cases.overrule_in(kit, tx, case, choice, None)
    assert removed(kit, ASH) == [1, 1]


def decided_before_counting(kit, case):
    """Leave a removal as an abate that did not count left it."""
    cases.decide(kit, case, verdict=Verdict.REMOVE, by="kim")
    with kit.store.write() as tx:
        for one in tx.past_counts.find():
            tx.past_counts.remove(one.id)


def test_a_removal_from_before_counting_is_not_taken_off_a_later_one(kit):
    old, new = ASH, replace(ASH, id="2")
    before, after = open_case(kit, old), open_case(kit, new)
    decided_before_counting(kit, before)
    kit.clock.move(days=1)
    cases.decide(kit, after, verdict=Verdict.REMOVE, by="kim")
    kit.clock.move(days=1)
    cases.undo(kit, before, by="kim")
    assert removed(kit, ASH) == [1, 1]


def test_a_removal_from_before_counting_is_taken_back_where_nothing_was_counted(kit):
    case = open_case(kit, ASH)
    decided_before_counting(kit, case)
    kit.clock.move(days=1)
    cases.undo(kit, case, by="kim")
    assert removed(kit, ASH) == []


def test_a_clock_that_went_back_counts_no_removal_twice(kit):
    told(kit, ASH)
    first, second = open_case(kit, ASH), open_case(kit, replace(ASH, id="2"))
    cases.decide(kit, first, verdict=Verdict.REMOVE, by="kim")
    kit.clock.move(hours=-2)
    cases.decide(kit, second, verdict=Verdict.REMOVE, by="kim")
    assert removed(kit, ASH) == [2, 2]
    cases.undo(kit, second, by="kim")
    assert removed(kit, ASH) == [1, 1]


def test_a_removed_item_without_an_account_is_nobodys(kit):
    nobody = Item(id="1", kind=Kind.TEXT, platform="harbourline")
    cases.decide(kit, open_case(kit, nobody), verdict=Verdict.REMOVE, by="kim")
    with kit.store.read() as tx:
        assert tx.past_counts.find() == [PastCounts(id=past_counts.BEGUN, created_at=NOON)]
