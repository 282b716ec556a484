"""First and last sights, and returns after a silence, beside the same counted one row at a time."""

from datetime import UTC, datetime
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.counting import channels as channels_module
from abate.measurement.counting.channels import SILENT, first_and_last, returns
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weeks import DAY, to_micros, week_of

MONDAY = to_micros(datetime(2025, 3, 3, tzinfo=UTC))
ROWS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from("pq"), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=40
)


def table(rows):
    return Sightings(
        observed_at=np.array([MONDAY + day * DAY for day, *_ in rows], dtype=np.int64),
        platform=encode(platform for _, platform, _ in rows),
        channel=encode(channel for *_, channel in rows),
    )


def named(sightings, found):
    pairs = zip(found.platform, found.channel, strict=True)
    return [(sightings.platform.names[one], sightings.channel.names[other]) for one, other in pairs]


@given(ROWS)
def test_a_channel_has_the_ends_of_its_own_rows(rows):
    sightings = table(rows)
    spans = first_and_last(sightings)
    found = dict(zip(named(sightings, spans), zip(spans.first, spans.last, strict=True), strict=True))
    days = {}
    for day, *name in rows:
        days.setdefault(tuple(name), []).append(MONDAY + day * DAY)
    assert found == {name: (min(seen), max(seen)) for name, seen in days.items()}


@pytest.mark.parametrize("limit", [0, 1 << 30])
@given(rows=ROWS, silent=st.integers(1, 6))
def test_a_channel_is_back_after_so_many_silent_weeks(limit, rows, silent):
    sightings = table(rows)
    with patch.object(channels_module, "_TABLE_LIMIT", limit):
        back = returns(sightings, silent)
    found = sorted(zip(named(sightings, back), back.week.tolist(), back.silent.tolist(), strict=True))
    weeks = {}
    for day, *name in rows:
        weeks.setdefault(tuple(name), set()).add(week_of(MONDAY + day * DAY))
    expected = [
        (name, week, week - before - 1)
        for name, active in weeks.items()
        for before, week in zip(sorted(active), sorted(active)[1:], strict=False)
        if week - before - 1 >= silent
    ]
    assert found == sorted(expected)


def test_four_weeks_of_silence_are_a_return_and_three_are_none():
    assert len(returns(table([(0, "p", "a"), (7 * (SILENT + 1), "p", "a")])).week) == 1
    assert len(returns(table([(0, "p", "a"), (7 * SILENT, "p", "a")])).week) == 0


def test_numbers_with_large_gaps_are_closed_up():
    with patch.object(channels_module, "_TOO_MANY", 0):
        spans = first_and_last(table([(0, "p", "a"), (3, "q", "a"), (5, "p", "a")]))
    assert sorted(spans.last.tolist()) == [MONDAY + 3 * DAY, MONDAY + 5 * DAY]
