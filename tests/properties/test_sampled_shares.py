"""Laws of drawing and estimating: numbers add up, chances are chances, and a share lies within its interval."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.sampled.design import draw_sample
from abate.measurement.sampled.prevalence import prevalence
from abate.measurement.sampled.rogan_gladen import Reviewers
from abate.measurement.tables.columns import Labels, Words, encode
from examples import WHOLE_ANSWERS


@st.composite
def populations(draw):
    count = draw(st.integers(1, 80))
    views = draw(st.none() | st.lists(st.integers(-1, 3) | st.integers(0, 10**9), min_size=count, max_size=count))
    share = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0, math.nan])
    score = draw(st.none() | st.lists(share, min_size=count, max_size=count))
    return Labels(
        item=encode(f"i{place}" for place in range(count)),
        views=None if views is None else np.array(views, dtype=np.int64),
        score=None if score is None else np.array(score, dtype=np.float64),
    )


@WHOLE_ANSWERS
@given(
    table=populations(),
    size=st.integers(1, 100),
    by=st.sampled_from([("score", "views"), ("views", "score"), ("score",), ("views",), ()]),
    by_views=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_as_many_are_drawn_as_can_be_and_chances_add_up_to_them(table, size, by, by_views, seed):
    can = by_views and table.views is not None and bool((table.views > 0).any())
    sample = draw_sample(table, size, by=by, within="views" if can else "evenly", seed=seed)
    assert np.all((sample.probability >= 0) & (sample.probability <= 1))
    assert np.all(sample.probability[sample.drawn] > 0)
    assert sample.drawn.sum() == pytest.approx(sample.probability.sum())
    if not can:
        assert sample.drawn.sum() == min(size, len(table))
    counts = np.bincount(sample.strata.place, sample.probability, len(sample.strata.names))
    assert [one.drawn for one in sample.summary] == pytest.approx(counts.tolist())
    assert sum(one.items for one in sample.summary) == len(table)
    assert len(set(sample.strata.names)) == len(sample.strata.names)


@st.composite
def labelled(draw):
    count = draw(st.integers(1, 60))
    column = lambda of: st.lists(of, min_size=count, max_size=count)  # noqa: E731 - a shorthand for this function only
    labels = draw(column(st.sampled_from(["bad", "fine", ""])))
    if not any(labels):
        labels[0] = draw(st.sampled_from(["bad", "fine"]))
    chance = draw(st.none() | column(st.floats(0.01, 1)))
    return Labels(
        item=encode(f"i{place}" for place in range(count)),
        stratum=draw(st.none() | column(st.sampled_from(["a", "b", "c"])).map(encode)),
        views=draw(st.none() | column(st.integers(1, 10**6)).map(lambda one: np.array(one, dtype=np.int64))),
        inclusion_probability=None if chance is None else np.array(chance),
        label=encode(labels),
        score=draw(st.none() | column(st.floats(0, 1)).map(np.array)),
    )


@WHOLE_ANSWERS
@given(
    table=labelled(),
    reviewers=st.none() | st.builds(Reviewers, sensitivity=st.floats(0.6, 1), specificity=st.floats(0.6, 1)),
)
def test_a_share_lies_within_its_interval_and_both_within_zero_and_one(table, reviewers):
    answer = prevalence(table, "bad", reviewers=reviewers)
    low, high = answer.interval
    assert 0 <= low <= answer.value <= high <= 1
    assert sum(one.share for _, one in answer.strata) == pytest.approx(1)
    assert sum(one.labelled for _, one in answer.strata) == answer.labelled
    for _, one in answer.strata:
        if one.value is not None:
            below, above = one.limits.interval()
            assert 0 <= below <= one.value + 1e-9
            assert one.value - 1e-9 <= above <= 1
    told = answer.to_json()
    assert all(math.isfinite(limit) for limit in told["interval"])


@WHOLE_ANSWERS
@given(table=labelled())
def test_positive_and_negative_shares_are_each_others_rest(table):
    without = Labels(
        item=table.item,
        stratum=table.stratum,
        views=table.views,
        inclusion_probability=table.inclusion_probability,
        label=table.label,
    )
    yes, no = prevalence(without, "bad"), prevalence(without, "fine")
    assert yes.value + no.value == pytest.approx(1)
    for at in (0, 1):
        assert yes.interval[at] == pytest.approx(1 - no.interval[1 - at], abs=1e-6)


@WHOLE_ANSWERS
@given(table=labelled(), order=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_says_nothing(table, order):
    rows = list(range(len(table)))
    order.shuffle(rows)

    def turned(column):
        if isinstance(column, Words):
            return Words(codes=column.codes[rows], names=column.names)
        return None if column is None else column[rows]

    names = ("item", "stratum", "views", "inclusion_probability", "label", "score")
    again = prevalence(Labels(**{name: turned(getattr(table, name)) for name in names}), "bad")
    assert again.value == pytest.approx(prevalence(table, "bad").value, abs=1e-9)
