"""Synthetic control, synthetic DiD and DiD against published figures, pysyncon, and a search over every mix by hand."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

from abate.measurement.synthetic.answer import synthetic
from abate.measurement.synthetic.fits import METHODS, control, difference, synthetic_difference
from abate.measurement.synthetic.panel import Columns, Panel, panel_of
from abate.measurement.synthetic.placebo import (
    Placebos,
    held_in_space,
    in_space,
    in_time,
    leave_one_out,
    margin,
    rank_of,
)
from abate.measurement.synthetic.simplex import nearest_mix
from abate.measurement.tables.series import read_series

CALIFORNIA = Columns(unit="State", time="Year", outcome="PacksPerCapita")
PACKS = "measure_series"


def best_by_hand(columns, ridge=0.0):
    """The nearest mix by trying every set of columns: each is a linear system; the best feasible one wins."""
    count = columns.shape[1]
    square = columns.T @ columns + ridge * np.eye(count)
    best, found = np.inf, None
    for size in range(1, count + 1):
        for chosen in combinations(range(count), size):
            part = square[np.ix_(chosen, chosen)]
            system = np.block([[part, np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
            weights = np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0][:size]
            cost = weights @ part @ weights
            if (weights >= -1e-12).all() and cost < best:
                best, found = cost, np.zeros(count)
                found[list(chosen)] = weights
    return found


def drawn(seed, donors=5, periods=12):
    draw = np.random.default_rng(seed)
    factors = np.cumsum(draw.normal(size=(2, periods)), axis=1)
    values = 20 + draw.normal(size=(donors + 1, 2)) @ factors + draw.normal(size=(donors + 1, periods))
    return values[1:], values[0]


def panel(donors, treated, before):
    periods = len(treated)
    return Panel(
        treated="harbourline",
        donors=tuple(f"quay-{place}" for place in range(len(donors))),
        periods=tuple(str(2000 + place) for place in range(periods)),
        at=2000 + np.arange(periods, dtype=np.float64),
        dated=False,
        before=before,
        treated_values=np.asarray(treated, dtype=np.float64),
        donor_values=np.asarray(donors, dtype=np.float64),
    )


@pytest.fixture(scope="module")
def california():
    """The panel of the tobacco programme that began in 1989, if it is at hand."""
    from plugin_needs import data_root

    series = read_series(data_root() / PACKS / "california_prop99.csv")
    return panel_of(series, CALIFORNIA, treated="California", start="1989")


@pytest.fixture(scope="module")
def answers(california):
    return {method: synthetic(california, method) for method in METHODS}


@pytest.mark.needs_data(PACKS)
@pytest.mark.parametrize(("method", "effect"), [("did", -27.349), ("sc", -19.514), ("sdid", -15.605)])
def test_californias_effects_are_the_known_ones(answers, method, effect):
    assert answers[method].fit.effect == pytest.approx(effect, abs=5e-4)


@pytest.mark.needs_data(PACKS)
def test_californias_outcome_only_weights_gap_and_rank_are_the_known_ones(answers):
    told = answers["sc"].to_json()
    known = {"Utah": 0.394, "Montana": 0.232, "Nevada": 0.205, "Connecticut": 0.109}
    assert told["weights"] == pytest.approx(known | {"New Hampshire": 0.045, "Colorado": 0.015}, abs=5e-4)
    assert list(told["weights"])[:2] == ["Utah", "Montana"]
    assert told["gaps"]["2000"] == pytest.approx(-26.6, abs=0.05)
    assert told["pre_rmse"] == pytest.approx(1.656, abs=5e-4)
    assert told["placebo"] | {"effects": None, "standard_error": None} == {
        "rank": 3,
        "units": 39,
        "p": 3 / 39,
        "effects": None,
        "standard_error": None,
    }


@pytest.mark.needs_data(PACKS)
def test_californias_synthetic_did_spreads_as_a_second_computation_of_it_did(answers):
    """Published is 8.4, from random draws of donors; treating each donor once gives 9.37, twice computed."""
    assert answers["sdid"].placebos.effects.std() == pytest.approx(9.37, abs=5e-3)


@pytest.mark.needs_data(PACKS)
@pytest.mark.parametrize("method", METHODS)
def test_californias_interval_holds_the_estimate_and_leaves_out_zero(answers, method):
    low, high = answers[method].interval
    assert low < answers[method].fit.effect < high < 0
    assert answers[method].relative == pytest.approx(-0.26, abs=0.06)


@pytest.mark.needs_data(PACKS)
def test_californias_weights_fit_no_worse_than_pysyncons(california):
    """Weights hang on the optimiser, so the error before and the effect are compared (Kuosmanen et al. 2021)."""
    base = pytest.importorskip("pysyncon.base", reason="pip install '.[oracles]'")
    outside, own = california.donor_values[:, :19].T, california.treated_values[:19]
    theirs, _ = base.VanillaOptimMixin.w_optimize(np.eye(19), outside, own, qp_options={"maxiter": 5000, "ftol": 1e-12})
    ours = control(california.donor_values, california.treated_values, 19)
    assert ours.pre_rmse <= float(np.sqrt(((own - outside @ theirs) ** 2).mean())) + 1e-9
    gaps = california.treated_values - theirs @ california.donor_values
    assert ours.effect == pytest.approx(gaps[19:].mean(), abs=0.02)
    assert ours.weights == pytest.approx(theirs, abs=5e-3)


@pytest.mark.parametrize("ridge", [0.0, 3.0])
@pytest.mark.parametrize("seed", range(12))
def test_the_nearest_mix_is_the_one_that_trying_every_set_of_donors_finds(seed, ridge):
    donors, treated = drawn(seed)
    columns = (donors - treated).T
    mix, best = nearest_mix(columns, ridge), best_by_hand(columns, ridge)
    assert mix.sum() == pytest.approx(1)
    assert (mix >= 0).all()
    assert mix == pytest.approx(best, abs=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_mix_is_no_worse_than_a_gradient_method_or_a_heavy_row_of_ones(seed):
    donors, treated = drawn(seed, donors=9, periods=15)
    columns = (donors - treated).T
    cost = float(((columns @ nearest_mix(columns)) ** 2).sum())
    walked = minimize(
        lambda weights: float(((columns @ weights) ** 2).sum()),
        np.full(9, 1 / 9),
        bounds=[(0, 1)] * 9,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
    )
    pressed, _ = nnls(np.vstack([donors.T, np.full((1, 9), 1e6)]), np.append(treated, 1e6))
    assert cost <= walked.fun * (1 + 1e-9)
    assert cost == pytest.approx(float(((donors.T @ pressed - treated) ** 2).sum()), rel=1e-4)


def test_a_donor_that_is_the_treated_unit_takes_all_the_weight():
    donors, treated = drawn(3)
    mix = nearest_mix((np.vstack([donors, treated]) - treated).T)
    assert mix == pytest.approx([0, 0, 0, 0, 0, 1], abs=1e-12)


def test_did_is_the_difference_of_two_differences():
    donors = np.array([[10.0, 12, 20, 22], [30, 32, 36, 38]])
    fit = difference(donors, np.array([50.0, 52, 40, 42]), 2)
    # The treated unit went from 51 to 41, the donors from 21 to 29.
    assert fit.effect == pytest.approx(-10 - 8)
    assert fit.gaps == pytest.approx([0, 0, -18, -18])
    assert fit.pre_rmse == pytest.approx(0)


def sdid_by_hand(donors, treated, before):
    """Arkhangelsky et al. 2021, section 2, as it is written: weights with an intercept by SLSQP, then four means."""
    after = donors.shape[1] - before
    noise = np.diff(donors[:, :before], axis=1).std(ddof=1)

    def weights(matrix, target, penalty):
        count = matrix.shape[1]

        def cost(given):
            return float(((given[0] + matrix @ given[1:] - target) ** 2).sum() + penalty * (given[1:] ** 2).sum())

        start = np.append(target.mean() - matrix.mean(), np.full(count, 1 / count))
        sums = {"type": "eq", "fun": lambda given: given[1:].sum() - 1}
        room = [(None, None)] + [(0, 1)] * count
        return minimize(cost, start, bounds=room, constraints=sums, options={"maxiter": 2000, "ftol": 1e-14}).x[1:]

    unit = weights(donors[:, :before].T, treated[:before], after**0.5 * noise**2 * before)
    time = weights(donors[:, :before], donors[:, before:].mean(axis=1), (1e-6 * noise) ** 2 * len(donors))
    moved = treated[before:].mean() - time @ treated[:before]
    return moved - unit @ (donors[:, before:].mean(axis=1) - donors[:, :before] @ time)


@pytest.mark.parametrize("seed", range(5))
def test_synthetic_did_is_what_its_paper_writes(seed):
    donors, treated = drawn(seed, donors=8, periods=10)
    fit = synthetic_difference(donors, treated, 6)
    assert fit.effect == pytest.approx(sdid_by_hand(donors, treated, 6), abs=2e-3)
    assert fit.weights.sum() == pytest.approx(1)
    assert fit.time_weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("method", METHODS)
def test_a_known_step_is_found_where_a_mix_of_donors_is_the_treated_unit(method):
    donors, _ = drawn(7, donors=6, periods=30)
    treated = 0.5 * donors[0] + 0.3 * donors[1] + 0.2 * donors[2]
    if method == "did":
        donors = np.vstack([donors, 2 * treated - donors.mean(axis=0)])
        treated = donors.mean(axis=0)
    treated = treated.copy()
    treated[20:] -= 4
    fit = METHODS[method](donors, treated, 20)
    assert fit.effect == pytest.approx(-4, abs=1e-6 if method != "sdid" else 0.6)


@pytest.mark.parametrize("method", METHODS)
def test_unit_and_zero_of_the_outcome_change_nothing_but_the_scale(method):
    donors, treated = drawn(11, donors=7, periods=16)
    plain = synthetic(panel(donors, treated, 11), method)
    moved = synthetic(panel(donors * 1e6 + 5e7, treated * 1e6 + 5e7, 11), method)
    assert moved.fit.effect == pytest.approx(plain.fit.effect * 1e6, rel=1e-6)
    assert moved.interval == pytest.approx([end * 1e6 for end in plain.interval], rel=1e-5)
    assert moved.rank == plain.rank
    assert [one.effect for one in moved.earlier.dates] == pytest.approx(
        [one.effect * 1e6 for one in plain.earlier.dates], rel=1e-5, abs=1
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_the_donors_changes_nothing(method):
    donors, treated = drawn(12, donors=7, periods=16)
    order = [3, 0, 6, 1, 5, 2, 4]
    one, other = (METHODS[method](given, treated, 11) for given in (donors, donors[order]))
    assert other.effect == pytest.approx(one.effect, abs=1e-7)
    assert other.weights == pytest.approx(one.weights[order], abs=1e-6)


def test_each_donor_is_treated_in_pretence_beside_the_other_donors_only():
    donors = np.array([[1.0, 1, 4, 4], [2, 2, 2, 2], [3, 3, 3, 3]])
    found = in_space(difference, donors, 2)
    assert found.effects == pytest.approx([3, -1.5, -1.5])
    assert found.pre_rmse == pytest.approx([0, 0, 0])
    assert found.post_rmse == pytest.approx([3, 1.5, 1.5])
    assert found.restlessness == pytest.approx([0, 0, 0])


def test_one_donor_has_nobody_to_be_compared_with():
    assert in_space(difference, np.ones((1, 4)), 2) is None


def placebos(effects, pre, post=None):
    ones = np.ones(len(effects))
    return Placebos(
        effects=np.array(effects, dtype=np.float64),
        pre_rmse=np.array(pre, dtype=np.float64),
        post_rmse=ones if post is None else np.array(post, dtype=np.float64),
        restlessness=ones,
    )


def test_the_rank_counts_ratios_of_errors_and_ties_against_the_treated_unit():
    donors = np.array([[5.0, 7, 9, 9]])
    fit = difference(donors, np.array([5.0, 5, 12, 12]), 2)
    own = fit.post_rmse / fit.pre_rmse
    rank = rank_of(fit, placebos([0, 0, 0, 0], [1, 1, 1, 1], [own + 1, own, own - 1, 0]))
    assert (rank.rank, rank.units, rank.p) == (3, 5, 0.6)


def test_a_perfect_fit_before_and_after_is_no_sign_of_an_effect():
    flat = difference(np.ones((1, 4)), np.ones(4), 2)
    assert rank_of(flat, placebos([0, 0], [1, 1], [1, 1])).rank == 3
    fell = difference(np.ones((1, 4)), np.array([1.0, 1, 0, 0]), 2)
    assert rank_of(fell, placebos([0, 0], [1, 1], [1, 1])).rank == 1


def test_the_margin_is_students_t_of_effects_each_divided_by_its_own_error():
    from scipy.stats import t

    effects, errors = np.array([1.0, -2, 0.5, 1.5, -1]), np.array([1.0, 2, 1, 2, 1])
    steady = np.median(errors**2)
    spread = (effects / np.sqrt(errors**2 + steady)).std(ddof=1) * np.sqrt(1 + 1 / 5) * np.sqrt(1.5**2 + steady)
    found = margin(1.5, placebos(effects, errors))
    assert found.error == pytest.approx(spread)
    assert found.half_width == pytest.approx(spread * t.ppf(0.975, 4))
    assert found.around(3.0) == pytest.approx((3 - found.half_width, 3 + found.half_width))
    assert found.minimum_detectable == pytest.approx(spread * (t.ppf(0.975, 4) + t.ppf(0.8, 4)))


def test_a_worse_fit_before_has_a_wider_margin():
    others = placebos([1, -2, 0.5, 1.5, -1], [1, 1, 1, 1, 1])
    assert margin(3.0, others).half_width > 2 * margin(0.5, others).half_width


def test_where_no_placebo_varies_there_is_no_margin():
    assert margin(1.0, placebos([0, 0, 0], [1, 1, 1])) is None
    assert margin(1.0, placebos([1], [1])) is None


def test_donors_that_are_all_fitted_perfectly_are_compared_undivided():
    found = margin(0.0, placebos([1, -1], [0, 0]))
    assert found.error == pytest.approx(np.sqrt(2) * np.sqrt(1.5))


def test_a_placebo_is_judged_by_the_interval_that_the_others_give_it():
    held = held_in_space(placebos([0.1, -0.2, 0.15, 50.0], [1, 1, 1, 1]))
    assert held.tolist() == [1, 1, 1, 0]


def test_an_earlier_date_uses_nothing_from_the_true_start_on():
    donors, treated = drawn(5, donors=6, periods=20)
    found = in_time(difference, panel(donors, treated, 15))
    spoiled_donors, spoiled = donors.copy(), treated.copy()
    spoiled_donors[:, 15:] += 1e3
    spoiled[15:] -= 1e3
    again = in_time(difference, panel(spoiled_donors, spoiled, 15))
    assert [one.effect for one in again.dates] == [one.effect for one in found.dates]
    first = found.dates[0]
    assert first.place == 5
    assert first.effect == pytest.approx(difference(donors[:, :10], treated[:10], 5).effect)
    assert found.dates[-1].place == 12
    assert found.own_coverage == sum(one.interval[0] <= 0 <= one.interval[1] for one in found.dates) / 8


def test_an_earlier_date_at_which_the_unit_moved_does_not_hold():
    donors, _ = drawn(6, donors=25, periods=24)
    treated = donors[:3].mean(axis=0)
    treated[10:] -= 40
    found = in_time(control, panel(donors, treated, 20))
    assert not next(one for one in found.dates if one.place == 10).holds
    assert found.own_coverage < 1


def test_two_periods_before_leave_no_earlier_date():
    donors, treated = drawn(5, donors=3, periods=4)
    found = in_time(difference, panel(donors, treated, 2))
    assert found.dates == ()
    assert found.coverage is None
    assert found.own_coverage is None


def test_above_two_dozen_earlier_dates_an_even_choice_is_tried():
    donors, treated = drawn(5, donors=3, periods=90)
    found = in_time(difference, panel(donors, treated, 80))
    assert len(found.dates) == 24
    assert found.dates[0].place == 27
    assert found.dates[-1].place == 70


def test_one_donor_leaves_an_earlier_date_without_an_interval():
    donors, treated = drawn(5, donors=1, periods=12)
    found = in_time(difference, panel(donors, treated, 8))
    assert all(one.interval is None and not one.holds for one in found.dates)
    assert found.coverage is None


def test_leaving_one_donor_out_fits_the_rest_anew():
    donors, treated = drawn(9, donors=4, periods=12)
    whole = panel(donors, treated, 8)
    fit = control(donors, treated, 8)
    found = leave_one_out(control, whole, fit)
    carrying = [place for place in range(4) if fit.weights[place] > 0]
    assert list(found) == [f"quay-{place}" for place in carrying]
    for place in carrying:
        alone = control(np.delete(donors, place, axis=0), treated, 8)
        assert found[f"quay-{place}"] == pytest.approx(alone.effect)
    assert leave_one_out(control, panel(donors[:1], treated, 8), control(donors[:1], treated, 8)) == {}
