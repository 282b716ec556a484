"""Survival against lifelines, against its frozen answers, and against its own laws."""

import importlib.util

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abate.measurement.kaplan_meier import Observed, kaplan_meier, log_rank, risk_table

needs_lifelines = pytest.mark.skipif(
    importlib.util.find_spec("lifelines") is None, reason="the oracle: pip install '.[oracles]'"
)

SUBJECTS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 30), st.booleans()), min_size=1, max_size=60)


def observed(rows):
    entry, span, event = (np.array(column) for column in zip(*rows, strict=True))
    return Observed(exit=(entry + span).astype(np.int64), event=event.astype(bool), entry=entry.astype(np.int64))


@given(SUBJECTS)
def test_the_curve_falls_within_0_and_1_and_inside_its_interval(rows):
    curve = kaplan_meier(observed(rows))
    assert np.all(np.diff(curve.survival) <= 0)
    assert np.all(np.diff(curve.days) > 0)
    for values in (curve.survival, curve.low, curve.high):
        assert np.all((values >= 0) & (values <= 1))
    assert np.all(curve.low <= curve.survival + 1e-12)
    assert np.all(curve.survival <= curve.high + 1e-12)


@given(SUBJECTS, st.randoms(use_true_random=False))
def test_the_order_of_the_subjects_does_not_matter(rows, shuffler):
    mixed = list(rows)
    shuffler.shuffle(mixed)
    one, other = kaplan_meier(observed(rows)), kaplan_meier(observed(mixed))
    assert np.array_equal(one.days, other.days)
    assert np.array_equal(one.survival, other.survival)
    assert np.array_equal(one.low, other.low)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_without_loss_or_late_entry_it_is_the_share_still_there(ages):
    leave = np.array(ages, dtype=np.int64)
    for entry in (None, np.zeros_like(leave)):
        curve = kaplan_meier(Observed(exit=leave, event=np.ones(len(leave), dtype=bool), entry=entry))
        for day in range(42):
            assert curve.at(day) == pytest.approx(np.mean(leave > day))


@given(SUBJECTS, st.integers(1, 20))
def test_conditioning_divides_by_the_share_alive_then(rows, start):
    whole = kaplan_meier(observed(rows))
    assume(whole.at(start) > 0)
    given_alive = kaplan_meier(observed(rows), start)
    for day in range(start, 42):
        assert given_alive.at(day) == pytest.approx(whole.at(day) / whole.at(start))


@needs_lifelines
@pytest.mark.parametrize("seed", range(12))
def test_it_equals_lifelines_on_random_delayed_entry(seed):
    from lifelines import KaplanMeierFitter

    draw = np.random.default_rng(seed)
    size = int(draw.integers(40, 400))
    entry = draw.integers(0, 12, size) * (draw.random(size) < 0.5)
    leave, event = entry + draw.integers(1, 40, size), draw.random(size) < 0.7
    oracle = KaplanMeierFitter().fit(leave, event, entry=entry)
    curve = kaplan_meier(Observed(exit=leave, event=event, entry=entry))
    for day in range(55):
        assert curve.at(day) == pytest.approx(float(oracle.predict(day)), abs=1e-12)
    assert (np.inf if curve.median is None else curve.median) == oracle.median_survival_time_
    bounds = oracle.confidence_interval_
    for day, share, low, high in zip(curve.days, curve.survival, curve.low, curve.high, strict=True):
        if 0 < share < 1 and day in bounds.index:
            assert [low, high] == pytest.approx(bounds.loc[day].tolist(), abs=1e-9)


@needs_lifelines
def test_it_finds_the_known_half_lives_of_the_walton_flies():
    from lifelines.datasets import load_waltons

    flies = load_waltons()
    medians, tables = {}, []
    for name, group in flies.groupby("group"):
        one = Observed(exit=group["T"].to_numpy().astype(np.int64), event=group["E"].to_numpy().astype(bool))
        medians[name] = kaplan_meier(one).median
        tables.append(risk_table(one))
    assert medians == {"control": 58, "miR-137": 26}
    test = log_rank(tables)
    assert test.chi2 == pytest.approx(122.249, abs=5e-4)
    assert test.df == 1


FROZEN_ENTRY = [0, 0, 0, 0, 0, 0, 2, 3, 3, 5, 5, 8, 0, 1, 4, 6, 0, 0, 7, 2]
FROZEN_EXIT = [4, 6, 6, 9, 11, 15, 6, 9, 20, 11, 14, 21, 25, 12, 30, 18, 2, 33, 16, 28]
FROZEN_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1]
