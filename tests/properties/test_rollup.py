"""A roll-up says what its table says, whatever the table and the question."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.measurement.counting.channels import first_and_last, returns
from abate.measurement.rollup.ask import AskedOfRollup, following_kept, presence_kept, reach_kept
from abate.measurement.rollup.file import read_rollup, write_rollup
from abate.measurement.rollup.make import roll_up
from abate.measurement.tables.columns import Checks, Interventions, Problem, Reading, Sightings, encode
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weekly.reach import reach
from abate.measurement.weeks import DAY, NO_TIME, to_micros
from examples import WHOLE_ANSWERS

MONDAY = to_micros(datetime(2025, 3, 3, tzinfo=UTC))
AGE = timedelta(days=3)
READING = Reading(
    file="s.csv",
    rows=50,
    skipped=2,
    naive_times=1,
    problems=(Problem(where="s.csv:3", text="channel: is empty; fill it in or leave the row out"),),
)

ROWS = st.lists(
    st.tuples(
        st.integers(0, 90 * 24),
        st.one_of(st.none(), st.integers(-12, 3), st.integers(-3, 0)),
        st.sampled_from("pq"),
        st.sampled_from("abcde"),
        st.sampled_from(["", "1", "2", "3", "4"]),
        st.sampled_from(["", "x", "y", "z"]),
        st.sampled_from(["en", "de", ""]),
        st.sampled_from(["", "one", "two"]),
    ),
    min_size=1,
    max_size=60,
)
LEFT_OUT = st.sets(st.sampled_from(["posted_at", "item", "audience", "followers", "views", "language", "collector"]))
BY = st.sampled_from([(), ("platform",), ("language",)])


def table(rows, left_out=()):
    observed = np.array([MONDAY + row[0] * DAY // 24 for row in rows], dtype=np.int64)
    posted = [NO_TIME if row[1] is None else int(at) + row[1] * DAY for row, at in zip(rows, observed, strict=True)]
    columns = {
        "posted_at": np.array(posted, dtype=np.int64),
        "item": encode(row[4] for row in rows),
        "audience": encode(row[5] for row in rows),
        "language": encode(row[6] for row in rows),
        "collector": encode(row[7] for row in rows),
        "collector_version": encode("2" if row[0] > 1000 else "1" for row in rows),
        "seed_panel": np.array([row[3] in "ab" for row in rows], dtype=np.int32),
        "followers": np.array([row[0] for row in rows], dtype=np.int64),
        "views": np.array([row[0] % 97 - (row[6] == "") for row in rows], dtype=np.int64),
    }
    return Sightings(
        observed_at=observed,
        platform=encode(row[2] for row in rows),
        channel=encode(row[3] for row in rows),
        reading=READING,
        **{name: column for name, column in columns.items() if name not in left_out},
    )


def kept(seen, age=AGE):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.rollup"
        write_rollup(roll_up(seen, (("s.csv", 1, 2, "3"),), age), path)
        return read_rollup(path)


def said(answer, *arguments, **named):
    try:
        return answer(*arguments, **named).to_json()
    except InputError as error:
        return str(error)


def checks_until(seen, hours):
    """Checks every fourth day up to so many hours before the last sighting, one of which saw nothing."""
    last = int(seen.observed_at.max()) - hours * DAY // 24
    at = np.arange(MONDAY, last + 1, 4 * DAY, dtype=np.int64)
    at = at if len(at) else np.array([last])
    return Checks(channel=encode(["a"] * len(at)), checked_at=at, result=encode(["error"] + ["alive"] * (len(at) - 1)))


INTERVENTIONS = Interventions(
    date=np.array([MONDAY + 40 * DAY, MONDAY + 60 * DAY], dtype=np.int64),
    platform=encode(["p", "nowhere"]),
    kind=encode(["takedown", "collector moved"]),
)


@WHOLE_ANSWERS
@given(ROWS, LEFT_OUT, BY, st.sampled_from([None, 2, 5]), st.sampled_from([None, 0, 30, 400]), st.booleans())
def test_the_three_weekly_answers_are_the_same_json(rows, left_out, by, suppress_below, hours, marked):
    seen = table(rows, left_out)
    checks = None if hours is None else checks_until(seen, hours)
    interventions = INTERVENTIONS if marked else None
    more = {"by": by, "seed": 7, "suppress_below": suppress_below}
    asked = AskedOfRollup(rollup=kept(seen), checks=checks, interventions=interventions, **more)
    for measure, of_rollup in ((presence, presence_kept), (following, following_kept)):
        assert said(of_rollup, asked) == said(measure, seen, checks, interventions, **more)
    assert said(reach_kept, asked, AGE) == said(reach, seen, checks, interventions, age=AGE, **more)


@WHOLE_ANSWERS
@given(ROWS, st.sampled_from([1, 2, 4]))
def test_what_survival_and_reappearance_start_from_is_the_same(rows, silent):
    seen = table(rows)
    channels = kept(seen).channels
    spans, back = first_and_last(seen), returns(seen, silent)
    for one, other in ((spans, channels.spans()), (back, channels.returns(silent))):
        names = [field.name for field in fields(one)]
        told, again = (np.column_stack([getattr(found, name) for name in names]) for found in (one, other))
        assert sorted(told.tolist()) == sorted(again.tolist())
    assert (channels.platforms, channels.names) == (tuple(seen.platform.names), tuple(seen.channel.names))


def test_nobody_is_named_in_a_roll_up():
    rows = [(day * 24, -1, "p", "a", "1", f"reader-{day}", "en", "one") for day in range(40)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.rollup"
        write_rollup(roll_up(table(rows), (), AGE), path)
        assert b"reader-" not in path.read_bytes()


@pytest.mark.parametrize("at_midnight", [0, 1])
def test_a_check_at_the_very_end_of_a_week_is_told_as_from_the_table(at_midnight):
    rows = [(day * 24 + 1, -1, "p", "abcde"[day % 5], str(day % 4 + 1), "x", "en", "one") for day in range(69)]
    rows.append((70 * 24 - 1 + at_midnight, -1, "p", "a", "1", "x", "en", "one"))
    seen = table(rows)
    checks = checks_until(seen, 0)
    checks.checked_at[-1] = seen.observed_at.max()
    told = said(presence_kept, AskedOfRollup(rollup=kept(seen), checks=checks))
    if at_midnight:
        # Monday at midnight ends the week before for the sightings; the check begins another one.
        assert isinstance(told, str) or told == said(presence, seen, checks)
    else:
        assert told == said(presence, seen, checks)
