"""A removal order's life, situation by situation (Regulation (EU) 2021/784, Article 3)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from abate.compliance import removal_order as law
from abate.compliance.clock_report import clock_report
from abate.compliance.feedback import Ground, Measure, Provider, after_removal, when_impossible
from abate.domain.errors import ConflictError, InputError
from abate.domain.order import Authentication, ClockEventKind, OrderState

RECEIVED = "2026-03-02T10:00:00+01:00"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MISSING_PAGE = "Page two of the form is missing, so no address is named."
ANSWER_CAME = "The authority sent page two at 11:05."
FORM = law.OrderForm(
    authority="Police of Freedonia",
    authority_reference="FR-7/2026",
    issuing_state="DE",
    items=("i1",),
    urls=("https://platform.example/i1",),
    material_types=("INCITES",),
    reasons="It calls on its readers to commit attacks on named places.",
)
PROVIDER = Provider(
    name="Platform Ltd", member_state="IE", authorised_person="A. Person", contact="law@platform.example"
)


def after(minutes):
    return START + timedelta(minutes=minutes)


def received(**changes):
    form = replace(FORM, **changes)
    return law.receive(order_id="o1", received_text=RECEIVED, raw=b"message", recorded_at=after(1), untrusted_form=form)


def executed():
    return law.execute(received(), after(20))


def test_the_hour_stands_first_in_the_file_with_its_article():
    assert timedelta(hours=1) == law.TIME_TO_REMOVE


def test_receipt_starts_the_clock_and_keeps_what_was_written():
    order = received()
    assert order.received_at == START
    assert order.received_text == RECEIVED
    assert order.raw_sha256 == sha256(b"message").hexdigest()
    assert order.state is OrderState.RECEIVED
    assert [(event.kind, event.at) for event in order.clock] == [(ClockEventKind.STARTED, START)]


def test_it_is_due_one_hour_after_receipt_with_the_article():
    due = law.deadline(received())
    assert due is not None
    assert (due.subject, due.name, due.due) == ("order:o1", "T_ORDER", after(60))
    assert "Art. 3(3)" in due.basis
    assert "FR-7/2026" in due.text


def test_an_order_without_a_reference_is_called_by_our_own():
    due = law.deadline(received(authority_reference=""))
    assert due is not None
    assert "order o1" in due.text


def test_a_complete_order_misses_nothing():
    assert law.missing_fields(received()) == ()


def test_an_empty_form_is_recorded_all_the_same_and_its_clock_runs():
    order = received(**{name: type(getattr(FORM, name))() for name in FORM.__dataclass_fields__})
    assert law.missing_fields(order) == tuple(law.REQUIRED_FIELDS)
    assert law.deadline(order) is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuing_state", "Germany"),
        ("issuing_state", "4!"),
        ("material_types", ("INCITES", "RUDENESS")),
        ("authority", "  "),
        ("reasons", "\n"),
    ],
)
def test_what_cannot_be_used_counts_as_missing_and_is_kept_as_written(field, value):
    order = received(**{field: value})
    assert law.missing_fields(order) == (field,)
    assert getattr(order, field) == value


@pytest.mark.parametrize(
    "urls", [(), ("the post by K.",), ("https://",), ("https://[broken",), ("https://a.example", "-")]
)
def test_addresses_that_lead_nowhere_are_missing_unless_the_items_were_found(urls):
    assert law.missing_fields(received(urls=urls, items=())) == ("urls",)
    assert law.missing_fields(received(urls=urls)) == ()


@pytest.mark.parametrize("text", ["", "yesterday at noon, or so", "2026-03-02T10:00:00", "2026-03-02", "2026-W10-1"])
def test_a_receipt_time_that_says_no_exact_moment_is_refused(text):
    with pytest.raises(InputError, match="received_at"):
        law.receive(order_id="o", received_text=text, raw=b"m", recorded_at=START, untrusted_form=FORM)


def test_a_receipt_in_the_future_would_buy_time_and_is_refused():
    with pytest.raises(InputError, match="lies after the present"):
        law.receive(order_id="o", received_text=RECEIVED, raw=b"m", recorded_at=after(-6), untrusted_form=FORM)


def test_a_gateway_whose_clock_is_a_little_ahead_loses_no_order():
    order = law.receive(order_id="o", received_text=RECEIVED, raw=b"m", recorded_at=after(-5), untrusted_form=FORM)
    assert order.received_at == START


def test_an_empty_message_is_refused():
    with pytest.raises(InputError, match="message is empty"):
        law.receive(order_id="o", received_text=RECEIVED, raw=b"", recorded_at=START, untrusted_form=FORM)


def test_somebody_is_called_at_receipt_and_four_times_before_the_hour_ends():
    alarms = law.alarms(received())
    assert [alarm.due for alarm in alarms] == [after(minutes) for minutes in (0, 15, 30, 45, 55)]
    assert [alarm.text.split(": ")[1].split()[0] for alarm in alarms] == ["60", "45", "30", "15", "5"]
    assert {alarm.subject for alarm in alarms} == {"order:o1"}
    assert alarms[1].key == "alarm:order:o1:1:15"


def test_a_paused_clock_calls_nobody_and_is_due_at_no_time():
    paused = law.pause_for_clarification(received(), MISSING_PAGE, after(10))
    assert paused.state is OrderState.NEEDS_CLARIFICATION
    assert (law.deadline(paused), law.alarms(paused)) == (None, ())


@pytest.mark.parametrize("pause", [law.pause_for_clarification, law.pause_as_impossible])
def test_a_paused_clock_starts_a_full_hour_when_the_ground_ends(pause):
    resumed = law.resume(pause(received(), MISSING_PAGE, after(59)), ANSWER_CAME, after(500))
    due = law.deadline(resumed)
    assert due is not None
    assert due.due == after(560)
    assert resumed.state is OrderState.RECEIVED


def test_the_alarms_of_the_second_hour_are_not_those_of_the_first():
    first = received()
    second = law.resume(law.pause_as_impossible(first, MISSING_PAGE, after(10)), ANSWER_CAME, after(20))
    assert not {alarm.key for alarm in law.alarms(first)} & {alarm.key for alarm in law.alarms(second)}
    assert law.alarms(second)[0].due == after(20)


def test_each_pause_names_its_article_before_its_reason():
    clarify = law.pause_for_clarification(received(), f"  {MISSING_PAGE}\n", after(10))
    impossible = law.pause_as_impossible(received(), "The data centre is flooded.", after(10))
    assert clarify.clock[-1].reason == f"Art. 3(8): {MISSING_PAGE}"
    assert impossible.clock[-1].reason == "Art. 3(7): The data centre is flooded."
    assert impossible.state is OrderState.IMPOSSIBLE


@pytest.mark.parametrize(
    "reason",
    ["", "   ", "error", "not possible", "Insufficient information.", "technical or  operational reasons", "x" * 19],
)
def test_a_reason_that_says_nothing_is_refused_everywhere(reason):
    order = received()
    paused = law.pause_as_impossible(order, "The data centre is flooded.", after(5))
    for move, subject in (
        (law.pause_for_clarification, order),
        (law.pause_as_impossible, order),
        (law.not_an_order, order),
        (law.resume, paused),
    ):
        with pytest.raises(InputError, match="nothing concrete"):
            move(subject, reason, after(10))


def test_execution_stops_the_clock():
    order = executed()
    assert (order.state, order.executed_at) == (OrderState.EXECUTED, after(20))
    assert law.deadline(order) is None
    assert not law.is_late(order, after(9999))


def test_execution_needs_an_item_that_was_found():
    with pytest.raises(ConflictError, match="locate its items"):
        law.execute(received(items=()), after(5))


def test_items_found_later_are_added_once():
    order = law.locate(received(items=("i1",)), ["i2", "i1", "i2"])
    assert order.items == ("i1", "i2")
    assert law.execute(order, after(9)).state is OrderState.EXECUTED


def test_what_was_reported_does_not_grow_afterwards():
    with pytest.raises(ConflictError, match="cannot be given more items: it is executed"):
        law.locate(executed(), ["i2"])


def test_a_sender_that_failed_the_check_gets_nothing_removed_and_the_clock_runs_on():
    order = law.authenticate(received(), Authentication.FAILED)
    with pytest.raises(ConflictError, match="failed the check"):
        law.execute(order, after(5))
    assert law.deadline(order) is not None


def test_an_unverified_order_may_be_executed_by_a_person_and_checked_afterwards():
    order = law.authenticate(executed(), Authentication.VERIFIED)
    assert order.authentication is Authentication.VERIFIED
    assert order.state is OrderState.EXECUTED


def test_the_reply_is_recorded_with_its_time():
    order = law.reply(executed(), "Sent by e-mail, delivery receipt 77.", after(25))
    assert (order.state, order.replied_at) == (OrderState.REPLIED, after(25))
    assert order.reply == "Sent by e-mail, delivery receipt 77."


def test_an_empty_reply_is_refused():
    with pytest.raises(InputError, match="reply is empty"):
        law.reply(executed(), " ", after(25))


def test_a_message_that_is_no_order_is_closed_with_its_reason_and_owes_nothing():
    order = law.not_an_order(received(), "It is a referral without legal effect.", after(200))
    assert order.state is OrderState.NOT_AN_ORDER
    assert order.clock[-1].reason == "No order: It is a referral without legal effect."
    assert law.deadline(order) is None
    assert not law.is_late(order, after(500))


def test_a_forged_order_found_out_after_the_removal_can_be_closed():
    order = law.not_an_order(executed(), "The authority says it never sent this.", after(90))
    assert order.state is OrderState.NOT_AN_ORDER
    assert order.executed_at == after(20)


def orders_in_each_state():
    order = received()
    return {
        OrderState.RECEIVED: order,
        OrderState.NEEDS_CLARIFICATION: law.pause_for_clarification(order, MISSING_PAGE, after(5)),
        OrderState.IMPOSSIBLE: law.pause_as_impossible(order, MISSING_PAGE, after(5)),
        OrderState.EXECUTED: executed(),
        OrderState.REPLIED: law.reply(executed(), "Sent.", after(30)),
        OrderState.NOT_AN_ORDER: law.not_an_order(order, MISSING_PAGE, after(5)),
    }


MOVES = {
    "paused": lambda o: law.pause_for_clarification(o, MISSING_PAGE, after(40)),
    "paused ": lambda o: law.pause_as_impossible(o, MISSING_PAGE, after(40)),
    "resumed": lambda o: law.resume(o, ANSWER_CAME, after(40)),
    "executed": lambda o: law.execute(o, after(40)),
    "answered": lambda o: law.reply(o, "Sent.", after(40)),
    "closed as no order": lambda o: law.not_an_order(o, MISSING_PAGE, after(40)),
    "authenticated": lambda o: law.authenticate(o, Authentication.VERIFIED),
}
PAUSED = {OrderState.NEEDS_CLARIFICATION, OrderState.IMPOSSIBLE}
ALLOWED = {
    "paused": {OrderState.RECEIVED},
    "paused ": {OrderState.RECEIVED},
    "resumed": PAUSED,
    "executed": {OrderState.RECEIVED},
    "answered": {OrderState.EXECUTED},
    "closed as no order": {OrderState.RECEIVED, OrderState.EXECUTED} | PAUSED,
    "authenticated": set(OrderState) - {OrderState.NOT_AN_ORDER},
}


@pytest.mark.parametrize("state", list(OrderState))
@pytest.mark.parametrize("move", list(MOVES))
def test_every_move_from_every_state_is_either_the_laws_or_refused_with_a_remedy(state, move):
    order = orders_in_each_state()[state]
    if state in ALLOWED[move]:
        assert MOVES[move](order) != order
    else:
        with pytest.raises(ConflictError, match=rf"order o1 cannot be {move.strip()}: it is {state}; \w+"):
            MOVES[move](order)


def test_exactly_one_hour_is_in_time_and_a_moment_more_is_late():
    assert not law.is_late(law.execute(received(), after(60)), after(60))
    assert law.is_late(law.execute(received(), after(60) + timedelta(microseconds=1)), after(60))
    assert law.is_late(received(), after(61))


def test_a_pause_after_the_hour_does_not_make_it_good():
    order = law.resume(law.pause_as_impossible(received(), MISSING_PAGE, after(70)), ANSWER_CAME, after(80))
    assert law.is_late(order, after(81))


def test_where_our_clock_went_backwards_the_event_is_written_at_the_last_time_and_says_so():
    paused = law.pause_as_impossible(received(), MISSING_PAGE, after(30))
    assert law.set_back(paused, after(10)) == timedelta(minutes=20)
    resumed = law.resume(paused, ANSWER_CAME, after(10))
    assert resumed.clock[-1].at == after(30)
    assert "0:20:00 before the previous event" in resumed.clock[-1].reason


def test_an_execution_and_a_reply_before_the_receipt_are_written_no_earlier_than_it():
    order = law.reply(law.execute(received(), after(-3)), "Sent.", after(-10))
    assert order.executed_at == order.replied_at == START
    assert law.set_back(received(), after(1)) == timedelta()


def test_the_clock_report_shows_runs_pauses_and_lateness():
    order = law.pause_for_clarification(received(), MISSING_PAGE, after(10))
    order = law.execute(law.resume(order, ANSWER_CAME, after(40)), after(65))
    report = clock_report(order, after(999))
    assert (report.started, report.stopped) == (START, after(65))
    assert (report.elapsed, report.total) == (timedelta(minutes=25), timedelta(minutes=35))
    (pause,) = report.pauses
    assert (pause.start, pause.end) == (after(10), after(40))
    assert MISSING_PAGE in pause.reason
    assert not report.late


def test_the_report_of_a_running_clock_reaches_until_now_and_never_below_zero():
    assert clock_report(received(), after(12)).elapsed == timedelta(minutes=12)
    assert clock_report(received(), after(-12)).elapsed == timedelta()
    assert clock_report(received(), after(12)).stopped is None


def test_the_report_of_a_paused_clock_shows_an_open_pause():
    order = law.pause_as_impossible(received(), MISSING_PAGE, after(10))
    assert clock_report(order, after(90)).pauses[0].end is None
    assert clock_report(order, after(90)).elapsed == timedelta(minutes=10)


def test_the_feedback_after_removal_says_what_was_done_and_when():
    form = after_removal(executed(), PROVIDER, measure=Measure.ACCESS_DISABLED_ALL_MS, at=after(22))
    assert form["form"] == "ANNEX_II"
    assert form["a"]["received_at"] == RECEIVED
    assert form["a"]["authority_reference"] == "FR-7/2026"
    assert form["b"] == {"measure": "ACCESS_DISABLED_ALL_MS", "measure_at": after(20).isoformat()}
    assert form["c"]["authorised_person"] == "A. Person"
    assert json.loads(json.dumps(form)) == form


def test_there_is_no_feedback_of_a_removal_that_did_not_happen():
    with pytest.raises(ConflictError, match="execute it first"):
        after_removal(received(), PROVIDER, measure=Measure.REMOVED, at=after(22))


def test_the_form_of_impossibility_carries_the_concrete_reason():
    paused = law.pause_as_impossible(received(), "The data centre is flooded.", after(10))
    form = when_impossible(paused, PROVIDER, at=after(11))
    assert form["b"]["ground"] == Ground.FORCE_MAJEURE_OR_DE_FACTO_IMPOSSIBILITY
    assert form["b"]["explanation"] == "Art. 3(7): The data centre is flooded."
    assert json.loads(json.dumps(form)) == form


def test_what_is_missing_is_asked_for_by_the_form():
    order = received(urls=(), items=())
    form = when_impossible(law.pause_for_clarification(order, MISSING_PAGE, after(10)), PROVIDER, at=after(11))
    assert form["b"]["ground"] == Ground.INSUFFICIENT_INFORMATION
    assert form["b"]["clarification_needed"] == [law.REQUIRED_FIELDS["urls"]]


def test_a_complete_order_that_needs_explaining_has_manifest_errors():
    paused = law.pause_for_clarification(received(), "It names a post that predates the platform.", after(10))
    assert when_impossible(paused, PROVIDER, at=after(11))["b"]["ground"] == Ground.MANIFEST_ERRORS


def test_a_running_clock_has_no_ground_to_report():
    with pytest.raises(ConflictError, match="pause it with its reason first"):
        when_impossible(received(), PROVIDER, at=after(11))
