"""What training takes for a violation, what it refuses, and that nothing is judged by what it was fitted to."""

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.flows.training.figures import Judged
from abate.flows.training.labelled import Labelled
from abate.flows.training.thresholds import NEVER, above, review_of, thresholds_of
from abate.flows.training.train import benign_of, train, violating_of
from abate.signals.linear.model import Options

OPTIONS = Options(bits=12)


def table(texts, labels, *, protected=None, languages=None):
    none = ("",) * len(texts)
    return Labelled(
        texts=tuple(texts),
        labels=tuple(labels),
        languages=tuple(languages or ("en",) * len(texts)),
        templates=none,
        sources=none,
        protected=tuple(protected or (False,) * len(texts)),
    )


@pytest.mark.parametrize(
    ("labels", "asked", "found"),
    [
        ({"0", "1"}, (), {"1"}),
        ({"Hateful", "non-hateful"}, (), {"Hateful"}),
        ({"yes", "true"}, (), set()),
        ({"lamp", "boat"}, (), set()),
        ({"hate", "offensive", "neither"}, (), set()),
        ({"hate", "offensive", "neither"}, ("hate", "offensive"), {"hate", "offensive"}),
    ],
)
def test_which_labels_are_violations(labels, asked, found):
    assert violating_of(labels, asked) == found


def test_protected_speech_gets_the_commonest_harmless_label():
    rows = table(["a"] * 4, ["rude", "fine", "fine", "hate"])
    assert benign_of(rows, {"hate"}) == "fine"
    with pytest.raises(InputError, match="--violating"):
        benign_of(rows, ())


def test_violations_that_are_too_few_are_told():
    texts = [f"lamp {'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]} boat" for n in range(100)]
    labels = ["1"] * 5 + ["a"] * 50 + ["b"] * 45
    with pytest.raises(InputError, match="too few rows of violations"):
        train(table(texts, labels), {"1"}, OPTIONS)


def test_noise_is_judged_as_noise():
    """Labels drawn by lot: a model can learn them by heart, and out of fold it reaches what chance does."""
    draw = np.random.default_rng(3)
    words = [f"w{one:x}" for one in range(400)]
    texts = [" ".join(draw.choice(words, 12)) for _ in range(600)]
    found = train(table(texts, draw.choice(["0", "1"], 600)), {"1"}, OPTIONS)
    assert abs(found.overall.accuracy - 0.5) < 0.08
    assert found.thresholds["en"]["review"] is None
    assert found.model.review == {"en": NEVER}


def test_copies_of_noise_are_not_learnt_by_heart():
    """Each text stands there four times, with another number: were copies in two folds, this would look like skill."""
    draw = np.random.default_rng(4)
    words = ["".join(draw.choice(list("abcdefghijklmnop"), 5)) for _ in range(400)]
    texts = [" ".join(draw.choice(words, 12)) for _ in range(150)]
    labels = draw.choice(["0", "1"], 150)
    copies = [f"{text} {number}" for text in texts for number in range(4)]
    found = train(table(copies, np.repeat(labels, 4)), {"1"}, OPTIONS)
    assert found.groups == 150
    assert abs(found.overall.accuracy - 0.5) < 0.15


def test_a_threshold_for_review_lies_above_every_protected_score():
    scores = np.linspace(0, 1, 101)
    assert above(0.6, np.array([0.2, 0.7]), scores) == np.nextafter(0.7, 1)
    assert above(0.1, np.array([]), scores) == 0.5
    assert above(0.6, np.array([0.9]), scores) is None
    assert above(None, np.array([0.2]), scores) is None


def test_a_threshold_that_none_reaches_is_above_every_probability():
    assert review_of({"en": {"review": None}, "ar": {"review": 0.7}}) == {"en": NEVER, "ar": 0.7}


def test_each_calibrated_language_has_its_own_thresholds():
    scores = np.tile(np.linspace(0, 1, 100), 2)
    truth = np.concatenate([scores[:100] > 0.5, scores[100:] > 0.8]).astype(int)
    judged = Judged(
        rows=table([""] * 200, ["01"[one] for one in truth], languages=["ar"] * 100 + ["en"] * 100),
        labels=("0", "1"),
        violating=frozenset({"1"}),
        guesses=truth,
        probabilities=np.stack([1 - scores, scores], axis=1),
        sets=np.ones((200, 2), bool),
        calibrated=np.ones(200, bool),
        level=0.9,
    )
    found = thresholds_of(judged)
    assert found["ar"]["0.99"] < 0.52
    assert found["en"]["0.99"] is None or found["en"]["0.99"] > 0.79


def test_a_language_with_few_rows_is_learnt_from_and_not_spoken_of():
    """Identification of short texts puts a few of them into languages that they are not in."""
    draw = np.random.default_rng(5)
    labels = draw.choice(["0", "1"], 240)
    words = {"0": ["boat", "tea", "rain", "bread"], "1": ["oath", "torch", "mill", "vow"]}
    texts = [" ".join([*draw.choice(words[label], 3), *draw.choice([*"abcdefghijkl"], 6)]) for label in labels]
    found = train(table(texts, labels, languages=["en"] * 220 + ["so"] * 20), {"1"}, OPTIONS)
    assert found.model.languages == ("en",)
    assert found.model.calibrations.keys() == {"en"}
    assert found.left_out == (
        "fewer than 100 labelled rows are in so (20): the model learnt from them and is silent there",
    )
    few = train(table(texts[:60], labels[:60]), {"1"}, OPTIONS)
    assert few.model.languages == ("en",)
