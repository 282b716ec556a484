"""Weights are those of the textbook's machine; labels, options and further texts are taken as promised."""

from dataclasses import replace

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.signals.linear import Options, fit, fit_hashed, hashed, partial_fit
from abate.signals.linear.learning import squared_frequencies
from linear_posts import posts

FEW = Options(bits=14)
TRIO = ("garden", "harbour", "lantern")


def right(model, texts, labels):
    return float((np.array(model.labels)[model.decision(texts).argmax(axis=1)] == np.array(labels)).mean())


def as_matrix(rows):
    square = squared_frequencies(rows)
    matrix = np.zeros((len(rows), 1 << rows.bits))
    matrix[np.repeat(np.arange(len(rows)), np.diff([0, *rows.ends])), rows.buckets] = 1
    matrix *= np.sqrt(square)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.mark.parametrize("topics", [("harbour", "lantern"), TRIO], ids=["two labels", "three"])
def test_decision_values_are_those_of_liblinear(topics):
    svm = pytest.importorskip("sklearn.svm", reason="pip install '.[oracles]'")
    texts, labels = posts(120, topics, clear=0.2)
    rows = hashed(texts, bits=12)
    model = fit_hashed(rows, labels, ["en"] * 120, options=Options(bits=12, balance=0, tolerance=1e-4, rounds=1000))
    oracle = svm.LinearSVC(dual=True, tol=1e-6, max_iter=20000).fit(as_matrix(rows), labels)
    theirs = oracle.decision_function(as_matrix(rows))
    ours = model.decision_of_hashed(rows)
    assert np.abs((ours[:, 1] if len(topics) == 2 else ours) - theirs).max() < 0.005


def test_rare_labels_are_made_up_for_as_liblinear_does_it():
    svm = pytest.importorskip("sklearn.svm", reason="pip install '.[oracles]'")
    texts, labels = posts(150, clear=0.2)
    kept = [at for at, label in enumerate(labels) if label == "harbour" or at % 6 == 0]
    texts, labels = [texts[at] for at in kept], [labels[at] for at in kept]
    rows = hashed(texts, bits=12)
    options = Options(bits=12, balance=1, tolerance=1e-4, rounds=1000)
    model = fit_hashed(rows, labels, ["en"] * len(rows), options=options)
    oracle = svm.LinearSVC(tol=1e-6, max_iter=20000, class_weight="balanced").fit(as_matrix(rows), labels)
    assert np.abs(model.decision_of_hashed(rows)[:, 1] - oracle.decision_function(as_matrix(rows))).max() < 0.005


def test_the_same_texts_give_the_same_model_and_another_seed_nearly_so():
    texts, labels = posts(200)
    first, second = (fit(texts, labels, ["en"] * 200, options=FEW) for _ in range(2))
    other = fit(texts, labels, ["en"] * 200, options=replace(FEW, seed=1))
    assert np.array_equal(first.table, second.table)
    assert first.biases == second.biases
    assert np.abs(first.decision(texts) - other.decision(texts)).max() < 0.2


def test_what_was_learnt_carries_over_to_new_texts():
    model = fit(*posts(400, TRIO, clear=0.7), ["en"] * 400, options=FEW)
    assert model.labels == TRIO
    assert model.rows == 400
    assert right(model, *posts(300, TRIO, seed=1, clear=0.7)) > 0.8


def test_texts_and_their_buckets_get_the_same_decision_values():
    model = fit(*posts(100, TRIO), ["en"] * 100, options=FEW)
    texts = ["the lantern", "", "\ud800", "ship"]
    assert np.array_equal(model.decision(texts), model.decision_of_hashed(hashed(texts, bits=FEW.bits)))
    assert model.decision([]).shape == (0, 3)
    assert model.decision(texts).dtype == np.float32


def test_the_two_columns_of_a_binary_model_mirror_each_other():
    model = fit(*posts(100), ["en"] * 100, options=FEW)
    values = model.decision(posts(20, seed=3)[0])
    assert np.array_equal(values[:, 0], -values[:, 1])


def test_a_text_with_nothing_in_it_is_decided_by_the_bias_alone():
    model = fit(*posts(100), ["en"] * 100, options=FEW)
    assert model.decision([" \t"])[0, 1] == pytest.approx(model.biases[0])


