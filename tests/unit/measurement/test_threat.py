"""Threat: an association in time with an honest width, and words that never say why."""

import json
import math
import re

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.footing import Footing
from abate.measurement.platform.region import region, write_region
from abate.measurement.tables.columns import Incidents
from abate.measurement.threat import hawkes_kernel
from abate.measurement.threat.answer import Threat, by_week, threat
from abate.measurement.threat.association import Fit, Lagged, associate
from abate.measurement.threat.hawkes import excitation
from abate.measurement.threat.negative_binomial import fit
from abate.measurement.weeks import DAY, week_start

CAUSAL = re.compile(
    r"\b(caus\w*|because|due to|leads? to|led to|drives?|drove|reduces?|reduced|prevents?)\b", re.IGNORECASE
)


def drifting(draw, weeks, likeness):
    out = np.zeros(weeks)
    for week in range(1, weeks):
        out[week] = likeness * out[week - 1] + draw.normal()
    return out * np.sqrt(1 - likeness**2)


def joined(seed=0, weeks=208, coefficient=0.05, lag=2):
    draw = np.random.default_rng(seed)
    exposure = 40 + 8 * drifting(draw, weeks, 0.5)
    rate = np.exp(1.5 + coefficient * (np.roll(exposure, lag) - 40))
    return draw.poisson(rate * draw.gamma(6, 1 / 6, weeks)).astype(np.float64), exposure


def self_exciting(draw, mu, brought, decay, end):
    """The process by its generations: each event has its own descendants."""
    young = draw.uniform(0, end, draw.poisson(mu * end))
    out = [young]
    while len(young):
        parents = np.repeat(young, draw.poisson(brought, len(young)))
        young = parents + draw.exponential(1 / decay, len(parents))
        young = young[young < end]
        out.append(young)
    return np.concatenate(out)


def test_the_regression_agrees_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api", reason="pip install '.[oracles]'")
    draw = np.random.default_rng(3)
    design = np.column_stack([np.ones(300), draw.normal(size=300), draw.normal(size=300)])
    mean = np.exp(design @ [0.8, 0.4, -0.2])
    counts = draw.negative_binomial(2, 2 / (2 + mean)).astype(np.float64)
    ours, theirs = fit(design, counts), sm.NegativeBinomial(counts, design).fit(disp=0)
    assert ours.coefficients == pytest.approx(theirs.params[:-1], abs=2e-4)
    assert ours.dispersion == pytest.approx(theirs.params[-1], rel=2e-3)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-4)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse[:-1], rel=0.05)


def test_counts_without_extra_spread_are_fitted_as_a_poisson():
    sm = pytest.importorskip("statsmodels.api", reason="pip install '.[oracles]'")
    draw = np.random.default_rng(4)
    design = np.column_stack([np.ones(400), draw.normal(size=400)])
    counts = np.round(np.exp(design @ [2.0, 0.3]))  # less spread than a Poisson's
    ours = fit(design, counts)
    theirs = sm.GLM(counts, design, family=sm.families.Poisson()).fit()
    assert ours.dispersion < 1e-4
    assert ours.coefficients == pytest.approx(theirs.params, abs=1e-3)


def test_a_known_coefficient_is_found_at_its_lag():
    counts, exposure = joined()
    found = associate(counts, exposure, (0, 1, 2, 3, 4))
    assert found.strongest.lag == 2
    low, high = found.strongest.interval
    assert low < 0.05 < high
    assert low > 0


def test_series_that_drift_apart_are_not_joined_though_a_plain_test_would_join_them():
    claims = plain = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        exposure = 40 + 8 * drifting(draw, 104, 0.9)
        counts = draw.poisson(np.exp(1 + 0.6 * drifting(draw, 104, 0.9))).astype(np.float64)
        one = associate(counts, exposure, (1,)).strongest
        claims += not one.interval[0] <= 0 <= one.interval[1]
        plain += abs(one.coefficient) * one.inflation / one.standard_error > 1.96
    assert claims <= 8
    assert plain > 2 * claims


def test_a_missing_week_is_left_out_and_not_counted_as_silent():
    counts, exposure = joined()
    whole = associate(counts, exposure, (2,)).strongest
    counts[50:60] = np.nan
    exposure[100:105] = np.nan
    holes = associate(counts, exposure, (2,))
    assert holes.rows == 196
    assert holes.strongest.coefficient == pytest.approx(whole.coefficient, abs=0.02)


