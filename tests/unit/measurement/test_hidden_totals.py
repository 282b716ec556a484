"""How many nobody saw: closed forms, statsmodels as oracle, and the situations in which no number may be given."""

import itertools
import math

import numpy as np
import pytest

from abate.measurement.counting.scope import calendar
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weekly import hidden, log_linear
from abate.measurement.weekly.collectors import hidden_totals
from abate.measurement.weekly.hidden import chao_unseen, chapman, hidden_total, lists_of
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import DAY, week_start

FIRST = 2_800
COLUMNS = ("platform", "channel")


def drawn(truth, chances, seed=1, weights=None):
    """Lists that see each unit by chance; ``weights`` makes some units easier to see for all of them."""
    draw = np.random.default_rng(seed)
    ease = np.ones(truth) if weights is None else weights
    caught = [np.flatnonzero(draw.random(truth) < np.clip(chance * ease, 0, 1)) for chance in chances]
    unit = np.concatenate(caught)
    collector = np.repeat(np.arange(len(chances)), [len(one) for one in caught]).astype(np.int32)
    return lists_of(unit, truth, collector, [f"list{place}" for place in range(len(chances))])


def cells_of(lists):
    return np.bincount(lists.seen, minlength=2 ** len(lists.names)).astype(float)


def test_chapman_is_its_formula_and_its_interval_never_falls_below_what_was_seen():
    found = chapman(100, 80, 20)
    unseen = 101 * 81 / 21 - 1 - 160
    variance = 101 * 81 * 80 * 60 / (21**2 * 22)
    factor = math.exp(1.959963984540054 * math.sqrt(math.log(1 + variance / unseen**2)))
    assert found.value == pytest.approx(388.5714285714)
    assert found.interval == pytest.approx((160 + unseen / factor, 160 + unseen * factor))
    assert chapman(30, 30, 30).interval == (30, 30), "lists that are the same leave nothing unseen"


def test_chaos_bound_of_two_lists_is_chapmans():
    first, second, shared = 100, 80, 20
    unseen, _ = chao_unseen(np.array([0.0, first - shared, second - shared, shared]))
    assert first + second - shared + unseen == pytest.approx(chapman(first, second, shared).value)


def test_chaos_bound_of_equal_lists_is_the_known_one():
    once, twice = 50.0, 30.0
    cells = np.array([0, once, once, twice / 3, once, twice / 3, twice / 3, 4])
    unseen, variance = chao_unseen(cells)
    assert unseen == pytest.approx((3 * once) ** 2 * (2 / 3) / (2 * (twice + 1)))
    assert variance > unseen


def test_two_independent_lists_are_petersens():
    found = log_linear.fit(np.array([0.0, 80, 60, 20]), ())
    assert found.unseen == pytest.approx(80 * 60 / 20)


def test_three_lists_with_every_pair_have_a_closed_form():
    cells = np.array([0.0, 70, 55, 21, 40, 18, 14, 9])
    found = log_linear.fit(cells, ((0, 1), (0, 2), (1, 2)))
    assert found.unseen == pytest.approx(cells[7] * cells[1] * cells[2] * cells[4] / (cells[3] * cells[5] * cells[6]))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pairs", [(), ((0, 1),), ((0, 2), (1, 3))])
def test_a_model_is_the_one_that_statsmodels_fits(seed, pairs):
    api = pytest.importorskip("statsmodels.api", reason="pip install '.[oracles]'")
    cells = np.random.default_rng(seed).integers(3, 90, 16).astype(float)
    number = np.arange(1, 16)
    there = (number[:, None] >> np.arange(4)) & 1
    design = np.column_stack([np.ones(15), there, *(there[:, one] * there[:, other] for one, other in pairs)])
    oracle = api.GLM(cells[1:], design, family=api.families.Poisson()).fit(tol=1e-12)
    found = log_linear.fit(cells, pairs)
    unseen = math.exp(oracle.params[0])
    assert found.unseen == pytest.approx(unseen, rel=1e-6)
    assert found.variance == pytest.approx(unseen**2 * oracle.cov_params()[0, 0] + unseen, rel=1e-5)
    assert found.bic == pytest.approx(oracle.deviance + design.shape[1] * math.log(cells[1:].sum()), rel=1e-6)


