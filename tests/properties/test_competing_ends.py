"""Ends that shut each other out: Aalen–Johansen against its laws, the product-limit curve, and lifelines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.lives.incidence import cumulative_incidence
from abate.measurement.lives.kaplan_meier import Observed, curve_of, risk_table
from examples import WHOLE_ANSWERS

SUBJECTS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 30), st.integers(0, 2)), min_size=1, max_size=60)


def tables(rows):
    entry, span, cause = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return [risk_table(Observed(exit=entry + span, event=cause == end, entry=entry)) for end in (1, 2)], risk_table(
        Observed(exit=entry + span, event=cause > 0, entry=entry)
    )


@WHOLE_ANSWERS
@given(SUBJECTS)
def test_the_shares_of_all_ends_and_of_those_still_there_add_up_to_one(rows):
    ends, any_end = tables(rows)
    first, second = cumulative_incidence(ends)
    left = curve_of(any_end)
    for day in range(41):
        shares = first.at(day), second.at(day)
        if shares[0] is not None:
            assert shares[0] + shares[1] + left.at(day) == pytest.approx(1)
            low, high = first.interval_at(day)
            assert -1e-12 <= low <= shares[0] + 1e-12
            assert shares[0] - 1e-12 <= high <= 1 + 1e-12


@WHOLE_ANSWERS
@given(SUBJECTS)
def test_counting_the_other_end_as_loss_never_says_less(rows):
    ends, _ = tables(rows)
    incidence, naive = cumulative_incidence(ends)[0], curve_of(ends[0])
    for day in range(41):
        share = incidence.at(day)
        if share is not None:
            assert share <= 1 - naive.at(day) + 1e-9


@WHOLE_ANSWERS
@given(SUBJECTS)
def test_a_single_end_is_one_minus_the_curve_with_greenwoods_interval(rows):
    _, table = tables(rows)
    (incidence,), curve = cumulative_incidence([table]), curve_of(table)
    for day, share, low, high in zip(curve.days, curve.survival, curve.low, curve.high, strict=True):
        if incidence.at(int(day)) is None or not 0 < share < 1:
            continue
        assert incidence.at(int(day)) == pytest.approx(1 - share)
        # The two scales differ (log(-log) of the share, and of the rest); the deviation behind them is the same.
        spread = np.log(np.log(low) / np.log(high)) / (2 * 1.959963984540054)
        place = int(np.searchsorted(incidence.times, day, side="right")) - 1
        if low > 0 and high < 1:
            assert incidence.deviation[place] == pytest.approx(abs(spread * share * np.log(share)), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_lifelines_where_no_two_end_together(seed):
    lifelines = pytest.importorskip("lifelines")
    draw = np.random.default_rng(seed)
    leave, cause = draw.permutation(120) + 1, draw.integers(0, 3, 120)
    oracle = lifelines.AalenJohansenFitter(calculate_variance=True).fit(leave, cause, event_of_interest=1)
    incidence = cumulative_incidence([risk_table(Observed(exit=leave, event=cause == end)) for end in (1, 2)])[0]
    for day in range(1, 119):
        expected = float(oracle.cumulative_density_.iloc[:, 0].loc[:day].iloc[-1])
        assert incidence.at(day) == pytest.approx(expected, abs=1e-9)
    place = int(np.searchsorted(incidence.times, 80, side="right")) - 1
    # The peer has another formula for the variance; at half the ages they agree to a few parts in a hundred.
    assert incidence.deviation[place] ** 2 == pytest.approx(float(oracle.variance_.loc[:80].iloc[-1]), rel=0.05)


def test_before_anything_ended_the_interval_is_that_of_none_of_so_many():
    table = risk_table(Observed(exit=np.array([9] * 20), event=np.array([True] * 10 + [False] * 10)))
    (incidence,) = cumulative_incidence([table])
    assert incidence.at(3) == 0
    assert incidence.interval_at(3) == pytest.approx((0, 0.1684335))
    assert incidence.at(10) is None, "nobody was followed that long"
    assert incidence.interval_at(10) is None


def test_when_everybody_ended_the_share_stays_and_the_upper_bound_is_one():
    table = risk_table(Observed(exit=np.array([2, 4, 4, 5]), event=np.array([True] * 4)))
    (incidence,) = cumulative_incidence([table])
    assert incidence.at(1000) == 1
    low, high = incidence.interval_at(1000)
    assert 0 < low < 0.9
    assert high == 1
    assert incidence.reaches(0.5) == 4
    (alone,) = cumulative_incidence([risk_table(Observed(exit=np.array([2]), event=np.array([True])))])
    assert alone.interval_at(2) == (0, 1)


def test_given_being_there_at_a_time_only_later_ends_count():
    ages = np.array([2, 3, 6, 9])
    (incidence,) = cumulative_incidence([risk_table(Observed(exit=ages, event=np.array([True] * 4)))], 4)
    assert incidence.steps()[0][:2] == [6, 0.5]
