"""Change points: the same cuts as brute force and ruptures, few false alarms, and intervals that hold the place."""

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.signal import lfilter

from abate.domain.errors import InputError
from abate.measurement.change import partition_kernel as kernels
from abate.measurement.change.estimate import Series, changes_of
from abate.measurement.change.mood import moods
from abate.measurement.change.noise import noise_of, resampled
from abate.measurement.change.partition import MOST, SHORTEST, partitions
from abate.measurement.change.whereabouts import whereabouts


def alike(draw, times, phi):
    """Errors of variance 1 with this autocorrelation."""
    errors = draw.standard_normal(times)
    errors[1:] *= np.sqrt(1 - phi**2)
    for time in range(1, times):
        errors[time] += phi * errors[time - 1]
    return errors


def steps(levels, each, draw, spread=1.0):
    return np.repeat(np.asarray(levels, dtype=np.float64), each) + spread * draw.standard_normal(len(levels) * each)


def changes(values, **more):
    seed = more.pop("seed", 0)
    return changes_of(Series(outcome="active", values=np.asarray(values, dtype=np.float64), **more), seed=seed)


def codes(found):
    return {one.code for one in found.footing.caveats}


def squares(values, cuts):
    return sum(float(((values[low:high] - values[low:high].mean()) ** 2).sum()) for low, high in pairwise(cuts))


@pytest.mark.parametrize("shortest", [1, 2, 3])
def test_every_number_of_changes_is_cut_as_brute_force_cuts_it(shortest):
    values = np.random.default_rng(shortest).standard_normal(11)
    found = partitions(values, shortest=shortest, most=4)
    for changed in range(5):
        ways = [
            (squares(values, (0, *inner, 11)), (0, *inner, 11))
            for inner in combinations(range(1, 11), changed)
            if all(high - low >= shortest for low, high in pairwise((0, *inner, 11)))
        ]
        if not ways:
            assert math.isinf(found.costs[changed])
            continue
        least, cuts = min(ways)
        assert found.costs[changed] == pytest.approx(least)
        assert tuple(found.cuts(changed)) == cuts


@pytest.mark.parametrize("seed", range(6))
def test_ruptures_gives_the_same_points_at_the_same_penalty(seed):
    ruptures = pytest.importorskip("ruptures", reason="pip install '.[oracles]'")
    draw = np.random.default_rng(seed)
    values = steps(draw.normal(0, 3, 4), 18, draw)
    found = partitions(values)
    for penalty in (3.0, 9.0, 25.0, 80.0, 1e4):
        theirs = ruptures.Pelt(model="l2", min_size=SHORTEST, jump=1).fit(values).predict(pen=penalty)
        ours = found.cuts(found.at_penalty(penalty))[1:].tolist()
        if len(theirs) - 1 <= MOST:
            assert ours == theirs
    for changed in (1, 2, 5):
        theirs = ruptures.Dynp(model="l2", min_size=SHORTEST, jump=1).fit(values).predict(n_bkps=changed)
        assert found.cuts(changed)[1:].tolist() == theirs


def test_ruptures_agrees_with_the_answer_at_the_penalties_that_it_prints():
    ruptures = pytest.importorskip("ruptures", reason="pip install '.[oracles]'")
    draw = np.random.default_rng(12)
    values = 40 + 6 * steps([0, 2, -1], 30, draw)
    found = changes(values)
    low, high = found.penalties
    theirs = ruptures.Pelt(model="l2", min_size=SHORTEST, jump=1).fit(values).predict(pen=(low + high) / 2)
    assert theirs == [*found.to_json()["points"], 90]


def test_between_two_penalties_a_number_of_changes_is_the_best():
    values = steps([0, 4, 1, 6], 15, np.random.default_rng(3))
    found = partitions(values)
    for changed in np.flatnonzero(found.hull):
        low, high = found.penalties(int(changed))
        if changed == MOST:
            assert math.isnan(low)
            continue
        top = 2 * low + 1 if math.isinf(high) else high
        assert found.at_penalty((low + top) / 2) == changed
        total = [cost + (low + top) / 2 * number for number, cost in enumerate(found.costs)]
        assert min(total) == pytest.approx(total[changed])
    assert found.penalties(0)[1] == math.inf
    with pytest.raises(InputError, match="2 values make no level of 3"):
        partitions(np.array([1.0, 2.0]))


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6, 0.8])
def test_a_series_without_a_change_shows_one_in_few_cases(phi):
    claims = sum(bool(changes(alike(np.random.default_rng(seed), 60, phi), seed=seed).changes) for seed in range(60))
    assert claims <= 9  # at .05, more happen in one of two thousand such sixties
    # The penalty of three logarithms, usual for independent values, is what neighbours that are alike fool.
    if phi == 0.8:
        fooled = 0
        for seed in range(60):
            values = alike(np.random.default_rng(seed), 60, phi)
            fooled += partitions(values).at_penalty(3 * math.log(60) * values.var()) > 0
        assert fooled > 30


