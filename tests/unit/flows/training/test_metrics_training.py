"""The counts of a classifier, held against scikit-learn, scipy and counting by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from abate.flows.training import metrics


@pytest.fixture(scope="module")
def oracle():
    return pytest.importorskip("sklearn.metrics", reason="pip install '.[oracles]'")


def drawn(seed, *, ties=False, rows=400):
    draw = np.random.default_rng(seed)
    positives = draw.random(rows) < 0.3
    scores = np.clip(draw.normal(np.where(positives, 0.6, 0.4), 0.2), 0, 1)
    return (np.round(scores, 1) if ties else scores), positives


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_macro_f1_is_scikit_learns(oracle, seed, classes):
    draw = np.random.default_rng(seed)
    truth, guess = draw.integers(0, classes, 60), draw.integers(0, classes, 60)
    assert metrics.macro_f1(truth, guess) == pytest.approx(oracle.f1_score(truth, guess, average="macro"))
    assert metrics.f1_of(truth == 1, guess == 1) == pytest.approx(oracle.f1_score(truth == 1, guess == 1))


def test_a_class_that_is_nowhere_guessed_counts_as_nothing_found(oracle):
    truth, guess = np.array([0, 0, 1]), np.array([0, 0, 0])
    expected = oracle.f1_score(truth, guess, average="macro", zero_division=0)
    assert metrics.macro_f1(truth, guess) == pytest.approx(expected)
    assert metrics.f1_of(np.array([False]), np.array([False])) == 0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ties", [False, True])
def test_precision_recall_and_average_precision_are_scikit_learns(oracle, seed, ties):
    scores, positives = drawn(seed, ties=ties)
    assert metrics.average_precision(scores, positives) == pytest.approx(
        oracle.average_precision_score(positives, scores)
    )
    precision, recall, thresholds = oracle.precision_recall_curve(positives, scores)
    for place in range(0, len(thresholds), 17):
        one = metrics.at_threshold(scores, positives, thresholds[place])
        assert one.precision == pytest.approx(precision[place])
        assert one.recall == pytest.approx(recall[place])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5])
def test_recall_at_a_rate_of_false_positives_is_read_off_scikit_learns_curve(oracle, seed, ties, rate):
    scores, positives = drawn(seed, ties=ties)
    false, true, _ = oracle.roc_curve(positives, scores, drop_intermediate=False)
    assert metrics.recall_at_false_positives(scores, positives, rate) == pytest.approx(true[false <= rate].max())


def test_recall_at_a_rate_needs_both_kinds():
    assert metrics.recall_at_false_positives(np.array([0.1]), np.array([True])) is None
    assert metrics.recall_at_false_positives(np.array([0.1]), np.array([False])) is None
    assert metrics.average_precision(np.array([0.1]), np.array([False])) is None


@pytest.mark.parametrize("seed", range(6))
def test_the_bins_are_scikit_learns_calibration_curve(seed):
    calibration = pytest.importorskip("sklearn.calibration", reason="pip install '.[oracles]'")
    scores, positives = drawn(seed)
    seen, foretold = calibration.calibration_curve(positives, scores, n_bins=10)
    filled = [one for one in metrics.reliability(scores, positives) if one.rows]
    assert [one.seen for one in filled] == pytest.approx(list(seen))
    assert [one.foretold for one in filled] == pytest.approx(list(foretold))


def test_calibration_error_counted_by_hand():
    scores = np.array([0.05, 0.15, 0.15, 0.95, 1.0])
    hits = np.array([False, False, True, True, True])
    # Bins: 0.05 → 0 (gap 0.05, 1 row); 0.15 → 0.5 (0.35, 2 rows); 0.975 → 1 (0.025, 2 rows).
    expected = (1 * 0.05 + 2 * 0.35 + 2 * 0.025) / 5
    assert metrics.expected_calibration_error(scores, hits) == pytest.approx(expected)
    assert metrics.expected_calibration_error(scores[:0], hits[:0]) == 0


def test_a_threshold_is_the_lowest_with_its_precision_on_rows_enough():
    scores = np.linspace(1, 0.01, 100)
    positives = np.arange(100) < 60
    found = metrics.threshold_for(scores, positives, 0.75)
    flagged = [threshold for threshold in scores if np.mean(positives[scores >= threshold]) >= 0.75]
    assert found == pytest.approx(min(flagged))
    assert metrics.at_threshold(scores, positives, found).precision == pytest.approx(0.75)


def test_no_threshold_rests_on_a_handful_of_rows():
    scores = np.linspace(1, 0, 100)
    positives = np.arange(100) < metrics.FEW - 1
    assert metrics.threshold_for(scores, positives, 0.99) is None
    assert metrics.threshold_for(scores[:0], positives[:0], 0.5) is None


@given(
    scores=arrays.arrays(np.float64, st.integers(0, 60), elements=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])),
    seed=st.integers(0, 99),
    target=st.sampled_from([0.2, 0.5, 0.9]),
)
def test_the_threshold_is_what_trying_each_gives(scores, seed, target):
    positives = np.random.default_rng(seed).random(len(scores)) < 0.5
    tried = [metrics.at_threshold(scores, positives, one) for one in np.unique(scores)]
    fit = [one.threshold for one in tried if one.flagged >= metrics.FEW and one.hits >= target * one.flagged]
    assert metrics.threshold_for(scores, positives, target) == min(fit, default=None)


def test_nothing_put_forward_has_no_precision_and_nothing_there_no_recall():
    one = metrics.at_threshold(np.array([0.1]), np.array([False]), 0.5)
    assert one.precision is None
    assert one.recall is None


@pytest.mark.parametrize(("count", "rows"), [(0, 3100), (3, 3000), (0, 153), (7, 50)])
def test_the_upper_bound_is_the_one_at_which_so_few_have_one_chance_in_twenty(count, rows):
    stats = pytest.importorskip("scipy.stats")
    assert stats.binom.cdf(count, rows, metrics.upper_bound(count, rows)) == pytest.approx(0.05)


def test_nothing_in_three_thousand_is_just_below_one_in_a_thousand():
    assert metrics.upper_bound(0, 3_000) <= 0.001 < metrics.upper_bound(1, 3_000)
    assert metrics.upper_bound(0, 0) == 1
