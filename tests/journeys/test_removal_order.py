"""A removal order from its receipt to its reply, with the clock of the law beside it."""

from datetime import UTC, datetime, timedelta

import pytest

from abate.domain.action import ActionState, Effect
from abate.domain.errors import ConflictError, InputError
from abate.domain.item import Item, Kind
from abate.domain.order import Authentication, OrderState
from abate.domain.scan import Verdict
from abate.flows import cases, clocks, orders, pipeline, worker
from abate.stores.open import open_store
from abate.testing import FrozenClock, RecordingConnector, make_kit

REASON = "The link leads to a page that is not ours; which page is meant?"


def ring(kit, worker: str = "w") -> list[str]:
    """Ring what is due and return what was said."""
    said: list[str] = []
    clocks.ring(kit, worker=worker, say=said.append)
    return said


def form(**given: object) -> orders.OrderForm:
    values = {
        "authority": "Ministry of Harbours",
        "authority_reference": "GL-17",
        "issuing_state": "DE",
        "received_at": "",
        "raw": b"From: authority\n\nRemove it.",
        "items": ("post-1",),
        "urls": ("https://harbour.example/post-1",),
        "material_types": ("INCITES",),
        "reasons": "The post asks its readers to commit offences at the harbour.",
        "authentication": Authentication.VERIFIED,
    }
    return orders.OrderForm(**{**values, **given})


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def platform():
    return RecordingConnector()


@pytest.fixture
def kit(tmp_path, clock, platform):
    made = make_kit(tmp_path, clock=clock, connector=platform)
    post = Item(
        id="post-1",
        kind=Kind.TEXT,
        text="Words of the group.",
        platform="harbour",
        url="https://harbour.example/post-1",
    )
    pipeline.take_in(made, [post], by="platform")
    return made


def test_an_order_is_due_an_hour_after_its_receipt_and_its_item_waits_first(kit, clock) -> None:
    order = orders.receive(kit, form(), by="lee")
    (deadline,) = clocks.due(kit)
    assert deadline.due == order.received_at + timedelta(hours=1)
    (view,) = cases.queue(kit)
    assert view.item.id == "post-1"
    assert "Due by law: 1 hour left." in view.why[0]
    clock.move(minutes=19)
    assert "41 minutes left" in cases.queue(kit)[0].why[0]


def test_executing_removes_at_once_holds_the_evidence_and_stops_the_clock(kit, clock, platform) -> None:
    order = orders.receive(kit, form(), by="lee")
    clock.move(minutes=12)
    orders.execute(kit, order.id, by="lee")
    worker.tick(kit, worker="w")
    done = orders.show(kit, order.id)
    assert [action.effect for action in platform.asked] == [Effect.REMOVE]
    assert done.state is OrderState.EXECUTED
    assert done.executed_at == clock.now()
    assert clocks.due(kit) == []
    on_receipt, on_removal = cases.show(kit, cases.case_id_of("post-1")).holds
    assert on_receipt.action == order.id
    assert on_removal.action == platform.asked[0].id
    assert kit.vault.holds(on_removal.sealed)
    replied = orders.reply(kit, order.id, text="Removed at 12:12 UTC, form sent by e-mail.", by="lee")
    assert replied.state is OrderState.REPLIED


def test_the_clock_runs_on_while_the_platform_does_not_answer(kit, clock, platform) -> None:
    platform.refusals = 3
    order = orders.receive(kit, form(), by="lee")
    orders.execute(kit, order.id, by="lee")
    worker.tick(kit, worker="w")
    assert orders.show(kit, order.id).state is OrderState.RECEIVED
    assert clocks.due(kit)
    for _ in range(4):
        clock.move(minutes=10)
        worker.tick(kit, worker="w")
    assert orders.show(kit, order.id).state is OrderState.EXECUTED


def test_an_order_reaches_an_item_that_a_reviewer_kept_up(kit, platform) -> None:
    first = orders.receive(kit, form(), by="lee")
    cases.decide(kit, cases.case_id_of("post-1"), verdict=Verdict.NONE, by="rob")
    orders.execute(kit, first.id, by="lee")
    worker.tick(kit, worker="w")
    assert [action.effect for action in platform.asked] == [Effect.REMOVE]


def test_a_second_order_on_a_removed_item_removes_nothing_twice(kit, platform) -> None:
    for reference in ("GL-17", "GL-18"):
        order = orders.receive(kit, form(authority_reference=reference), by="lee")
        orders.execute(kit, order.id, by="lee")
        worker.tick(kit, worker="w")
        assert orders.show(kit, order.id).state is OrderState.EXECUTED
    assert len(platform.asked) == 1


def test_alarms_ring_once_each_and_not_after_the_clock_stopped(kit, clock) -> None:
    order = orders.receive(kit, form(), by="lee")
    rung = []
    for _ in range(4):
        rung += ring(kit)
        clock.move(minutes=15)
    assert len(rung) == 4
    assert "1 hour left" in rung[0]
    orders.execute(kit, order.id, by="lee")
    worker.tick(kit, worker="w")
    assert ring(kit) == []


