"""Carrying an action to a connector, trying again, giving up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.action.carry_out import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MAX_RESULT,
    carry_out,
    give_up,
    try_again,
    wait_before,
)
from abate.action.simulate import MAX_KEPT, SimulatedConnector
from abate.domain.action import Action, ActionState, Effect
from abate.domain.errors import ConflictError, PartnerError
from abate.domain.item import Item, Kind

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ITEM = Item(id="i1", kind=Kind.TEXT)


def action(**changes):
    parts = {"id": "a1", "decision": "d1", "item": "i1", "effect": Effect.LIMIT, "connector": "simulate"}
    return Action(**({"created_at": NOW} | parts | changes))


class Platform:
    """A connector that answers what it is told to."""

    name = "simulate"
    simulated = False

    def __init__(self, answer):
        self.answer = answer

    def send(self, action, item):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_rehearsal_is_recorded_as_simulated_with_what_would_have_been_sent():
    connector = SimulatedConnector()
    done = carry_out(action(until=NOW), ITEM, connector)
    assert done.state is ActionState.SIMULATED
    assert done.result == f"Simulated: would limit item i1 until {NOW.isoformat()}; nothing left this machine."
    assert list(connector.sent) == [(action(until=NOW), ITEM)]


def test_what_the_platform_accepted_is_sent():
    done = carry_out(action(), ITEM, Platform("ok\x1b[2J\n then  more"))
    assert (done.state, done.result) == (ActionState.SENT, "ok [2J then more")


def test_a_talkative_platform_is_cut_short():
    assert len(carry_out(action(), ITEM, Platform("x" * 9999)).result) == MAX_RESULT


def test_a_refusal_leaves_the_action_to_be_tried_again():
    with pytest.raises(PartnerError, match="busy"):
        carry_out(action(), ITEM, Platform(PartnerError("busy")))


@pytest.mark.parametrize("state", [state for state in ActionState if state is not ActionState.PENDING])
def test_nothing_is_sent_or_given_up_twice(state):
    connector = SimulatedConnector()
    for move in (lambda a: carry_out(a, ITEM, connector), lambda a: give_up(a, "why")):
        with pytest.raises(ConflictError, match=f"is {state} already"):
            move(action(state=state))
    assert not connector.sent


def test_an_action_is_not_carried_out_on_another_item():
    with pytest.raises(ConflictError, match="about item i1, not i2"):
        carry_out(action(), replace(ITEM, id="i2"), SimulatedConnector())


def test_a_rehearsal_does_not_become_real_because_the_setting_changed():
    with pytest.raises(ConflictError, match="planned for connector 'webhook', and 'simulate' is in force"):
        carry_out(action(connector="webhook"), ITEM, SimulatedConnector())


def test_what_was_given_up_keeps_its_reason_and_its_key_when_tried_again():
    failed = give_up(action(), "It answered\n503.")
    assert (failed.state, failed.result) == (ActionState.FAILED, "It answered 503.")
    again = try_again(failed)
    assert (again.id, again.state, again.result) == ("a1", ActionState.PENDING, "")


def test_only_what_failed_is_tried_again():
    with pytest.raises(ConflictError, match="not failed"):
        try_again(action(state=ActionState.SENT))


@given(st.integers(0, 10**6), st.text(max_size=20))
def test_waits_grow_to_a_cap_and_are_the_same_when_planned_again(attempts, key):
    wait = wait_before(attempts, key)
    assert FIRST_WAIT * 0.75 <= wait <= LONGEST_WAIT
    assert wait == wait_before(attempts, key)


def test_waits_double_until_the_cap():
    waits = [wait_before(attempts, "a") for attempts in range(1, 6)]
    for attempts, wait in enumerate(waits):
        whole = FIRST_WAIT * 2**attempts
        assert whole * 0.75 <= wait <= whole
    assert wait_before(40, "a") >= LONGEST_WAIT * 0.75


def test_a_platform_that_comes_back_within_the_hour_is_tried_several_times():
    assert sum((wait_before(attempts, "a") for attempts in range(1, 9)), timedelta()) < timedelta(minutes=45)


def test_a_thousand_failures_of_one_outage_do_not_come_back_as_one_wave():
    assert len({wait_before(3, f"a{n}") for n in range(1000)}) > 100


def test_a_long_rehearsal_remembers_the_newest_only():
    connector = SimulatedConnector()
    for number in range(MAX_KEPT + 5):
        connector.send(action(id=f"a{number}"), ITEM)
    assert len(connector.sent) == MAX_KEPT
    assert connector.sent[0][0].id == "a5"
