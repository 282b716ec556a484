"""The built-in context reader: what it says, where it keeps quiet, and how long texts are put together."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from abate.domain.signal import PROTECTED, Context, ContextLabel, Language, NotScanned
from abate.signals.context import model, reader
from abate.signals.context.lists import WIDTH, languages
from abate.signals.context.model import CLASSES, FEATURES, HOSTILE, shipped
from abate.signals.context.reader import Cues, together

CUES = Cues()
SENTENCES = Path(__file__).parents[3] / "data" / "context_sentences.tsv"
NEWS = "Police said on Monday that two men had been arrested near the harbour, officials reported. "
HATE = "They are vermin and I hate every one of them. "
CALL = "Join us, brothers, sign up in our channel and fight with us. "
PLAIN = "We planted tomatoes behind the house this year and they are doing well. "


def read(text, code="en"):
    return CUES.read([text], [Language(code=code, confidence=1.0)])[0]


def ours():
    """Sentences that we wrote about groups that do not exist; the weights were trained on others."""
    return [line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines()[1:]]


def test_of_our_own_sentences_nearly_all_are_read_as_meant():
    said = [(language, label, read(text, language).label) for language, label, text in ours()]
    right = [label == ("unknown" if meant == "hostile" else meant) for _, meant, label in said]
    assert sum(right) / len(right) >= 0.9, [one for one, ok in zip(said, right, strict=True) if not ok]
    # What praises, recruits or abuses is spared in none of the languages.
    assert not [one for one in said if one[1] in {"endorsement", "recruitment", "hostile"} and one[2] in PROTECTED]


@pytest.mark.parametrize("code", languages())
def test_counter_speech_that_we_wrote_is_spared_in_every_language(code):
    texts = [text for language, label, text in ours() if (language, label) == (code, "counter_speech")]
    spared = [read(text, code).label in PROTECTED for text in texts]
    assert texts
    assert sum(spared) >= len(spared) - 1


@pytest.mark.parametrize("code", languages())
def test_a_report_that_we_wrote_is_a_report_in_every_language_but_one(code):
    texts = [text for language, label, text in ours() if (language, label) == (code, "report")]
    # Urdu's cues make it likely, and not likely enough where no hateful posts were there to hold it against.
    said = ContextLabel.UNKNOWN if code == "ur" else ContextLabel.REPORT
    assert {read(text, code).label for text in texts} == {said}


def test_a_language_without_cues_is_not_scanned_and_the_reason_names_those_with():
    answer = read("War la helay", "so")
    assert isinstance(answer, NotScanned)
    assert answer.step == "context"
    assert "no cues for so; ar, de, en, fa," in answer.reason
    (answer,) = CUES.read([NEWS], [None])
    assert "a text in an unknown language" in answer.reason


def test_dari_and_other_codes_of_a_language_are_read_with_its_cues():
    text = "ما این حمله را محکوم می‌کنیم و در کنار قربانیان هستیم."
    assert read(text, "prs") == read(text, "fa") == read(text, "fa-AF")
    assert read(NEWS, "EN-gb").label is ContextLabel.REPORT


def test_an_empty_text_is_unknown():
    for text in ("", " \n", "\u200d\u200b"):
        assert read(text) == Context()


def test_abuse_is_unknown_and_not_neutral():
    assert read(HATE) == Context()


def test_a_quotation_mark_is_no_exemption():
    for text in ('"They are vermin and I hate them"', 'He said "they are vermin" and he is right', f'{HATE}"'):
        assert read(text).label not in PROTECTED, text


def test_a_line_of_news_before_it_does_not_excuse_abuse():
    assert read(NEWS + HATE * 3).label not in PROTECTED


def test_a_denied_call_is_no_call():
    assert read("Do not join them, do not believe their propaganda, it is a lie.").label in PROTECTED


def test_batches_of_many_languages_come_back_in_order():
    texts, codes = (
        [NEWS, "x", "Полиция сообщила во вторник, что при взрыве погибли трое солдат.", HATE, NEWS],
        ["en", "so", "ru", "en", "de"],
    )
    answers = CUES.read(texts, [Language(code=code, confidence=1.0) for code in codes])
    assert [getattr(one, "label", None) for one in answers] == [
        ContextLabel.REPORT, None, ContextLabel.REPORT, ContextLabel.UNKNOWN, answers[4].label
    ]  # fmt: skip
    assert CUES.read([], []) == []


def test_as_many_languages_as_texts_are_needed():
    with pytest.raises(ValueError, match="zip"):
        CUES.read([NEWS, NEWS], [None])


def test_a_long_report_is_a_report_and_one_stretch_of_abuse_or_of_a_call_undoes_it():
    assert read(NEWS * 20).label is ContextLabel.REPORT
    assert read(NEWS * 20 + HATE * 14 + NEWS * 20).label is ContextLabel.UNKNOWN
    assert read(NEWS * 20 + CALL * 12 + NEWS * 20).label is ContextLabel.RECRUITMENT
    assert read(PLAIN * 40 + NEWS * 8).label is ContextLabel.NEUTRAL


def said(*labels):
    return [(ContextLabel(label), 0.9 - number / 10) for number, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("labels", "label", "probability"),
    [
        (["report", "report"], "report", 0.8),
        (["report", "neutral"], "report", 0.9),
        (["report", "neutral", "neutral"], "neutral", 0.7),
        (["report", "counter_speech", "neutral", "neutral"], "neutral", 0.6),
        (["neutral", "neutral"], "neutral", 0.8),
        (["report", "unknown", "report"], "unknown", 0.8),
        (["report", "unknown", "endorsement"], "endorsement", 0.7),
        (["endorsement", "recruitment"], "recruitment", 0.8),
        (["report", "report", "counter_speech", "academic_legal"], "report", 0.8),
        (["report", "counter_speech", "academic_legal"], "unknown", 0.0),
    ],
)
def test_stretches_are_put_together_so_that_none_excuses_another(labels, label, probability):
    assert together(said(*labels)) == (ContextLabel(label), pytest.approx(probability))


def test_a_text_without_spaces_is_cut_anyway():
    assert reader._stretches("a" * 1500) == ["a" * 600, "a" * 600, "a" * 300]
    assert [len(part) for part in reader._stretches("word " * 300)] == [599, 600, 301]


def test_the_weights_belong_to_the_lists_beside_them():
    """After a list was changed: ``python -m bench.train_context --write``."""
    held = json.loads(model.WEIGHTS.read_text("utf-8"))
    assert held["cues"] == model.digest()
    assert len(held["coefficients"]) == len(FEATURES)
    assert CUES.version == held["version"]


def test_no_feature_is_a_name_or_a_capital_letter():
    assert {name.lower() for name in FEATURES} == set(FEATURES)
    assert read(NEWS.upper()).label is read(NEWS).label is ContextLabel.REPORT


def test_weights_of_other_features_are_refused(monkeypatch, tmp_path):
    path = tmp_path / "weights.json"
    held = json.loads(model.WEIGHTS.read_text("utf-8"))
    path.write_text(json.dumps(held | {"classes": ["report"]}), "utf-8")
    monkeypatch.setattr(model, "WEIGHTS", path)
    with pytest.raises(ValueError, match=r"bench\.train_context"):
        shipped.__wrapped__()


def test_probabilities_add_up_and_what_is_not_likely_enough_is_not_said():
    counts = np.random.default_rng(3).integers(0, 6, (50, WIDTH))
    likely = shipped().probabilities(counts)
    assert likely.sum(axis=1) == pytest.approx(1)
    chosen = shipped().chosen(likely, "en")
    for row, number in enumerate(chosen):
        best = int(likely[row].argmax())
        assert number == (best if likely[row, best] >= shipped().least[best] else HOSTILE)


def test_where_no_hateful_posts_were_there_a_label_that_spares_must_be_surer():
    likely = np.full((3, len(CLASSES)), 0.3 / (len(CLASSES) - 1))
    for row, name in enumerate(("report", "neutral", "counter_speech")):
        likely[row, CLASSES.index(name)] = 0.7
    said = {code: [CLASSES[number] for number in shipped().chosen(likely, code)] for code in ("en", "ar", "sw")}
    assert said["en"] == said["ar"] == ["report", "neutral", "counter_speech"]
    assert said["sw"] == ["hostile", "neutral", "hostile"]


def test_weights_lists_and_card_are_in_the_package():
    folder = files("abate.signals.context")
    assert (folder / "weights.json").is_file()
    assert (folder / "card.md").is_file()
    assert len(languages()) == 11


def test_loading_the_plug_does_not_load_the_compiler():
    code = "import sys, abate.signals.context.reader; sys.exit('numba' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
