"""The alarm on a live rule's hit rate: a wave, a silence, who looked; and that it changes nothing by itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.errors import ConflictError, NotFoundError
from abate.domain.item import Item, Kind
from abate.domain.rule import Backtest, RuleChange, RuleEvent, RuleHit, RuleState, RuleStep, RuleVersion
from abate.domain.verdict import Verdict
from abate.domain.work import Job, JobKind, JobState
from abate.flows import clocks, pipeline, worker
from abate.flows.rules import alarm
from abate.measurement.weeks import to_micros
from abate.policy.rules import check
from abate.policy.rules.anomaly import Unusual
from abate.stores.open import open_store
from abate.testing import NOON, FrozenClock, make_kit

HASH = "ab12" * 16
RULE = RuleVersion(
    id=HASH,
    name="burst",
    text='rule(name="burst", when=item.views > 3, then=review, because="x", owner="kim")',
    created_at=NOON - timedelta(days=20),
    created_by="kim",
    state=RuleState.LIVE,
    since=NOON - timedelta(days=10),
    share=50,
)
LEAST = 10


@pytest.fixture(params=["memory", "sqlite"])
def kit(request, tmp_path):
    clock, settings = FrozenClock(), {"rule_alarm_hits": LEAST}
    if request.param == "memory":
        yield make_kit(tmp_path, clock=clock, settings=settings)
        return
    store = open_store("", home=tmp_path)
    store.migrate()
    yield make_kit(tmp_path, clock=clock, store=store, settings=settings)
    store.close()


def kept(kit, version=RULE, *, asked=timedelta(days=9)):
    """Store a version that is asked since so long before noon."""
    change = RuleChange(id="c1", rule=version.id, name=version.name, step=RuleStep.SHADOWED, at=NOON - asked, by="kim")
    with kit.store.write() as tx:
        tx.rules.add(version)
        tx.rule_changes.add(change)


def came_in(kit, begin, hours, *, items, hits):
    """Let so many items come in each hour, the first of them hit."""
    with kit.store.write() as tx:
        first = tx.rule_events.latest()[0] + 1
        times = [
            to_micros(begin + timedelta(hours=hour, minutes=30, microseconds=n))
            for hour in range(hours)
            for n in range(items)
        ]
        tx.rule_events.append(RuleEvent(item=f"i{first + n}", at=at, body="{}") for n, at in enumerate(times))
        tx.rule_hits.append(
            RuleHit(event=first + n, rule=HASH, item=f"i{first + n}", at=at, live=n % 2 == 0, verdict=Verdict.REVIEW)
            for n, at in enumerate(times)
            if n % items < hits
        )


def a_usual_week(kit):
    came_in(kit, NOON - timedelta(days=7), 167, items=50, hits=1)


def looked(kit):
    with kit.store.write() as tx:
        return alarm.watch(kit, tx, kit.clock.now())


def test_a_wave_rings_once_and_says_what_can_be_done(kit):
    kept(kit)
    a_usual_week(kit)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    (one,) = looked(kit)
    assert (one.kind, one.hits, one.counted, one.events, one.name) == (Unusual.MORE, 40, 20, 60, "burst")
    assert one.usual == pytest.approx(60 / 50)
    assert alarm.alarms(kit) == [one]
    said: list[str] = []
    assert clocks.ring(kit, worker="w", say=said.append) == 1
    assert said == [one.text]
    assert said[0].startswith(
        "rule burst hit 40 of 60 items within an hour, where about 1.2 would be usual; 20 of them counted."
    )
    assert "`abate rules rollback burst`" in said[0]
    kit.clock.move(minutes=5)
    assert looked(kit) == []
    assert alarm.alarms(kit) == [one]
    with kit.store.read() as tx:
        assert tx.rules.get(HASH) == RULE
        tags = [record.tag for record in tx.audit.read()]
    assert tags == ["rules:version:unusual", "clock:rule:rang"]


def test_an_alarm_is_closed_by_who_looked_and_the_rule_is_let_be_for_a_day(kit):
    kept(kit)
    a_usual_week(kit)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    (one,) = looked(kit)
    kit.clock.move(minutes=10)
    assert alarm.seen(kit, one.id, by="lee", note="It is the festival.") == one
    assert alarm.alarms(kit) == []
    with pytest.raises(ConflictError, match="already"):
        alarm.seen(kit, one.id, by="lee")
    with kit.store.read() as tx:
        last = tx.audit.read()[-1]
        assert "It is the festival." in tx.audit.opening(last.seq).body
    assert last.tag == "rules:alarm:seen"
    kit.clock.move(hours=23)
    came_in(kit, kit.clock.now() - timedelta(hours=1), 1, items=60, hits=50)
    assert looked(kit) == []
    kit.clock.move(hours=2)
    came_in(kit, kit.clock.now() - timedelta(hours=1), 1, items=60, hits=60)
    assert looked(kit)[0].hits == 60


def test_an_alarm_at_which_somebody_looked_in_time_rings_for_nobody(kit):
    kept(kit)
    a_usual_week(kit)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    (one,) = looked(kit)
    alarm.seen(kit, one.id, by="lee")
    said: list[str] = []
    clocks.ring(kit, worker="w", say=said.append)
    assert said == []


def test_an_alarm_ends_with_its_version(kit):
    kept(kit)
    a_usual_week(kit)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    looked(kit)
    with kit.store.write() as tx:
        tx.rules.replace(replace(RULE, state=RuleState.RETIRED, share=0))
    said: list[str] = []
    clocks.ring(kit, worker="w", say=said.append)
    assert (said, alarm.alarms(kit)) == ([], [])


@pytest.mark.parametrize("unknown", ["rule:none", "flood:q1", "seen:rule:x", "\ud800"])
def test_an_alarm_that_is_none_cannot_be_closed(kit, unknown):
    with kit.store.write() as tx:
        tx.jobs.add(Job(key="flood:q1", kind=JobKind.ALARM, subject="e1", run_at=NOON))
    with pytest.raises(NotFoundError):
        alarm.seen(kit, unknown, by="lee")


def test_a_rule_that_falls_silent_is_told_of_by_the_tick_although_nothing_comes_in(kit):
    kept(kit)
    came_in(kit, NOON - timedelta(days=7), 145, items=50, hits=2)
    came_in(kit, NOON - timedelta(hours=23), 19, items=50, hits=0)
    assert alarm.tend(kit) == 0
    assert alarm.alarms(kit) == []
    kit.clock.move(hours=2)
    said: list[str] = []
    worker.tick(kit, worker="w", say=said.append)
    worker.tick(kit, worker="w", say=said.append)
    (told,) = said
    assert told == (
        "rule burst hit none of 900 items within a day, where about 35.8 would be usual: look whether a field that it "
        "reads still comes in, or take it back with `abate rules rollback burst`"
    )


def test_when_nothing_comes_in_no_rule_is_silent(kit):
    kept(kit)
    came_in(kit, NOON - timedelta(days=7), 140, items=50, hits=2)
    assert looked(kit) == []


def test_it_is_looked_at_once_a_minute_whoever_looks(kit):
    kept(kit)
    a_usual_week(kit)
    assert looked(kit) == []
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    kit.clock.move(seconds=59)
    assert looked(kit) == []
    assert alarm.tend(kit) == 0
    assert alarm.alarms(kit) == []
    kit.clock.move(seconds=1)
    assert len(looked(kit)) == 1


def test_a_clock_that_went_back_does_not_stop_the_looking(kit):
    kept(kit)
    a_usual_week(kit)
    kit.clock.move(hours=3)
    looked(kit)
    kit.clock.move(hours=-3)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    assert len(looked(kit)) == 1


def test_hits_ahead_of_a_clock_that_went_back_are_left_out(kit):
    kept(kit)
    a_usual_week(kit)
    came_in(kit, NOON + timedelta(hours=2), 1, items=60, hits=40)
    assert looked(kit) == []


@pytest.mark.parametrize("state", [RuleState.SHADOW, RuleState.RETIRED, RuleState.DRAFT])
def test_only_live_versions_ring(kit, state):
    kept(kit, replace(RULE, state=state, share=0))
    a_usual_week(kit)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    assert looked(kit) == []


def test_nothing_is_looked_at_where_the_operator_wants_no_alarms(kit):
    kept(kit)
    a_usual_week(kit)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    quiet = replace(kit, settings=replace(kit.settings, rule_alarm_hits=0))
    assert looked(quiet) == []
    assert alarm.tend(quiet) == 0
    assert alarm.alarms(kit) == []


def test_a_young_version_is_held_to_its_newest_backtest(kit):
    kept(kit, asked=timedelta(hours=2))
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    times = {"ran_at": NOON, "since": NOON - timedelta(days=30), "until": NOON}
    common = {"rule": HASH, "by": "kim", "report": "{}", "events": 1000, **times}
    with kit.store.write() as tx:
        tx.backtests.add(Backtest(id="b1", hits=10, **common))
        tx.backtests.add(Backtest(id="b2", hits=600, **common))
    assert looked(kit) == []
    kit.clock.move(minutes=1)
    with kit.store.write() as tx:
        tx.backtests.add(Backtest(id="b3", hits=10, **common))
    assert looked(kit)[0].usual == pytest.approx(0.6)


def test_hours_in_which_it_was_not_asked_tell_nothing_about_it(kit):
    kept(kit, asked=timedelta(hours=30))
    a_usual_week(kit)  # hits of an earlier life among them
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    assert looked(kit)[0].usual == pytest.approx(60 / 50)
    with kit.store.write() as tx:
        change = RuleChange(id="c2", rule=HASH, name="burst", step=RuleStep.RESTORED, at=NOON, by="kim")
        tx.rule_changes.add(change)
    kit.clock.move(minutes=1)
    with kit.store.write() as tx:
        alarms = [job for job in tx.jobs.find(subject=HASH) if job.state is JobState.READY]
    assert len(alarms) == 1


def test_where_older_events_are_pruned_the_hours_before_are_counted_right(kit):
    kept(kit)
    a_usual_week(kit)
    short = replace(kit, settings=replace(kit.settings, rules_history_days=2))
    with kit.store.write() as tx:
        before = to_micros(NOON - timedelta(days=2))
        tx.rule_hits.prune(before, limit=100_000)
        assert tx.rule_events.prune(before, limit=100_000)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    assert looked(short)[0].usual == pytest.approx(60 / 50)


def test_the_loop_itself_rings_for_what_it_takes_in(kit):
    (rule,) = check.rules(RULE.text).rules
    kept(kit, replace(RULE, id=rule.version, share=100), asked=timedelta(hours=2))
    times = {"ran_at": NOON, "since": NOON - timedelta(days=30), "until": NOON}
    with kit.store.write() as tx:
        tx.backtests.add(Backtest(id="b1", rule=rule.version, by="kim", report="{}", events=9000, hits=10, **times))
    items = [Item(id=str(n), kind=Kind.TEXT, text="herring", account=f"a{n}", views=n) for n in range(30)]
    pipeline.take_in(kit, items, by="lee")
    (one,) = alarm.alarms(kit)
    assert (one.hits, one.counted, one.events) == (26, 26, 30)


def lives() -> Iterator[RuleVersion]:
    for number in range(3):
        yield replace(RULE, id=f"{number:064x}", name=f"r{number}")


def test_versions_are_looked_at_each_for_itself(kit):
    for one in lives():
        with kit.store.write() as tx:
            tx.rules.add(one)
    kept(kit)
    a_usual_week(kit)
    came_in(kit, NOON - timedelta(hours=1), 1, items=60, hits=40)
    assert [one.rule for one in looked(kit)] == [HASH]
