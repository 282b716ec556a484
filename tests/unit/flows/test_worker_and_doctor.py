"""The worker's tick, its lateness, and what the doctor finds."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from abate.domain.errors import StoreError
from abate.domain.work import Job, JobKind
from abate.flows import doctor, orders, worker
from abate.stores.open import open_store
from abate.testing import FrozenClock, make_kit

FORM = orders.OrderForm(
    authority="Ministry of Harbours", authority_reference="GL-17", issuing_state="DE", received_at="", raw=b"Remove it."
)


def test_an_alarm_that_nobody_rings_makes_the_worker_late(tmp_path) -> None:
    clock = FrozenClock()
    kit = make_kit(tmp_path, clock=clock)
    assert not worker.is_late(kit)
    orders.receive(kit, FORM, by="lee")
    clock.move(seconds=29)
    assert not worker.is_late(kit)
    clock.move(seconds=2)
    assert worker.is_late(kit)
    assert not next(f for f in doctor.examine(kit) if f.name == "alarms").good
    said: list[str] = []
    assert worker.tick(kit, worker="w", say=said.append) == 1
    assert "59 minutes left" in said[0]
    assert not worker.is_late(kit)


def test_a_tick_says_nothing_when_nothing_waits(tmp_path) -> None:
    assert worker.tick(make_kit(tmp_path), worker="w") == 0


def test_the_worker_outlives_an_outage_of_the_store_and_says_so(tmp_path) -> None:
    kit = make_kit(tmp_path)
    stop, said = threading.Event(), []

    @contextmanager
    def down():
        if len(said) >= 2:
            stop.set()
        msg = "it is down"
        raise StoreError(msg)
        yield

    broken = replace(kit, store=type("Down", (), {"write": staticmethod(down), "read": staticmethod(down)})())
    worker.run(broken, stop, worker="w", say=said.append, pause_s=0.001)
    assert said[0] == "ring: it is down; trying again"


def test_the_doctor_notices_a_record_that_was_changed(tmp_path) -> None:
    import sqlite3

    store = open_store("", home=tmp_path)
    store.migrate()
    kit = make_kit(tmp_path, store=store)
    orders.receive(kit, FORM, by="lee")
    assert next(f for f in doctor.examine(kit) if f.name == "audit chain").good
    store.close()
    (path,) = tmp_path.glob("*.sqlite3")
    with sqlite3.connect(path) as raw:
        triggers = raw.execute(
            "select name from sqlite_master where type='trigger' and tbl_name like 'audit%'"
        ).fetchall()
        assert triggers, "the audit table has no guard"
        for (name,) in triggers:
            raw.execute(f'drop trigger "{name}"')
        raw.execute("update audit set subject = 'somebody-else'")
    again = open_store("", home=tmp_path)
    again.migrate()
    found = next(f for f in doctor.examine(replace(kit, store=again)) if f.name == "audit chain")
    assert not found.good
    assert "does not follow" in found.text
    again.close()


def test_the_doctor_is_content_with_custodians_elsewhere_and_warns_without_walls(tmp_path) -> None:
    kit = make_kit(tmp_path, settings={"custodian_a": "age1a", "custodian_b": "age1b", "sandbox": "off"})
    found = {finding.name: finding for finding in doctor.examine(kit)}
    assert found["custodians"].good
    assert not found["sandbox"].good
    assert "WITHOUT walls" in found["sandbox"].text
    assert "decisions go out through recording" in found["connector"].text


def test_a_job_of_an_unfinished_tick_is_taken_up_by_another_worker(tmp_path) -> None:
    clock = FrozenClock()
    kit = make_kit(tmp_path, clock=clock)
    order = orders.receive(kit, FORM, by="lee")
    with kit.store.write() as tx:
        tx.jobs.claim([JobKind.ALARM], worker="died", limit=9, lease=timedelta(seconds=60))
    assert worker.tick(kit, worker="w") == 0
    clock.move(seconds=61)
    assert worker.tick(kit, worker="w") == 1
    with kit.store.read() as tx:
        assert {job.worker for job in tx.jobs.find(subject=order.id, state="done")} == {"w"}


def test_a_job_key_is_taken_once(tmp_path) -> None:
    kit = make_kit(tmp_path)
    job = Job(key="k", kind=JobKind.ALARM, subject="s", run_at=kit.clock.now())
    with kit.store.write() as tx:
        assert [tx.jobs.add(job), tx.jobs.add(job)] == [True, False]


def test_one_job_that_cannot_be_done_stops_no_clock(tmp_path) -> None:
    clock = FrozenClock()
    kit = make_kit(tmp_path, clock=clock)
    with kit.store.write() as tx:
        tx.jobs.add(Job(key="deliver:none", kind=JobKind.DELIVER, subject="none", run_at=clock.now()))
    orders.receive(kit, FORM, by="lee")
    stop, said = threading.Event(), []

    def say(text: str) -> None:
        said.append(text)
        if len(said) >= 2:
            stop.set()

    worker.run(kit, stop, worker="w", say=say, pause_s=0.001)
    assert any("59 minutes left" in text or "1 hour left" in text for text in said)
    assert any("deliver" in text and "none" in text for text in said)
