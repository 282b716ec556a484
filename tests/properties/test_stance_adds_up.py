"""Kitagawa's split adds up exactly, and nothing below a channel, nor a channel's name, comes out."""

import json
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abate.measurement.sampled.stance import stance
from abate.measurement.tables.columns import Labels, encode
from abate.measurement.weeks import DAY, to_micros
from examples import WHOLE_ANSWERS

START = datetime(2025, 5, 5, tzinfo=UTC)
cells = st.integers(10, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
channels = st.lists(st.tuples(cells, cells), min_size=1, max_size=8)


def table(counts):
    channel, at, label = [], [], []
    for place, periods in enumerate(counts):
        for period, (k, n) in enumerate(periods):
            channel += [f"lantern-{place}"] * n
            at += [to_micros(START) + (DAY if period else -DAY)] * n
            label += ["for"] * k + ["against"] * (n - k)
    return Labels(
        item=encode(f"reply-{place}" for place in range(len(label))),
        channel=encode(channel),
        posted_at=np.array(at, dtype=np.int64),
        label=encode(label),
    )


@WHOLE_ANSWERS
@given(counts=channels)
def test_rates_and_mixture_add_up_to_the_change(counts):
    totals = [sum(channel[period][1] for channel in counts) for period in (0, 1)]
    within = mixture = Fraction(0)
    for (k0, n0), (k1, n1) in counts:
        weights = Fraction(n0, totals[0]), Fraction(n1, totals[1])
        shares = Fraction(k0, n0), Fraction(k1, n1)
        within += sum(weights) / 2 * (shares[1] - shares[0])
        mixture += (weights[1] - weights[0]) * sum(shares) / 2
    answer = stance(table(counts), "for", START)
    assert answer.within.value == pytest.approx(float(within), abs=1e-12)
    assert answer.composition.value == pytest.approx(float(mixture), abs=1e-12)
    assert answer.change.value == pytest.approx(float(within + mixture), abs=1e-12)
    assert answer.change.value == pytest.approx(answer.after.value - answer.before.value, abs=1e-12)


gone = st.tuples(st.just(0), st.just(0))
any_cells = st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@WHOLE_ANSWERS
@example(counts=[((0, 0), (9, 9)), ((0, 2), (0, 0)), ((5, 8), (0, 1))])
@given(
    counts=st.lists(st.tuples(any_cells | gone, any_cells | gone), min_size=1, max_size=8).filter(
        lambda counts: all(any(channel[period][1] for channel in counts) for period in (0, 1))
    )
)
def test_no_channel_and_no_reply_is_named_and_intervals_hold_their_values(counts):
    answer = stance(table(counts), "for", START)
    told = json.dumps(answer.to_json(), allow_nan=False)
    assert "lantern-" not in told
    assert "reply-" not in told
    assert "lantern-" not in answer.sentence
    for name in ("before", "after", "change", "within", "composition"):
        one = getattr(answer, name)
        if one.value is not None and one.interval is not None:
            assert one.interval[0] - 1e-12 <= one.value <= one.interval[1] + 1e-12
    small = [period for period in (0, 1) if sum(channel[period][1] for channel in counts) < 10]
    assert bool(small) == bool(answer.hidden)
