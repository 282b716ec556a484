"""Survival against lifelines, against its frozen answers, and against its own laws."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abate.measurement.lives.kaplan_meier import Observed, kaplan_meier, log_rank, risk_table

DATA = Path(__file__).resolve().parents[1] / "data"

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


def test_it_finds_the_known_half_lives_of_the_walton_flies():
    flies = json.loads((DATA / "waltons.json").read_text("utf-8"))["groups"]
    medians, tables = {}, []
    for name, group in flies.items():
        one = Observed(exit=np.array(group["T"]), event=np.array(group["E"], dtype=bool))
        medians[name] = kaplan_meier(one).median
        tables.append(risk_table(one))
    assert medians == {"control": 58, "miR-137": 26}
    test = log_rank(tables)
    assert test.chi2 == pytest.approx(122.249, abs=5e-4)
    assert test.df == 1


@needs_lifelines
def test_the_frozen_flies_are_those_that_lifelines_ships():
    from lifelines.datasets import load_waltons

    flies = json.loads((DATA / "waltons.json").read_text("utf-8"))["groups"]
    for name, group in load_waltons().groupby("group"):
        assert group["T"].tolist() == flies[name]["T"]
        assert group["E"].tolist() == flies[name]["E"]


@needs_lifelines
@pytest.mark.parametrize("seed", range(4))
def test_the_log_rank_test_is_lifelines_own_with_several_groups(seed):
    from lifelines.statistics import multivariate_logrank_test

    draw = np.random.default_rng(seed)
    leave, event, group = draw.integers(1, 50, 300), draw.random(300) < 0.7, draw.integers(0, 4, 300)
    oracle = multivariate_logrank_test(leave, group, event)
    test = log_rank([risk_table(Observed(exit=leave[group == g], event=event[group == g])) for g in range(4)])
    assert (test.chi2, test.p) == pytest.approx((oracle.test_statistic, oracle.p_value), rel=1e-9)
    assert test.df == 3


FROZEN_ENTRY = [0, 0, 0, 0, 0, 0, 2, 3, 3, 5, 5, 8, 0, 1, 4, 6, 0, 0, 7, 2]
FROZEN_EXIT = [4, 6, 6, 9, 11, 15, 6, 9, 20, 11, 14, 21, 25, 12, 30, 18, 2, 33, 16, 28]
FROZEN_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1]
FROZEN_CURVE = {
    2: (0.9, 0.4730092714, 0.9852813934),
    4: (0.8307692308, 0.4717384106, 0.9552795098),
    6: (0.72, 0.411490321, 0.8855645313),
    9: (0.624, 0.3462264573, 0.810834854),
    11: (0.576, 0.3113936357, 0.7704083147),
    12: (0.5236363636, 0.2714268187, 0.7254509213),
    14: (0.4712727273, 0.2324514237, 0.6784764501),
    18: (0.4039480519, 0.1782820984, 0.6209474987),
    20: (0.3366233766, 0.1299404585, 0.5593852377),
    21: (0.2692987013, 0.0874356685, 0.4934620864),
    28: (0.1795324675, 0.0355816959, 0.4130647704),
    30: (0.0897662338, 0.006249796, 0.3182475886),
}
"""What lifelines 0.30.3 answered: day → S, lower, upper."""


def test_it_equals_the_frozen_answers_of_lifelines():
    curve = kaplan_meier(
        Observed(exit=np.array(FROZEN_EXIT), event=np.array(FROZEN_EVENT, dtype=bool), entry=np.array(FROZEN_ENTRY))
    )
    assert curve.days.tolist() == [0, *FROZEN_CURVE, 33]
    got = np.array([curve.survival, curve.low, curve.high]).T[1:-1]
    assert got == pytest.approx(np.array(list(FROZEN_CURVE.values())), abs=1e-9)
    assert curve.median == 14


def test_the_log_rank_test_equals_its_frozen_answer():
    leave, event = np.array(FROZEN_EXIT), np.array(FROZEN_EVENT, dtype=bool)
    halves = [risk_table(Observed(exit=leave[half], event=event[half])) for half in (slice(10), slice(10, 20))]
    test = log_rank(halves)
    assert (test.chi2, test.p) == pytest.approx((4.583746354110566, 0.03227657393166624))
