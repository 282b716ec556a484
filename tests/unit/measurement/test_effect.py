"""An effect beside what would have been: held against dense matrices, against statsmodels, and against known truth."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student

from abate.domain.errors import InputError
from abate.measurement.effect import interrupted_kernel, state_space_kernel
from abate.measurement.effect.answer import Effects
from abate.measurement.effect.design import Design, check_usable, standardised
from abate.measurement.effect.estimate import effect_of
from abate.measurement.effect.interrupted import fit_interrupted
from abate.measurement.effect.mixture import Mixture
from abate.measurement.effect.question import Question
from abate.measurement.effect.state_space import DEGREES, fit_state_space


def design(outcome, start, regressors=None, *, trend=False):
    table = np.zeros((len(outcome), 0)) if regressors is None else regressors
    return Design(outcome=np.asarray(outcome, dtype=np.float64), regressors=table, start=start, trend=trend)


def alike(draw, times, phi):
    errors = draw.standard_normal(times)
    errors[0] /= np.sqrt(1 - phi**2)
    for time in range(1, times):
        errors[time] += phi * errors[time - 1]
    return errors


def asked(outcome, start, **more):
    more.setdefault("sensitivity", False)
    return effect_of(Question(outcomes=(("active", np.asarray(outcome, dtype=np.float64)),), start=start, **more))


@pytest.fixture(scope="module")
def world():
    """Sixty periods around 50 with a control, and a fall of 8 from the fortieth."""
    draw = np.random.default_rng(5)
    shared = alike(draw, 60, 0.5)
    outcome = 50 + 2 * shared + draw.standard_normal(60)
    outcome[40:] -= 8
    return outcome, 30 + shared


@pytest.mark.needs_data("measure_series")
def test_the_reference_series_gives_its_published_effect(data):
    control, outcome = np.loadtxt(
        data / "measure_series" / "causalimpact_arma_data.csv", delimiter=",", skiprows=1, unpack=True
    )
    outcome[70:] += 5
    found = asked(outcome, 70, controls=(("X", control),))
    assert found.effect.value == pytest.approx(4.86, abs=0.05)
    # Gibbs sampling of the same model gives 4.884 [4.272, 5.463], variational inference 4.849 [4.206, 5.456].
    assert found.effect.interval == pytest.approx((4.324, 5.393), abs=0.03)
    assert found.predicted == pytest.approx(120.37, abs=0.03)
    assert found.cumulative.value == pytest.approx(30 * found.effect.value)
    assert found.p < 1e-6
    # A hundred periods cannot rule out a drift beyond the stated one, and the answer says so.
    assert found.footing.calibrated is False


@pytest.mark.needs_data("measure_series")
def test_statsmodels_finds_about_the_same_in_the_reference_series(data):
    statsmodels = pytest.importorskip("statsmodels.api", reason="pip install '.[oracles]'")
    control, outcome = np.loadtxt(
        data / "measure_series" / "causalimpact_arma_data.csv", delimiter=",", skiprows=1, unpack=True
    )
    outcome[70:] += 5
    model = statsmodels.tsa.UnobservedComponents(outcome[:70], level="local level", exog=control[:70])
    foretold = model.fit(disp=False).forecast(30, exog=control[70:, None])
    theirs = float((outcome[70:] - foretold).mean())
    assert theirs == pytest.approx(4.780, abs=0.02)
    table = ((control - control[:70].mean()) / control[:70].std())[:, None]
    ours = fit_state_space(design(outcome, 70, table), 0.01).effect
    assert float(ours.mean) == pytest.approx(theirs, abs=0.15)


def dense_state_space(outcome, start, table, step):
    """The same posterior without a filter: one covariance matrix a node, generalised least squares, a plain sum."""
    grid = np.linspace(-24, 8, 641)
    before = np.arange(start)
    rest = np.arange(start, len(outcome))
    walk = np.minimum.outer(np.arange(len(outcome)), np.arange(len(outcome))).astype(float)
    parts = []
    for ratio in np.exp(grid):
        # The level starts at zero: the constant among the regressors is where it really starts.
        cover = np.eye(len(outcome)) + ratio * walk
        own = np.linalg.inv(cover[np.ix_(before, before)])
        inner = np.linalg.inv(table[before].T @ own @ table[before])
        beta = inner @ table[before].T @ own @ outcome[before]
        left = outcome[before] - table[before] @ beta
        squares = left @ own @ left + DEGREES * step**2 / ratio
        df = start - table.shape[1] + DEGREES
        log = -0.5 * np.linalg.slogdet(cover[np.ix_(before, before)])[1] + 0.5 * np.linalg.slogdet(inner)[1]
        log += -0.5 * DEGREES * np.log(ratio) - 0.5 * df * np.log(squares)
        carried = cover[np.ix_(rest, before)] @ own
        mean = (table[rest] @ beta + carried @ left).mean()
        gap = (table[rest] - carried @ table[before]).mean(axis=0)
        spread = (cover[np.ix_(rest, rest)] - carried @ cover[np.ix_(before, rest)]).mean() + gap @ inner @ gap
        parts.append((log, outcome[rest].mean() - mean, np.sqrt(squares / df * spread), df))
    logs, middle, scale, df = map(np.array, zip(*parts, strict=True))
    weight = np.exp(logs - logs.max())
    return weight / weight.sum(), middle, scale, df[0]


def test_the_filter_sums_what_dense_matrices_sum(world):
    outcome, control = world
    scaled = (control - control[:40].mean()) / control[:40].std()
    given = design(outcome, 40, scaled[:, None])
    found = fit_state_space(given, 0.05).effect
    table = np.column_stack([np.ones(60), scaled])
    weight, middle, scale, df = dense_state_space(outcome, 40, table, 0.05 * given.spread)
    assert float(found.mean) == pytest.approx(weight @ middle, abs=1e-3)
    low, high = found.interval()
    assert weight @ student.cdf((low - middle) / scale, df) == pytest.approx(0.025, abs=1e-4)
    assert weight @ student.cdf((high - middle) / scale, df) == pytest.approx(0.975, abs=1e-4)


def test_the_interrupted_series_sums_what_dense_matrices_sum(world):
    outcome, _ = world
    times = np.arange(60)
    after = (times >= 40).astype(float)
    table = np.column_stack([np.ones(60), after, np.maximum(times - 40, 0)])
    wanted = np.array([0, 1, np.arange(20).mean()])
    parts = []
    for phi in np.linspace(-0.9995, 0.9995, 801)[1:-1]:
        apart = np.abs(times[:, None] - times)
        own = np.linalg.inv(phi**apart / (1 - phi**2))
        inner = np.linalg.inv(table.T @ own @ table)
        beta = inner @ table.T @ own @ outcome
        left = outcome - table @ beta
        squares = left @ own @ left
        log = 0.5 * np.linalg.slogdet(own)[1] + 0.5 * np.linalg.slogdet(inner)[1] - 0.5 * 57 * np.log(squares)
        parts.append((log, wanted @ beta, np.sqrt(squares / 57 * wanted @ inner @ wanted)))
    logs, middle, scale = map(np.array, zip(*parts, strict=True))
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    found = fit_interrupted(design(outcome, 40), 1)
    assert float(found.effect.mean) == pytest.approx(weight @ middle, abs=1e-4)
    low, high = found.effect.interval()
    assert weight @ student.cdf((low - middle) / scale, 57) == pytest.approx(0.025, abs=1e-4)
    assert weight @ student.cdf((high - middle) / scale, 57) == pytest.approx(0.975, abs=1e-4)


def test_statsmodels_estimates_step_and_slope_alike():
    statsmodels = pytest.importorskip("statsmodels.api", reason="pip install '.[oracles]'")
    times = np.arange(104)
    outcome = 20 + alike(np.random.default_rng(2), 104, 0.5) + 6.0 * (times >= 60) - 0.1 * np.maximum(times - 60, 0)
    table = np.column_stack([np.ones(104), times >= 60, np.maximum(times - 60, 0)]).astype(float)
    theirs = statsmodels.tsa.SARIMAX(outcome, exog=table, order=(1, 0, 0)).fit(disp=False)
    found = asked(outcome, 60, method="its")
    assert found.step.value == pytest.approx(theirs.params[1], abs=0.1)
    assert found.slope.value == pytest.approx(theirs.params[2], abs=0.01)
    error = np.sqrt(np.diag(theirs.cov_params()))[1]
    ours = (found.step.interval[1] - found.step.interval[0]) / 3.92
    assert error * 0.95 < ours < error * 1.5
    assert found.effect.value == pytest.approx(found.step.value + found.slope.value * np.arange(44).mean())


def test_the_interval_of_the_interrupted_series_holds_where_least_squares_would_not():
    held = plain = 0
    table = np.column_stack([np.ones(60), np.arange(60) >= 30, np.maximum(np.arange(60) - 30, 0)]).astype(float)
    wanted = np.array([0, 1, np.arange(30).mean()])
    inner = np.linalg.inv(table.T @ table)
    for seed in range(100):
        outcome = alike(np.random.default_rng(seed), 60, 0.6)
        low, high = fit_interrupted(design(outcome, 30), 1).effect.interval()
        held += low <= 0 <= high
        beta = inner @ table.T @ outcome
        left = outcome - table @ beta
        error = np.sqrt(left @ left / 57 * wanted @ inner @ wanted)
        plain += abs(wanted @ beta) <= student.ppf(0.975, 57) * error
    assert held >= 88  # fewer happen in one of two thousand such hundreds at .95
    assert plain < 80


def test_a_constant_effect_moves_the_answer_and_nothing_else(world):
    outcome, control = world
    for method in ("its", "state-space"):
        moved = outcome.copy()
        moved[40:] += 3
        table = ((control - control[:40].mean()) / control[:40].std())[:, None]
        fit = fit_interrupted if method == "its" else lambda one: fit_state_space(one, None)
        one, other = fit(design(outcome, 40, table)).effect, fit(design(moved, 40, table)).effect
        assert np.array(other.interval()) - np.array(one.interval()) == pytest.approx([3, 3], abs=1e-6)


def test_the_control_explains_what_it_shares(world):
    outcome, control = world
    alone = asked(outcome, 40)
    beside = asked(outcome, 40, controls=(("elsewhere", control),))
    width = [one.effect.interval[1] - one.effect.interval[0] for one in (alone, beside)]
    assert width[1] < 0.8 * width[0]
    assert beside.effect.value == pytest.approx(-8, abs=1)
    assert beside.fit.r2 > 0.5
    assert beside.settings["controls"] == ["elsewhere"]


def test_a_control_that_was_struck_too_is_named(world):
    outcome, control = world
    struck = control.copy()
    struck[40:] -= 20
    found = asked(outcome, 40, controls=(("elsewhere", struck),))
    assert any(
        one.code == "concurrent-event" and "elsewhere itself changes" in one.text for one in found.footing.caveats
    )


def test_a_control_that_says_nothing_is_left_out_or_warned_of(world):
    outcome, control = world
    draw = np.random.default_rng(8)
    twice = (("elsewhere", control), ("again", control * 2), ("flat", np.full(60, 3.0)))
    found = asked(outcome, 40, controls=twice)
    assert found.settings["left_out"] == ["again", "flat"]
    noise = asked(draw.standard_normal(60), 40, controls=(("noise", draw.standard_normal(60)),))
    assert any("little more than its earlier level" in one.text for one in noise.footing.caveats)


def test_after_a_logarithm_the_effect_is_a_factor():
    draw = np.random.default_rng(3)
    outcome = np.exp(4 + 0.05 * draw.standard_normal(80))
    outcome[50:] *= 0.7
    found = asked(outcome, 50, log=True, controls=(("other", np.exp(draw.standard_normal(80))),))
    assert found.relative.value == pytest.approx(-0.3, abs=0.02)
    assert found.relative.interval[0] < -0.3 < found.relative.interval[1]
    mean = outcome[50:].mean()
    assert found.effect.value == pytest.approx(mean - found.predicted)
    assert found.predicted * (1 + found.relative.value) == pytest.approx(mean)
    assert found.minimum_detectable_relative > 0
    assert found.settings["log"] is True
    assert any("multiplies" in one for one in found.footing.assumptions)
    for row in found.rows[50:]:
        assert row.interval[0] < row.predicted < row.interval[1]


def test_a_line_before_the_start_is_carried_on_where_asked_for():
    draw = np.random.default_rng(4)
    outcome = 10 + 0.5 * np.arange(80) + draw.standard_normal(80)
    for method in ("its", "state-space"):
        flat, line = (asked(outcome, 60, method=method, trend=trend, level_prior=0.01) for trend in (False, True))
        assert line.effect.interval[0] < 0 < line.effect.interval[1]
        assert abs(line.effect.value) < 1.5
        assert flat.settings["trend"] == "none"
        assert line.settings["trend"] == "linear"
    assert flat.effect.value > 5


def test_a_week_that_was_not_seen_costs_its_information_only(world):
    outcome, _ = world
    gaps = outcome.copy()
    gaps[[5, 20, 45, 59]] = np.nan
    for method in ("its", "state-space"):
        found = asked(gaps, 40, method=method)
        assert found.periods == 18
        assert any(one.code == "missing-periods" for one in found.footing.caveats)
        whole = asked(outcome, 40, method=method)
        assert found.effect.value == pytest.approx(whole.effect.value, abs=0.7)
        assert found.rows[5].observed is None
        json.dumps(found.to_json(), allow_nan=False)


def test_one_period_after_the_start_has_a_step_and_no_slope(world):
    outcome, _ = world
    found = asked(outcome[:41], 40, method="its")
    assert (found.periods, found.slope) == (1, None)
    assert found.effect == found.step
    assert "slope" not in found.to_json()


def test_several_outcomes_share_their_false_discoveries(world):
    outcome, _ = world
    draw = np.random.default_rng(11)
    still = draw.standard_normal(60)
    question = Question(outcomes=(("active", outcome), ("still", still)), start=40, sensitivity=False)
    found = effect_of(question)
    assert isinstance(found, Effects)
    told = found.to_json()
    assert set(told["outcomes"]) == {"active", "still"}
    p, q = ({name: one[key] for name, one in told["outcomes"].items()} for key in ("p", "q"))
    first, second = sorted(p, key=p.get)
    assert q[second] == pytest.approx(p[second])
    assert q[first] == pytest.approx(min(2 * p[first], p[second]))
    assert all(": " in one["text"] for one in told["warnings"])
    assert told["calibrated"] is False
    with pytest.raises(InputError, match="--outcome"):
        effect_of(replace(question, outcomes=()))


@pytest.mark.parametrize(
    ("outcome", "start", "said"),
    [
        (np.arange(12.0), 5, "5 usable periods lie before the start and 8 are needed"),
        (np.r_[np.arange(12.0), [np.nan] * 4], 12, "no usable period lies at or after the start"),
        (np.r_[np.full(20, 7.0), 3, 4], 20, "does not vary before the start"),
        (np.arange(12.0), 0, "row 0 of 12; it needs periods before and after"),
        (np.arange(12.0), 12, "row 12 of 12"),
    ],
)
def test_what_no_method_can_answer_is_refused_in_a_sentence(outcome, start, said):
    with pytest.raises(InputError, match=said):
        asked(outcome, start)


def test_a_zero_has_no_logarithm():
    with pytest.raises(InputError, match="active: 0 at 3 has no logarithm; leave out --log"):
        asked([5, 4, 3, 0, *range(1, 20)], 15, log=True)


def test_too_many_controls_for_the_time_before_are_refused():
    draw = np.random.default_rng(0)
    controls = tuple((f"c{place}", draw.standard_normal(14)) for place in range(9))
    with pytest.raises(InputError, match="use fewer controls"):
        asked(draw.standard_normal(14), 12, controls=controls)


def test_a_regressor_is_measured_on_the_time_before_the_start():
    outcome, column = np.arange(10.0), np.r_[[1.0, 2, 3, 4, 5, 6], 100, 100, np.nan, 100]
    known, table, dropped = standardised(outcome, [("c", column), ("line", np.arange(10.0) * 3)], 6)
    assert np.isnan(known[8])
    assert table[:6, 0].mean() == pytest.approx(0)
    assert table[:6, 0].std() == pytest.approx(1)
    assert [one.name for one in dropped] == ["line"]
    given = Design(outcome=known, regressors=table, start=6)
    assert given.bare().regressors.shape == (10, 0)
    assert given.offsets.tolist() == [0, 1, 3]
    with pytest.raises(InputError, match="c: 6 usable"):
        check_usable(given, what="c")


def test_a_mixture_knows_its_quantiles():
    one = Mixture(weight=np.array([0.3, 0.7]), location=np.array([-4.0, 5.0]), scale=np.array([1.0, 2.0]), df=7.0)
    draw = np.random.default_rng(1)
    many = np.where(draw.random(400_000) < 0.3, -4 + draw.standard_t(7, 400_000), 5 + 2 * draw.standard_t(7, 400_000))
    for share in (0.025, 0.3, 0.8):
        assert float(one.below(one.quantile(share))) == pytest.approx(share, abs=1e-9)
        assert float(one.quantile(share)) == pytest.approx(np.quantile(many, share), abs=0.15)
    assert float(one.mean) == pytest.approx(2.3)
    step = 1e-5
    slope = (one.below(1 + step) - one.below(1 - step)) / (2 * step)
    assert float(one.density(1.0)) == pytest.approx(float(slope), rel=1e-6)
    assert one.two_sided == pytest.approx(2 * min(one.below(0.0), 1 - one.below(0.0)))


def test_the_chance_of_the_other_sign_is_small_and_never_below_nothing():
    for middle in (-60.0, 60.0):
        far = Mixture(weight=np.full(7, 1 / 7), location=np.full(7, middle), scale=np.ones(7), df=60.0)
        assert far.two_sided == pytest.approx(2 * student.sf(60, 60), rel=1e-6)
        assert far.two_sided > 0


def test_the_compiled_filters_are_the_python_ones():
    draw = np.random.default_rng(6)
    columns, seen = draw.standard_normal((14, 3)), draw.random(14) < 0.8
    answers = []
    for of in (state_space_kernel.filter_levels, state_space_kernel.filter_levels.py_func):
        out = [np.zeros((2, 3, 3)), np.zeros((2, 3)), np.zeros(2), np.zeros(2)]
        of(columns, seen, np.array([0.01, 2.0]), *out)
        answers.append(out)
    for one, other in zip(*answers, strict=True):
        assert one == pytest.approx(other, abs=1e-12)
    answers = []
    for of in (interrupted_kernel.filter_errors, interrupted_kernel.filter_errors.py_func):
        out = [np.zeros((2, 3, 3)), np.zeros(2)]
        of(columns, seen, np.array([[0.5, -0.2], [0.9, 0.1]]), *out)
        answers.append(out)
    for one, other in zip(*answers, strict=True):
        assert one == pytest.approx(other, abs=1e-12)


def test_the_steps_of_the_error_filter_are_the_python_ones():
    draw = np.random.default_rng(7)
    partials = np.array([0.6, -0.3, 0.2])
    kinds = {}
    for name in ("compiled", "python"):
        plain = name == "python"
        levinson, step, learn, add = (
            getattr(one, "py_func", one) if plain else one
            for one in (
                interrupted_kernel.levinson,
                interrupted_kernel.step_ahead,
                interrupted_kernel.learn,
                interrupted_kernel.add_products,
            )
        )
        weights, covariance = np.zeros(3), np.zeros(4)
        levinson(partials, weights, covariance)
        state, spread = np.arange(6.0).reshape(3, 2), np.eye(3) * 2
        step(weights, state, spread, np.zeros(3))
        learn(np.array([0.5, -1.0]), np.array([0.4, 0.2, 0.1]), 1.7, state, spread)
        cross = np.zeros((2, 2))
        add(np.array([0.5, -1.0]), 1.7, cross)
        kinds[name] = [weights, covariance, state, spread, cross]
    for one, other in zip(kinds["compiled"], kinds["python"], strict=True):
        assert one == pytest.approx(other, abs=1e-12)
    # The covariances are those of the process that the weights drive.
    weights, covariance = kinds["python"][:2]
    many = np.zeros(400_000)
    shocks = draw.standard_normal(len(many))
    from scipy.signal import lfilter

    many = lfilter([1.0], [1.0, *-weights], shocks)
    seen = [many[: len(many) - lag] @ many[lag:] / len(many) for lag in range(4)]
    assert covariance == pytest.approx(seen, abs=0.03)
