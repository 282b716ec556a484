"""The plug: scores of the violating labels in the languages that the model has seen, and 'cannot say' elsewhere."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from abate import plugins
from abate.domain.signal import Language, NotScanned, Outlook, Score
from abate.signals.linear import LinearClassifierType, Options, calibrate, fit, save
from linear_posts import posts

EN, FR = Language(code="en", confidence=None), Language(code="fr", confidence=0.9)


def opened(folder, violating):
    learnt = fit(*posts(300), ["en"] * 300, options=Options(bits=12, name="proxy", violating=violating))
    version = save(calibrate(learnt, *posts(600, seed=1), ["en"] * 600), folder)
    classifier = LinearClassifierType().open(str(folder))
    assert (classifier.name, classifier.version) == ("proxy", version)
    return classifier


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("models") / "model", ("lantern",))


def test_the_plug_comes_through_the_door_that_strangers_use():
    assert plugins.load_classifier_types()["linear"].name == "linear"


def test_finding_the_plug_does_not_import_numba():
    code = "import sys; from abate import plugins; plugins.load_classifier_types(); print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_text_gets_a_score_for_each_violating_label(classifier):
    clear, other = classifier.score(["lantern wick glow oil parade", "ship tide quay mast"], [EN, EN])
    assert [score.name for score in clear] == ["proxy:lantern"]
    assert clear[0].probability > 0.8
    assert other[0].probability < 0.2
    assert (clear[0].outlook, other[0].outlook) == (Outlook.LIKELY, Outlook.UNLIKELY)


def test_a_model_without_violating_labels_only_ranks(tmp_path):
    (scores,) = opened(tmp_path / "model", ()).score(["lantern wick glow"], [EN])
    assert [score.name for score in scores] == ["proxy:harbour", "proxy:lantern"]
    assert sum(score.probability for score in scores) == pytest.approx(1)
    assert {score.outlook for score in scores} == {Outlook.UNKNOWN}


def test_a_language_that_the_model_has_not_seen_is_not_scored(classifier):
    (answer,) = classifier.score(["la lanterne"], [FR])
    assert isinstance(answer, NotScanned)
    assert answer.step == "score"
    assert answer.reason == "The model proxy was not trained on fr, only on en; train one that was."


@pytest.mark.parametrize("language", [None, Language(code="und", confidence=0.2)])
def test_without_a_language_there_is_no_score(classifier, language):
    (answer,) = classifier.score(["lantern"], [language])
    assert answer.reason == "The language is not known, and the model proxy reads en only; nothing to do."


def test_a_text_with_nothing_in_it_gets_an_empty_answer_in_every_language(classifier):
    assert classifier.score(["", " \n\u3000", ""], [EN, FR, None]) == [(), (), ()]
    assert classifier.score([], []) == []


def test_answers_come_in_the_order_of_the_texts(classifier):
    texts, _ = posts(40, seed=5)
    mixed = [text for text in texts for text in (text, "", "la lanterne")]
    together = classifier.score(mixed, [EN, EN, FR] * 40)
    alone = [classifier.score([text], [EN])[0] for text in texts]
    assert together[::3] == alone
    assert together[1::3] == [()] * 40
    assert all(isinstance(answer, NotScanned) for answer in together[2::3])


def test_hostile_texts_get_a_score_like_any_other(classifier):
    texts = ["\ud800\udfff", "\x00", "\u200d" * 1000, "a" * 1_000_000, "e" + "\u0301" * 10_000, "ﷺ" * 1000]
    for answer in classifier.score(texts, [EN] * len(texts)):
        (score,) = answer
        assert isinstance(score, Score)
        assert 0 <= score.probability <= 1
        assert isinstance(score.probability, float)


def test_threads_may_ask_one_model_at_once(classifier):
    texts, _ = posts(500, seed=6)
    expected = classifier.score(texts, [EN] * 500)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(classifier.score(texts, [EN] * 500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 4


def test_a_name_that_comes_and_goes_moves_only_the_score(classifier):
    with_name, without = classifier.score(["Order of the Grey Lantern at the quay", "at the quay"], [EN, EN])
    assert [score.name for score in with_name] == [score.name for score in without]
    assert np.isfinite([score.probability for score in (*with_name, *without)]).all()
