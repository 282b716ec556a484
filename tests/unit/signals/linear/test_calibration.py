"""Probabilities mean what they say, language by language, and say where they rest on other languages."""

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.domain.signal import Outlook
from abate.signals.linear import Options, calibrate, calibrate_decisions, calibration, calibration_error, fit
from linear_posts import posts

FEW = Options(bits=14, violating=("lantern",))


def drawn(rows, labels, *, seed=0, slope=2.0, offset=-1.0):
    """Decision values and labels that were drawn from known curves."""
    dice = np.random.default_rng(seed)
    values = dice.normal(size=(rows, labels))
    if labels == 2:
        values[:, 0] = -values[:, 1]
        share = 1 / (1 + np.exp(-(slope * values[:, 1] + offset)))
        return values, (dice.random(rows) < share).astype(np.int64)
    weights = np.exp(slope * values + offset * np.arange(labels))
    weights /= weights.sum(axis=1, keepdims=True)
    return values, (dice.random((rows, 1)) > weights.cumsum(axis=1)).sum(axis=1)


def test_the_curve_is_the_likeliest_one_for_softened_targets():
    linear_model = pytest.importorskip("sklearn.linear_model", reason="pip install '.[oracles]'")
    values, truth = drawn(400, 2)
    slope, offset = calibration.curve(values[:, 1], truth == 1)
    yes = int(truth.sum())
    soft = np.where(truth == 1, (yes + 1) / (yes + 2), 1 / (400 - yes + 2))
    twice = np.concatenate([values[:, 1], values[:, 1]])[:, None]
    oracle = linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    oracle.fit(twice, np.repeat([1, 0], 400), sample_weight=np.concatenate([soft, 1 - soft]))
    assert slope == pytest.approx(oracle.coef_[0, 0], rel=1e-4)
    assert offset == pytest.approx(oracle.intercept_[0], rel=1e-4)


def test_known_curves_are_found_again():
    values, truth = drawn(40_000, 2)
    found = calibration.curves(values, truth)
    assert found.slopes[0] == pytest.approx(2.0, abs=0.1)
    assert found.offsets[0] == pytest.approx(-1.0, abs=0.1)
    values, truth = drawn(40_000, 4)
    found = calibration.curves(values, truth)
    assert found.slopes == pytest.approx([2.0] * 4, abs=0.1)
    assert np.diff(found.offsets) == pytest.approx([-1.0] * 3, abs=0.15)
    assert calibration_error(calibration.probabilities(values, found), truth) < 0.01


def test_values_that_separate_the_labels_still_give_a_finite_curve():
    truth = np.arange(20) >= 10
    slope, offset = calibration.curve(np.where(truth, 1.0, -1.0), truth)
    assert np.isfinite([slope, offset]).all()
    assert calibration.sigmoid(np.array([slope + offset]))[0] == pytest.approx(11 / 12, abs=0.01)


def test_values_that_speak_against_their_label_say_nothing():
    truth = np.arange(40) < 10
    slope, offset = calibration.curve(np.where(truth, -1.0, 1.0) + 0.1 * np.sin(np.arange(40)), truth)
    assert slope == 0.0
    assert calibration.sigmoid(np.array([offset]))[0] == pytest.approx(11 / 42)


@pytest.mark.parametrize("labels", [2, 3])
def test_the_calibration_error_is_what_counting_by_hand_gives(labels):
    dice = np.random.default_rng(5)
    stated = dice.dirichlet(np.ones(labels), size=500)
    truth = dice.integers(0, labels, 500)
    bins = {}
    for row, true in zip(stated, truth, strict=True):
        value, hit = (row[1], true == 1) if labels == 2 else (row.max(), row.argmax() == true)
        bins.setdefault(min(int(value * 10), 9), []).append((value, hit))
    by_hand = sum(abs(sum(value - hit for value, hit in held)) for held in bins.values()) / 500
    assert calibration_error(stated, truth) == pytest.approx(by_hand)
    assert calibration_error(stated[:0], truth[:0]) == 0


def two_languages(rows_of_other):
    """A model of two languages; in the second, decision values lie elsewhere."""
    model = fit(*posts(200), ["en", "fr"] * 100, options=FEW)
    values, truth = drawn(1000, 2)
    others, theirs = drawn(rows_of_other, 2, seed=1, slope=1.0, offset=2.0)
    names = [model.labels[at] for at in np.concatenate([truth, theirs])]
    languages = ["en"] * 1000 + ["fr"] * rows_of_other
    return calibrate_decisions(model, np.concatenate([values, others]).astype(np.float32), names, languages), others


def test_each_language_has_its_own_curve_where_it_has_texts_enough():
    model, others = two_languages(1000)
    assert not model.is_pooled("en")
    assert not model.is_pooled("fr")
    assert model.calibrations["en"].curves.offsets[0] == pytest.approx(-1.0, abs=0.3)
    assert model.calibrations["fr"].curves.offsets[0] == pytest.approx(2.0, abs=0.3)
    said = model.calibrated(others.astype(np.float32), ["fr"] * len(others))
    assert said.sum(axis=1) == pytest.approx(1.0)
    assert np.array_equal(said[:2], model.calibrated(others[:2].astype(np.float32), ["fr", "fr"]))


def test_a_language_with_few_held_out_texts_is_read_by_all_together_and_says_so():
    model, others = two_languages(100)
    assert model.is_pooled("fr")
    assert model.calibrations["fr"].curves == model.pooled.curves
    assert model.calibrations["fr"].least != model.pooled.least
    assert model.is_pooled("so")
    said = model.calibrated(others[:1].astype(np.float32), ["so"])
    assert said == pytest.approx(calibration.probabilities(others[:1].astype(np.float32), model.pooled.curves))


def test_calibrating_anew_puts_the_alarms_of_the_languages_it_saw_out():
    model = two_languages(600)[0].alarmed({"en", "fr"})
    texts, labels = posts(60, seed=9)
    again = calibrate(model, texts, labels, ["fr"] * 60)
    assert again.alarms == {"en"}
    assert set(again.calibrations) == {"fr"}
    assert model.outlooks(model.probabilities(texts, ["en"] * 60), ["en"] * 60, "lantern") == [Outlook.UNKNOWN] * 60


def test_probabilities_of_a_model_that_was_not_calibrated_are_refused():
    model = fit(*posts(50), ["en"] * 50, options=FEW)
    with pytest.raises(InputError, match="the model 'linear' was not calibrated and has no probabilities"):
        model.probabilities(["x"], ["en"])


@pytest.mark.parametrize(
    ("labels", "languages", "level", "said"),
    [
        (["lantern"], ["so"], 0.9, "no text to calibrate on is in en; hold some"),
        (["garden"], ["en"], 0.9, "the model knows no label 'garden'"),
        (["lantern"] * 2, ["en"], 0.9, "1 texts, 2 labels and 1 languages do not fit"),
        (["lantern"], ["en"], 1.0, "the level 1.0 is not between 0 and 1"),
    ],
)
def test_what_cannot_be_calibrated_on_is_said(labels, languages, level, said):
    model = fit(*posts(50), ["en"] * 50, options=FEW)
    with pytest.raises(InputError, match=said):
        calibrate(model, ["x"], labels, languages, level=level)
