"""Presence and following, week by week, in small situations whose answers can be counted by hand."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.domain.history import Intervention
from abate.measurement.counting import scope
from abate.measurement.counting.distinct import dense
from abate.measurement.counting.scope import keys, reporting_lag, within
from abate.measurement.footing import finite
from abate.measurement.tables.columns import Checks, Problem, Reading, Sightings, encode
from abate.measurement.tables.history import interventions_table
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import NO_TIME, to_micros

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)


def at(week, day=0.0):
    return MONDAY + timedelta(weeks=week, days=day)


def micros(moments):
    return np.array([NO_TIME if moment is None else to_micros(moment) for moment in moments], dtype=np.int64)


def seen(rows, **more):
    """Sightings from tuples of (observed, channel), on one platform unless told otherwise."""
    columns = {
        "observed_at": micros(when for when, _ in rows),
        "platform": encode(["p"] * len(rows)),
        "channel": encode(channel for _, channel in rows),
    }
    return Sightings(**columns | more)


def checked(*moments, results=None):
    return Checks(
        channel=encode(["a"] * len(moments)),
        checked_at=micros(moments),
        result=encode(results or ["alive"] * len(moments)),
    )


def done(*pairs, platform="p", end=None):
    return interventions_table(
        Intervention(id=str(place), date=when, platform=platform, kind=kind, end=end)
        for place, (when, kind) in enumerate(pairs)
    )


def values(result):
    return [row.value for row in result.rows]


def codes(result):
    return {caveat.code for caveat in result.footing.caveats}


def test_a_channel_counts_once_a_week_and_a_silent_week_is_zero():
    result = presence(seen([(at(0), "a"), (at(0, 1), "a"), (at(0, 6.99), "b"), (at(2), "a")]))
    assert values(result) == [2, 0, 1]
    rows = result.to_json()["rows"]
    assert [row["week"] for row in rows] == ["2025-03-03", "2025-03-10", "2025-03-17"]
    assert [row["provisional"] for row in rows] == [False, False, True], "the week of the snapshot is still running"
    assert "sightings-alone" in codes(result)


def test_a_week_begins_on_monday_at_midnight_utc():
    assert values(presence(seen([(at(1) - timedelta(microseconds=1), "a"), (at(1), "b")]))) == [1, 1]


def test_the_posting_time_counts_where_it_is_known_and_the_first_observation_where_not():
    table = seen(
        [(at(3), "a"), (at(1), "b"), (at(4), "b"), (at(5), "c"), (at(5), "c")],
        posted_at=micros([at(0), None, None, at(2), None]),
        item=encode(["1", "2", "2", "3", "3"]),
    )
    assert values(presence(table)) == [1, 1, 1, 0, 0, 0][:3], "item 2 stays in the week it was first seen"


def test_an_item_name_is_only_unique_on_its_platform():
    table = seen([(at(0), "a"), (at(1), "b")], item=encode(["1", "1"]), platform=encode(["p", "q"]))
    assert values(presence(table)) == [1, 1]


def test_a_posting_time_after_the_observation_is_a_wrong_clock():
    assert values(presence(seen([(at(0), "a"), (at(1), "b")], posted_at=micros([at(9), at(1)])))) == [1, 1]


def test_the_same_channel_name_on_two_platforms_is_two_channels():
    table = seen([(at(0), "a"), (at(0), "a")], platform=encode(["p", "q"]))
    assert values(presence(table)) == [2]
    divided = presence(table, by=("platform",)).to_json()["rows"]
    assert [(row["platform"], row["value"]) for row in divided] == [("p", 1), ("q", 1)]


def test_a_subgroup_may_be_of_two_columns_and_have_no_name():
    table = seen(
        [(at(0), "a"), (at(0), "b"), (at(1), "b")], group=encode(["g", "", "g"]), language=encode(["en", "de", "de"])
    )
    rows = presence(table, by=("group", "language")).to_json()["rows"]
    assert [(row["week"], row["group"], row["language"], row["value"]) for row in rows] == [
        ("2025-03-03", "", "de", 1),
        ("2025-03-03", "g", "de", 0),
        ("2025-03-03", "g", "en", 1),
        ("2025-03-10", "", "de", 0),
        ("2025-03-10", "g", "de", 1),
        ("2025-03-10", "g", "en", 0),
    ]


def test_dividing_by_what_is_not_there_says_what_to_do():
    with pytest.raises(InputError, match="choose from platform"):
        presence(seen([(at(0), "a")]), by=("followers",))
    with pytest.raises(InputError, match="--map THEIRS=group"):
        presence(seen([(at(0), "a")]), by=("group",))


def test_a_week_without_a_check_is_missing_and_not_zero():
    table = seen([(at(0), "a"), (at(2), "a")])
    result = presence(table, checked(at(0), at(1), at(3), at(4), results=["alive", "gone", "error", "private"]))
    assert values(result) == [1, 0, None, None, 0], (
        "a check that failed saw nothing; the last check prolongs the series"
    )
    assert result.to_json()["rows"][2]["missing"] == "no-check"
    assert "no-check" in codes(result)
    assert "sightings-alone" not in codes(result)


def test_checks_after_the_snapshot_are_not_known_yet():
    table = seen([(at(0), "a")])
    assert values(presence(table, checked(at(0), at(5)), until=at(1, 1))) == [1, None]
    assert values(presence(table, checked(at(5)), until=at(0, 1))) == [None]


def test_a_snapshot_prolongs_the_silence_and_hides_what_came_later():
    table = seen([(at(0), "a"), (at(3), "b")])
    assert values(presence(table, until=at(2, 3))) == [1, 0, 0]
    assert values(presence(table, until=at(2))) == [1, 0], "Monday at midnight ends the week before"
    with pytest.raises(InputError, match="no sighting remains"):
        presence(table, until=at(-1))


def test_a_fixed_panel_counts_its_channels_only():
    table = seen([(at(0), "a"), (at(0), "b"), (at(1), "b")])
    assert values(presence(table, panel=frozenset({"a", "z"}))) == [1]
    assert values(presence(table, panel=frozenset({"b"}), until=at(0, 2))) == [1]


def test_a_bare_date_that_is_a_sunday_ends_its_week():
    table = seen([(at(0), "a"), (at(1), "a")])
    sunday = at(2) - timedelta(microseconds=1)
    assert [row.provisional for row in presence(table, until=sunday).rows] == [False, False]
    assert [row.provisional for row in presence(table, until=at(2, -0.5)).rows] == [False, True]


def test_weeks_younger_than_the_reporting_lag_are_provisional():
    posted = [at(0, day / 4) for day in range(4 * 28)]
    table = seen([(when + timedelta(days=8), "a") for when in posted], posted_at=micros(posted))
    rows = presence(table).rows
    # The last report came in on day 35.75, so the fourth week (until day 28) is 7.75 days old: younger than 8 days.
    assert [row.provisional for row in rows] == [False, False, False, True]
    assert "reporting-lag" in codes(presence(table))


def test_the_lag_is_that_of_each_items_first_report_however_many_items_there_are(monkeypatch):
    draw = np.random.default_rng(8)
    posted = [at(0, day) for day in draw.uniform(0, 20, 300)]
    late = draw.exponential(3, 300)
    item = draw.integers(0, 90, 300)
    platform = draw.integers(0, 2, 300)
    rows = [(when + timedelta(days=days), "a") for when, days in zip(posted, late, strict=True)]
    table = seen(
        rows,
        posted_at=micros(posted),
        item=encode(f"i{n}" if n else "" for n in item),
        platform=encode("pq"[n] for n in platform),
    )
    span = (table.observed_at - table.posted_at)[table.posted_at >= table.observed_at.min()]
    young = np.flatnonzero(table.posted_at >= table.observed_at.min())
    first = {}
    for row, lag in zip(young, span, strict=True):
        key = (platform[row], item[row]) if item[row] else ("alone", row)
        first[key] = min(first.get(key, lag), lag)
    expected = int(np.quantile(list(first.values()), 0.95))
    assert reporting_lag(table) == expected
    monkeypatch.setattr(scope, "_TABLE_LIMIT", 10)
    assert reporting_lag(table) == expected


def test_rows_without_a_posting_time_tell_nothing_of_the_lag():
    table = seen([(at(0), "a"), (at(1), "a")], posted_at=micros([None, None]))
    assert [row.provisional for row in presence(table).rows] == [False, True]


def test_what_was_collected_afterwards_is_marked_so_and_not_called_late():
    posted = [at(week) for week in range(20)]
    table = seen([(at(40), "a")] * 20, posted_at=micros(posted))
    result = presence(table)
    assert len(result.rows) == 20
    assert not any(row.provisional for row in result.rows)
    assert "retrospective-capture" in codes(result)


def test_a_change_of_collector_version_is_a_warning():
    table = seen([(at(0), "a"), (at(0), "a")], collector_version=encode(["1", "2"]))
    assert "instrument-change" in codes(presence(table))
    assert "instrument-change" not in codes(presence(seen([(at(0), "a")], collector_version=encode(["1"]))))


def test_small_cells_are_named_or_hidden_and_a_zero_is_not():
    rows = [(at(0), f"c{number}") for number in range(12)] + [(at(1), "c0"), (at(0), "d")]
    table = seen(rows, group=encode(["big"] * 13 + ["small"]))
    assert "small-cells" in codes(presence(table, by=("group",)))
    hidden = presence(table, by=("group",), suppress_below=10)
    cells = [(row["value"], row["suppressed"]) for row in hidden.to_json()["rows"]]
    assert cells == [(None, True), (None, True), (None, True), (None, True)], "one alone is the total minus the other"
    assert "small-cells" in codes(hidden)
    assert values(presence(table, suppress_below=10)) == [13, 1], "the whole is no subgroup"
    assert "small-cells" not in codes(presence(table, suppress_below=10))


def weekly_channels(counts):
    return seen([(at(week), f"c{number}") for week, count in enumerate(counts) for number in range(count)])


def test_a_change_that_coincides_with_an_intervention_is_measured_and_not_called_an_effect():
    table = weekly_channels([20, 21, 19, 20, 22, 18, 20, 20, 14, 10, 9, 11, 10, 12, 8, 10, 10, 30])
    result = presence(table, interventions=done((at(8, 2), "takedown")))
    (one,) = result.breaks
    assert one.ratio == pytest.approx(0.5)
    assert one.interval[0] < 0.5 < one.interval[1]
    assert "coincided with takedown" in one.sentence
    assert "not shown to be caused" in one.sentence
    assert result.to_json()["breaks"][0]["week"] == "2025-04-28"
    assert "not-calibrated" in codes(result)
    assert presence(table, interventions=done((at(8, 2), "takedown"))).breaks == result.breaks


def test_an_intervention_of_another_platform_is_compared_on_that_platform():
    table = seen(
        [(at(week), f"c{n}") for week in range(12) for n in range(4)] + [(at(week), "z") for week in range(6)],
        platform=encode(["p"] * 48 + ["q"] * 6),
    )
    assert presence(table, interventions=done((at(6), "x"), platform="p")).breaks[0].ratio == pytest.approx(1.0)
    assert presence(table, interventions=done((at(6), "x"), platform="q")).breaks[0].ratio == pytest.approx(0.0)
    whole = presence(table, interventions=done((at(6), "x"), platform="elsewhere")).breaks[0]
    assert whole.ratio == pytest.approx(4 / (29 / 6), rel=0.05)


def test_too_few_weeks_or_nothing_before_give_no_ratio():
    table = weekly_channels([3, 3, 3, 3, 3])
    (one,) = presence(table, interventions=done((at(2), "x"))).breaks
    assert (one.ratio, one.interval) == (None, None)
    assert "too few usable weeks" in one.sentence
    (before,) = presence(table, interventions=done((at(-9), "x"))).breaks
    assert before.ratio is None
    assert "not-calibrated" not in codes(presence(table, interventions=done((at(2), "x"))))


def test_the_weeks_of_a_long_intervention_are_left_out():
    table = weekly_channels([4] * 6 + [40] * 4 + [2] * 6 + [1])
    (one,) = presence(table, interventions=done((at(6), "x"), end=at(9))).breaks
    assert one.ratio == pytest.approx(0.5)


def test_interventions_close_together_and_changes_of_instrument_are_warned_of():
    table = weekly_channels([3] * 30)
    found = codes(presence(table, interventions=done((at(8), "takedown"), (at(10), "collector upgrade"))))
    assert {"concurrent-event", "instrument-change"} <= found
    assert "concurrent-event" not in codes(presence(table, interventions=done((at(8), "x"), (at(20), "x"))))


def test_what_reading_left_out_travels_with_the_answer():
    reading = Reading(file="s.csv", rows=9, skipped=2, problems=(Problem(where="s.csv:3", text="bad"),), naive_times=1)
    result = presence(seen([(at(0), "a")], reading=reading))
    assert {"rows-skipped", "naive-time"} <= codes(result)
    assert "s.csv:3: bad" in json.dumps(result.to_json())


def read_by(rows, **more):
    """Sightings from (observed, channel, audience)."""
    return seen([row[:2] for row in rows], audience=encode(row[2] for row in rows), **more)


def test_following_is_the_union_with_the_sum_beside_it():
    table = read_by([(at(0), "a", "x"), (at(0), "b", "x"), (at(0), "b", "y"), (at(1), "a", "x"), (at(1), "a", "")])
    answer = following(table).to_json()
    assert [(row["value"], row["sum"]) for row in answer["rows"]] == [(2, 3), (1, 1)]
    assert answer["whole"] == {"value": 2, "sum": 3}
    assert "range" not in answer["rows"][0]
    json.dumps(answer, allow_nan=False)


def test_nobody_is_matched_across_platforms():
    table = read_by([(at(0), "a", "x"), (at(0), "a", "x")], platform=encode(["p", "q"]))
    assert following(table).rows[0].value == 2


def test_a_reader_counts_in_the_week_of_reading_and_a_second_crawl_changes_nothing():
    table = read_by([(at(0), "a", "x"), (at(2), "a", "x"), (at(1), "a", "y")], item=encode(["1", "1", "1"]))
    assert [row.value for row in following(table).rows] == [1, 1]


def test_follower_counts_give_a_range_and_no_union():
    table = seen(
        [(at(0), "a"), (at(0, 1), "a"), (at(0), "b"), (at(1), "b"), (at(1), "a")],
        followers=np.array([10, 12, 100, 90, -1], dtype=np.int64),
    )
    answer = following(table, interventions=done((at(1), "x"))).to_json()
    assert [(row["value"], row["sum"], row["range"]) for row in answer["rows"]] == [
        (None, 112, [100, 112]),
        (None, 90, [90, 90]),
    ]
    assert answer["whole"] == {"value": None, "sum": 102, "range": [90, 102]}, "each channel's last count"
    hidden = following(table, by=("platform",), suppress_below=100).to_json()["rows"]
    assert [row["sum"] for row in hidden] == [112, None]


def test_following_without_audience_or_followers_says_what_is_needed():
    for table in (
        seen([(at(0), "a")]),
        seen([(at(0), "a")], followers=np.array([-1])),
        read_by([(at(0), "a", "")]),
    ):
        with pytest.raises(InputError, match="neither audience nor followers"):
            following(table)


def test_a_change_of_the_following_and_a_missing_week():
    table = read_by([(at(week), "a", f"r{n}") for week in range(14) for n in range(8 if week < 7 else 4)])
    result = following(table, checked(*(at(week) for week in range(14) if week != 3)), done((at(7), "x")))
    assert result.rows[3].value is None
    assert result.breaks[0].ratio == pytest.approx(0.5)
    assert "the audience" in result.breaks[0].sentence


def test_too_many_combinations_for_one_number_are_refused():
    table = seen([(at(0), "a")])
    huge = encode(["a"])
    object.__setattr__(huge, "names", range(1 << 40))
    object.__setattr__(table, "channel", huge)
    with pytest.raises(InputError, match="one platform at a time"):
        keys(table, ("channel", "channel"))


def test_everything_in_scope_is_not_copied():
    table = seen([(at(0), "a")])
    assert within(table, None, None) is table
    assert within(table, at(1), None) is table


def test_values_are_numbered_densely_whether_few_or_sparse():
    number, found = dense(np.array([5, 2, 5]), 8)
    assert (number.tolist(), found.tolist()) == ([1, 0, 1], [2, 5])
    number, found = dense(np.array([1 << 40, 2]), 1 << 41)
    assert (number.tolist(), found.tolist()) == ([1, 0], [2, 1 << 40])


def test_json_has_no_number_for_infinity():
    assert finite(float("inf")) is None
    assert finite(1.5) == 1.5