def test_texts_without_anything_to_learn_from_leave_the_weights_at_nothing():
    model = fit(["", " ", ""], ["a", "b", "b"], ["en"] * 3, options=FEW)
    assert not model.table.any()
    assert not model.weights.any()


def test_whole_numbers_in_place_of_weights_change_no_decision_value_by_a_thousandth():
    texts, labels = posts(300, clear=0.15)
    rows = hashed(texts, bits=FEW.bits)
    model = fit_hashed(rows, labels, ["en"] * 300, options=FEW)
    exact = model.table.astype(np.float64) * np.array(model.scales)
    step = np.array(model.scales) / 2
    most = np.diff([0, *rows.ends]).max()
    length = np.sqrt(np.bincount(np.repeat(np.arange(300), np.diff([0, *rows.ends])), exact[rows.buckets, 1]))
    assert (most * step[0] / length).max() < 0.02
    assert np.sqrt(most) * step[0] / length.min() < 0.001


def test_further_texts_move_a_model_towards_them_and_leave_what_it_knew():
    first, labels = posts(60, seed=1)
    model = fit(first, labels, ["en"] * 60, options=FEW)
    more, told = posts(300, seed=2)
    better = partial_fit(model, hashed(more, bits=FEW.bits), told)
    unseen = posts(400, seed=3)
    assert right(better, *unseen) > right(model, *unseen)
    assert right(better, first, labels) > right(fit(more, told, ["en"] * 300, options=FEW), first, labels)
    assert (better.rows, better.rows_since) == (360, 300)


def test_further_texts_that_say_what_is_known_already_hardly_move_it():
    texts, labels = posts(200)
    model = fit(texts, labels, ["en"] * 200, options=replace(FEW, balance=0))
    sure = np.abs(model.decision(texts)[:, 1]) > 1.0
    texts, labels = ([x for x, keep in zip(xs, sure, strict=True) if keep] for xs in (texts, labels))
    same = partial_fit(model, hashed(texts, bits=FEW.bits), labels, options=replace(FEW, balance=0))
    assert np.abs(same.decision(texts) - model.decision(texts)).max() < 0.02


def test_no_further_texts_change_nothing():
    model = fit(*posts(50), ["en"] * 50, options=FEW)
    same = partial_fit(model, hashed([], bits=FEW.bits), [])
    assert np.array_equal(same.table, model.table)


@pytest.mark.parametrize(
    ("options", "labels", "said"),
    [
        ({"bits": 9}, ["a", "b"], "9 bits of buckets cannot be had; give 10 to 22"),
        ({}, ["a", "a"], "1 label in the texts is too few to learn from"),
        ({}, ["a"], "2 texts, 1 labels and 2 languages do not fit"),
        ({"violating": ("c",)}, ["a", "b"], "no text has the violating label 'c'; name some of a, b"),
    ],
)
def test_what_cannot_be_learnt_is_said(options, labels, said):
    with pytest.raises(InputError, match=said):
        fit(["x", "y"], labels, ["en", "en"], options=Options(**{"bits": 10} | options))


def test_further_texts_must_fit_the_model():
    model = fit(*posts(50), ["en"] * 50, options=FEW)
    with pytest.raises(InputError, match="give a label each, hashed with 14 bits"):
        partial_fit(model, hashed(["x"], bits=12), ["lantern"])
    with pytest.raises(InputError, match="the model knows no label 'garden', only harbour, lantern"):
        partial_fit(model, hashed(["x"], bits=14), ["garden"])
    with pytest.raises(InputError, match="hashed with 12 bits, the model has 14; hash them anew"):
        model.decision_of_hashed(hashed(["x"], bits=12))


@pytest.mark.parametrize(
    "wrong", [{"cost": 0.0}, {"cost": np.inf}, {"rounds": 0}, {"seed": -1}, {"balance": 2.0}, {"tolerance": np.nan}]
)
def test_options_that_make_no_sense_are_refused(wrong):
    rows = hashed(["x y", "y z"], bits=10)
    with pytest.raises(InputError, match="training cannot be done with"):
        fit_hashed(rows, ["a", "b"], ["en", "en"], options=Options(**{"bits": 10} | wrong))
