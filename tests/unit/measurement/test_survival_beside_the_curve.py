"""What the lifetimes say beside the curve: competing ends, columns, views, quarters, time to action, doubts."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.drawing.views_chart import views_chart
from abate.measurement.lives.spells import OTHER, Ends
from abate.measurement.lives.survival import survival
from abate.measurement.lives.views_before_removal import quantile
from abate.measurement.tables.columns import Lifetimes, encode
from abate.measurement.weeks import NO_TIME, to_micros

START = datetime(2025, 3, 1, tzinfo=UTC)


def micros(days):
    return np.array(
        [NO_TIME if day is None else to_micros(START + timedelta(days=float(day))) for day in days], dtype=np.int64
    )


def lives(rows, **more):
    """Lifetimes from (created, first seen, last seen, removed), in days."""
    created, first, last, removed = zip(*rows, strict=True)
    columns = {
        "subject": encode(f"s{place}" for place in range(len(rows))),
        "platform": encode(["p"] * len(rows)),
        "created": micros(created),
        "first_seen": micros(first),
        "last_seen": micros(last),
        "removed": micros(removed),
    }
    return Lifetimes(**columns | more)


def plain(ages, **more):
    """Subjects seen from their first day and removed at an age each; a negative age is one still there."""
    return lives([(0, 0, abs(age), age if age > 0 else None) for age in ages], **more)


def codes(result):
    return [caveat.code for caveat in result.footing.caveats]


def texts(result, code):
    return " ".join(caveat.text for caveat in result.footing.caveats if caveat.code == code)


def test_late_sight_counted_from_creation_flatters_survival_and_delayed_entry_repairs_it():
    # The pitfall: whoever fell before being seen is in no table, so that the share still there looks too high.
    draw = np.random.default_rng(7)
    size, scale, shape = 40_000, 45.0, 0.8
    ended = scale * draw.weibull(shape, size)
    seen = draw.uniform(0, 25, size) * (draw.random(size) < 0.8)
    known = ended > seen
    truth = float(np.exp(-((30 / scale) ** shape)))
    ended, seen = np.minimum(ended[known], 400), seen[known]
    day = 86_400_000_000
    begin = np.full(len(ended), to_micros(START))
    columns = {
        "subject": encode(map(str, range(len(ended)))),
        "platform": encode(["p"] * len(ended)),
        "created": begin,
        "last_seen": begin + (ended * day).astype(np.int64),
        "removed": np.where(ended < 400, begin + (ended * day).astype(np.int64), NO_TIME),
    }
    honest = survival(Lifetimes(**columns, first_seen=begin + (seen * day).astype(np.int64)))
    ignored = survival(Lifetimes(**columns, first_seen=begin))
    assert honest.whole.curve.at(30) == pytest.approx(truth, abs=0.015)
    assert ignored.whole.curve.at(30) > truth + 0.04


def test_competing_ends_have_their_own_shares_which_add_up():
    table = plain([2, 3, 4, 5, -9], reason=encode(["takedown", "closed", "takedown", "closed", ""]))
    answer = survival(table, competing=("closed",)).to_json()
    assert set(answer["incidence"]) == {"removed", "closed"}
    takedown, closed = answer["incidence"]["removed"], answer["incidence"]["closed"]
    assert [step[:2] for step in takedown] == [[2, 0.2], [3, 0.2], [4, pytest.approx(0.4)], [5, pytest.approx(0.4)]]
    assert closed[-1][1] == pytest.approx(0.4)
    assert any("could not happen" in text for text in answer["assumptions"])
    assert "incidence" not in survival(table).to_json()


def test_removals_for_no_named_reason_are_told_apart_as_other():
    table = plain([2, 3, 4, -9], reason=encode(["takedown", "closed", "", ""]))
    answer = survival(table, event="takedown", competing=("closed",))
    assert {name: one.ended for name, one in answer.incidence.items()} == {"takedown": 1, "closed": 1, OTHER: 1}
    assert answer.whole.events == 1
    assert Ends().causes == ("removed",)


def test_an_event_cannot_compete_with_itself():
    table = plain([2, 3], reason=encode(["takedown", "takedown"]))
    with pytest.raises(InputError, match="cannot compete with itself"):
        survival(table, event="takedown", competing=("takedown",))


def test_conditioning_holds_for_the_incidence_and_the_model_too():
    ages, kinds = [2] * 20 + list(range(5, 45)), ["a"] * 20 + ["a", "b"] * 20
    table = plain(ages, reason=encode(["x"] * 60), more={"kind": encode(kinds)})
    answer = survival(table, event="x", given_alive_at=3, cox=("kind",))
    assert answer.incidence["x"].ended == 40
    assert answer.cox.subjects == 40
    assert answer.cox.events == 40


def test_a_column_of_words_is_compared_with_its_first_and_one_of_numbers_is_a_slope():
    draw = np.random.default_rng(1)
    kind, score = draw.integers(0, 3, 300), draw.normal(0, 1, 300).round(2)
    ages = np.ceil(draw.exponential(40 * np.exp(-0.8 * (kind == 2) - 0.5 * score))) + 1
    table = plain(ages, more={"kind": encode("cab"[one] for one in kind), "score": encode(map(str, score))})
    answer = survival(table, cox=("kind", "score")).to_json()
    assert list(answer["cox"]) == ["kind=b", "kind=c", "score"]
    assert answer["cox_reference"] == {"kind": "a"}
    assert answer["cox"]["score"]["coef"] == pytest.approx(0.5, abs=0.2)
    assert answer["cox"]["kind=b"]["coef"] == pytest.approx(0.8, abs=0.4)
    assert answer["cox"]["kind=c"]["coef"] == pytest.approx(0, abs=0.4)
    one = answer["cox"]["score"]
    assert one["interval"] == pytest.approx([one["coef"] - 1.96 * one["se"], one["coef"] + 1.96 * one["se"]], rel=1e-3)
    assert one["ratio"] == pytest.approx(np.exp(one["coef"]))
    assert answer["likelihood_ratio"]["df"] == 3
    assert answer["calibrated"] is True
    assert "not the effect of changing it" in answer["assumptions"][-1]
    json.dumps(answer, allow_nan=False)


def test_names_in_any_script_are_values_like_others():
    ages = list(range(1, 41))
    table = plain(ages, more={"لغة": encode(["عربي", "русский"] * 20)})
    assert list(survival(table, cox=("لغة",)).to_json()["cox"]) == ["لغة=عربي"]
    assert set(survival(table, by="لغة").groups) == {"عربي", "русский"}


def test_a_value_with_nobody_removed_is_named_and_has_no_number():
    table = plain([*range(1, 31), *[-40] * 10], more={"kind": encode(["a"] * 30 + ["z"] * 10)})
    answer = survival(table, cox=("kind",))
    told = answer.to_json()
    assert told["cox"]["kind=z"]["coef"] is None
    assert told["cox"]["kind=z"]["p"] is None
    assert "nobody with kind=z was removed" in texts(answer, "poor-fit")
    assert told["calibrated"] is None
    json.dumps(told, allow_nan=False)
    other = survival(plain([*range(1, 31), *[-40] * 10], more={"kind": encode(["z"] * 30 + ["a"] * 10)}), cox=("kind",))
    assert "nobody without kind=z was removed" in texts(other, "poor-fit")


def test_a_number_that_parts_first_from_last_is_named_as_well():
    table = plain(list(range(1, 31)), more={"rank": encode(map(str, range(30)))})
    assert "parts who was removed first" in texts(survival(table, cox=("rank",)), "poor-fit")


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("kind", ["a"] * 40, "holds only 'a'"),
        ("kind", [""] * 40, "holds no value"),
        ("kind", [f"v{one}" for one in range(20)] * 2, None),
        ("kind", [f"v{one}" for one in range(40)], None),
        ("nothing", ["a", "b"] * 20, "--cox nothing: the lifetimes have no such column"),
    ],
)
def test_a_column_that_says_nothing_is_refused(column, values, message):
    table = plain(range(1, 41), more={"kind": encode(values)})
    if message is None:
        assert len(survival(table, cox=(column,)).cox.coefficients) == len(set(values)) - 1
        return
    with pytest.raises(InputError, match=message):
        survival(table, cox=(column,))


def test_a_column_of_names_is_refused_and_so_is_one_that_another_says_already():
    names = plain(range(1, 61), more={"kind": encode(f"v{one}" for one in range(60))})
    with pytest.raises(InputError, match="60 different values are names"):
        survival(names, cox=("kind",))
    twice = plain(range(1, 41), more={"a": encode(["x", "y"] * 20), "b": encode(["1", "2"] * 20)})
    with pytest.raises(InputError, match="b can be computed from the columns before it"):
        survival(twice, cox=("a", "b"))


def test_no_removal_leaves_a_model_nothing_to_compare():
    table = plain([-5, -6, -7, -8], more={"kind": encode(["a", "b", "a", "b"])})
    with pytest.raises(InputError, match="nobody ended while at risk"):
        survival(table, cox=("kind",))


def test_empty_cells_are_left_out_of_the_model_and_counted():
    table = plain(range(1, 41), more={"kind": encode([*["a", "b"] * 19, "", ""])})
    answer = survival(table, cox=("kind",))
    assert answer.cox.subjects == 38
    assert "2 subjects have an empty cell" in texts(answer, "rows-skipped")
    none = plain(range(1, 5), more={"a": encode(["x", "y", "", ""]), "b": encode(["", "", "x", "y"])})
    with pytest.raises(InputError, match="no value"):
        survival(none, cox=("a", "b"))


def test_text_that_only_looks_like_numbers_is_words():
    table = plain(range(1, 41), more={"kind": encode(["nan", "1e999", "3", "4"] * 10)})
    assert list(survival(table, cox=("kind",)).to_json()["cox"]) == ["kind=3", "kind=4", "kind=nan"]


def test_few_ends_for_the_columns_are_warned_of():
    answer = survival(plain([*range(1, 9), *[-9] * 30], more={"kind": encode(["a", "b"] * 19)}), cox=("kind",))
    assert "8 ends for 1 coefficients" in texts(answer, "small-cells")


def test_a_factor_that_changes_with_age_is_warned_of():
    draw = np.random.default_rng(2)
    early, late = draw.uniform(1, 40, 150).round(), np.concatenate([draw.uniform(30, 34, 140), [90] * 10]).round()
    table = plain([*early, *late], more={"kind": encode(["a"] * 150 + ["b"] * 150)})
    assert "changes with age" in texts(survival(table, cox=("kind",)), "poor-fit")


def test_quarters_are_derived_from_when_each_began():
    table = lives([(0, 40, 90, 90), (31, 31, 50, 50), (None, 300, 320, 320)])
    answer = survival(table, by="quarter")
    assert {name: one.subjects for name, one in answer.groups.items()} == {"2025-Q1": 1, "2025-Q2": 1, "2025-Q4": 1}


def test_a_quarter_column_of_the_file_goes_before_the_derived_one():
    table = plain([3, 4], more={"quarter": encode(["north", "south"])})
    assert set(survival(table, by="quarter").groups) == {"north", "south"}


def test_views_before_removal_are_of_the_removed_alone():
    views = np.array([5, 50, 500, -1, 7000], dtype=np.int64)
    table = plain([2, 3, 4, 5, -9], views_at_removal=views)
    told = survival(table).to_json()["views_before_removal"]
    assert (told["n"], told["unknown"]) == (3, 1)
    assert told["median"] == {"value": 50.0, "interval": [0.0, None]}, "three values bound nothing above"
    assert told["fewer_than"][0] == {"views": 10, "value": 1 / 3, "interval": pytest.approx([0.0084, 0.9057], abs=1e-3)}
    assert [row["value"] for row in told["fewer_than"]] == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert survival(table).sentences()[1].startswith("views before removal: median 50 [0, no upper end] of 3")


def test_views_are_told_for_each_group():
    views = np.arange(40, dtype=np.int64)
    answer = survival(plain(range(1, 41), views_at_removal=views, operator=encode(["a", "b"] * 20)), by="operator")
    groups = answer.to_json()["views_before_removal"]["groups"]
    assert groups["a"]["median"]["value"] == 19
    low, high = groups["b"]["median"]["interval"]
    assert low < 20 < high


def test_views_are_drawn_as_medians_between_their_quartiles_by_group_or_of_all():
    views = np.arange(40, dtype=np.int64)
    table = plain(range(1, 41), views_at_removal=views, operator=encode(["a", "b"] * 20))
    drawn = views_chart(survival(table, by="operator").views)
    assert [(point.low, point.value, point.high) for point in drawn.points] == [(9.5, 19, 28.5), (10.5, 20, 29.5)]
    assert [tick.text for tick in drawn.ticks] == ["a", "b"]
    assert "40 removed items" in drawn.description
    assert [point.value for point in views_chart(survival(table).views).points] == [19.5]


def test_a_table_that_wrote_no_views_down_says_so():
    nothing = survival(plain([2, 3], views_at_removal=np.array([-1, -1], dtype=np.int64))).to_json()
    assert nothing["views_before_removal"]["median"] is None
    assert "no removal in the table has its views" in nothing["views_before_removal"]["reason"]
    assert "views_before_removal" not in survival(plain([2, 3])).to_json()
    group = plain([2, -3], views_at_removal=np.array([4, -1], dtype=np.int64), operator=encode(["a", "b"]))
    assert survival(group, by="operator").to_json()["views_before_removal"]["groups"]["b"]["n"] == 0


def test_an_order_statistic_interval_has_its_known_places():
    # From the tables everybody has: for 20 values, the 6th and 15th hold the median at 95.9 %.
    assert quantile(np.arange(1, 21), 0.5).interval == (6, 15)
    assert quantile(np.arange(1, 7), 0.5).interval == (1, 6)
    assert quantile(np.arange(1, 6), 0.5).interval == (0, float("inf")), "five values cannot"
    assert quantile(np.arange(100_001), 0.5).interval == pytest.approx((49_690, 50_310), abs=2)


def test_time_to_action_runs_from_the_first_sight_in_hours():
    table = lives([(0, 10, 10.02, 10.02), (0, 10, 10.2, 10.2), (0, 10, 12, 12), (0, 10, 15, None)])
    told = survival(table).to_json()["time_to_action"]
    assert (told["from"], told["subjects"], told["acted"], told["median"]) == ("first seen", 4, 3, 5)
    within = {row["hours"]: row["value"] for row in told["within"]}
    assert within == {1: 0.25, 6: 0.5, 24: 0.5, 72: 0.75, 168: None, 720: None}
    assert told["within"][-1]["interval"] is None
    assert "half were acted on within 5 hours" in survival(table).sentences()[-1]
    assert "time_to_action" not in survival(lives([(0, 0, 3, None)], removed=None)).to_json()


def test_time_to_action_stops_at_the_snapshot_and_knows_competing_ends():
    table = plain([2, 3, -9], reason=encode(["takedown", "closed", ""]))
    told = survival(table, event="takedown", competing=("closed",)).to_json()["time_to_action"]
    assert told["ended_otherwise"][3] == {
        "hours": 72,
        "value": pytest.approx(1 / 3),
        "interval": [pytest.approx(0.009, abs=0.005), pytest.approx(0.77, abs=0.01)],
    }
    early = survival(table, until=START + timedelta(days=2, hours=12)).to_json()["time_to_action"]
    assert early["acted"] == 1
    assert "fewer than half" in survival(plain([-3, -4, -5, 2])).sentences()[-1]


def test_the_half_life_has_an_interval_that_may_be_open():
    answer = survival(plain(range(1, 41))).to_json()
    low, high = answer["median_interval"]
    assert low < answer["median"] < high
    assert survival(plain([1, 2, 3, *[-9] * 3])).to_json()["median_interval"][1] is None
    assert "half-life not reached" in survival(plain([-9, -9])).sentences()[0]


def test_an_interval_is_called_calibrated_only_under_the_conditions_it_was_tried_in():
    assert survival(plain(range(1, 41))).footing.calibrated is True
    few = survival(plain(range(1, 6)))
    assert few.footing.calibrated is None
    assert "small-cells" in codes(few)
    related = survival(plain(range(1, 41), operator=encode(["a"] * 5 + [""] * 35)))
    assert "1 operators have several subjects" in texts(related, "not-calibrated")
    unnamed = survival(plain(range(1, 41), operator=encode([""] * 40)))
    assert unnamed.footing.calibrated is True


def test_removals_of_one_day_are_one_event():
    struck = survival(lives([(-age, -age, 20, 20) for age in range(1, 31)]))
    assert "30 of 30 removals fell on 2025-03-21" in texts(struck, "not-calibrated")


def test_sentences_tell_each_group_and_the_test():
    told = survival(plain(range(1, 41), operator=encode(["a", "b"] * 20)), by="operator").sentences()
    assert told[0].startswith("a: half-life 19 days")
    assert told[2].startswith("log-rank test of equal curves: chi-square")
