"""Cox regression against lifelines and statsmodels, and against its own laws."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from abate.measurement.lives.cox import dependent_columns, fit_cox
from abate.measurement.lives.kaplan_meier import Observed
from examples import WHOLE_ANSWERS


def made(seed, *, late=True, grid=1.0, columns=2):
    """Invented subjects: two columns, delayed entry for half of them, many ties where the grid is wide."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(60, 300))
    design = np.stack([draw.normal(3, 2, size), draw.integers(0, 2, size)], axis=1)[:, :columns].astype(float)
    entry = np.where(draw.random(size) < 0.5, draw.integers(0, 20, size), 0) if late else np.zeros(size, dtype=np.int64)
    rate = np.exp(design @ np.array([0.3, -0.6])[:columns]) / 40
    life = np.maximum(np.ceil(draw.exponential(1 / rate) / grid) * grid, 1).astype(np.int64)
    leave = entry + np.minimum(life, 60)
    return design, Observed(exit=leave.astype(np.int64), event=life <= 60, entry=entry.astype(np.int64))


def same(got, expected, places=1e-6):
    assert np.asarray(got) == pytest.approx(np.asarray(expected), rel=places, abs=places)


@pytest.mark.parametrize("grid", [1.0, 10.0])
@pytest.mark.parametrize("seed", range(6))
def test_it_equals_statsmodels_with_delayed_entry_and_ties(seed, grid):
    statsmodels = pytest.importorskip("statsmodels.duration.hazard_regression")
    design, observed = made(seed, grid=grid)
    # The peer counts who enters on a day as at risk on that day; with us it is the day after.
    entry = np.where(observed.entry == 0, 0, observed.entry + 0.5)
    model = statsmodels.PHReg(observed.exit, design, status=observed.event.astype(int), entry=entry, ties="efron")
    oracle = model.fit()
    fit = fit_cox(design, observed)
    same(fit.coefficients, oracle.params)
    same(fit.errors, oracle.bse)
    same(fit.log_likelihood, oracle.llf)
    same(fit.p, oracle.pvalues)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_it_equals_lifelines(seed, late):
    pandas, lifelines = pytest.importorskip("pandas"), pytest.importorskip("lifelines")
    design, observed = made(seed, late=late, grid=4.0)
    frame = pandas.DataFrame(
        {"a": design[:, 0], "b": design[:, 1], "T": observed.exit, "E": observed.event, "W": observed.entry}
    )
    columns = {"entry_col": "W"} if late else {}
    oracle = lifelines.CoxPHFitter().fit(
        frame if late else frame.drop(columns="W"),
        "T",
        "E",
        fit_options={"precision": 1e-12, "r_precision": 1e-14},
        **columns,
    )
    fit = fit_cox(design, observed)
    same(fit.coefficients, oracle.params_)
    same(fit.errors, oracle.standard_errors_)
    same(fit.log_likelihood, oracle.log_likelihood_)


@pytest.mark.parametrize("seed", range(4))
def test_the_test_of_proportional_risks_is_lifelines_own(seed):
    pandas, lifelines = pytest.importorskip("pandas"), pytest.importorskip("lifelines")
    statistics = pytest.importorskip("lifelines.statistics")
    design, observed = made(seed, late=False)
    draw = np.random.default_rng(seed)
    # No two ends on one day: the two sides order ties differently.
    observed = Observed(exit=draw.permutation(len(observed.exit)) + 1, event=observed.event)
    frame = pandas.DataFrame({"a": design[:, 0], "b": design[:, 1], "T": observed.exit, "E": observed.event})
    oracle = lifelines.CoxPHFitter().fit(frame, "T", "E")
    told = statistics.proportional_hazard_test(oracle, frame, time_transform="rank")
    assert fit_cox(design, observed).proportional_p == pytest.approx(told.p_value, abs=2e-3)


FROZEN_A = [0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0]
FROZEN_EXIT = [4, 6, 6, 9, 2, 15, 6, 9, 3, 11, 5, 21]
FROZEN_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1]
FROZEN_ENTRY = [0, 0, 2, 3, 0, 5, 0, 1, 0, 2, 4, 0]


def test_it_equals_an_answer_worked_out_by_search():
    """One column: the likelihood written out as a product, and its highest point found by trying."""
    a, leave, event, entry = (np.array(column) for column in (FROZEN_A, FROZEN_EXIT, FROZEN_EVENT, FROZEN_ENTRY))

    def height(beta):
        total = 0.0
        for day in np.unique(leave[event == 1]):
            risk = (leave >= day) & ((entry < day) | (entry == 0))
            ended = (leave == day) & (event == 1)
            weights = np.exp(beta * a)
            for place in range(ended.sum()):
                total -= np.log(weights[risk].sum() - place / ended.sum() * weights[ended].sum())
            total += beta * a[ended].sum()
        return total

    fit = fit_cox(a[:, None].astype(float), Observed(exit=leave, event=event.astype(bool), entry=entry))
    best = float(fit.coefficients[0])
    assert fit.log_likelihood == pytest.approx(height(best))
    assert all(height(best + step) < height(best) for step in (-0.01, 0.01))
    curvature = (height(best + 1e-3) - 2 * height(best) + height(best - 1e-3)) / 1e-6
    assert fit.errors[0] == pytest.approx((-curvature) ** -0.5, rel=1e-4)
    assert fit.log_likelihood_without == pytest.approx(height(0.0))


