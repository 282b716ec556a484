"""When a rule's hit rate is unusual, and that it is by chance on fewer than one in a thousand days."""

import math
from datetime import timedelta

import numpy as np
import pytest
from scipy import special, stats

from abate.policy.rules.anomaly import (
    DAY_HOURS,
    LET_BE,
    LEVEL,
    Counted,
    Unusual,
    at_least,
    is_let_be,
    judge,
    may_be_unusual,
)
from abate.testing import NOON

LEAST = 20
WEEK = [Counted(hits=5, events=500)] * 168


def hours(*last, before=WEEK):
    return [*before, *(Counted(hits=hits, events=events) for hits, events in last)]


@pytest.mark.parametrize("share", [1e-6, 0.003, 0.1, 0.5, 0.9, 0.999999])
def test_the_chance_is_the_binomial_tail(share):
    for now in (1, 2, 20, 300, 5000):
        for before in (0, 1, 40, 900, 20_000):
            due = stats.binom.sf(now - 1, now + before, share)
            assert at_least(now, before, share) == pytest.approx(due, rel=1e-8, abs=1e-300)


def test_broken_counts_lie_on_the_incomplete_beta_function():
    draw = np.random.default_rng(5)
    for now, before, share in zip(
        draw.uniform(0.01, 90, 500), draw.uniform(0, 900, 500), draw.uniform(0, 1, 500), strict=True
    ):
        assert at_least(now, before, share) == pytest.approx(special.betainc(now, before + 1, share), rel=1e-8)


def test_the_edges_of_the_chance():
    assert at_least(0, 5, 0.5) == 1
    assert at_least(3, 5, 0) == 0
    assert at_least(3, 5, 1) == 1
    assert at_least(40.0, 0, 0.5) == pytest.approx(0.5**40)
    assert at_least(1e7, 1e9, 0.01) == pytest.approx(float(special.betainc(1e7, 1e9 + 1, 0.01)), rel=1e-5)


def test_ten_times_as_many_hits_of_as_many_items_ring():
    found = judge(hours((50, 500)), None, LEAST)
    assert (found.kind, found.hits, found.events, found.usual) == (Unusual.MORE, 50, 500, 5.0)


def test_more_items_are_no_alarm_where_their_share_is_as_ever():
    assert judge(hours((50, 5000)), None, LEAST) is None


def test_few_hits_never_ring_however_unusual():
    rare = [Counted(hits=0, events=500)] * 168
    assert judge(hours((LEAST - 1, 500), before=rare), None, LEAST) is None
    assert judge(hours((LEAST, 500), before=rare), None, LEAST).usual == 0


def test_twice_as_many_are_not_far_more():
    many = [Counted(hits=500, events=5000)] * 168
    assert judge(hours((900, 5000), before=many), None, LEAST) is None
    assert judge(hours((1000, 5000), before=many), None, LEAST)


def test_nothing_rings_where_the_operator_wants_none():
    assert judge(hours((500, 500)), None, 0) is None
    assert judge([], None, LEAST) is None


def test_an_hour_that_chance_explains_does_not_ring():
    few = [Counted(hits=1, events=5)] * 3
    assert judge(hours((25, 60), before=few), None, LEAST) is None


def test_a_rule_that_always_comes_in_waves_is_held_to_its_waves():
    waves = [Counted(hits=60 if n % 12 == 0 else 0, events=500) for n in range(168)]
    assert judge(hours((60, 500), before=waves), None, LEAST) is None
    assert judge(hours((60, 500)), None, LEAST)


def test_a_wave_of_some_hours_does_not_make_the_next_one_usual():
    once = [*WEEK[:100], *[Counted(hits=60, events=500)] * 6, *WEEK[106:]]
    assert judge(hours((60, 500), before=once), None, LEAST)


def test_in_its_first_day_a_rule_is_held_to_its_backtest():
    young = [Counted(hits=30, events=500)] * 3
    assert judge(hours((60, 500), before=young), Counted(hits=100, events=10_000), LEAST).usual == 5
    assert judge(hours((60, 500), before=young), Counted(hits=1200, events=10_000), LEAST) is None
    assert judge(hours((60, 500), before=[]), None, LEAST) is None
    assert judge(hours((60, 500), before=[]), Counted(hits=0, events=0), LEAST) is None