def test_the_chosen_model_has_the_smallest_bic_of_all_sets_of_pairs():
    cells = cells_of(drawn(2_000, (0.3, 0.25, 0.2), seed=4))
    every = list(itertools.combinations(range(3), 2))
    sets = [pairs for size in range(4) for pairs in itertools.combinations(every, size)]
    best = min((log_linear.fit(cells, pairs) for pairs in sets), key=lambda model: model.bic)
    assert log_linear.choose(cells) == best


def test_of_five_lists_the_pair_that_copies_is_found_step_by_step():
    draw = np.random.default_rng(3)
    seen = draw.random((3_000, 5)) < 0.3
    seen[:, 1] |= seen[:, 0] & (draw.random(3_000) < 0.5)
    cells = np.bincount(seen @ (1 << np.arange(5)), minlength=32).astype(float)
    truth, cells[0] = cells[0], 0
    found = log_linear.choose(cells)
    assert found.pairs[0] == (0, 1)
    assert found.unseen == pytest.approx(truth, rel=0.15)


def test_a_model_without_a_maximum_is_no_answer():
    assert log_linear.fit(np.array([0.0, 10, 10, 0]), ()) is None, "without an overlap the unseen have no end"
    assert log_linear.fit(np.array([0.0, 10, 10, 0, 10, 0, 0, 0]), ((0, 1),)) is None, "nobody is on both lists"
    assert log_linear.fit(np.array([0.0, 5, 9, 2]), ((0, 1), (0, 1))) is None, "more terms than cells"
    assert log_linear.fit(np.zeros(4), ()) is None


def test_lists_that_see_by_chance_find_the_whole():
    found = hidden_total(drawn(5_000, (0.3, 0.25, 0.2, 0.15), seed=2))
    for one in (found.chapman, found.chao, found.log_linear):
        assert one.value == pytest.approx(5_000, rel=0.06)
    assert found.lower_bound <= 5_000
    assert found.lower_bound == math.floor(found.chao.interval[0])


def test_what_is_hard_to_see_for_every_list_makes_all_of_them_fall_short():
    draw = np.random.default_rng(5)
    found = hidden_total(drawn(5_000, (0.3, 0.25, 0.2, 0.15), seed=2, weights=draw.choice([0.15, 2.2], 5_000)))
    assert found.chapman.value < found.chao.value < 5_000
    assert found.lower_bound < 5_000
    assert "a lower bound" in found.sentence
    assert "as large as this or larger" in found.sentence


def test_lists_that_avoid_each_other_are_warned_of():
    draw = np.random.default_rng(6)
    seen = draw.random((2_000, 3)) < 0.4
    clash = seen[:, 0] & seen[:, 1] & (draw.random(2_000) < 0.8)
    seen[clash, 1] = False
    unit, collector = np.nonzero(seen)
    found = hidden_total(lists_of(unit, 2_000, collector.astype(np.int32), ["arabic", "german", "both"]))
    assert found.avoiding == (("arabic", "german"),)
    assert found.caveats[0].code == "avoiding-lists"
    assert hidden_total(drawn(2_000, (0.4, 0.4, 0.4))).caveats == ()


def test_beyond_seven_lists_the_smallest_are_joined_and_a_list_that_saw_nothing_is_none():
    lists = drawn(400, (0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.05, 0.03, 0.02))
    assert len(lists.names) == hidden.MOST_LISTS
    assert lists.names[-1] == hidden.JOINED
    assert lists_of(np.array([0]), 1, np.array([1], dtype=np.int32), ["idle", "busy"]).names == ("busy",)


def test_lists_that_share_too_little_give_no_number_but_say_why():
    apart = lists_of(np.arange(40), 40, np.repeat([0, 1], 20).astype(np.int32), ["a", "b"])
    assert hidden_total(apart) == "the collectors share 0 at most; 7 are needed to estimate a hidden total"
    alone = lists_of(np.arange(3), 3, np.zeros(3, dtype=np.int32), ["a"])
    assert "two collectors or more" in hidden_total(alone)