def test_a_paused_clock_is_not_due_and_a_full_hour_runs_after_it(kit, clock) -> None:
    order = orders.receive(kit, form(), by="lee")
    clock.move(minutes=50)
    orders.pause(kit, order.id, impossible=False, reason=REASON, by="lee")
    assert clocks.due(kit) == []
    clock.move(hours=5)
    assert ring(kit) == []
    orders.resume(kit, order.id, reason="The authority named the page.", by="lee")
    (deadline,) = clocks.due(kit)
    assert deadline.due == clock.now() + timedelta(hours=1)
    assert len(ring(kit)) == 1


def test_the_clock_survives_a_restart_and_a_change_to_summer_time(tmp_path) -> None:
    clock = FrozenClock(datetime(2026, 3, 29, 0, 45, tzinfo=UTC))
    store = open_store("", home=tmp_path, clock=clock)
    store.migrate()
    kit = make_kit(tmp_path, store=store, clock=clock)
    # 01:30 in Berlin; half an hour later the clocks there are put forward from 02:00 to 03:00.
    order = orders.receive(kit, form(received_at="2026-03-29T01:30:00+01:00", items=()), by="lee")
    store.close()
    clock.move(minutes=20)
    again = open_store("", home=tmp_path, clock=clock)
    again.migrate()
    kit = make_kit(tmp_path, store=again, clock=clock)
    (deadline,) = clocks.due(kit)
    assert deadline.due == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert orders.show(kit, order.id).received_text == "2026-03-29T01:30:00+01:00"
    rung = ring(kit, "after the restart")
    assert len(rung) == 3
    again.close()


def test_an_order_for_something_unknown_keeps_its_clock_and_says_what_to_do(kit) -> None:
    order = orders.receive(kit, form(items=("post-9",), urls=("https://harbour.example/post-9",)), by="lee")
    assert clocks.due(kit)
    with pytest.raises(ConflictError, match="take the items in first, pause it under Article 3"):
        orders.execute(kit, order.id, by="lee")


def test_an_item_that_comes_in_after_its_order_joins_it(kit, platform) -> None:
    order = orders.receive(kit, form(items=("post-9",), urls=("https://harbour.example/post-10",)), by="lee")
    late = [
        Item(id="post-9", kind=Kind.TEXT, text="Named by its identifier."),
        Item(id="post-10", kind=Kind.TEXT, text="Named by its address.", url="https://harbour.example/post-10"),
    ]
    pipeline.take_in(kit, late, by="platform")
    assert {view.item.id for view in cases.queue(kit)} == {"post-9", "post-10"}
    orders.execute(kit, order.id, by="lee")
    worker.tick(kit, worker="w")
    assert {action.item for action in platform.asked} == {"post-9", "post-10"}


def test_a_sender_that_fails_the_check_after_the_removal_stops_no_other_order(kit, clock, platform) -> None:
    doubted = orders.receive(kit, form(), by="lee")
    platform.refusals = 1
    orders.execute(kit, doubted.id, by="lee")
    worker.tick(kit, worker="w")
    orders.authenticate(kit, doubted.id, result=Authentication.FAILED, by="lee")
    good = orders.receive(kit, form(authority_reference="GL-18"), by="lee")
    orders.execute(kit, good.id, by="lee")
    clock.move(minutes=10)
    worker.tick(kit, worker="w")
    assert orders.show(kit, doubted.id).state is OrderState.RECEIVED
    assert orders.show(kit, good.id).state is OrderState.EXECUTED


def test_a_clock_that_jumps_back_is_audited_and_the_order_keeps_its_order(kit, clock) -> None:
    order = orders.receive(kit, form(), by="lee")
    clock.move(minutes=-40)
    paused = orders.pause(kit, order.id, impossible=False, reason=REASON, by="lee")
    assert paused.clock[-1].at == order.received_at
    with kit.store.read() as tx:
        assert "system:clock:set_back" in {record.tag for record in tx.audit.read()}


def test_an_item_is_found_by_its_address(kit) -> None:
    assert orders.receive(kit, form(items=()), by="lee").items == ("post-1",)


def test_a_message_from_the_future_or_without_end_is_refused(kit, clock) -> None:
    with pytest.raises(InputError, match="lies after the present"):
        orders.receive(kit, form(received_at="2031-01-01T00:00:00+00:00"), by="lee")
    with pytest.raises(InputError, match="file the order itself"):
        orders.receive(kit, form(raw=b"x" * (orders.MAX_RAW + 1)), by="lee")


def test_the_message_is_kept_as_it_came(kit, tmp_path) -> None:
    order = orders.receive(kit, form(), by="lee")
    kept = tmp_path / "orders" / f"{order.raw_sha256}.raw"
    assert kept.read_bytes() == b"From: authority\n\nRemove it."
    assert kept.stat().st_mode & 0o077 == 0


def test_no_order_means_no_clock_and_nothing_removed(kit, platform) -> None:
    order = orders.receive(kit, form(authentication=Authentication.UNVERIFIED), by="lee")
    orders.authenticate(kit, order.id, result=Authentication.FAILED, by="lee")
    with pytest.raises(ConflictError, match="its sender failed the check"):
        orders.execute(kit, order.id, by="lee")
    orders.reject(kit, order.id, reason="The ministry knows nothing of this message.", by="lee")
    assert clocks.due(kit) == []
    worker.tick(kit, worker="w")
    assert platform.asked == []
    assert ActionState.SENT not in {a.state for a in cases.show(kit, cases.case_id_of("post-1")).actions}