def test_after_a_day_its_own_hours_count_and_not_its_backtest():
    assert judge(hours((50, 500)), Counted(hits=1000, events=10_000), LEAST)


def test_a_day_without_the_hits_that_were_due_rings():
    found = judge(hours(*[(0, 500)] * 24), None, LEAST)
    assert (found.kind, found.hits, found.events, found.usual) == (Unusual.SILENT, 0, 12_000, 120.0)


@pytest.mark.parametrize(
    ("last", "before"),
    [
        pytest.param([(0, 500)] * 23, WEEK, id="not a whole day"),
        pytest.param([*[(0, 500)] * 23, (1, 500)], WEEK, id="one hit"),
        pytest.param([(0, 0)] * 24, WEEK, id="nothing came in"),
        pytest.param([(0, 50)] * 24, WEEK, id="few were due"),
        pytest.param([(0, 500)] * 24, [], id="nobody knows what is usual"),
        pytest.param([(0, 500)] * 24, [Counted(hits=2, events=900)], id="chance explains it"),
    ],
)
def test_no_silence(last, before):
    assert judge(hours(*last, before=before), None, LEAST) is None


def test_what_cannot_be_unusual_is_told_by_its_hits_alone():
    draw = np.random.default_rng(3)
    for _ in range(2000):
        length = int(draw.integers(0, 60))
        counts = [int(one) for one in draw.choice([0, 0, 0, 1, 19, 20, 90], size=length) * (draw.random() < 0.6)]
        found = judge([Counted(hits=one, events=100) for one in counts], Counted(hits=50, events=1000), LEAST)
        assert found is None or may_be_unusual(counts, LEAST)
    assert not may_be_unusual([90], 0)
    assert not may_be_unusual([], LEAST)


def test_who_looked_is_let_be_for_a_day():
    assert is_let_be([NOON - LET_BE + timedelta(seconds=1)], NOON)
    assert not is_let_be([NOON - LET_BE], NOON)
    assert not is_let_be([], NOON)


def minutes_of_items(draw, days, per_hour):
    """Items a minute, more by day than by night, as a Poisson process."""
    minute = np.arange(days * 1440)
    return draw.poisson(per_hour / 60 * (1 + 0.8 * np.sin(2 * np.pi * minute / 1440)))


def alarms(hits, items, every=1):
    """Days on which anything rings, looking every so many minutes at hours that end then."""
    rang = set()
    sums = [np.concatenate([[0], np.cumsum(one)]) for one in (hits, items)]
    for end in range(8 * 1440, len(hits), every):
        back = [one[end - 168 * 60 : end + 1 : 60] for one in sums]
        hit, came = np.diff(back[0]), np.diff(back[1])
        if may_be_unusual(hit.tolist(), LEAST):
            counted = [Counted(hits=int(h), events=int(n)) for h, n in zip(hit, came, strict=True)]
            if judge(counted, None, LEAST):
                rang.add(end // 1440)
    return len(rang)


@pytest.mark.parametrize(("per_hour", "share"), [(600, 0.0005), (600, 0.02), (2400, 0.01), (60, 0.2)])
def test_a_steady_rate_rings_on_fewer_than_one_day_in_a_thousand(per_hour, share):
    draw = np.random.default_rng(per_hour + int(1e4 * share))
    items = minutes_of_items(draw, 258, per_hour)
    assert alarms(draw.binomial(items, share), items, every=40) == 0


def test_a_rate_that_swings_between_day_and_night_does_not_ring_either():
    draw = np.random.default_rng(11)
    items = minutes_of_items(draw, 258, 600)
    share = 0.02 * (1 + 0.7 * np.cos(2 * np.pi * np.arange(len(items)) / 1440))
    assert alarms(draw.binomial(items, share), items, every=40) == 0


def test_a_wave_rings_on_its_day():
    draw = np.random.default_rng(12)
    items = minutes_of_items(draw, 12, 600)
    share = np.full(len(items), 0.01)
    share[10 * 1440 + 300 : 10 * 1440 + 480] = 0.1
    assert alarms(draw.binomial(items, share), items, every=20) == 1


def test_the_promise_about_chance_is_kept_by_the_level():
    assert 2 * 24 * 60 * LEVEL < 3e-4
    assert math.isclose(DAY_HOURS * 3600, LET_BE.total_seconds())
