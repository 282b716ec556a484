"""The interval of a moved level against dense matrices, statsmodels' filter, and worlds with a known truth."""

import numpy as np
import pytest
from scipy.stats import t as student

from abate.measurement import level_shift
from abate.measurement.displacement import displacement
from abate.measurement.level_shift import moved
from abate.measurement.platform_weeks import Platforms

GRID = level_shift._GRID


def drawn(seed, weeks=24, series=2, persistence=0.6):
    draw = np.random.default_rng(seed)
    steps = draw.normal(size=(weeks + 40, series))
    out = np.zeros_like(steps)
    for week in range(1, len(steps)):
        out[week] = persistence * out[week - 1] + steps[week]
    return 100 + 4 * out[40:] + 2 * draw.normal(size=(weeks, series))


def by_dense_matrices(values, before, *, trend=False):
    """The same mixture with covariance matrices written out instead of a filter. Returns shares, errors, freedoms."""
    logs, errors, freedoms = [], [], []
    for persistence, noise in GRID:
        log = -0.5 * np.log(1 - persistence**2)
        parts = []
        for side, stretch in enumerate((values[:before], values[before:])):
            weeks = np.arange(len(stretch))
            gap = np.abs(weeks[:, None] - weeks[None, :])
            covariance = (1 - noise) * persistence**gap + noise * np.eye(len(weeks))
            sloped = trend and side == 0
            design = np.column_stack([np.ones(len(weeks)), weeks]) if sloped else np.ones((len(weeks), 1))
            target = np.array([1.0, before + (len(values) - before - 1) / 2])[: design.shape[1]]
            contrast = design @ np.linalg.solve(design.T @ design, target)
            inverse = np.linalg.inv(covariance)
            inner = design.T @ inverse @ design
            rest = stretch - design @ np.linalg.solve(inner, design.T @ inverse @ stretch)
            squares, freedom = rest @ inverse @ rest, len(weeks) - design.shape[1]
            log += -0.5 * np.linalg.slogdet(covariance)[1] - 0.5 * np.linalg.slogdet(inner)[1]
            log -= 0.5 * freedom * np.log(squares)
            parts.append((squares / freedom * (contrast @ covariance @ contrast), freedom))
        whole = sum(part for part, _ in parts)
        logs.append(log)
        errors.append(np.sqrt(whole))
        freedoms.append(whole**2 / sum(part**2 / freedom for part, freedom in parts))
    share = np.exp(np.array(logs) - max(logs))
    return share / share.sum(), np.array(errors), np.array(freedoms)


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("weights", [(1.0, 0.0), (1.0, 1.0), (-0.4, 1.0)])
def test_the_mixture_is_the_one_of_matrices_written_out(trend, weights):
    values, weights = drawn(1), np.array(weights)
    shift = moved(values, 14, trend=trend).shift(weights)
    share, error, freedom = by_dense_matrices(values @ weights, 14, trend=trend)
    assert shift.share == pytest.approx(share, abs=1e-9)
    assert shift.error == pytest.approx(error, rel=1e-8)
    assert shift.freedom == pytest.approx(freedom, rel=1e-8)
    assert shift.persistence == pytest.approx(float(share @ GRID[:, 0]))


def test_the_interval_cuts_a_fortieth_off_each_side_of_the_mixture():
    values = drawn(2)[:, 0]
    shift = moved(values[:, None], 14).shift(np.ones(1))
    share, error, freedom = by_dense_matrices(values, 14)
    low, high = shift.interval
    assert shift.value == pytest.approx(values[14:].mean() - values[:14].mean())
    assert (low + high) / 2 == pytest.approx(shift.value)
    assert float(share @ student.sf((high - shift.value) / error, freedom)) == pytest.approx(0.025, abs=1e-9)
    assert shift.p == pytest.approx(2 * float(share @ student.sf(abs(shift.value) / error, freedom)))
    beyond = shift.minimum_detectable - shift.half_width
    assert float(share @ student.sf(beyond / error, freedom)) == pytest.approx(0.2, abs=1e-9)


