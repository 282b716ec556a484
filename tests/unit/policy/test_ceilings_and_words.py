"""The caps on what happens without a person, and a proposal in words."""

import pytest

from abate.domain.item import Item, Kind
from abate.domain.person import Answer
from abate.domain.scan import Proposal, Reason, Verdict
from abate.policy.ceilings import Counts, Limits, account_key, capped, platform_key, within
from abate.policy.explain import explain

LIMITS = Limits(per_account_hour=3, per_hour=100)
AUTOMATIC = Proposal(verdict=Verdict.LIMIT, automatic=True, reasons=(Reason(rule="r", text="Same file."),))


def test_below_both_caps_there_is_room():
    assert within(Counts(account=2, platform=99), LIMITS).allowed


def test_the_cap_of_the_account_is_reached():
    answer = within(Counts(account=3, platform=3), LIMITS)
    assert not answer.allowed
    assert "for this account in the last hour reach the cap of 3" in answer.reason


def test_the_cap_of_the_platform_is_reached():
    answer = within(Counts(account=0, platform=100), LIMITS)
    assert not answer.allowed
    assert "for the whole platform in the last hour reach the cap of 100" in answer.reason


@pytest.mark.parametrize("limits", [Limits(per_account_hour=0, per_hour=9), Limits(per_account_hour=9, per_hour=0)])
def test_either_cap_at_zero_is_off(limits):
    answer = within(Counts(account=0, platform=0), limits)
    assert not answer.allowed
    assert "off" in answer.reason


def test_over_a_cap_the_proposal_becomes_a_review_that_says_why():
    over = capped(AUTOMATIC, Answer(allowed=False, reason="The cap is reached."))
    assert (over.verdict, over.automatic) == (Verdict.REVIEW, False)
    assert [reason.text for reason in over.reasons] == ["The cap is reached.", "Same file."]


def test_under_the_caps_the_proposal_stays():
    assert capped(AUTOMATIC, Answer(allowed=True, reason="Room.")) is AUTOMATIC


def test_what_a_person_decides_anyway_is_not_touched_by_a_cap():
    review = Proposal(verdict=Verdict.REVIEW)
    assert capped(review, Answer(allowed=False, reason="The cap is reached.")) is review


def item(platform, account):
    return Item(id="i", kind=Kind.TEXT, platform=platform, account=account)


def test_no_account_can_be_named_so_that_it_shares_or_fills_anothers_counter():
    assert account_key(item("a:b", "c")) != account_key(item("a", "b:c"))
    assert account_key(item("a", "")) != platform_key(item("a", ""))


def test_items_without_an_account_share_one_cap():
    assert account_key(item("a", "")) == account_key(item("a", ""))


@pytest.mark.parametrize(
    ("proposal", "headline"),
    [
        (Proposal(verdict=Verdict.NONE), "Nothing is proposed."),
        (Proposal(verdict=Verdict.REVIEW), "Proposed: a person looks at it."),
        (Proposal(verdict=Verdict.LIMIT), "Proposed: limit it, once a person agrees."),
        (Proposal(verdict=Verdict.REMOVE), "Proposed: remove it, once a person agrees."),
    ],
)
def test_each_proposal_has_its_headline(proposal, headline):
    assert explain(proposal) == (headline,)


def test_an_automatic_limit_says_how_long_and_that_it_can_be_undone():
    headline, reason = explain(AUTOMATIC)
    assert "at most 24 hours" in headline
    assert reason == "Same file. [r]"


def test_a_name_from_a_list_cannot_steer_the_terminal():
    steering = Proposal(verdict=Verdict.REVIEW, reasons=(Reason(rule="r", text="bank \x1b[2J\u202eevil\nnext"),))
    assert explain(steering)[1] == "bank \ufffd[2J\ufffdevil\ufffdnext [r]"
