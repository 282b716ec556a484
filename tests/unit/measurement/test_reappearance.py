"""Do they come back: what starts the clock, what stops it, who is counted apart, and how sure that is."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.measurement.lives.kaplan_meier import Observed, curve_of, risk_table
from abate.measurement.lives.reappearance import Asked, clustered_interval, incidence_with_influence, reappearance
from abate.measurement.lives.removals import removals_of
from abate.measurement.tables.columns import Lifetimes, Sightings, encode
from abate.measurement.weeks import DAY, NO_TIME, to_micros
from abate.numeric.intervals import clopper_pearson

START = datetime(2025, 3, 1, tzinfo=UTC)


def micros(days):
    return np.array(
        [NO_TIME if day is None else to_micros(START + timedelta(days=float(day))) for day in days], dtype=np.int64
    )


def lives(rows, **more):
    """Lifetimes from (operator, created, last seen, removed), in days."""
    operator, created, last, removed = zip(*rows, strict=True)
    columns = {
        "subject": encode(f"s{place}" for place in range(len(rows))),
        "platform": encode(["p"] * len(rows)),
        "operator": encode(operator),
        "created": micros(created),
        "first_seen": micros(created),
        "last_seen": micros(last),
        "removed": micros(removed),
    }
    return Lifetimes(**columns | more)


def watched(*rows, until=400):
    """The same, with a stranger whose last sight makes the snapshot."""
    return lives([*rows, ("stranger", 0, until, None)])


def of(table, days=(30,), **more):
    return reappearance(table, Asked(days=days, **more))


def value(table, days=30, **more):
    return of(table, (days,), **more).incidence[0].value


def codes(answer):
    return {caveat.code for caveat in answer.footing.caveats}


LOST = ("a", 0, 10, 10)


def test_a_next_channel_of_the_same_operator_is_a_return_by_its_day():
    table = watched(LOST, ("a", 25, 60, None), ("b", 0, 10, 10), ("c", 0, 10, 10), ("c", 90, 95, None))
    answer = of(table, (15, 14, 80, 79))
    assert [(one.days, one.value) for one in answer.incidence] == [
        (15, pytest.approx(1 / 3)),
        (14, 0),
        (80, pytest.approx(2 / 3)),
        (79, pytest.approx(1 / 3)),
    ]
    assert (answer.losses, answer.operators, answer.already_elsewhere) == (3, 3, 0)


def test_somebody_elses_channel_is_no_return():
    assert value(watched(LOST, ("b", 20, 60, None), ("z", 0, 5, 5))) == 0


def test_without_a_creation_date_the_first_sight_stands_for_it_and_is_warned_of():
    table = lives([LOST, ("a", None, 60, None), ("z", 0, 400, None)], first_seen=micros([0, 20, 0]))
    answer = of(table)
    assert answer.incidence[0].value == 1
    assert "left-truncation" in codes(answer)
    assert answer.footing.calibrated is None
    assert "left-truncation" in codes(of(lives([LOST, ("z", 0, 400, None)], created=None)))


def test_an_operator_with_another_live_channel_is_counted_apart():
    other = ("a", 5, 60, None)
    answer = of(watched(LOST, other, ("a", 20, 30, None), ("b", 0, 10, 10)))
    assert answer.already_elsewhere == 1
    assert answer.losses == 1
    assert answer.to_json()["already_elsewhere"]["value"] == 0.5
    with pytest.raises(InputError, match="another live channel"):
        of(watched(LOST, other))


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        (("a", 5, 9, None), 0),  # out of sight before
        (("a", 5, 10.5, None), 1),
        (("a", 5, 9, 9), 0),
        (("a", 5, 12, 12), 1),
        (("a", 10, 12, None), 0),  # began at that very moment: a return
        (("a", 11, 12, None), 0),
    ],
)
def test_another_channel_lives_from_its_creation_to_its_removal_or_last_sight(other, apart):
    found = removals_of(watched(LOST, other))
    row = int(np.flatnonzero(found.at == micros([10])[0])[0])
    assert bool(found.elsewhere[row]) is bool(apart)


def test_losses_of_one_moment_are_one_loss_and_those_of_later_ones_are_not():
    answer = of(watched(LOST, ("a", 2, 10, 10), ("a", 20, 50, 50), ("b", 0, 10, 10)))
    assert (answer.losses, answer.operators) == (3, 2)
    assert answer.incidence[0].value == pytest.approx(1 / 3)


def test_a_channel_that_began_and_went_in_one_moment_is_not_its_own_successor():
    answer = of(watched(("a", 10, 10, 10), ("b", 0, 10, 10), ("b", 15, 20, None)))
    assert answer.incidence[0].value == 0.5
    again = of(watched(("a", 10, 10, 10), ("a", 30, 40, None)))
    assert again.incidence[0].value == 1


def test_who_was_not_watched_long_enough_counts_for_as_long_as_they_were():
    # Of four, one is back after 5 days; one went out of sight after 10; of the two that are left, one is back at 20.
    rows = [("a", 0, 0, 0), ("a", 5, 5, None), ("b", 0, 90, 90), ("c", 0, 0, 0), ("c", 20, 20, None), ("d", 0, 0, 0)]
    answer = of(lives([*rows, ("z", 0, 100, None)]), (30,))
    assert answer.incidence[0].value == pytest.approx(1 - 3 / 4 * 1 / 2)
    assert answer.incidence[0].watched == 3


def test_nobody_watched_that_long_leaves_the_share_unknown():
    answer = of(watched(LOST, ("b", 0, 12, 12), until=50), (30, 90))
    assert answer.incidence[1].value is None
    assert answer.incidence[1].interval is None
    assert answer.to_json()["incidence"][1]["value"] is None
    assert "small-cells" in codes(answer)
    assert "nobody was watched that long" in answer.sentences()[1]


def test_when_all_are_back_the_share_is_known_for_any_day():
    table = lives([LOST, ("a", 12, 13, None), ("b", 0, 10, 10), ("b", 11, 13, None)])
    assert value(table, 90) == 1


def test_a_snapshot_forgets_returns_and_removals_of_later():
    table = watched(LOST, ("a", 25, 60, None), ("b", 0, 40, 40))
    at = START + timedelta(days=20)
    early = of(table, (5,), until=at)
    assert (early.losses, early.incidence[0].value) == (1, 0)
    assert of(table, (20,)).losses == 2


def test_a_reason_can_start_the_clock():
    rows = [LOST, ("a", 12, 20, 20), ("a", 25, 60, None), ("b", 0, 10, 10)]
    table = lives(rows, reason=encode(["takedown", "closed", "", "closed"]))
    answer = of(table, (5,), event="takedown")
    assert (answer.losses, answer.incidence[0].value) == (1, 1)
    with pytest.raises(InputError, match="reasons are: closed, takedown"):
        of(table, event="gone")


def test_channels_without_an_operator_are_left_out_and_counted():
    answer = of(watched(LOST, ("", 0, 10, 10), ("", 15, 20, None), ("b", 0, 10, 10)))
    assert answer.losses == 2
    assert any("2 channels have no operator" in caveat.text for caveat in answer.footing.caveats)


@pytest.mark.parametrize(
    ("table", "asked", "message"),
    [
        (lives([LOST], operator=None), {}, "add a column operator to the lifetimes, or name yours with --map"),
        (lives([("", 0, 10, 10)]), {}, "no column says which channels"),
        (lives([LOST], removed=None), {}, "no column says when channels were removed"),
        (lives([("a", 0, 10, None)]), {}, "no channel with an operator was removed"),
        (lives([LOST]), {"days": ()}, "whole days"),
        (lives([LOST]), {"days": (0, 30)}, "whole days"),
        (lives([LOST]), {"error_rate": 1.0}, "below 1"),
        (lives([LOST]), {"error_rate": -0.1}, "below 1"),
        (lives([("a", 5, 2, 3)]), {}, "no lifetime remains"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_way_out(table, asked, message):
    with pytest.raises(InputError, match=message):
        reappearance(table, Asked(**asked))


def many(draw, operators, losses):
    rows = []
    for operator in range(operators):
        likely = draw.random()
        for place in range(losses):
            lost = place * 1000 + draw.uniform(0, 10)
            rows.append((f"o{operator}", place * 1000 - 5, lost, lost))
            if draw.random() < likely:
                rows.append((f"o{operator}", lost + draw.exponential(20), lost + 300, None))
    return rows


def test_operators_that_are_alike_in_themselves_widen_the_interval():
    rows = many(np.random.default_rng(5), 40, 5)
    together = of(lives(rows, reason=None), (30,)).incidence[0]
    apart = of(lives([(f"{row[0]}/{int(row[2]) // 1000}", *row[1:]) for row in rows]), (30,)).incidence[0]
    assert together.value == pytest.approx(apart.value, abs=0.02)
    wide, narrow = (one.interval[1] - one.interval[0] for one in (together, apart))
    assert wide > 1.3 * narrow


def test_one_operator_gives_no_interval():
    answer = of(watched(LOST, ("a", 20, 30, 30)))
    assert answer.incidence[0].interval is None
    assert answer.to_json()["incidence"][0]["interval"] is None
    assert answer.footing.calibrated is None
    json.dumps(answer.to_json(), allow_nan=False)


def test_none_of_many_has_the_exact_interval_of_none():
    table = watched(*((f"o{place}", 0, 10, 10) for place in range(20)))
    answer = of(table)
    assert answer.incidence[0].value == 0
    assert answer.incidence[0].interval == clopper_pearson(0, 20)
    assert answer.footing.calibrated is True


def test_a_stated_error_rate_widens_what_is_told():
    rows = many(np.random.default_rng(6), 30, 1)
    plain, stated = of(lives(rows)), of(lives(rows), error_rate=0.1)
    assert plain.incidence[0].sensitivity is None
    assert plain.to_json()["identity_link_error"] is None
    low, high = stated.incidence[0].interval
    assert stated.incidence[0].interval == plain.incidence[0].interval
    assert stated.incidence[0].sensitivity == pytest.approx((low * 0.9, high / 0.9))
    assert stated.to_json()["identity_link_error"] == 0.1
    assert any("10 % of the links" in text for text in stated.footing.assumptions)
    assert any("taken as right" in text for text in plain.footing.assumptions)
    assert of(lives(rows), error_rate=0.9).incidence[0].sensitivity[1] == 1


def test_channels_that_come_into_sight_late_are_warned_of():
    rows = [(f"o{place}", 5 * place, 200, None) for place in range(30)]
    seen = micros([5 * place + (20 if place else 0) for place in range(30)])
    table = lives([*rows, LOST], first_seen=np.append(seen, micros([0])))
    answer = of(table)
    assert "reporting-lag" in codes(answer)
    assert answer.footing.calibrated is None


LOSSES = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=2, max_size=60)


@given(LOSSES, st.integers(1, 45))
def test_it_is_one_minus_the_product_limit_curve_with_greenwoods_variance(rows, days):
    times, back = (np.array(column) for column in zip(*rows, strict=True))
    share, influence = incidence_with_influence(times.astype(float), back, days)
    curve = curve_of(risk_table(Observed(exit=times, event=back)))
    assert share == pytest.approx(1 - curve.at(days))
    assume(0 < share < 1)
    table = risk_table(Observed(exit=times, event=back))
    steps = np.flatnonzero(table.ended[: days + 1])
    risk, ended = table.at_risk[steps], table.ended[steps]
    greenwood = (1 - share) ** 2 * (ended / (risk * (risk - ended))).sum()
    assert float(influence @ influence) == pytest.approx(greenwood)


@given(LOSSES, st.integers(1, 45), st.integers(1, 6))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(rows, days, every):
    times, back = (np.array(column) for column in zip(*rows, strict=True))
    share, influence = incidence_with_influence(times.astype(float), back, days)
    groups = np.arange(len(times)) // every
    interval = clustered_interval(share, influence, groups, np.ones(len(times), dtype=bool))
    if groups.max() == 0:
        assert interval is None
    else:
        low, high = interval
        assert 0 <= low <= share + 1e-9
        assert share - 1e-9 <= high <= 1


def test_regained_audience_is_the_median_after_over_the_median_before():
    rows, sizes = [], []
    for place in range(20):
        rows += [(f"o{place}", 0, 10, 10), (f"o{place}", 20, 60, None)]
        sizes += [100 + place, 50]
    table = lives(rows, more={"followers": encode(map(str, sizes))})
    regained = of(table).regained
    assert (regained.before, regained.after, regained.pairs, regained.measure) == (109.5, 50, 20, "followers")
    assert regained.ratio.value == pytest.approx(50 / 109.5)
    low, high = regained.ratio.interval
    assert low < 50 / 109.5 < high
    assert of(table, seed=0).regained.ratio == regained.ratio
    told = of(table).to_json()
    assert told["regained_audience"]["reason"] is None
    assert told["seed"] == 0
    assert "regained audience: 0.46" in of(table).sentences()[-1]


def test_sizes_that_are_no_numbers_are_unknown():
    rows = [LOST, ("a", 20, 60, None), ("b", 0, 10, 10), ("b", 20, 60, None)]
    table = lives(rows, more={"audience": encode(["100", "40", "many", "-3"])})
    regained = of(table).regained
    assert (regained.pairs, regained.ratio.value, regained.ratio.interval) == (1, 0.4, None)
    assert "wants 10 operators" in regained.reason
    nothing = of(lives(rows, more={"audience": encode(["", "40", "many", "-3"])})).regained
    assert (nothing.ratio.value, nothing.reason) == (None, "no channel's size is known both before and after")
    empty = of(lives(rows, more={"followers": encode(["0", "40", "0", "50"])})).regained
    assert "no audience to regain" in empty.reason


def test_without_sizes_or_returns_there_is_no_ratio_but_a_reason():
    assert "nothing says how large" in of(watched(LOST, ("a", 20, 60, None))).regained.reason
    alone = of(watched(LOST))
    assert alone.to_json()["regained_audience"]["reason"] == "no next channel is known"
    assert "not known" in alone.sentences()[-1]


def sights(rows, **columns):
    """Sightings from (channel, day)."""
    channel, day = zip(*rows, strict=True)
    names = {"platform": encode(["p"] * len(rows)), "channel": encode(channel), "observed_at": micros(day)}
    return Sightings(**names | columns)


PAIR = (LOST, ("a", 20, 300, None))
"""Channels s0 and s1."""


def test_follower_counts_are_the_last_within_equal_windows():
    table = watched(*PAIR)
    seen = sights(
        [("s0", 1), ("s0", 9), ("s0", 10.5), ("s1", 25), ("s1", 45), ("s1", 90)],
        followers=np.array([5, 200, 999, 10, 80, 999]),
    )
    regained = reappearance(table, Asked(days=(30,)), sightings=seen).regained
    assert (regained.before, regained.after, regained.measure) == (200, 80, "followers")


def test_readers_are_counted_once_each_within_equal_windows():
    table = watched(*PAIR)
    seen = sights(
        [("s0", 1), ("s0", 2), ("s0", 3), ("s1", 25), ("s1", 25), ("s1", 90)],
        audience=encode(["x", "y", "x", "x", "", "z"]),
    )
    regained = reappearance(table, Asked(days=(30,)), sightings=seen).regained
    assert (regained.before, regained.after, regained.measure) == (2, 1, "audience")


def test_a_platform_whose_readers_nobody_collected_has_no_audience_of_zero():
    table = watched(*PAIR)
    seen = Sightings(
        platform=encode(["p", "p", "q"]),
        channel=encode(["s0", "s1", "s9"]),
        observed_at=micros([5, 25, 5]),
        audience=encode(["", "", "x"]),
    )
    regained = reappearance(table, Asked(days=(30,)), sightings=seen).regained
    assert (regained.ratio.value, regained.reason) == (None, "no channel's size is known both before and after")


def test_a_channel_out_of_sight_has_no_size_and_a_young_one_is_waited_for():
    unseen = sights([("s0", 5), ("s1", 200)], followers=np.array([5, 7]))
    assert reappearance(watched(*PAIR), Asked(days=(30,)), sightings=unseen).regained.pairs == 0
    unknown = sights([("s0", 5), ("s1", 25)], followers=np.array([5, -1]))
    assert reappearance(watched(*PAIR), Asked(days=(30,)), sightings=unknown).regained.pairs == 0
    elsewhere = sights([("other", 5)], followers=np.array([5]))
    assert reappearance(watched(*PAIR), Asked(days=(30,)), sightings=elsewhere).regained.pairs == 0
    nothing = sights([("s0", 5)])
    assert "nothing says how large" in reappearance(watched(*PAIR), Asked(), sightings=nothing).regained.reason
    young = reappearance(watched(*PAIR), Asked(days=(390,)), sightings=nothing).regained
    assert young.reason == "no next channel was watched for 390 days"


def test_a_draw_without_any_audience_before_does_not_break_the_interval():
    rows, sizes = [], []
    for place in range(12):
        rows += [(f"o{place}", 0, 10, 10), (f"o{place}", 20, 60, None)]
        sizes += [0 if place < 5 else 100, 50]
    told = of(lives(rows, more={"followers": encode(map(str, sizes))})).to_json()["regained_audience"]
    assert told["value"] == 0.5
    assert told["interval"][1] is None, "some draws have nothing to regain: no upper end"
    json.dumps(told, allow_nan=False)


def test_spans_are_held_in_whole_microseconds_for_many_operators():
    # Operator times span would pass 63 bits here if moments were not numbered first.
    rows = [(f"o{place}", -20_000, 100, 100) for place in range(3000)]
    rows += [(f"o{place}", 100 + 10, 200, None) for place in range(0, 3000, 2)]
    assert value(lives(rows), 30) == 0.5
    assert DAY * 20_000 * 6000 > 2**63
