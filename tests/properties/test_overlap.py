"""Overlap as a law: symmetric, between nothing and all, all on the diagonal, and blind to the order of rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.measurement.overlap import overlap
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weeks import DAY
from examples import WHOLE_ANSWERS

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Order of the Grey Lantern", "Quiet Compass", "Seventh Key", ""]),
        st.sampled_from(["harbourline", "quayside"]),
        st.integers(0, 3),
        st.integers(0, 30),
        st.sampled_from(["photo", "text", ""]),
    ),
    min_size=30,
    max_size=120,
)


def sightings(rows):
    groups, platforms, channels, things, kinds = zip(*rows, strict=True)
    return Sightings(
        observed_at=np.arange(len(rows), dtype=np.int64) * DAY,
        platform=encode(platforms),
        channel=encode(f"channel {number}" for number in channels),
        group=encode(groups),
        signal=encode(f"signal {number}" for number in things),
        kind=encode(kinds),
    )


def asked(rows):
    try:
        return overlap(sightings(rows), by="group")
    except InputError:
        return None


def tables(answer):
    found = [answer.jaccard, answer.cosine] + ([answer.mix] if answer.mix is not None else [])
    return [(one.values, one.low, one.high) for one in found]


@WHOLE_ANSWERS
@given(ROWS)
def test_overlap_is_symmetric_within_zero_and_one_and_whole_with_itself(rows):
    answer = asked(rows)
    if answer is None:
        return
    for values, low, high in tables(answer):
        for table in (values, low, high):
            np.testing.assert_allclose(table, table.T, atol=1e-12)
            known = table[np.isfinite(table)]
            assert ((known >= -1e-12) & (known <= 1 + 1e-12)).all()
        own = np.diagonal(values)
        np.testing.assert_allclose(own[np.isfinite(own)], 1, atol=1e-12)
        given_ = np.isfinite(low) & np.isfinite(values)
        assert (low[given_] <= values[given_] + 1e-12).all()
        assert (values[given_] <= high[given_] + 1e-12).all()
    few = np.array(answer.counts) < 10
    assert np.isnan(answer.jaccard.values[few]).all()


@WHOLE_ANSWERS
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    one, other = asked(rows), asked(mixed)
    assert (one is None) == (other is None)
    if one is None:
        return
    assert one.names == other.names
    assert one.counts == other.counts
    for ours, theirs in zip(tables(one), tables(other), strict=True):
        for mine, yours in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(mine, yours, atol=1e-9)
