"""Bursts: a mutual excitation is recovered, and no swing, pulse, weekday or coarse clock is taken for one."""

import json

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.flows.threat import _first_posts
from abate.measurement.tables.columns import Incidents, Sightings, encode
from abate.measurement.threat import hawkes_kernel
from abate.measurement.threat.answer import threat, with_bursts
from abate.measurement.threat.hawkes import SLOWEST, excitation
from abate.measurement.threat.timing import beyond_background
from abate.measurement.weeks import DAY, SECOND, week_start

END = 1001.0


def at_rate(draw, rate, end=END, top=3.0):
    """Events of a changing rate and nothing else, by thinning."""
    times = draw.uniform(0, end, draw.poisson(top * end))
    return times[draw.uniform(size=len(times)) < rate(times) / top]


def mutual(draw, young, pull, decay, end):
    """A mutually exciting process by its generations: ``pull[a][b]`` events of kind b follow one of kind a."""
    out = [list(young[0]), list(young[1])]
    while len(young[0]) or len(young[1]):
        born = [[], []]
        for parent in (0, 1):
            for child in (0, 1):
                times = np.repeat(young[parent], draw.poisson(pull[parent][child], len(young[parent])))
                times = times + draw.exponential(1 / decay, len(times))
                born[child].extend(times[times < end])
        out = [out[kind] + born[kind] for kind in (0, 1)]
        young = [np.array(one) for one in born]
    return tuple(np.array(one) for one in out)


@pytest.fixture(scope="module")
def joined():
    """Two kinds that excite themselves and each other on a background that halves, twenty-seven years long."""
    draw, end = np.random.default_rng(4), 10_000.0
    young = [
        at_rate(draw, lambda times, rate=rate: np.where(times < end / 2, rate, rate / 2), end) for rate in (1, 0.6)
    ]
    return mutual(draw, young, ((0.3, 0.2), (0.1, 0.4)), 0.8, end), end


def test_a_mutual_excitation_on_a_changing_background_is_recovered(joined):
    """Some 12,000 events a kind: over such worlds pulls scatter by .015, the decay by .1; three of each pass."""
    times, end = joined
    online, incidents = (excitation(times, end, target, (1, 2, 4)) for target in (0, 1))
    assert online.pull == pytest.approx((0.3, 0.1), abs=0.05)
    assert incidents.pull == pytest.approx((0.2, 0.4), abs=0.05)
    assert online.decay == pytest.approx(0.8, abs=0.3)
    assert incidents.decay == pytest.approx(0.8, abs=0.3)
    half = len(incidents.background) // 2
    assert incidents.background[:half].mean() == pytest.approx(0.6, rel=0.15)
    assert incidents.background[half:].mean() == pytest.approx(0.3, rel=0.15)
    assert online.bic < online.poisson_bic


def test_a_mutual_excitation_stands_closer_than_any_background_lets_it(joined):
    times, end = joined
    early = tuple(one[one < end / 8] for one in times)
    assert beyond_background(early, end / 8, 0)[0] == pytest.approx(0.01)
    assert beyond_background(early, end / 8, 1) == pytest.approx((0.01, 0.01))


