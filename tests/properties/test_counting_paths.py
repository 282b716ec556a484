"""The way of millions of rows and the way of a few give the same answer, on any table."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.measurement.counting import distinct, first_times, joined, pairs
from abate.measurement.counting.channels import first_and_last, returns
from abate.measurement.counting.scope import counted_at
from abate.measurement.tables.columns import Sightings, Words, encode
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weekly.reach import reach
from abate.measurement.weeks import DAY, NO_TIME, to_micros
from examples import WHOLE_ANSWERS

MONDAY = to_micros(datetime(2025, 3, 3, tzinfo=UTC))

ROWS = st.lists(
    st.tuples(
        st.integers(0, 40 * 24),
        st.one_of(st.none(), st.integers(-12, 3)),
        st.sampled_from(["p", "q", "p", "p"]),
        st.sampled_from("abcde"),
        st.sampled_from(["", "1", "2", "3", "4"]),
        st.sampled_from(["", "x", "y", "z"]),
        st.sampled_from(["en", "de", ""]),
    ),
    min_size=1,
    max_size=40,
)


def table(rows):
    observed = np.array([MONDAY + row[0] * DAY // 24 for row in rows], dtype=np.int64)
    posted = [NO_TIME if row[1] is None else int(at) + row[1] * DAY for row, at in zip(rows, observed, strict=True)]
    return Sightings(
        observed_at=observed,
        posted_at=np.array(posted, dtype=np.int64),
        platform=encode(row[2] for row in rows),
        channel=encode(row[3] for row in rows),
        item=encode(row[4] for row in rows),
        audience=encode(row[5] for row in rows),
        language=encode(row[6] for row in rows),
        followers=np.array([row[0] for row in rows], dtype=np.int64),
        views=np.array([row[0] % 97 - (row[6] == "") for row in rows], dtype=np.int64),
        views_at=np.array([NO_TIME if row[5] == "x" else at for row, at in zip(rows, observed + DAY, strict=True)]),
    )


def with_gaps(words):
    """Name every other place by nobody, as whole numbers of a file that are their own numbers do."""
    names = [name for each in words.names for name in (each, f"not {each}")]
    return Words(codes=np.where(words.codes < 0, -1, 2 * words.codes).astype(np.int32), names=names)


def as_if_millions(bits_a_row, word=63):
    stack = ExitStack()
    stack.enter_context(patch.object(distinct, "KERNEL_FROM", 0))
    stack.enter_context(patch.object(distinct, "_BITS_A_ROW", bits_a_row))
    stack.enter_context(patch.object(distinct, "_BUCKET", 3))
    stack.enter_context(patch.object(first_times, "_SPARSE", 0))
    stack.enter_context(patch.object(joined, "_FLAGS_LIMIT", 20))
    stack.enter_context(patch.object(pairs, "_BUCKET", 3))
    stack.enter_context(patch.object(pairs, "_WORD", word))
    return stack


@WHOLE_ANSWERS
@given(ROWS, st.sampled_from([(), ("platform",), ("language", "platform")]), st.sampled_from([0, 64]), st.booleans())
def test_both_ways_answer_the_same_json(rows, by, bits_a_row, gaps):
    seen = table(rows)
    again = replace(seen, audience=with_gaps(seen.audience), channel=with_gaps(seen.channel)) if gaps else seen
    for measure in (presence, following):
        expected = measure(seen, by=by).to_json()
        # Pairs that do not fit a word are counted as triples, each time anew.
        for word in (63, 0):
            with as_if_millions(bits_a_row, word):
                assert measure(replace(again), by=by).to_json() == expected


@WHOLE_ANSWERS
@given(ROWS, st.sampled_from([(), ("platform",), ("language", "platform")]), st.sampled_from([1, 7, 30]))
def test_both_ways_read_the_same_views(rows, by, days):
    def asked(seen):
        try:
            return reach(seen, by=by, age=timedelta(days=days)).to_json()
        except InputError as error:
            return str(error)

    seen = table(rows)
    expected = asked(seen)
    for item in (seen.item, with_gaps(seen.item)):
        with as_if_millions(64):
            assert asked(replace(seen, item=item)) == expected


@WHOLE_ANSWERS
@given(ROWS, st.sampled_from([1, 2, 4]))
def test_both_ways_know_when_channels_were_seen_and_came_back(rows, silent):
    def told():
        spans, back = first_and_last(table(rows)), returns(table(rows), silent)
        seen = [spans.platform, spans.channel, spans.first, spans.last]
        again = [back.platform, back.channel, back.week, back.silent]
        return [sorted(np.column_stack(columns).tolist()) for columns in (seen, again)]

    expected = told()
    with as_if_millions(64):
        assert told() == expected


@WHOLE_ANSWERS
@given(ROWS)
def test_what_one_measure_remembers_changes_no_other(rows):
    seen = table(rows)
    with as_if_millions(64):
        together = [presence(seen).to_json(), presence(seen).to_json()]
        assert together == 2 * [presence(table(rows)).to_json()]
        assert returns(seen).week.tolist() == returns(table(rows)).week.tolist()


@WHOLE_ANSWERS
@given(ROWS, st.booleans(), st.booleans())
def test_the_time_of_a_row_follows_its_item(rows, per_reader, dated):
    seen = (
        table(rows)
        if dated
        else Sightings(
            **{name: getattr(table(rows), name) for name in ("observed_at", "platform", "channel", "item", "audience")}
        )
    )
    posted = [NO_TIME] * len(rows) if seen.posted_at is None else seen.posted_at.tolist()
    own = [
        int(at) if when == NO_TIME else min(when, int(at)) for when, at in zip(posted, seen.observed_at, strict=True)
    ]
    expected = list(own)
    for place, row in enumerate(rows):
        if posted[place] != NO_TIME or not row[4]:
            continue
        same = [
            other
            for other, one in enumerate(rows)
            if (one[2], one[4]) == (row[2], row[4]) and (not per_reader or one[5] == row[5])
        ]
        dated_rows = [other for other in same if posted[other] != NO_TIME]
        expected[place] = min(own[other] for other in dated_rows or same)
    assert counted_at(seen, per_reader=per_reader).tolist() == expected
    with as_if_millions(64):
        assert counted_at(seen, per_reader=per_reader).tolist() == expected
