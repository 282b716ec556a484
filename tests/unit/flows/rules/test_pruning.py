"""What rules are tried on is forgotten in time: not before, a little at a time, and hits before their events."""

from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.rule import RuleEvent, RuleHit, RuleState, RuleVersion
from abate.domain.verdict import Verdict
from abate.flows import worker
from abate.flows.rules import pruning
from abate.measurement.weeks import to_micros
from abate.testing import NOON, FrozenClock, make_kit

WINDOWED = 'rule(name="r", when=count(item.account, "30d") > 3, then=review, because="x", owner="kim")'


@pytest.fixture
def kit(tmp_path):
    return make_kit(tmp_path, clock=FrozenClock(), settings={"rules_history_days": 10})


def days_ago(kit, *days, hits=1):
    with kit.store.write() as tx:
        first = tx.rule_events.latest()[0] + 1
        for place, day in enumerate(days):
            at = to_micros(NOON - timedelta(days=day))
            tx.rule_events.append([RuleEvent(item=f"i{first + place}", at=at, body="{}")])
            hit = RuleHit(event=first + place, rule="v", item="i", at=at, live=False, verdict=Verdict.NONE)
            tx.rule_hits.append([hit] * hits)


def left(kit):
    with kit.store.read() as tx:
        events = [event.seq for event in tx.rule_events.stream(after=0, limit=100_000)]
        return events, [hit.event for hit in tx.rule_hits.of_rule("v", limit=100_000)][::-1]


def test_what_is_older_than_the_setting_goes_with_a_tick(kit):
    days_ago(kit, 12, 11, 9, 1)
    assert pruning.prune(kit) == 4
    assert left(kit) == ([3, 4], [3, 4])
    assert pruning.prune(kit) == 0
    kit.clock.move(days=2)
    while worker.tick(kit, worker="w"):
        pass
    assert left(kit) == ([4], [4])


def test_the_newest_event_stays_however_old(kit):
    days_ago(kit, 50, 40)
    assert pruning.prune(kit) > 0
    assert pruning.prune(kit) == 0
    assert left(kit)[0] == [2]


def test_nothing_goes_where_there_is_nothing(kit):
    assert pruning.prune(kit) == 0


def test_a_tick_deletes_so_many_rows_and_no_more_and_leaves_no_hit_without_its_event(kit, monkeypatch):
    monkeypatch.setattr(pruning, "MOST", 5)
    days_ago(kit, *[20] * 6, 1, hits=2)
    went = []
    while gone := pruning.prune(kit):
        went.append(gone)
        events, hits = left(kit)
        assert set(hits) <= set(events)
    assert max(went) <= 5
    assert sum(went) == 18
    assert left(kit) == ([7], [7, 7])


@pytest.mark.parametrize(
    ("state", "kept"), [(RuleState.LIVE, 3), (RuleState.SHADOW, 3), (RuleState.DRAFT, 1), (RuleState.RETIRED, 1)]
)
def test_the_longest_window_in_force_keeps_what_it_counts(kit, state, kept):
    one = RuleVersion(id="v", name="r", text=WINDOWED, created_at=NOON, created_by="kim", since=NOON, state=state)
    with kit.store.write() as tx:
        tx.rules.add(one)
    days_ago(kit, 31, 29, 11, 1)
    pruning.prune(kit)
    assert len(left(kit)[0]) == kept


def test_a_version_that_cannot_be_read_any_more_keeps_nothing_and_stops_nothing(kit):
    one = RuleVersion(
        id="v", name="r", text="rule(", created_at=NOON, created_by="kim", since=NOON, state=RuleState.LIVE
    )
    with kit.store.write() as tx:
        tx.rules.add(one)
    days_ago(kit, 31, 1)
    assert pruning.prune(kit) == 2


def test_a_day_is_kept_whatever_the_setting_says(kit):
    days_ago(kit, 2, 0.9, 0.1)
    pruning.prune(replace(kit, settings=replace(kit.settings, rules_history_days=0)))
    assert left(kit)[0] == [2, 3]
