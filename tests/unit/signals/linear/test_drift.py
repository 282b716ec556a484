"""The alarms go off when texts change, at their stated rate when nothing does, and say when they cannot tell."""

import numpy as np
import pytest

from abate.signals.linear import drift
from abate.signals.linear.conformal import least
from abate.signals.linear.drift import Kind


def scores(dice, rows, shift=0.0):
    value = 1 / (1 + np.exp(-(dice.normal(size=rows) * 2 + shift)))
    return np.stack([1 - value, value], axis=1)


def references(probabilities):
    return [drift.histogram(probabilities[:, label]) for label in range(probabilities.shape[1])]


def test_the_reference_holds_about_as_many_scores_in_each_bin():
    found = drift.histogram(np.random.default_rng(0).random(1000))
    assert len(found.counts) == len(found.edges) + 1 == 10
    assert sum(found.counts) == 1000
    assert max(found.counts) - min(found.counts) <= 2


def test_equal_scores_make_fewer_bins_and_none_makes_one():
    assert drift.histogram(np.full(100, 0.5)) == drift.Histogram(edges=(), counts=(100,))
    assert drift.histogram(np.zeros(0)) == drift.Histogram(edges=(), counts=(0,))
    two = drift.histogram(np.repeat([0.2, 0.8], 50))
    assert two == drift.Histogram(edges=(0.8,), counts=(50, 50))


def test_the_figures_are_those_of_the_textbook():
    stats = pytest.importorskip("scipy.stats")
    dice = np.random.default_rng(1)
    then, now = scores(dice, 800), scores(dice, 600, shift=0.3)
    found = drift.of_scores(references(then), now, language="en")
    held = drift.histogram(then[:, 1])
    edges = np.concatenate([[-np.inf], held.edges, [np.inf]])
    counts = [np.histogram(one[:, 1], edges)[0] for one in (then, now)]
    assert found.figures["probability"] == pytest.approx(stats.chi2_contingency(counts, correction=False)[1])
    shares = [one / one.sum() for one in counts]
    by_hand = sum((new - old) * np.log(new / old) for old, new in zip(*shares, strict=True))
    assert found.figures["index"] == pytest.approx(by_hand)


def test_scores_that_lie_as_before_raise_no_alarm_more_often_than_stated(monkeypatch):
    monkeypatch.setattr(drift, "LEAST_INDEX", 0.0)
    dice = np.random.default_rng(2)
    on = [
        drift.of_scores(references(scores(dice, 500)), scores(dice, 300), language="en", false_alarm=0.05).on
        for _ in range(1500)
    ]
    assert 0.03 < np.mean(on) < 0.07


def test_three_labels_share_the_rate_of_false_alarms(monkeypatch):
    monkeypatch.setattr(drift, "LEAST_INDEX", 0.0)
    dice = np.random.default_rng(3)
    on = [
        drift.of_scores(references(dice.dirichlet([2, 1, 1], 400)), dice.dirichlet([2, 1, 1], 400), language="en",
                        false_alarm=0.05).on
        for _ in range(600)
    ]  # fmt: skip
    assert np.mean(on) < 0.07


def test_scores_that_moved_raise_the_alarm_and_the_sentence_says_so():
    dice = np.random.default_rng(4)
    found = drift.of_scores(references(scores(dice, 1000)), scores(dice, 500, shift=1.5), language="ru")
    assert found.on
    assert (found.language, found.kind, found.rows) == ("ru", Kind.SCORES, 500)
    assert found.sentence.startswith("500 scores in ru no longer lie as they did at calibration")


def test_a_difference_that_is_certain_but_means_nothing_is_no_alarm():
    dice = np.random.default_rng(5)
    found = drift.of_scores(references(scores(dice, 200_000)), scores(dice, 200_000, shift=0.1), language="en")
    assert found.figures["probability"] < 1e-6
    assert found.on is False
    assert "lie as they did" in found.sentence


def test_too_few_scores_say_nothing():
    dice = np.random.default_rng(6)
    for rows in (0, 20):
        found = drift.of_scores(references(scores(dice, 500)), scores(dice, rows), language="en")
        assert found.on is None
        assert "too few" in found.sentence
    assert drift.of_scores(references(scores(dice, 0)), scores(dice, 500), language="en").on is None


def audit(dice, held, reviewed, shift=0.0, false_alarm=0.05):
    truth = (dice.random(held) < 0.4).astype(np.int64)
    bounds = least(labelled(dice, truth), truth, level=0.9)
    now = (dice.random(reviewed) < 0.4).astype(np.int64)
    found = labelled(dice, now, shift)
    return drift.of_coverage(bounds, found, now, language="en", false_alarm=false_alarm)


def labelled(dice, truth, shift=0.0):
    value = 1 / (1 + np.exp(-(np.where(truth == 1, 1.5, -1.5) + dice.normal(size=len(truth)) + shift)))
    return np.stack([1 - value, value], axis=1)


@pytest.mark.parametrize("held", [60, 1000])
def test_sound_sets_raise_no_alarm_more_often_than_stated_however_few_texts_they_come_from(held):
    dice = np.random.default_rng(7)
    assert np.mean([audit(dice, held, 200).on for _ in range(1000)]) <= 0.05


def test_sets_that_miss_the_true_label_raise_the_alarm():
    dice = np.random.default_rng(8)
    found = audit(dice, 1000, 300, shift=-2.0, false_alarm=0.001)
    assert found.on
    assert found.figures["upper"] < found.figures["floor"] < 0.9
    assert "hold the true label too rarely: people decide until it is calibrated anew" in found.sentence


def test_one_label_alone_can_raise_it():
    dice = np.random.default_rng(9)
    truth = (np.arange(2000) % 20 == 0).astype(np.int64)
    bounds = least(labelled(dice, truth), truth, level=0.9)
    found = drift.of_coverage(bounds, labelled(dice, truth, shift=-2.5), truth, language="en")
    assert found.on
    assert found.figures["covered"] < 0.5


def test_nothing_reviewed_or_sets_that_rule_nothing_out_say_nothing():
    dice = np.random.default_rng(10)
    assert audit(dice, 1000, 0).on is None
    assert "too few to audit" in audit(dice, 5, 100).sentence


def test_languages_with_any_alarm_are_alarmed():
    dice = np.random.default_rng(11)
    loud = audit(dice, 1000, 300, shift=-3.0)
    quiet = drift.of_scores(references(scores(dice, 500)), scores(dice, 300), language="fr")
    silent = drift.of_scores(references(scores(dice, 500)), scores(dice, 2), language="so")
    assert drift.alarmed([loud, quiet, silent]) == {"en"}
