"""Laws of the weekly counts: against plain sets, whatever the order of the rows."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import monday, to_micros, week_of

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)

ROWS = st.lists(
    st.tuples(
        st.integers(0, 40 * 86_400),
        st.sampled_from("pq"),
        st.sampled_from("abcd"),
        st.sampled_from("xyz"),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def table(rows):
    observed = [MONDAY + timedelta(seconds=row[0]) for row in rows]
    posted = [when - timedelta(days=9) if row[4] else when for when, row in zip(observed, rows, strict=True)]
    return Sightings(
        observed_at=np.array([to_micros(when) for when in observed], dtype=np.int64),
        posted_at=np.array([to_micros(when) for when in posted], dtype=np.int64),
        platform=encode(row[1] for row in rows),
        channel=encode(row[2] for row in rows),
        audience=encode(row[3] for row in rows),
    )


def weeks(given_table):
    return [week_of(int(when)) for when in given_table.posted_at]


@given(ROWS)
def test_each_week_counts_the_set_of_its_channels(rows):
    seen = table(rows)
    truth = {}
    for week, row in zip(weeks(seen), rows, strict=True):
        truth.setdefault(week, set()).add(row[1:3])
    got = {row.week: row.value for row in presence(seen).rows}
    assert got == {week: len(truth.get(week, ())) for week in range(min(truth), max(truth) + 1)}
    assert all(monday(week).weekday() == 0 for week in got)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, shuffler):
    mixed = list(rows)
    shuffler.shuffle(mixed)
    assert presence(table(rows), by=("platform",)).rows == presence(table(mixed), by=("platform",)).rows
    assert following(table(rows)).to_json() == following(table(mixed)).to_json()


@given(ROWS)
def test_the_platforms_add_up_to_the_whole(rows):
    seen = table(rows)
    parts = {}
    for row in presence(seen, by=("platform",)).rows:
        parts[row.week] = parts.get(row.week, 0) + row.value
    assert parts == {row.week: row.value for row in presence(seen).rows}


@given(ROWS)
def test_the_union_lies_between_the_largest_week_and_the_sum(rows):
    result = following(table(rows))
    for row in result.rows:
        assert row.value <= row.total
    largest = max(row.value for row in result.rows)
    assert largest <= result.whole.value <= sum(row.value for row in result.rows)
    assert result.whole.value == len({(row[1], row[3]) for row in rows})
