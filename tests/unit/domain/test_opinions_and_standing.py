"""How an entry stands: who backs it, who disputes it, whether its time is over; and the order of verdicts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.bank import SELF, Bank, Entry, EntryState, Stance, Standing
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.verdict import Verdict
from abate.testing import NOON

ENTRY = Entry(id="e1", bank="b", signal_type="pdq", value="ff", sources=("hotline",), added_at=NOON)
MINUTE = timedelta(minutes=1)


def says(source, word, *, minute=0, key=""):
    return Opinion(id=key or f"{source}{minute}", entry="e1", source=source, word=word, at=NOON + minute * MINUTE)


def stand(*opinions, entry=ENTRY, **more):
    return Standing(entry=entry, opinions=opinions, **more)


def test_who_confirms_vouches_beside_who_listed_it():
    assert stand(says(SELF, OpinionWord.CONFIRM)).backers == ("hotline", SELF)


def test_who_disputes_or_withdraws_vouches_no_more():
    assert stand(says("hotline", OpinionWord.DISPUTE)).backers == ()
    assert stand(says("hotline", OpinionWord.DISPUTE)).disputers == ("hotline",)
    assert stand(says("hotline", OpinionWord.WITHDRAW)).backers == ()
    assert stand(says("hotline", OpinionWord.WITHDRAW)).disputers == ()


def test_the_newest_word_of_a_source_counts_and_its_history_is_not_lost():
    first, second = says("x", OpinionWord.DISPUTE), says("x", OpinionWord.CONFIRM, minute=1)
    assert stand(first, second).backers == ("hotline", "x")
    assert stand(second, first).opinions == (second,)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_words_at_one_moment_every_machine_takes_the_same(order):
    both = [says("x", OpinionWord.DISPUTE, key="o1"), says("x", OpinionWord.CONFIRM, key="o2")][::order]
    assert stand(*both).disputers == ()


def test_the_strongest_word_is_how_it_stands():
    ended = replace(ENTRY, expires_at=NOON, stance=Stance.NEGATIVE)
    dispute = says("x", OpinionWord.DISPUTE)
    assert stand(dispute, entry=ended, set_aside=True).state(NOON) is EntryState.EXPIRED
    assert stand(dispute, entry=ended, set_aside=True).state(NOON - MINUTE) is EntryState.QUARANTINED
    assert stand(dispute, entry=ended).state(NOON - MINUTE) is EntryState.DISPUTED
    assert stand(entry=ended).state(NOON - MINUTE) is EntryState.NEGATIVE
    assert stand().state(NOON) is EntryState.KNOWN


def test_only_a_plain_yes_is_handed_on_where_there_is_no_word_for_a_no():
    assert stand().is_plain_yes(NOON)
    assert not stand(says("x", OpinionWord.DISPUTE)).is_plain_yes(NOON)
    assert not stand(entry=replace(ENTRY, stance=Stance.NEGATIVE)).is_plain_yes(NOON)


def test_a_bank_reaches_as_far_as_it_says():
    bank = Bank(name="b", created_at=NOON)
    assert bank.reaches(10**6)
    assert [replace(bank, max_distance=9).reaches(distance) for distance in (0, 9, 10)] == [True, True, False]


def test_verdicts_have_an_order_that_their_spelling_has_not():
    assert sorted(Verdict, key=lambda one: one.severity) == list(Verdict)
    assert Verdict.REMOVE.at_most(Verdict.REVIEW) is Verdict.REVIEW
    assert Verdict.NONE.at_most(Verdict.LIMIT) is Verdict.NONE