def _wandering(draw):
    weekly = np.exp(np.clip(np.cumsum(draw.normal(size=150) * 0.15), -2, 1) - 0.5)
    return lambda times: weekly[(times // 7).astype(int)]


SWINGS = {
    "over a year": lambda draw: lambda times: 0.6 + 0.4 * np.sin(2 * np.pi * times / 365),
    "at a step": lambda draw: lambda times: np.where(times < 370, 1.0, 0.3),
    "by weekday and hour": lambda draw: lambda times: 0.2 + 1.2 * ((times % 7 < 5) & (times % 1 > 0.3)),
    "as it will": _wandering,
}


@pytest.mark.parametrize("swing", SWINGS)
def test_two_kinds_that_swing_together_are_not_taken_for_contagion(swing):
    """Ten worlds, four questions each, at 5 % for two at a time: one false answer is expected, five are past chance."""
    shown = 0
    for seed in range(10):
        draw = np.random.default_rng([seed, 7])
        rate = SWINGS[swing](draw)
        times = (at_rate(draw, rate), at_rate(draw, rate))
        for target in (0, 1):
            shown += sum(p <= 0.05 for p in beyond_background(times, END, target, seed=seed))
    assert shown <= 4


def test_the_likelihood_alone_would_take_a_swing_for_contagion():
    """What the moves by a week are for: with this rate the fit prefers excitation where there is none."""
    draw = np.random.default_rng([0, 7])
    rate = SWINGS["over a year"](draw)
    times = (at_rate(draw, rate), at_rate(draw, rate))
    found = excitation(times, END, 1)
    assert found.bic < found.poisson_bic
    assert found.to_json()["prefers"] == "changing background alone"


def test_what_follows_later_than_a_week_is_background():
    draw = np.random.default_rng(3)
    times = (at_rate(draw, SWINGS["over a year"](draw)), np.zeros(0))
    assert 1 / excitation(times, END, 0).decay <= SLOWEST * (1 + 1e-9)


def test_a_pull_in_one_direction_is_not_shown_in_the_other():
    draw = np.random.default_rng(8)
    online = draw.uniform(0, END, 500)
    parents = np.repeat(online, draw.poisson(0.4, 500))
    incidents = np.concatenate([parents + draw.exponential(1 / 0.8, len(parents)), draw.uniform(0, END, 150)])
    incidents = incidents[incidents < END]
    assert beyond_background((online, incidents), END, 1)[0] <= 0.05
    assert beyond_background((online, incidents), END, 0)[1] > 0.05


def test_less_than_three_weeks_have_no_fortnight_to_move_in():
    times = (np.linspace(0, 19, 60), np.linspace(0, 19, 60))
    assert beyond_background(times, 20.0, 0) == (None, None)


def test_a_kind_without_events_has_no_p():
    draw = np.random.default_rng(0)
    found = beyond_background((draw.uniform(0, 100, 80), np.zeros(0)), 100.0, 0)
    assert found[0] is not None
    assert found[1] is None


def test_what_no_move_changes_is_no_sign():
    """All targets lie in the first week, which is never moved."""
    times = (np.linspace(0.1, 6.9, 60), np.linspace(0.1, 60, 60))
    assert beyond_background(times, 60.0, 0) == (1.0, 1.0)


def test_nearness_is_the_double_sum():
    draw = np.random.default_rng(1)
    sources, targets = np.sort(draw.uniform(0, 20, 30)), np.sort(draw.uniform(0, 20, 25))
    sources[3] = targets[7]
    sources.sort()
    decays = np.array([2.0, 0.3])
    gaps = targets[:, None] - sources[None, :]
    brute = [np.where(gaps > 0, np.exp(-decay * np.maximum(gaps, 0)), 0).sum() for decay in decays]
    assert hawkes_kernel.nearness(sources, targets, decays) == pytest.approx(brute)
    assert hawkes_kernel.nearness.py_func(sources, targets, decays) == pytest.approx(brute)


def test_the_likelihood_is_the_one_written_out():
    draw = np.random.default_rng(2)
    times, marks = np.sort(draw.uniform(0, 30, 40)), draw.integers(0, 2, 40)
    bins = (times // 15).astype(np.int64)
    rates, pull, decay = np.array([0.6, 0.9]), np.array([0.3, 0.2]), 1.1
    gaps = times[:, None] - times[None, :]
    kernel = np.where(gaps > 0, decay * np.exp(-decay * np.maximum(gaps, 0)), 0) @ (pull[marks])
    logs = np.log(rates[bins] + kernel)[marks == 0].sum()
    compensator = (pull[marks] * (1 - np.exp(-decay * (30 - times)))).sum()
    found = hawkes_kernel.likelihood(times, marks, bins, 0, np.append(rates, 30.0), pull, decay)
    assert found[0] == pytest.approx(compensator - logs)


FIRST = week_start(2870)


def plain(weeks=60):
    draw = np.random.default_rng(0)
    exposure = 40 + 8 * draw.normal(size=weeks)
    return threat(draw.poisson(4.0, weeks).astype(np.float64), exposure)


def incidents_on(days, counts=None):
    days = np.asarray(days, dtype=np.int64)
    ones = np.ones(len(days), dtype=np.int64)
    return Incidents(date=FIRST + days * DAY, count=ones if counts is None else np.array(counts, dtype=np.int64))


def exact(draw, count, days):
    return FIRST + np.sort(draw.uniform(0, days * DAY, count)).astype(np.int64)


def test_incidents_of_one_day_are_no_burst():
    """Known to the day, several stand at the same midnight; as they stand, each would seem to follow the other."""
    draw = np.random.default_rng(5)
    answer = with_bursts(plain(), exact(draw, 400, 420), incidents_on(draw.integers(0, 420, 300)))
    assert [one.shown for one in answer.excited] == [False, False]
    assert answer.excited[1].pull[1] < 0.15
    (coarse,) = [one.text for one in answer.footing.caveats if one.code == "coarse-times"]
    assert coarse.startswith("incidents: times are whole days")
    assert answer.footing.seed == 0


def test_a_row_with_a_count_is_as_many_incidents():
    draw = np.random.default_rng(6)
    days = draw.integers(0, 420, 40)
    online = exact(draw, 200, 420)
    with pytest.raises(InputError, match="incidents: 40 events are too few"):
        with_bursts(plain(), online, incidents_on(days))
    both = with_bursts(plain(), online, incidents_on(days, np.full(40, 2)))
    assert both.excited[1].target == "incidents"


def test_the_same_seed_gives_the_same_bursts_and_is_told():
    draw = np.random.default_rng(7)
    online, incidents = exact(draw, 60, 100), incidents_on(draw.integers(0, 100, 60))
    one, again, other = (with_bursts(plain(), online, incidents, seed=seed).to_json() for seed in (3, 3, 4))
    assert one == again
    assert one["seed"] == 3
    assert one["hawkes"] != other["hawkes"]
    assert set(one["hawkes"]["incidents"]["p"]) == {"online", "incidents"}
    json.dumps(one, allow_nan=False)


def test_times_to_the_second_are_not_called_coarse():
    draw = np.random.default_rng(9)
    moments = exact(draw, 120, 100) // SECOND * SECOND
    answer = with_bursts(plain(), moments, Incidents(date=moments + SECOND, count=np.ones(120, dtype=np.int64)))
    assert not [one for one in answer.footing.caveats if one.code == "coarse-times"]


def sightings(items, platforms=None, days=None):
    count = len(items)
    return Sightings(
        observed_at=FIRST + np.arange(count, dtype=np.int64) * DAY if days is None else FIRST + np.array(days) * DAY,
        platform=encode(platforms or ["harbourline"] * count),
        channel=encode(["lantern"] * count),
        item=encode(items),
    )


def test_an_item_seen_again_is_one_event_and_on_another_platform_another():
    seen = sightings(["a", "b", "a", "a"], ["harbourline", "harbourline", "harbourline", "quayside"])
    assert sorted((_first_posts(seen) - FIRST) // DAY) == [0, 1, 3]


def test_rows_of_readers_among_items_are_no_posts():
    assert sorted((_first_posts(sightings(["a", "", "b", ""])) - FIRST) // DAY) == [0, 2]


def test_where_no_item_has_a_name_every_row_is_a_post():
    assert len(_first_posts(sightings(["", "", ""]))) == 3