@pytest.mark.parametrize("place", [0, 7, 61, 118, 164])
def test_the_filter_is_statsmodels_filter(place):
    sarimax = pytest.importorskip("statsmodels.tsa.statespace.sarimax", reason="pip install '.[oracles]'").SARIMAX
    values = drawn(3)[:, 0] - 100
    persistence, noise = GRID[place]
    white, log_determinant = level_shift._whitened(values[:, None])
    ours = -0.5 * (len(values) * np.log(2 * np.pi) + log_determinant[place] + (white[place, :, 0] ** 2).sum())
    model = sarimax(values, order=(1, 0, 0), measurement_error=True)
    renewed = (1 - persistence**2) * (1 - noise)
    assert ours == pytest.approx(model.loglike([persistence, noise, renewed]), abs=1e-6)


def test_white_weeks_come_close_to_welchs_test():
    """Where weeks do not resemble each other the mixture is near Welch's interval, though it does not know that."""
    from scipy.stats import ttest_ind

    draw = np.random.default_rng(4)
    values = np.append(draw.normal(50, 3, 60), draw.normal(44, 1, 40))
    shift = moved(values[:, None], 60).shift(np.ones(1))
    welch = ttest_ind(values[60:], values[:60], equal_var=False).confidence_interval()
    half = (welch.high - welch.low) / 2
    assert shift.value == pytest.approx((welch.low + welch.high) / 2)
    assert 0.8 * half < shift.half_width < 1.3 * half
    assert shift.persistence < 0.4


def coverage(persistence, worlds=120, before=30, after=16):
    held = 0
    for seed in range(worlds):
        values = drawn([seed, 5], before + after, 1, persistence)
        low, high = moved(values, before).shift(np.ones(1)).interval
        held += low <= 0 <= high
    return held / worlds


@pytest.mark.parametrize("persistence", [0.0, 0.6, 0.85])
def test_worlds_without_a_shift_are_held(persistence):
    """Of 120 worlds 95 % are 114; below 107 lies one case in sixty, and the plain t test holds half of them at .85."""
    assert coverage(persistence) >= 107 / 120


def test_a_plain_t_test_would_hold_far_fewer():
    from scipy.stats import ttest_ind

    held = 0
    for seed in range(120):
        values = drawn([seed, 5], 46, 1, 0.85)[:, 0]
        held += ttest_ind(values[30:], values[:30]).pvalue > 0.05
    assert held < 90


@pytest.mark.parametrize("seed", range(3))
def test_the_edges_of_the_ratio_are_where_the_sum_has_just_not_moved(seed):
    """Fieller's set, with each share's own p from the matrices written out."""
    draw = np.random.default_rng(seed)
    values = np.array([120.0, 60, 30]) + draw.normal(size=(40, 3)) * [6, 4, 3]
    values[26:] += [-50, 20, 10]
    weeks = tuple(str(week) for week in range(40))
    found = Platforms(names=("harbourline", "quayside", "tidewater"), values=values, weeks=weeks, before=26)
    answer = displacement(found, treated="harbourline")

    def p_of(ratio):
        mixed = values @ np.array([ratio, 1.0, 1.0])
        share, error, freedom = by_dense_matrices(mixed, 26)
        return 2 * float(share @ student.sf(abs(mixed[26:].mean() - mixed[:26].mean()) / error, freedom))

    assert p_of(answer.ratio) == pytest.approx(1)
    low, high = answer.interval
    assert low < answer.ratio < high
    assert [p_of(low), p_of(high)] == pytest.approx([0.05, 0.05], abs=1e-5)
    assert all(p_of(low + step * (high - low)) > 0.05 for step in (0.1, 0.5, 0.9))


def test_sides_too_short_to_know_how_alike_weeks_are_have_no_shift():
    assert moved(np.arange(5.0)[:, None], 2) is None
    assert moved(np.arange(5.0)[:, None], 3) is None
    assert moved(np.arange(7.0)[:, None], 3, trend=True) is None
    assert moved(np.arange(6.0)[:, None] ** 2, 3) is not None


def test_a_side_that_is_constant_leaves_the_other_to_say_how_much_varies():
    values = np.append(drawn(6)[:14, 0], np.zeros(10))
    shift = moved(values[:, None], 14).shift(np.ones(1))
    assert np.isfinite(shift.half_width)
    assert shift.interval[1] < 0
    assert moved(np.append(np.ones(10), np.zeros(10))[:, None], 10).shift(np.ones(1)) is None
