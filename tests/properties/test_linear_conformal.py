"""Conformal sets hold the true label as often as they promise, exactly and however few texts they come from."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.signals.linear import Options, calibrate_decisions, conformal, fit
from examples import WHOLE_ANSWERS
from linear_posts import posts

LEVELS = st.sampled_from([0.5, 0.75, 0.8, 0.9, 0.95])
SCORES = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=40)


@given(scores=SCORES, level=LEVELS)
def test_of_any_scores_each_left_out_in_turn_the_set_holds_the_level_or_more(scores, level):
    """The finite-sample guarantee without chance: of exchangeable texts each is as likely to be the one left out."""
    values = np.array(scores)
    held = 0
    for at, value in enumerate(values):
        others = np.delete(values, at)[:, None]
        bounds = conformal.least(others, np.zeros(len(others), dtype=np.int64), level=level)
        held += bool(conformal.sets(np.array([[value]]), bounds)[0, 0])
    assert held >= math.ceil(len(values) * level - 1e-9)


@given(count=st.integers(20, 200), level=LEVELS)
def test_of_scores_without_ties_it_holds_no_more_than_it_must(count, level):
    values = np.linspace(0.1, 0.9, count)[:, None]
    bounds = conformal.least(values, np.zeros(count, dtype=np.int64), level=level)
    kept = int((values[:, 0] >= bounds.probabilities[0]).sum())
    assert kept <= math.ceil((count + 1) * level)


@pytest.fixture(scope="module")
def model():
    return fit(*posts(60), ["en"] * 60, options=Options(bits=10))


@WHOLE_ANSWERS
@given(data=st.data(), rows=st.integers(8, 24), level=LEVELS)
def test_a_whole_calibration_keeps_the_promise_for_each_label(model, data, rows, level):
    """The curve is learnt from the texts that the bounds come from; because it keeps their order, nothing is lost."""
    values = np.array(data.draw(st.lists(st.floats(-3, 3, width=32), min_size=rows, max_size=rows)), dtype=np.float32)
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), dtype=np.int64)
    decisions = np.stack([-values, values], axis=1)
    held = np.zeros(2)
    for at in range(rows):
        kept = np.arange(rows) != at
        labels = [model.labels[label] for label in truth[kept]]
        calibrated = calibrate_decisions(model, decisions[kept], labels, ["en"] * (rows - 1), level=level)
        said = calibrated.calibrated(decisions[at : at + 1], ["en"])
        held[truth[at]] += calibrated.sets(said, ["en"])[0, truth[at]]
    assert (held >= np.bincount(truth, minlength=2) * level - 1e-9).all()


@pytest.mark.parametrize("held_out", [40, 300])
def test_with_three_labels_drawn_at_random_the_coverage_is_the_level(held_out):
    trio = fit(*posts(90, ("garden", "harbour", "lantern")), ["en"] * 90, options=Options(bits=10))
    dice = np.random.default_rng(11)
    covered = []
    for _ in range(150):
        truth = dice.integers(0, 3, held_out + 60)
        decisions = (dice.normal(size=(len(truth), 3)) + 1.5 * np.eye(3)[truth]).astype(np.float32)
        labels = [trio.labels[label] for label in truth[:held_out]]
        calibrated = calibrate_decisions(trio, decisions[:held_out], labels, ["en"] * held_out, level=0.8)
        inside = calibrated.sets(calibrated.calibrated(decisions[held_out:], ["en"] * 60), ["en"] * 60)
        covered.append(inside[np.arange(60), truth[held_out:]].mean())
    mean, error = np.mean(covered), np.std(covered) / math.sqrt(len(covered))
    assert mean >= 0.8 - 3 * error
    assert mean <= 0.8 + 3 * 3 / (held_out / 2) + 3 * error