def test_steps_are_found_where_they_are():
    found = changes(50 + steps([0, -6, 3], 30, np.random.default_rng(1)))
    told = found.to_json()
    assert told["points"] == [30, 60]
    first, second = told["changes"]
    assert first["size_interval"][0] < -6 < first["size_interval"][1]
    assert second["size_interval"][0] < 9 < second["size_interval"][1]
    assert first["between"][0] <= 30 <= first["between"][1]
    assert [(one["first"], one["last"], one["periods"]) for one in told["levels"]] == [
        (0, 29, 30),
        (30, 59, 30),
        (60, 89, 30),
    ]
    assert told["p"] == 1 / 500
    assert 0 < told["false_alarm"] <= 0.05
    assert told["calibrated"] is True
    assert "2 changes in the level of active: from 30" in found.sentence


def test_a_step_in_alike_neighbours_is_found_when_it_is_large_enough():
    values = alike(np.random.default_rng(4), 104, 0.6)
    values[50:] += 4
    found = changes(values)
    assert [one.label for one in found.changes] == [50]
    assert 0.2 < found.autocorrelation < 0.8


def test_a_small_step_is_given_with_its_doubt():
    held = wide = 0
    for seed in range(30):
        values = np.random.default_rng(seed).standard_normal(80)
        values[40:] += 1.5
        found = partitions(values - values.mean())
        one = whereabouts(values, found.cuts(1), noise_of(values - np.repeat([0, 1.5], 40), 2))[0]
        held += one.first <= 40 <= one.last
        wide += one.last > one.first
    assert held >= 25
    assert wide >= 20


def test_a_step_without_noise_is_certain():
    found = changes(np.repeat([10.0, 5.0], 30))
    assert [one.label for one in found.changes] == [30]
    assert found.changes[0].between == (30, 30)
    assert found.changes[0].size == -5
    assert found.to_json()["changes"][0]["size_interval"] is None
    assert "from 30 by -5" in found.sentence


@pytest.mark.parametrize("level", [0.0, 0.1, -7e300])
def test_a_series_that_never_moves_has_no_change(level):
    found = changes(np.full(50, level))
    assert (found.changes, found.p) == ((), 1.0)
    assert found.levels[0].mean == pytest.approx(level)
    assert "no change in the level of active can be told from chance" in found.sentence


def test_the_unit_changes_no_point():
    values = 40 + steps([0, 3], 30, np.random.default_rng(6))
    one, thousand, tiny = (changes(values * unit) for unit in (1.0, 1000.0, 1e-9))
    assert one.to_json()["points"] == thousand.to_json()["points"] == tiny.to_json()["points"] == [30]
    assert thousand.changes[0].size == pytest.approx(1000 * one.changes[0].size)
    assert thousand.changes[0].interval == pytest.approx([1000 * end for end in one.changes[0].interval])
    assert thousand.penalties[0] == pytest.approx(1e6 * one.penalties[0])


def test_the_same_seed_gives_the_same_answer_and_the_seed_is_printed():
    values = alike(np.random.default_rng(7), 60, 0.5)
    assert changes(values, seed=3).to_json() == changes(values, seed=3).to_json()
    assert changes(values, seed=3).to_json()["seed"] == 3
    assert changes(values, seed=3).penalty != changes(values, seed=4).penalty


def test_a_week_without_a_value_is_passed_over_and_keeps_its_row():
    values = 50 + steps([0, -6], 30, np.random.default_rng(8))
    gaps = values.copy()
    gaps[[3, 4, 50]] = np.nan
    found = changes(gaps)
    assert [one.label for one in found.changes] == [30]
    assert "missing-periods" in codes(found)
    assert found.values[3] is None
    assert found.levels[0].periods == 28


def test_a_line_is_called_a_line():
    draw = np.random.default_rng(9)
    noise = draw.standard_normal(80)
    cut = changes(0.04 * np.arange(80) + noise)
    assert cut.changes
    whole = changes(0.1 * np.arange(80) + noise)
    assert not whole.changes
    for found in (cut, whole):
        assert any(one.code == "poor-fit" and "straight line" in one.text for one in found.footing.caveats)
    assert "poor-fit" not in codes(changes(steps([0, 5], 40, np.random.default_rng(9))))
    assert "poor-fit" not in codes(changes(noise))


def test_a_season_is_not_taken_for_changes_without_a_word():
    weeks = np.arange(208)
    values = 5 * (weeks % 52 >= 26) + np.random.default_rng(10).standard_normal(208)
    found = changes(values, season=52)
    assert len(found.changes) >= 3
    assert "seasonality" in codes(found)
    assert "seasonality" not in codes(changes(np.random.default_rng(10).standard_normal(208), season=52))


def test_more_changes_than_are_looked_for_are_said():
    draw = np.random.default_rng(11)
    found = changes(steps(draw.normal(0, 20, 26), 8, draw))
    assert len(found.changes) == MOST
    assert any("as many as are looked for" in one.text for one in found.footing.caveats)
    assert found.to_json()["squares_penalty"][0] is None


