"""How far an effect may be trusted: placebos, the smallest effect found, and when it says "not calibrated"."""

import numpy as np
import pytest

from abate.measurement.answer import Estimate
from abate.measurement.effect.answer import Effect
from abate.measurement.effect.design import Design
from abate.measurement.effect.doubts import drift_doubts, error_doubts
from abate.measurement.effect.estimate import effect_of
from abate.measurement.effect.interrupted import fit_interrupted
from abate.measurement.effect.judgement import repeats
from abate.measurement.effect.minimum_detectable import minimum_detectable
from abate.measurement.effect.mixture import Mixture
from abate.measurement.effect.placebo import Placebos, placebos_of
from abate.measurement.effect.posterior import relative_of
from abate.measurement.effect.question import Question
from abate.measurement.effect.state_space import fit_state_space

NONE = Placebos(periods=0, starts=(), effects=(), intervals=(), full=False, separate=0.0)


def design(outcome, start):
    return Design(outcome=np.asarray(outcome, dtype=np.float64), regressors=np.zeros((len(outcome), 0)), start=start)


def asked(outcome, start, **more):
    found = effect_of(Question(outcomes=(("active", np.asarray(outcome, dtype=np.float64)),), start=start, **more))
    assert isinstance(found, Effect)
    return found


def placebos(intervals, *, separate=20.0, periods=10, full=True):
    middle = tuple((low + high) / 2 for low, high in intervals)
    return Placebos(
        periods=periods,
        starts=tuple(range(len(intervals))),
        effects=middle,
        intervals=tuple(intervals),
        full=full,
        separate=separate,
    )


def test_placebos_look_only_at_the_time_before():
    outcome = np.random.default_rng(0).standard_normal(60)
    later = outcome.copy()
    later[40:] += 100
    fit = lambda one: fit_state_space(one, 0.01)  # noqa: E731 - the method as it is handed over
    one, other = placebos_of(design(outcome, 40), fit), placebos_of(design(later, 40), fit)
    assert one == other
    assert max(one.starts) + one.periods == 40
    assert min(one.starts) >= 8
    assert one.coverage == one.covered / len(one.starts)


def test_a_placebo_is_as_long_as_the_real_time_after_where_there_is_room():
    outcome = np.random.default_rng(0).standard_normal(100)
    fit = lambda one: fit_state_space(one, 0.01)  # noqa: E731 - as above
    short, long = placebos_of(design(outcome[:95], 90), fit), placebos_of(design(outcome, 50), fit)
    assert (short.periods, short.full) == (5, True)
    assert long.periods == 10
    assert not long.full


def test_too_little_time_before_has_no_placebos():
    found = placebos_of(design(np.arange(12.0), 8), lambda one: fit_state_space(one, 0.01))
    assert (found.coverage, found.rank(3.0), found.few, found.failed()) == (None, None, True, False)
    assert found.to_json(3.0)["rank_p"] is None


def test_stretches_without_a_value_are_no_placebos():
    outcome = np.random.default_rng(0).standard_normal(60)
    outcome[22:36] = np.nan
    found = placebos_of(design(outcome, 50), lambda one: fit_state_space(one, 0.01))
    assert all(np.isfinite(outcome[start : start + found.periods]).any() for start in found.starts)
    assert len(found.starts) < 50 - 20


def test_placebos_fail_only_where_more_miss_than_chance_allows():
    held, missed = (-1.0, 1.0), (1.0, 2.0)
    assert not placebos([held] * 19 + [missed]).failed()
    assert placebos([held] * 15 + [missed] * 5).failed()
    # Twenty that overlap so much that they are two say little.
    assert not placebos([held] * 15 + [missed] * 5, separate=2.0).failed()
    assert not placebos([missed] * 5).failed()
    assert not placebos([missed] * 20, periods=2).failed()
    assert placebos([held] * 19 + [missed]).rank(1.5) == pytest.approx(2 / 21)


def test_an_interval_that_misses_at_placebos_is_not_called_calibrated():
    # Four jumps before the start: errors that return to a level do not describe this.
    outcome = np.repeat([10.0, 30, 12, 35, 11, 33], 15) + np.random.default_rng(1).standard_normal(90)
    found = asked(outcome, 75, method="its", sensitivity=False)
    assert found.footing.calibrated is False
    assert any(one.code == "not-calibrated" for one in found.footing.caveats)
    assert "not calibrated" in found.sentence


def test_a_calm_series_is_calibrated_and_says_what_it_would_have_missed():
    calm = 20 + np.random.default_rng(0).standard_normal(104)
    assert asked(calm, 78, level_prior=None, sensitivity=False).footing.calibrated is True
    found = asked(calm, 78, method="its", sensitivity=False)
    assert found.placebos.coverage > 0.85
    assert "not distinguishable from none; an effect below" in found.sentence
    assert 0.4 < found.minimum_detectable < 1.5


