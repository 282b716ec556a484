"""What a conformal set says of a label, and when it is taken back."""

from dataclasses import replace

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.domain.signal import Outlook
from abate.signals.linear import Options, calibrate, conformal, fit
from abate.signals.linear.conformal import Least
from linear_posts import posts

TRIO = ("garden", "harbour", "lantern")


def test_each_cell_of_the_table_of_sets_has_its_word():
    inside = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 1, 1]], dtype=bool)
    words = [Outlook.LIKELY, Outlook.UNCERTAIN, Outlook.UNLIKELY, Outlook.UNCERTAIN, Outlook.UNLIKELY]
    assert conformal.outlooks(inside, 0) == words


def test_the_bound_is_the_lowest_that_lets_the_level_hold():
    probabilities = np.linspace(0.05, 0.95, 19)[:, None] * np.array([[1.0, 0.0]])
    truth = np.zeros(19, dtype=np.int64)
    assert conformal.least(probabilities, truth, level=0.9).probabilities == pytest.approx((0.1, 0.0))
    assert conformal.least(probabilities[:8], truth[:8], level=0.9).probabilities == (0.0, 0.0)
    assert conformal.least(probabilities[:9], truth[:9], level=0.9).probabilities == pytest.approx((0.05, 0.0))
    assert conformal.least(probabilities, truth, level=0.9).rows == (19, 0)


def test_a_label_as_likely_as_the_bound_is_in_the_set():
    bounds = Least(probabilities=(0.3, 0.7), rows=(50, 50), level=0.9)
    assert conformal.sets(np.array([[0.3, 0.7], [0.31, 0.69]]), bounds).tolist() == [[True, True], [True, False]]


@pytest.fixture(scope="module")
def model():
    options = Options(bits=14, violating=("lantern",))
    learnt = fit(*posts(500), ["en", "fr"] * 250, options=options)
    return calibrate(learnt, *posts(900, seed=1), ["en"] * 900)


def outlooks(model, language="en"):
    texts, _ = posts(300, seed=2, clear=0.5)
    languages = [language] * 300
    said = model.probabilities(texts, languages)
    return said[:, 1], model.outlooks(said, languages, "lantern")


def test_surer_scores_have_surer_outlooks(model):
    values, words = outlooks(model)
    by_word = {word: values[[one is word for one in words]] for word in set(words)}
    assert set(by_word) == {Outlook.LIKELY, Outlook.UNCERTAIN, Outlook.UNLIKELY}
    assert by_word[Outlook.UNLIKELY].max() < by_word[Outlook.UNCERTAIN].min()
    assert by_word[Outlook.UNCERTAIN].max() < by_word[Outlook.LIKELY].min()


def test_in_a_language_without_held_out_texts_the_outlook_is_unknown(model):
    assert set(outlooks(model, "fr")[1]) == {Outlook.UNKNOWN}
    assert model.sets(np.array([[0.99, 0.01]]), ["fr"]).tolist() == [[True, True]]


def test_where_the_alarm_is_on_the_outlook_is_unknown(model):
    assert set(outlooks(model.alarmed({"en"}))[1]) == {Outlook.UNKNOWN}
    assert outlooks(model.alarmed({"fr"}))[1] == outlooks(model)[1]


def test_below_the_threshold_for_review_nothing_is_likely(model):
    values, words = outlooks(model)
    cut = float(np.median(values[[word is Outlook.LIKELY for word in words]]))
    _, fewer = outlooks(replace(model, review={"en": cut}))
    for value, before, after in zip(values, words, fewer, strict=True):
        taken_back = before is Outlook.LIKELY and value < cut
        assert after is (Outlook.UNCERTAIN if taken_back else before)
    assert Outlook.LIKELY in fewer


def test_a_language_without_a_threshold_beside_others_that_have_one_is_never_likely(model):
    assert Outlook.LIKELY not in outlooks(replace(model, review={"fr": 0.5}))[1]


def test_violating_labels_count_together_against_the_threshold():
    options = Options(bits=14, violating=("garden", "lantern"))
    learnt = calibrate(fit(*posts(300, TRIO), ["en"] * 300, options=options), *posts(600, TRIO, seed=1), ["en"] * 600)
    alone = replace(learnt, calibrations={"en": replace(learnt.calibrations["en"], least=Least(
        probabilities=(0.5, 0.5, 0.5), rows=(1, 1, 1), level=0.9))}, review={"en": 0.9})  # fmt: skip
    said = np.array([[0.6, 0.05, 0.35], [0.6, 0.35, 0.05]])
    assert alone.outlooks(said, ["en", "en"], "garden") == [Outlook.LIKELY, Outlook.UNCERTAIN]


def test_a_label_that_the_model_does_not_know_has_no_outlook(model):
    with pytest.raises(InputError, match="the model knows no label 'garden'"):
        model.outlooks(np.zeros((1, 2)), ["en"], "garden")