def test_short_series_and_random_walks_are_not_called_calibrated():
    short = changes(np.random.default_rng(0).standard_normal(30))
    assert short.footing.calibrated is False
    assert "(not calibrated)" in short.sentence
    walk = changes(np.cumsum(np.random.default_rng(0).standard_normal(150)))
    assert walk.autocorrelation > 0.9
    assert walk.footing.calibrated is False
    assert any("random walk" in one.text for one in walk.footing.caveats)


@pytest.mark.parametrize(("count", "said"), [(15, "15 periods have a value and 16"), (2001, "more than the 2000")])
def test_too_little_and_too_much_are_refused(count, said):
    with pytest.raises(InputError, match=said):
        changes(np.arange(float(count)))


def test_resampled_series_are_as_alike_as_the_errors_were():
    draw = np.random.default_rng(1)
    errors = lfilter([1.0], [1.0, -0.7], draw.standard_normal(4000))[1000:]
    noise = noise_of(errors - errors.mean(), 1)
    assert noise.persistence == pytest.approx(0.7, abs=0.06)
    assert noise.spread == pytest.approx(1.0, abs=0.05)
    series = resampled(noise.weights, noise, 400, 60, draw)
    assert series.mean(axis=1) == pytest.approx(np.zeros(60), abs=1e-9)
    near = (series[:, 1:] * series[:, :-1]).mean() / (series**2).mean()
    assert near == pytest.approx(0.7, abs=0.06)


def test_the_autoregression_is_the_one_that_statsmodels_finds():
    burg = pytest.importorskip("statsmodels.regression.linear_model", reason="pip install '.[oracles]'").burg
    errors = lfilter([1.0], [1.0, -0.5, 0.3], np.random.default_rng(2).standard_normal(200))
    errors -= errors.mean()
    noise = noise_of(errors, 1, 2)
    weights, variance = burg(errors, order=2, demean=False)
    assert noise.weights == pytest.approx(weights, abs=1e-9)
    assert kernels.unforetold(errors, 2, np.zeros(2)) == pytest.approx(variance, rel=0.02)


def test_the_compiled_search_is_the_python_one():
    values = np.random.default_rng(3).standard_normal(16)
    values -= values.mean()
    answers = []
    for plain in (False, True):
        of = {
            name: getattr(getattr(kernels, name), "py_func" if plain else "__call__")
            for name in (
                "best_partitions",
                "unforetold",
                "best_order",
                "errors_around",
                "cuts_of",
                "on_the_hull",
                "likelihood_gains",
                "strongest_claims",
            )
        }
        costs, origins = np.empty((17, 4)), np.empty((17, 4), dtype=np.int64)
        of["best_partitions"](values, 3, costs, origins)
        cuts, errors, partials = np.empty(4, dtype=np.int64), np.empty(16), np.empty(2)
        of["cuts_of"](origins, 2, cuts)
        of["errors_around"](values, cuts, errors)
        left = of["unforetold"](errors, 2, partials)
        hull, gains, claims = np.zeros(4, dtype=np.bool_), np.empty(4), np.empty(1)
        of["on_the_hull"](costs[-1], hull)
        of["likelihood_gains"](values, 1, costs, origins, gains)
        of["strongest_claims"](values[None, :], 3, 3, 2, claims)
        flat = of["best_order"](np.zeros(16), 1, 2)
        order = of["best_order"](values, 1, 2)
        answers.append([costs, origins, cuts, errors, partials, [left, flat, order], hull, gains, claims])
    for one, other in zip(*answers, strict=True):
        assert np.array_equal(np.isfinite(one), np.isfinite(other))
        known = np.isfinite(one)
        assert np.asarray(one)[known] == pytest.approx(np.asarray(other)[known], abs=1e-9)


def test_changes_that_a_slow_mood_could_make_are_not_called_calibrated():
    """Counts of a few: chance on top of what lasts for months. Claims that such a mood explains carry a label."""
    promised = labelled = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        found = changes(draw.poisson(6 * np.exp(0.3 * alike(draw, 104, 0.8))))
        if found.changes and found.p_wandering > 0.05:
            labelled += 1
            assert any("wanders slowly" in one.text for one in found.footing.caveats)
            assert found.footing.calibrated is False
        promised += bool(found.changes) and found.footing.calibrated is True
    assert labelled > 0
    assert promised <= 9
    plain = changes(steps([0, 6], 50, np.random.default_rng(1)))
    assert plain.p_wandering <= 0.05
    assert changes(np.random.default_rng(0).standard_normal(60)).to_json()["p_wandering"] is None


def test_moods_are_as_slow_as_the_series_lets_them_be():
    draw = np.random.default_rng(4)
    white, slow = draw.standard_normal(200), alike(draw, 200, 0.8)
    near = []
    for values in (white - white.mean(), slow - slow.mean()):
        worlds = moods(values, values, 200, draw)
        assert worlds.shape == (200, 200)
        assert worlds.mean(axis=1) == pytest.approx(np.zeros(200), abs=1e-9)
        near.append((worlds[:, 1:] * worlds[:, :-1]).mean() / (worlds**2).mean())
    assert near[0] < 0.3
    assert near[1] > 0.6
    assert np.isfinite(moods(np.repeat([-1.0, 1.0], 20), np.zeros(40), 5, draw)).all()
