"""The model that is shipped: whole, small, honest about what it is, and silent on news."""

import csv
import json

import pytest

from abate.domain.signal import Language, NotScanned, Outlook
from abate.flows.training.evaluate import open_folder
from abate.flows.training.gates import PROTECTED_LIMIT
from abate.flows.training.in_force import model_folder, shipped
from abate.flows.training.metrics import upper_bound
from abate.settings import Settings
from abate.signals.linear.classifier import LinearClassifierType

FOLDER = shipped()


@pytest.fixture(scope="module")
def classifier():
    return LinearClassifierType().open(str(FOLDER))


def put_forward(classifier, texts, language):
    answers = classifier.score(texts, [Language(code=language, confidence=None)] * len(texts))
    return sum(any(score.outlook is Outlook.LIKELY for score in one) for one in answers)


def test_it_opens_by_its_name_and_every_file_is_what_its_manifest_says(tmp_path):
    assert model_folder(Settings(home=tmp_path, text_model="proxy-ranker")) == FOLDER
    opened = open_folder(FOLDER)
    assert opened.model.languages == ("ar", "en")
    assert opened.model.violating == ("abuse",)


def test_it_is_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 2 * 2**20


def test_its_card_says_what_it_is_and_whom_to_thank():
    card = (FOLDER / "card.md").read_text("utf-8")
    for said in (
        "No extremist text was used",
        "It is a proxy",
        "CC BY 4.0",
        "MIT",
        "HateCheck",
        "Ousidhoum",
        "Davidson",
    ):
        assert said in card


def test_it_was_trained_on_nothing_that_may_not_be_shipped():
    trained = json.loads((FOLDER / "training.json").read_text("utf-8"))["trained"]
    licences = {source["note"] for source in trained["sources"]}
    assert licences == {"MIT", "CC BY 4.0", "CC BY-SA 3.0", "CC BY-SA 4.0", "United Nations, free use"}
    assert set(trained["counts"]) == {"ar", "en"}


def test_in_other_languages_it_says_that_it_cannot_say(classifier):
    (answer,) = classifier.score(["Das Boot fährt um zwölf"], [Language(code="de", confidence=1.0)])
    assert isinstance(answer, NotScanned)


def test_it_was_trained_with_the_features_that_are_read_now(classifier):
    """Were letters hashed otherwise than in training, all texts would look alike to it."""
    (rude,), (calm,) = classifier.score(
        ["shut up you stupid idiot, I hate you", "the council opened a new library near the harbour on Monday"],
        [Language(code="en", confidence=None)] * 2,
    )
    assert rude.probability > 0.5
    assert calm.probability < 0.2


@pytest.mark.needs_data("news_en_agnews")
def test_it_puts_no_news_forward(classifier, data):
    """3,100 items that it was not trained on, 373 of them about attacks: 0 is what the gate allows."""
    with (data / "news_en_agnews" / "test_sample.tsv").open(encoding="utf-8", newline="") as stream:
        texts = [f"{row['title']}\n{row['description']}" for row in csv.DictReader(stream, delimiter="\t")]
    assert upper_bound(put_forward(classifier, texts, "en"), len(texts)) <= PROTECTED_LIMIT


@pytest.mark.needs_data("txt_en_davidson")
def test_what_people_called_abuse_is_put_forward_oftener_than_what_they_did_not(classifier, data):
    with (data / "txt_en_davidson" / "data.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))[:3000]
    abuse = [row["text"] for row in rows if row["label"] != "neither"]
    other = [row["text"] for row in rows if row["label"] == "neither"]
    assert put_forward(classifier, abuse, "en") / len(abuse) > 10 * put_forward(classifier, other, "en") / len(other)