def test_a_drift_that_a_calm_series_cannot_rule_out_leaves_the_regression_undecided():
    """A step of a tenth of the noise each week hides in two years of data and breaks errors that return to a level."""
    calm = 20 + np.random.default_rng(0).standard_normal(104)
    found = asked(calm, 78, method="its", sensitivity=False)
    assert found.footing.calibrated is None
    warned = {one.code: one.text for one in found.footing.caveats}
    assert "--level-prior tuned" in warned["drift-not-ruled-out"]


def test_few_periods_before_leave_calibration_undecided():
    found = asked(20 + np.random.default_rng(3).standard_normal(20), 14, level_prior=None, sensitivity=False)
    assert found.footing.calibrated is None
    assert any(one.code == "few-placebos" for one in found.footing.caveats)


def test_a_stated_drift_that_the_series_may_exceed_is_doubted():
    drifting = np.cumsum(np.random.default_rng(2).standard_normal(60))
    given = design(drifting, 40)
    assert "--level-prior tuned" in drift_doubts(given, fit_state_space(given, 0.01))[0]
    assert drift_doubts(given, fit_state_space(given, None)) == []


def test_errors_that_hardly_return_are_doubted():
    given = design(np.cumsum(np.random.default_rng(2).standard_normal(80)), 60)
    assert any("random walk" in one for one in error_doubts(given, fit_interrupted(given, 1)))
    calm = design(np.random.default_rng(0).standard_normal(80), 60)
    assert error_doubts(calm, fit_interrupted(calm, 1)) == []


def test_the_smallest_effect_is_found_four_times_in_five():
    """An effect of the printed size, added to worlds of its own kind: a constant one moves the interval and no more."""
    found = 0
    for seed in range(150):
        draw = np.random.default_rng(seed)
        given = design(20 + draw.standard_normal(60), 45)
        effect = fit_interrupted(given, 1).effect
        low, _ = effect.interval()
        found += low + minimum_detectable(effect, NONE) > 0
    assert 0.72 < found / 150 < 0.93


def test_the_smallest_effect_follows_the_placebos_where_they_missed_more():
    one = Mixture(weight=np.ones(1), location=np.zeros(1), scale=np.ones(1), df=1e6)
    own = minimum_detectable(one, NONE)
    assert own == pytest.approx(1.96 + 0.8416, abs=0.01)
    wild = placebos([(-9.0, 1.0)] * 10 + [(-1.0, 9.0)] * 10)
    assert minimum_detectable(one, wild) == 9
    assert minimum_detectable(one, placebos([(-9.0, 9.0)] * 20, full=False)) == own


def test_the_answer_shows_how_it_bends_under_other_choices():
    draw = np.random.default_rng(4)
    shared = draw.standard_normal(60)
    outcome = 50 + shared + draw.standard_normal(60)
    outcome[40:] -= 5
    stated = asked(outcome, 40, controls=(("elsewhere", shared),))
    assert set(stated.sensitivity) == {
        "half_before",
        "half_after",
        "interrupted",
        "level_prior_tuned",
        "level_prior_tenfold",
        "no_controls",
    }
    assert all(isinstance(one, Estimate) and abs(one.value + 5) < 2 for one in stated.sensitivity.values())
    assert "level_prior_stated" in asked(outcome, 40, level_prior=None).sensitivity
    assert "trend" in asked(outcome, 40, method="its").sensitivity
    assert "no_trend" in asked(outcome, 40, method="its", trend=True).sensitivity
    # Half of sixteen periods is too few to go by.
    assert "half_before" not in asked(outcome[30:], 10).sensitivity


def test_a_season_that_was_left_out_is_noticed():
    days = np.arange(140)
    outcome = 30 + 4 * (days % 7 >= 5) + np.random.default_rng(5).standard_normal(140)
    found = asked(outcome, 100, season=7, sensitivity=False)
    assert any(one.code == "seasonality" and "every 7 periods" in one.text for one in found.footing.caveats)
    assert not repeats(np.random.default_rng(5).standard_normal(140), 7)
    assert not repeats(np.zeros(140), 7)
    assert not repeats(outcome, 0)
    assert not repeats(outcome[:40], 7)


def test_a_share_of_what_may_be_nothing_is_not_given():
    assert relative_of((-2.0, -1.0), 1.0) == pytest.approx((-2 / 3, -1 / 2))
    assert relative_of((-2.0, 2.0), 1.0) is None
    noise = np.random.default_rng(6).standard_normal(60)
    for method in ("its", "state-space"):
        found = asked(noise - noise.mean(), 40, method=method, sensitivity=False)
        assert found.relative.value is None
        assert found.to_json()["relative_interval"] is None
