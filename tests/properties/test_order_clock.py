"""The order's clock: the receipt never changes, an hour is an hour in any time zone, and time only moves forward."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.compliance import removal_order as law
from abate.compliance.clock_report import clock_report
from abate.domain.errors import AbateError
from abate.domain.order import Authentication, OrderState

BERLIN = ZoneInfo("Europe/Berlin")
WHY = "The data centre of the provider is flooded."
FORM = law.OrderForm(authority="A", authority_reference="R", issuing_state="DE", items=("i1",))
NEVER_CHANGES = ("id", "received_at", "received_text", "raw_sha256")


def received_at(moment, form=FORM):
    return law.receive(
        order_id="o1", received_text=moment.isoformat(), raw=b"m", recorded_at=moment, untrusted_form=form
    )


zones = st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Kathmandu")])
moments = st.datetimes(
    datetime.fromisoformat("2022-06-07"),  # bare ends, as the strategy wants them: the drawn times have their zone
    datetime.fromisoformat("2090-01-01"),
    timezones=zones,
)
times = st.timedeltas(timedelta(hours=-2), timedelta(hours=5))
MOVES = {
    "clarify": lambda o, at: law.pause_for_clarification(o, WHY, at),
    "impossible": lambda o, at: law.pause_as_impossible(o, WHY, at),
    "resume": lambda o, at: law.resume(o, WHY, at),
    "execute": law.execute,
    "reply": lambda o, at: law.reply(o, "Sent.", at),
    "close": lambda o, at: law.not_an_order(o, WHY, at),
    "fail": lambda o, _: law.authenticate(o, Authentication.FAILED),
    "verify": lambda o, _: law.authenticate(o, Authentication.VERIFIED),
    "locate": lambda o, _: law.locate(o, ["i2"]),
}
steps = st.lists(st.tuples(st.sampled_from(list(MOVES)), times), max_size=12)


def walk(order, moves):
    """Yield the order after each move that its state allowed."""
    for name, offset in moves:
        try:
            order = MOVES[name](order, order.received_at + offset)
        except AbateError:
            continue
        yield order


@given(moments, steps)
def test_no_sequence_of_moves_changes_the_receipt(moment, moves):
    order = received_at(moment)
    for moved in walk(order, moves):
        assert [getattr(moved, name) for name in NEVER_CHANGES] == [getattr(order, name) for name in NEVER_CHANGES]
        assert moved.clock[0] == order.clock[0]


@given(moments, steps)
def test_clock_events_are_only_added_and_never_go_back_in_time(moment, moves):
    before = received_at(moment)
    for moved in walk(before, moves):
        assert moved.clock[: len(before.clock)] == before.clock
        assert all(a.at <= b.at for a, b in zip(moved.clock, moved.clock[1:], strict=False))
        before = moved


@given(moments, steps)
def test_a_clock_runs_in_exactly_the_state_that_waits_for_the_removal(moment, moves):
    for moved in walk(received_at(moment), moves):
        assert (law.deadline(moved) is not None) == (moved.state is OrderState.RECEIVED)
        assert bool(law.alarms(moved)) == (moved.state is OrderState.RECEIVED)


@given(moments, steps, times)
def test_what_is_late_stays_late_until_it_is_found_to_be_no_order(moment, moves, later):
    late = False
    for moved in walk(received_at(moment), moves):
        now = max(moved.clock[-1].at, moved.received_at + later)
        if moved.state is OrderState.NOT_AN_ORDER:
            assert not law.is_late(moved, now)
            return
        past = law.is_late(moved, moved.clock[-1].at)
        assert past or not late
        late = past


@given(moments, steps, times)
def test_the_report_adds_up(moment, moves, later):
    for moved in walk(received_at(moment), moves):
        now = max(moved.clock[-1].at, moved.received_at + later)
        report = clock_report(moved, now)
        assert timedelta() <= report.elapsed <= report.total
        paused = sum(((pause.end or now) - pause.start for pause in report.pauses), timedelta())
        first_stop = report.stopped or now
        assert report.total + paused == first_stop - report.started


@given(moments)
def test_the_hour_is_elapsed_time_whatever_the_wall_clock_does(moment):
    due = law.deadline(received_at(moment))
    assert due is not None
    assert due.due - moment.astimezone(UTC) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # Spring: at 02:00 the wall clock jumps to 03:00, so 01:30 and one hour reads 03:30.
        (datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), "2026-03-29T03:30:00+02:00"),
        # Autumn: at 03:00 it falls back to 02:00; the first 02:30 and one hour is the second 02:30.
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0), "2026-10-25T02:30:00+01:00"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), "2026-10-25T03:30:00+01:00"),
        (datetime(2026, 10, 25, 1, 45, tzinfo=BERLIN), "2026-10-25T02:45:00+02:00"),
    ],
)
def test_daylight_saving_neither_gives_nor_takes_an_hour(received, due):
    order = received_at(received)
    deadline = law.deadline(order)
    assert deadline is not None
    assert deadline.due.astimezone(BERLIN).isoformat() == due
    assert order.received_text == received.isoformat()
    assert [alarm.due - order.received_at for alarm in law.alarms(order)] == [
        timedelta(minutes=minutes) for minutes in law.ALARMS_AT
    ]
    assert not law.is_late(order, deadline.due)
    assert law.is_late(order, deadline.due + timedelta(seconds=1))