SUBJECTS = st.lists(
    st.tuples(st.integers(-4, 4), st.integers(0, 9), st.integers(1, 12), st.booleans()), min_size=8, max_size=40
)


def of(rows):
    value, entry, span, event = (np.array(column) for column in zip(*rows, strict=True))
    observed = Observed(exit=(entry + span).astype(np.int64), event=event.astype(bool), entry=entry.astype(np.int64))
    return value.astype(float)[:, None], observed


@WHOLE_ANSWERS
@given(SUBJECTS, st.floats(0.01, 100), st.floats(-1000, 1000), st.randoms(use_true_random=False))
def test_units_and_order_do_not_matter(rows, scale, shift, shuffler):
    design, observed = of(rows)
    assume(np.ptp(design) > 0)
    assume(observed.event.any())
    plain = fit_cox(design, observed)
    assume(not plain.runaway.any())
    mixed = list(rows)
    shuffler.shuffle(mixed)
    other_design, other = of(mixed)
    again = fit_cox(other_design * scale + shift, other)
    assume(plain.errors[0] < 5)  # flat tops are found to fewer places
    assert again.coefficients[0] * scale == pytest.approx(plain.coefficients[0], rel=1e-4, abs=1e-5)
    assert again.errors[0] * scale == pytest.approx(plain.errors[0], rel=1e-4)
    assert again.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    assert plain.log_likelihood >= plain.log_likelihood_without - 1e-9


@WHOLE_ANSWERS
@example([*[(0, 0, 1, False)] * 5, (0, 0, 2, True), (0, 2, 1, False), (1, 2, 1, True)])
@example([*[(0, 0, 1, False)] * 5, (0, 2, 1, False), (1, 2, 1, True), (-1, 0, 2, True)])
@given(SUBJECTS)
def test_whatever_is_told_is_a_number_or_named_as_runaway(rows):
    design, observed = of(rows)
    assume(np.ptp(design) > 0)
    assume(observed.event.any())
    fit = fit_cox(design, observed)
    assert np.isfinite(fit.log_likelihood)
    assert fit.log_likelihood <= (1e-6 if fit.runaway.any() else 1e-9)
    assert np.isfinite(fit.coefficients[~fit.runaway]).all()
    assert np.isfinite(fit.errors[~fit.runaway]).all()
    assert np.isnan(fit.coefficients[fit.runaway]).all()


def test_a_column_that_parts_the_removed_from_the_rest_is_named_and_the_others_stay():
    draw = np.random.default_rng(3)
    parted = np.repeat([0.0, 1.0], 40)
    other = draw.normal(size=80)
    leave = draw.integers(1, 50, 80)
    event = (parted == 1) & (draw.random(80) < 0.8)
    fit = fit_cox(np.stack([parted, other], axis=1), Observed(exit=leave, event=event))
    assert fit.runaway.tolist() == [True, False]
    # In the limit, those who are never removed are in no comparison: the other coefficient is theirs who are.
    alone = fit_cox(other[40:, None], Observed(exit=leave[40:], event=event[40:]))
    assert fit.coefficients[1] == pytest.approx(alone.coefficients[0], abs=1e-5)
    assert fit.errors[1] == pytest.approx(alone.errors[0], rel=1e-4)
    assert fit.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-6)


def test_a_huge_but_real_factor_is_not_taken_for_a_runaway():
    draw = np.random.default_rng(0)
    kind = np.tile([0.0, 1.0], 2000)
    leave = np.ceil(draw.exponential(np.where(kind == 1, 5.0, 500.0))).astype(np.int64)
    fit = fit_cox(kind[:, None], Observed(exit=leave, event=np.ones(4000, dtype=bool)))
    assert not fit.runaway[0]
    assert 4 < fit.coefficients[0] < 5.2


def test_nobody_who_ended_is_refused():
    with pytest.raises(ValueError, match="nobody ended"):
        fit_cox(np.array([[0.0], [1.0]]), Observed(exit=np.array([3, 4]), event=np.array([False, False])))
    # It came and went within its first part-day.
    within = Observed(exit=np.array([5, 4]), event=np.array([True, False]), entry=np.array([5, 0]))
    with pytest.raises(ValueError, match="nobody ended"):
        fit_cox(np.array([[0.0], [1.0]]), within)


def test_columns_that_say_the_same_are_found():
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=50), draw.normal(size=50)
    assert dependent_columns(np.stack([a, b, 2 * a - b + 7], axis=1)) == [2]
    assert dependent_columns(np.stack([np.full(50, 9.0), a, a * 1e6], axis=1)) == [0, 2]
    assert dependent_columns(np.stack([a, b], axis=1)) == []