def test_the_unit_of_the_exposure_changes_the_coefficient_and_nothing_else():
    counts, exposure = joined()
    one, thousand = threat(counts, exposure), threat(counts, exposure * 1000)
    assert thousand.fit.strongest.coefficient == pytest.approx(one.fit.strongest.coefficient / 1000, rel=1e-6)
    assert thousand.fit.strongest.p == pytest.approx(one.fit.strongest.p, rel=1e-5)


@pytest.mark.parametrize(
    ("counts", "exposure", "word"),
    [
        (np.ones(10), np.arange(10.0), "too few"),
        (np.zeros(60), np.random.default_rng(0).normal(size=60), "too few"),
        (np.ones(60), np.full(60, 7.0), "vary"),
        (np.ones(60), np.arange(60.0), "vary"),
        (np.full(60, -1.0), np.arange(60.0), "zero or more"),
        (np.full(60, 1.5), np.arange(60.0), "whole numbers"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_reason(counts, exposure, word):
    with pytest.raises(InputError, match=word):
        threat(counts, exposure)


def test_a_lag_into_the_past_is_refused():
    counts, exposure = joined()
    with pytest.raises(InputError, match="lag"):
        threat(counts, exposure, lags=(-1, 0))


@pytest.mark.parametrize("coefficient", [-0.08, 0.0, 0.08])
@pytest.mark.parametrize("seed", range(4))
def test_no_sentence_claims_a_cause(seed, coefficient):
    answer = threat(*joined(seed, weeks=80, coefficient=coefficient), unit="active channel")
    said = json.dumps(answer.to_json(), allow_nan=False)
    assert not CAUSAL.search(answer.sentence), said
    assert not CAUSAL.search(" ".join(answer.footing.assumptions))
    low, high = answer.fit.strongest.interval
    assert (answer.association == "none shown") == (low <= 0 <= high)


def invented(draw):
    """An answer with any numbers at all, the absurd ones included."""
    coefficient = float(draw.normal() * 10.0 ** draw.integers(-6, 3))
    reach = float(abs(draw.normal()) * 10.0 ** draw.integers(-6, 3))
    one = Lagged(
        lag=int(draw.integers(0, 60)),
        coefficient=coefficient,
        standard_error=reach / 2,
        interval=(coefficient - reach, coefficient + reach),
        p=float(draw.uniform()),
        inflation=1.0,
    )
    known = Fit(lags=(one,), strongest=one, dispersion=0.1, rows=100, events=200)
    return Threat(fit=known, excited=(), unit="active channel", footing=Footing(method="", assumptions=()))


def test_of_five_hundred_invented_answers_none_claims_a_cause():
    draw = np.random.default_rng(0)
    kinds = set()
    for _ in range(500):
        answer = invented(draw)
        kinds.add(answer.association)
        assert not CAUSAL.search(answer.sentence), answer.sentence
        assert "association" in answer.sentence
        assert ("no association is shown" in answer.sentence) == (answer.association == "none shown")
        json.dumps(answer.to_json(), allow_nan=False)
    assert kinds == {"positive", "negative", "none shown"}


def test_a_self_exciting_process_is_recovered_within_five_percent():
    draw = np.random.default_rng(1)
    times = self_exciting(draw, 0.5, 0.4, 0.8, 120_000)
    found = excitation((times, np.zeros(0)), 120_000, 0, (1,))
    assert found.background[0] == pytest.approx(0.5, rel=0.05)
    assert found.pull[0] == pytest.approx(0.4, rel=0.05)
    assert found.decay == pytest.approx(0.8, rel=0.05)
    assert found.pull[1] is None
    assert found.bic < found.poisson_bic


def test_a_pull_from_one_kind_to_the_other_is_told_from_its_own():
    draw = np.random.default_rng(2)
    end = 20_000.0
    online = draw.uniform(0, end, draw.poisson(0.5 * end))
    parents = online[draw.uniform(size=len(online)) < 0.3]
    brought = parents + draw.exponential(2.0, len(parents))
    incidents = np.concatenate([brought[brought < end], draw.uniform(0, end, draw.poisson(0.2 * end))])
    found = excitation((online, incidents), end, 1, (1, 4))
    assert found.pull[0] == pytest.approx(0.3, abs=0.05)
    assert found.pull[1] == pytest.approx(0.0, abs=0.05)


def test_a_rate_that_steps_is_not_taken_for_contagion():
    """With a constant background the fitted branching would be about .8 where there is none."""
    draw = np.random.default_rng(5)
    times = np.concatenate([draw.uniform(0, 500, draw.poisson(500)), draw.uniform(500, 1000, draw.poisson(150))])
    constant = excitation((times, np.zeros(0)), 1000, 0, (1,))
    changing = excitation((times, np.zeros(0)), 1000, 0)
    assert constant.pull[0] > 0.6
    assert changing.pull[0] < 0.2
    assert changing.to_json()["prefers"] == "changing background alone"


def test_the_gradient_of_the_likelihood_is_that_of_its_value():
    draw = np.random.default_rng(6)
    times = np.sort(draw.uniform(0, 50, 80))
    marks, bins = draw.integers(0, 2, 80), (times // 25).astype(np.int64)
    rates, pull, decay = np.array([1.0, 0.7, 50.0]), np.array([0.3, 0.2]), 1.3
    base = hawkes_kernel.likelihood.py_func(times, marks, bins, 1, rates, pull, decay)
    assert base == pytest.approx(hawkes_kernel.likelihood(times, marks, bins, 1, rates, pull, decay))
    step = 1e-6
    for place in range(2):
        moved = rates.copy()
        moved[place] += step
        slope = (hawkes_kernel.likelihood(times, marks, bins, 1, moved, pull, decay)[0] - base[0]) / step
        assert slope == pytest.approx(base[1 + place], rel=1e-3)
        pulled = pull.copy()
        pulled[place] += step
        slope = (hawkes_kernel.likelihood(times, marks, bins, 1, rates, pulled, decay)[0] - base[0]) / step
        assert slope == pytest.approx(base[3 + place], rel=1e-3)
    slope = (hawkes_kernel.likelihood(times, marks, bins, 1, rates, pull, decay + step)[0] - base[0]) / step
    assert slope == pytest.approx(base[5], rel=1e-3)


def test_too_few_events_have_no_bursts():
    with pytest.raises(InputError, match="too few"):
        excitation((np.arange(10.0), np.arange(10.0)), 20.0, 1)


def _incidents(weeks, counts):
    date = np.array([week_start(week) + DAY for week in weeks], dtype=np.int64)
    return Incidents(date=date, count=np.array(counts, dtype=np.int64))


def test_weeks_outside_the_recorded_span_are_unknown_and_those_inside_are_zero():
    aligned = by_week(_incidents([102, 105], [3, 1]), [5.0, 6.0, None, 7.0, 8.0, 9.0, 4.0], 100)
    assert np.isnan(aligned.counts[[0, 1, 6]]).all()
    assert aligned.counts[2:6].tolist() == [3, 0, 0, 1]
    assert np.isnan(aligned.exposure[2])


def test_tables_of_different_times_are_refused():
    with pytest.raises(InputError, match="share no week"):
        by_week(_incidents([10], [1]), [1.0] * 5, 100)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("region")
    write_region(region(1), out)
    return out


def test_the_command_joins_sightings_and_incidents(abate, folder):
    tables = ("--sightings", folder / "sightings.parquet", "--incidents", folder / "incidents.parquet")
    done = abate.run("measure", "threat", *tables, "--json")
    assert done.code == 0
    assert {"association", "lag", "coefficient", "interval", "p", "sentence"} <= set(done.json)
    assert done.json["interval"][0] < 0.03 < done.json["interval"][1]
    assert done.json["calibrated"] is True
    bursts = abate.run("measure", "threat", *tables, "--bursts")
    assert bursts.code == 0
    assert "that follow one" in bursts.out
    assert "not-calibrated" in bursts.err


def test_the_command_reads_a_series(abate, tmp_path):
    counts, exposure = joined(weeks=120)
    rows = [f"{week},{count:.0f},{moved:.3f}" for week, (count, moved) in enumerate(zip(counts, exposure, strict=True))]
    file = tmp_path / "series.csv"
    file.write_text("\n".join(["week,incidents,channels", *reversed(rows)]), "utf-8")
    flags = ("--series", file, "--outcome", "incidents", "--exposure", "channels", "--time", "week", "--json")
    done = abate.run("measure", "threat", *flags)
    assert done.code == 0
    assert done.json["lag"] == 2
    assert "channels" in done.json["sentence"]
    picture = tmp_path / "threat.svg"
    assert abate.run("measure", "threat", *flags, "--chart", picture).code == 0
    drawn = picture.read_text("utf-8")
    assert "lag 2: " in drawn
    assert f"[{math.exp(done.json['interval'][0]):.4g}, {math.exp(done.json['interval'][1]):.4g}]" in drawn
    assert "no association" in drawn


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        ((), "--incidents"),
        (("--lags", "two"), "--lags"),
        (("--series", "FILE"), "--outcome"),
        (("--series", "FILE", "--outcome", "none", "--exposure", "channels"), "none"),
        (("--series", "FILE", "--outcome", "incidents", "--exposure", "channels", "--bursts"), "--bursts"),
        (("--series", "FILE", "--outcome", "incidents", "--exposure", "channels", "--until", "2025-01-01"), "--until"),
    ],
)
def test_the_command_names_what_is_missing(abate, tmp_path, flags, word):
    file = tmp_path / "series.csv"
    file.write_text("week,incidents,channels\n1,2,3\n2,3,4\n", "utf-8")
    done = abate.run("measure", "threat", *(file if flag == "FILE" else flag for flag in flags))
    assert done.code == 2
    assert word in done.err


def test_what_happened_after_the_snapshot_is_left_out(abate, folder):
    tables = ("--sightings", folder / "sightings.parquet", "--incidents", folder / "incidents.parquet", "--json")
    whole = abate.run("measure", "threat", *tables).json
    early = abate.run("measure", "threat", *tables, "--until", "2025-08-31")
    assert early.code == 0
    assert early.json["weeks"] < whole["weeks"]
    assert early.json["incidents"] < whole["incidents"]


def test_a_snapshot_before_the_first_incident_is_refused(abate, folder):
    tables = ("--sightings", folder / "sightings.parquet", "--incidents", folder / "incidents.parquet")
    done = abate.run("measure", "threat", *tables, "--until", "1999-01-01")
    assert done.code == 2
    assert "no incident lies at or before --until" in done.err


def test_rows_that_could_not_be_read_are_named(abate, tmp_path):
    counts, exposure = joined(weeks=60)
    rows = [f"{count:.0f},{moved:.3f}" for count, moved in zip(counts, exposure, strict=True)]
    file = tmp_path / "series.csv"
    file.write_text("\n".join(["incidents,channels", *rows, "1,2,3,4"]), "utf-8")
    done = abate.run(
        "measure", "threat", "--series", file, "--outcome", "incidents", "--exposure", "channels", "--json"
    )
    assert done.code == 0
    assert any(one["code"] == "rows-skipped" for one in done.json["warnings"])


def test_no_incident_at_all_has_no_regression():
    with pytest.raises(InputError, match="no incident was counted"):
        fit(np.ones((30, 1)), np.zeros(30))


def test_no_lag_at_all_is_refused():
    counts, exposure = joined()
    with pytest.raises(InputError, match="lag"):
        threat(counts, exposure, lags=())


def test_few_incidents_are_said_to_carry_the_answer():
    draw = np.random.default_rng(3)
    counts = (draw.uniform(size=100) < 0.2).astype(np.float64)
    answer = threat(counts, draw.normal(size=100))
    assert any(one.code == "small-cells" and "single events carry" in one.text for one in answer.footing.caveats)


def test_two_series_that_drift_are_said_to():
    draw = np.random.default_rng(1)
    exposure = 40 + 8 * drifting(draw, 150, 0.97)
    counts = draw.poisson(np.exp(1.5 + 0.8 * drifting(draw, 150, 0.97))).astype(np.float64)
    answer = threat(counts, exposure)
    assert answer.fit.strongest.inflation > 1.5
    assert any(one.code == "poor-fit" and "both series drift" in one.text for one in answer.footing.caveats)


def test_the_same_counts_in_another_unit_of_time_have_the_same_poisson_limit():
    """The dispersion's lower end is a Poisson: the coefficient is the log ratio of the means, to the digits printed."""
    design = np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20)])
    counts = np.append(np.full(20, 10.0), np.full(20, 15.0))
    assert fit(design, counts).coefficients == pytest.approx([np.log(10), np.log(1.5)], abs=1e-6)


def test_false_alignments_keep_the_fit_and_only_widen():
    counts, exposure = joined(seed=2)
    found = associate(counts, exposure, (0, 2))
    assert all(one.inflation >= 1 for one in found.lags)
    design = np.column_stack([np.ones(206), np.linspace(-1, 1, 206), exposure[:206]])
    assert found.lags[1].coefficient == pytest.approx(fit(design, counts[2:]).coefficients[-1], rel=1e-4)
