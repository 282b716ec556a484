"""Views at an equal age: what counts, what does not, and what is said when views cannot be compared."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.measurement.counting.scope import calendar
from abate.measurement.tables.columns import Checks, Sightings, encode
from abate.measurement.weekly.nowcast import Ages
from abate.measurement.weekly.reach import NO_VIEWS, _views, reach
from abate.measurement.weeks import DAY, NO_TIME, WEEK, to_moment, week_of, week_start, weeks_of

FIRST = 2_800
MONDAY = week_start(FIRST)
AGE = 7 * DAY


def read(rows, *, until_week=None, **more):
    """Sightings from (item, posted day or None, observed day, views or None); a last row far on makes weeks settled."""
    rows = list(rows) if until_week is None else [*rows, ("end", until_week * 7, until_week * 7 + 1, 0)]
    posted, observed = (
        np.array([NO_TIME if day is None else MONDAY + int(day * DAY) for day in column], dtype=np.int64)
        for column in ([row[1] for row in rows], [row[2] for row in rows])
    )
    return Sightings(
        posted_at=posted,
        observed_at=observed,
        platform=encode(more.pop("platform", ["p"] * len(rows))),
        channel=encode(more.pop("channel", ["c"] * len(rows))),
        item=encode(item for item, *_ in rows),
        views=np.array([-1 if views is None else views for *_, views in rows], dtype=np.int64),
        **more,
    )


def by_hand(table, age=AGE):
    """The same, one row at a time."""
    posted, most, week = {}, {}, {}
    rows = range(len(table))
    name = {row: (table.platform.text(row), table.item.text(row) or f"row {row}") for row in rows}
    for row in rows:
        if table.posted_at[row] != NO_TIME:
            own = min(table.posted_at[row], table.observed_at[row])
            posted[name[row]] = min(posted.get(name[row], own), own)
    for row in rows:
        if name[row] in posted and table.views[row] >= 0 and table.observed_at[row] - posted[name[row]] <= age:
            most[name[row]] = max(most.get(name[row], 0), int(table.views[row]))
    for item, views in most.items():
        place = week_of(int(posted[item]))
        week[place] = week.get(place, 0) + views
    return week


def values(answer):
    return [row.value for row in answer.rows]


def codes(answer):
    return {one.code for one in answer.footing.caveats}


def test_an_item_counts_with_the_most_views_read_by_the_age_in_the_week_of_its_posting():
    rows = [("a", 0, 1, 10), ("a", 0, 6, 40), ("a", 0, 3, 25), ("a", 0, 30, 9_000), ("b", 8, 9, 5)]
    assert values(reach(read(rows, until_week=3)))[:2] == [40, 5]


def test_another_age_counts_other_readings():
    table = read([("a", 0, 1, 10), ("a", 0, 6, 40), ("a", 0, 30, 9_000)], until_week=8)
    assert values(reach(table, age=timedelta(days=2)))[0] == 10
    assert values(reach(table, age=timedelta(weeks=6)))[0] == 9_000
    assert reach(table, age=timedelta(hours=36)).to_json()["age_days"] == 1.5


def test_a_reading_exactly_at_the_age_counts():
    assert values(reach(read([("a", 0, 7, 3)], until_week=3)))[0] == 3


def test_the_time_of_the_reading_goes_before_the_time_of_the_row():
    table = read([("a", 0, 30, 10), ("a", 0, 30, 20)], until_week=6)
    looked = np.array([MONDAY + DAY, NO_TIME, NO_TIME], dtype=np.int64)
    assert values(reach(replace(table, views_at=looked)))[0] == 10


def test_a_row_without_a_posting_time_takes_that_of_its_item_and_an_item_without_one_is_left_out():
    rows = [("a", 0, 1, 10), ("a", None, 5, 30), ("b", None, 1, 99), ("b", None, 2, 98)]
    answer = reach(read(rows, until_week=3))
    assert values(answer)[0] == 30
    (told,) = [one for one in answer.footing.caveats if one.code == "views-too-late"]
    assert told.text == "2 readings of views are of items without a posting time and are left out"


def test_rows_that_disagree_on_the_posting_time_take_the_earliest():
    assert values(reach(read([("a", 8, 9, 5), ("a", 6, 9, 7)], until_week=4)))[:2] == [7, 0]


def test_a_posting_time_after_its_observation_is_a_wrong_clock():
    assert values(reach(read([("a", 9, 1, 5)], until_week=4)))[0] == 5


def test_rows_without_an_item_are_items_of_their_own():
    assert values(reach(read([("", 0, 1, 5), ("", 0, 1, 6), ("a", 0, 1, 7), ("a", 0, 2, 8)], until_week=3)))[0] == 19
    table = read([("a", 0, 1, 5), ("a", 0, 2, 6)], until_week=3)
    answer = reach(replace(table, item=None))
    assert values(answer)[0] == 11
    assert any("each row is taken for one" in text for text in answer.footing.assumptions)


def test_the_same_item_name_on_two_platforms_is_two_items():
    table = read([("a", 0, 1, 5), ("a", 0, 1, 6)], platform=["p", "q"])
    assert values(reach(table)) == [11]
    assert [(row.by[0][1], row.value) for row in reach(table, by=("platform",)).rows] == [("p", 5), ("q", 6)]


def test_an_item_whose_rows_lie_in_two_subgroups_counts_once_in_the_first_by_name():
    rows = [("a", 0, 1, 5), ("a", 0, 1, 9)]
    for languages in (["en", "de"], ["de", "en"]):
        answer = reach(read(rows, language=encode(languages)), by=("language",))
        assert {row.by[0][1]: row.value for row in answer.rows} == {"de": 9, "en": 0}


def test_a_week_whose_items_have_not_reached_the_age_is_provisional():
    answer = reach(read([("a", 0, 1, 5), ("b", 7, 8, 5), ("c", 14, 15, 5)]))
    # The last look was on day 15; the first week ended on day 7, its items are not all seven days old before day 14.
    assert [row.provisional for row in answer.rows] == [False, True, True]
    assert any("compared 7 days after posting" in one.text for one in answer.footing.caveats)


def test_a_week_of_posts_whose_views_were_read_too_late_is_missing_and_not_zero():
    answer = reach(read([("a", 0, 1, 5), ("b", 7, 60, 5), ("c", 21, 22, 5)], until_week=12))
    assert [(row.value, row.missing) for row in answer.rows][:4] == [(5, ""), (None, NO_VIEWS), (0, ""), (5, "")]
    assert answer.to_json()["rows"][1]["missing"] == "no-views"
    assert any("25% of the items have no views read within 7 days" in one.text for one in answer.footing.caveats)


def test_a_week_without_a_check_is_missing_not_zero():
    table = read([("a", 0, 1, 5), ("b", 14, 15, 5)], until_week=5)
    looked = np.array([MONDAY + DAY, MONDAY + 15 * DAY], dtype=np.int64)
    checks = Checks(channel=encode(["c", "c"]), checked_at=looked, result=encode(["alive", "alive"]))
    assert [row.missing for row in reach(table, checks).rows][:3] == ["", "no-check", ""]


def test_a_fixed_panel_and_a_snapshot_count_what_they_hold():
    rows = [("a", 0, 1, 5), ("b", 0, 1, 6), ("a", 0, 4, 50)]
    table = read(rows, channel=["one", "two", "one"])
    assert values(reach(table, panel=frozenset({"two"}))) == [6]
    assert values(reach(table, until=to_moment(MONDAY + 2 * DAY))) == [11]


def test_a_panel_whose_views_were_read_too_late_does_not_stop_the_whole():
    rows = [(f"i{week}", 7 * week, 7 * week + 1, 5) for week in range(12)]
    rows += [(f"late{week}", 7 * week, 7 * week + 30, 5) for week in range(12)]
    table = read(
        rows,
        seed_panel=np.array([0] * 12 + [1] * 12, dtype=np.int32),
        collector_version=encode(["1"] * 6 + ["2"] * 6 + ["1"] * 6 + ["2"] * 6),
    )
    answer = reach(table)
    assert answer.beside.panel is not None
    assert np.isnan(answer.beside.panel.series[:5]).all(), "posted, but never read in time"
    assert values(answer)[0] == 5


def test_views_are_never_mixed_with_people():
    answer = reach(read([("a", 0, 1, 5)], audience=encode(["r1"])))
    assert answer.to_json()["hidden"] is None
    assert any("one person may make many" in text for text in answer.footing.assumptions)
    assert any("a view is no one" in one.text for one in answer.footing.caveats)


def test_small_cells_of_views_are_hidden_where_that_is_asked():
    rows = [("a", 0, 1, 500), ("b", 0, 1, 3), ("c", 0, 1, 700)]
    answer = reach(read(rows, group=encode(["x", "y", "z"])), by=("group",), suppress_below=10)
    assert values(answer) == [None, None, 700]
    assert "small-cells" in codes(answer)


@pytest.mark.parametrize(
    ("rows", "age", "word"),
    [
        ([("a", 0, 1, 5)], timedelta(0), "--age"),
        ([("a", 0, 1, None)], timedelta(days=7), "carry no views"),
        ([("a", None, 1, 5)], timedelta(days=7), "need to know when an item was posted"),
        ([("a", 0, 30, 5)], timedelta(days=7), "within 7 days"),
        ([("a", 0, 1, 1 << 62), ("b", 0, 1, 1 << 62)], timedelta(days=7), "more than anybody"),
    ],
)
def test_views_that_cannot_be_compared_are_refused_with_what_to_do(rows, age, word):
    with pytest.raises(InputError, match=word):
        reach(read(rows), age=age)


@pytest.mark.parametrize(("name", "word"), [("views", "carry no views"), ("posted_at", "when an item was posted")])
def test_a_table_without_the_column_is_refused_with_what_to_do(name, word):
    table = read([("a", 0, 1, 5)])
    with pytest.raises(InputError, match=word):
        reach(replace(table, **{name: None}))


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "b", "c", "d", "e"]),
        st.one_of(st.none(), st.integers(0, 40)),
        st.integers(0, 50),
        st.one_of(st.none(), st.integers(0, 30)),
    ),
    min_size=1,
    max_size=30,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_every_week_adds_up_as_by_hand_and_the_order_of_the_rows_does_not_matter(rows, shuffler):
    rows = [*rows, ("end", 60, 61, 1)]
    table = read(rows)
    answer = reach(table)
    assert {row.week: row.value for row in answer.rows if row.value} == {w: v for w, v in by_hand(table).items() if v}
    mixed = list(rows)
    shuffler.shuffle(mixed)
    assert reach(read(mixed)).to_json() == answer.to_json()


@given(ROWS)
def test_the_triangle_knows_of_each_week_what_had_been_read_by_each_age(rows):
    table = read([*rows, ("end", 60, 61, 1)])
    counter = _views(table, AGE)
    weeks = calendar(table, counter.at, None, None)
    ages = Ages(weeks=weeks, since=int(table.observed_at.min()))
    known = counter.triangle(ages)
    for place in range(len(known)):
        for age in np.flatnonzero(np.isfinite(known[place])):
            # What was known then is what a table cut off at that moment would have said.
            moment = weeks.snapshot - (ages.last - ages.start - place - int(age)) * WEEK
            seen = (counter.table.observed_at <= moment) | (age == known.shape[1] - 1)
            mine = {}
            for row in np.flatnonzero(counter.counts & seen & (weeks_of(counter.at) == ages.start + place)):
                mine[counter.item[row]] = max(mine.get(counter.item[row], 0), int(counter.table.views[row]))
            assert known[place, age] == sum(mine.values())
