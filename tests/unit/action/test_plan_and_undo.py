"""From decisions to actions and back, without sending anything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.action.plan import AUTOMATIC_LIMIT, plan
from abate.action.undo import end_limit, is_obsolete, is_over, standing, take_back
from abate.domain.action import ActionState, Effect
from abate.domain.case import AUTOMATIC, Decision
from abate.domain.errors import ConflictError, InputError, RefusedError
from abate.domain.scan import Verdict

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=25)


def decision(verdict, name="d1", *, by="u1", reverses="", item="i1", at=NOW):
    return Decision(id=name, case="c1", item=item, by=by, at=at, verdict=verdict, reverses=reverses)


def planned(verdict, name="d1", **rest):
    actions = rest.pop("actions", ())
    return plan(decision(verdict, name, **rest), connector="simulate", actions=actions)


def limited():
    (action,) = planned(Verdict.LIMIT, "d0", by=AUTOMATIC)
    return action


def removed():
    (action,) = planned(Verdict.REMOVE)
    return action


def test_a_removal_asks_for_a_removal_without_an_end():
    action = removed()
    assert (action.effect, action.item, action.decision, action.until) == (Effect.REMOVE, "i1", "d1", None)
    assert (action.state, action.created_at, action.connector) == (ActionState.PENDING, NOW, "simulate")


def test_a_persons_limit_stands_until_it_is_undone_unless_an_end_is_given():
    assert planned(Verdict.LIMIT)[0].until is None
    (action,) = plan(decision(Verdict.LIMIT), connector="simulate", limit_for=timedelta(days=30))
    assert action.until == NOW + timedelta(days=30)


def test_the_rules_limit_for_a_day_at_most():
    assert limited().until == NOW + AUTOMATIC_LIMIT
    (short,) = plan(decision(Verdict.LIMIT, by=AUTOMATIC), connector="s", limit_for=timedelta(hours=1))
    assert short.until == NOW + timedelta(hours=1)
    with pytest.raises(RefusedError, match="without a person"):
        plan(decision(Verdict.LIMIT, by=AUTOMATIC), connector="s", limit_for=timedelta(hours=24, seconds=1))


def test_the_rules_never_remove():
    with pytest.raises(RefusedError, match="only a limit may be automatic"):
        planned(Verdict.REMOVE, by=AUTOMATIC)


@pytest.mark.parametrize("length", [timedelta(), timedelta(seconds=-1)])
@pytest.mark.parametrize("by", ["u1", AUTOMATIC])
def test_a_limit_that_ends_before_it_starts_is_refused(length, by):
    with pytest.raises(InputError, match="ends before it starts"):
        plan(decision(Verdict.LIMIT, by=by), connector="s", limit_for=length)


def test_review_decides_nothing():
    with pytest.raises(InputError, match="decides nothing"):
        planned(Verdict.REVIEW)


def test_leaving_an_item_up_asks_for_nothing():
    assert planned(Verdict.NONE) == ()


def test_leaving_it_up_takes_back_what_the_rules_limited():
    limit = limited()
    (restore,) = planned(Verdict.NONE, actions=[limit])
    assert (restore.effect, restore.undoes, restore.decision) == (Effect.RESTORE, limit.id, "d1")


def test_what_is_over_or_taken_back_already_is_not_taken_back_again():
    limit = limited()
    restore = take_back(limit, decision="d5", at=NOW, connector="simulate")
    assert planned(Verdict.NONE, actions=[limit, restore]) == ()
    assert planned(Verdict.NONE, actions=[limit], at=LATER) == ()


def test_an_undo_takes_back_the_reversed_decisions_actions_and_no_others():
    limit, removal = limited(), removed()
    (restore,) = planned(Verdict.NONE, "d2", reverses="d1", actions=[limit, removal])
    assert restore.undoes == removal.id


def test_the_action_of_another_item_is_not_taken_back():
    assert planned(Verdict.NONE, actions=[replace(limited(), item="i2")]) == ()


def test_planning_twice_gives_the_same_actions():
    assert removed() == removed()
    assert planned(Verdict.NONE, actions=[limited()]) == planned(Verdict.NONE, actions=[limited()])


@given(
    st.tuples(st.text(max_size=5), st.sampled_from(["s", "w"])),
    st.tuples(st.text(max_size=5), st.sampled_from(["s", "w"])),
)
def test_different_causes_never_share_an_identifier(one, other):
    first = plan(decision(Verdict.REMOVE, one[0]), connector=one[1])[0]
    second = plan(decision(Verdict.REMOVE, other[0]), connector=other[1])[0]
    assert (first.id == second.id) == (one == other)
    assert "." not in first.id


def test_one_decision_that_takes_two_actions_back_gives_two_different_restores():
    restores = planned(Verdict.NONE, "d9", actions=[limited(), removed()])
    assert len({restore.id for restore in restores}) == 2


def test_what_failed_may_have_arrived_and_stands_what_was_cancelled_does_not():
    removal = removed()
    assert standing([replace(removal, state=ActionState.FAILED)], NOW) != ()
    assert standing([replace(removal, state=ActionState.CANCELLED)], NOW) == ()


def test_a_limit_ends_at_its_end():
    limit = limited()
    assert not is_over(limit, NOW + AUTOMATIC_LIMIT - timedelta(seconds=1))
    assert is_over(limit, NOW + AUTOMATIC_LIMIT)
    assert not is_over(removed(), LATER)


def test_a_limit_must_not_be_sent_after_its_undo_or_its_end():
    limit = limited()
    restore = take_back(limit, decision="d1", at=NOW, connector="simulate")
    assert not is_obsolete(limit, [limit], NOW)
    assert is_obsolete(limit, [limit, restore], NOW)
    assert is_obsolete(limit, [limit], LATER)
    assert not is_obsolete(restore, [limit, restore], LATER)


def test_an_undo_cannot_be_undone():
    restore = take_back(removed(), decision="d2", at=NOW, connector="simulate")
    with pytest.raises(ConflictError, match="decide the case anew"):
        take_back(restore, decision="d3", at=NOW, connector="simulate")


def ended(limit, *others, at=LATER):
    return end_limit(limit, actions=[limit, *others], at=at, connector="simulate")


def test_at_its_end_a_limit_is_taken_back_under_an_identifier_of_its_own():
    limit = limited()
    (restore,) = ended(limit)
    assert (restore.undoes, restore.decision, restore.created_at) == (limit.id, limit.decision, LATER)
    assert ended(limit) == ended(limit)


def test_before_its_end_after_its_undo_or_under_a_removal_nothing_is_sent():
    limit = limited()
    assert ended(limit, at=NOW) == ()
    assert ended(limit, take_back(limit, decision="d1", at=NOW, connector="simulate")) == ()
    assert ended(limit, removed()) == ()