def test_the_json_names_the_lists_their_overlaps_and_the_models_terms():
    told = hidden_total(drawn(2_000, (0.3, 0.25, 0.2))).to_json()
    assert {one["list"] for one in told["lists"]} == {"list0", "list1", "list2"}
    assert len(told["overlaps"]) == 3
    assert told["estimators"]["log_linear"]["terms"] == []
    assert told["observed"] < told["lower_bound"] < told["estimators"]["chao"]["value"]


def world(rows, **more):
    """Sightings from (week, channel, collector), on one platform unless told otherwise."""
    return Sightings(
        observed_at=np.array([week_start(FIRST + week) + DAY for week, *_ in rows]),
        platform=encode(more.pop("platform", ["p"] * len(rows))),
        channel=encode(channel for _, channel, _ in rows),
        collector=encode(who for *_, who in rows),
        **more,
    )


def two_lists(weeks, channels=60, seed=0):
    draw = np.random.default_rng(seed)
    return [
        (week, f"c{place}", who)
        for week in weeks
        for place in range(channels)
        for who in ("north", "south")
        if draw.random() < 0.3
    ]


def totals(table):
    return hidden_totals(table, table.observed_at, calendar(table, table.observed_at, None, None), COLUMNS)


def test_presence_says_how_many_channels_no_collector_saw():
    answer = presence(world(two_lists(range(3)))).to_json()
    assert answer["hidden"]["platforms"] == ["p"]
    assert answer["hidden"]["observed"] <= answer["hidden"]["estimators"]["chapman"]["value"]
    assert answer["hidden"]["recent"] is None, "three weeks are too few to be told twice"
    assert "hidden-total" in {one["code"] for one in answer["warnings"]}


def test_over_a_long_time_the_last_eight_settled_weeks_are_told_apart():
    found = totals(world(two_lists(range(20))))
    assert (found.whole.first, found.whole.last) == (FIRST, FIRST + 19)
    assert (found.recent.first, found.recent.last) == (FIRST + 11, FIRST + 18), "the last week is not over yet"
    assert found.to_json()["recent"]["weeks"] == ["2023-11-20", "2024-01-08"]


def test_last_weeks_that_share_too_little_have_no_total_of_their_own():
    rows = two_lists(range(8)) + [(week, f"n{week}", "north") for week in range(8, 20)]
    rows += [(week, f"s{week}", "south") for week in range(8, 20)]
    found = totals(world(rows))
    assert found.whole is not None
    assert found.recent is None


def test_without_a_second_collector_on_the_platform_there_is_no_total():
    rows = two_lists(range(3))
    alone = world(rows, platform=["p" if who == "north" else "q" for *_, who in rows])
    for table in (alone, Sightings(observed_at=alone.observed_at, platform=alone.platform, channel=alone.channel)):
        found = totals(table)
        assert found.to_json() is None
        assert found.caveats[0].text.startswith("no hidden total")


def test_collectors_that_never_looked_in_the_same_weeks_are_not_compared():
    rows = [(week, f"c{place}", "north" if week < 2 else "south") for week in range(4) for place in range(20)]
    assert "same weeks" in totals(world(rows)).caveats[0].text


def test_only_the_weeks_in_which_all_were_looking_count():
    early = [(0, f"old{place}", "north") for place in range(500)]
    rows = early + two_lists(range(1, 5), channels=80)
    assert totals(world(rows)).whole.found.observed <= 80


def test_collectors_who_looked_at_the_same_platform_but_share_nothing_say_so():
    rows = [(0, f"n{place}", "north") for place in range(20)] + [(0, f"s{place}", "south") for place in range(20)]
    assert "share 0 at most" in totals(world(rows)).caveats[0].text


def test_last_weeks_in_which_nobody_looked_have_no_total_of_their_own():
    found = totals(world(two_lists([*range(9), 19])))
    assert found.whole is not None
    assert found.recent is None
