"""A large model from a local folder: what it answers, what it refuses, and that it holds nobody up."""

import hashlib
import json
import os
import sys
import threading
import time

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.domain.signal import Language, NotScanned, Outlook
from abate.signals.linear import open_model
from abate.signals.linear.folder import FORM as LINEAR
from abate.signals.onnx import runner
from abate.signals.onnx.calibrating import calibrate
from abate.signals.onnx.classifier import OnnxClassifierType
from abate.signals.onnx.folder import Calibration, Curves, Description, Least, describe, opened, seal

pytest.importorskip("onnx", reason="pip install '.[oracles]'")
pytest.importorskip("onnxruntime", reason="pip install '.[onnx]'")
pytest.importorskip("tokenizers", reason="pip install '.[onnx]'")
tiny_onnx = pytest.importorskip("tiny_onnx")

LOGITS, WORDS = tiny_onnx.LOGITS, tiny_onnx.WORDS
ENGLISH = Language(code="en", confidence=0.9)


def said(**changed):
    return Description(**{"name": "weather", "labels": ("fine", "rough"), "rest": "fine", "pad": 1} | changed)


@pytest.fixture
def made(tmp_path):
    """Makes a folder with a model, and returns it."""

    def make(model=None, **changed):
        folder = tmp_path / "big"
        folder.mkdir()
        tiny_onnx.put(folder, model or tiny_onnx.word_counter())
        describe(folder, said(**changed))
        seal(folder)
        return folder

    return make


def open_folder(folder):
    return OnnxClassifierType().open(str(folder))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_score_is_the_models_own_probability_by_hand(made):
    model = open_folder(made(batch=2))
    texts = ["calm", "storm storm calm", "hail", "what", "storm and hail"]
    found = model.score(texts, [None] * 5)
    odds = [-1.5, 4 - 1.5, 1.5, 0, 2 + 1.5]
    assert [[score.name for score in scores] for scores in found] == [["weather:rough"]] * 5
    assert [scores[0].probability for scores in found] == pytest.approx(sigmoid(np.array(odds)))


def test_without_a_label_for_the_rest_every_label_has_a_score_and_they_add_up(made):
    table = np.random.default_rng(5).normal(size=(len(WORDS), 3)).astype(np.float32)
    model = open_folder(made(tiny_onnx.word_counter(table), labels=("a", "b", "c"), rest=""))
    (scores,) = model.score(["calm storm storm"], [ENGLISH])
    logits = table[2] + 2 * table[3]
    expected = np.exp(logits) / np.exp(logits).sum()
    assert [score.name for score in scores] == ["weather:a", "weather:b", "weather:c"]
    assert [score.probability for score in scores] == pytest.approx(expected, rel=1e-5)


def test_a_model_with_one_number_speaks_of_the_second_of_two_labels(made):
    table = [[0.0], [9.0], [-1.0], [2.0], [1.0]]
    (scores,) = open_folder(made(tiny_onnx.word_counter(table))).score(["storm calm"], [None])
    assert scores[0].probability == pytest.approx(sigmoid(1.0))


def test_only_the_first_tokens_are_shown(made):
    model = open_folder(made(max_tokens=2))
    short, long = model.score(["calm calm", "calm calm " + "storm " * 10**5], [None, None])
    assert short == long


def test_a_text_with_nothing_in_it_gets_no_score(made):
    assert open_folder(made()).score(["", " \n", "\u200b"[:0], "."], [None] * 4)[:3] == [(), (), ()]


def test_half_a_character_is_no_error(made):
    (scores,) = open_folder(made()).score(["storm \ud800"], [None])
    assert scores[0].probability == pytest.approx(sigmoid(2.0))


def test_a_language_it_was_not_trained_on_is_not_shown_to_it(made):
    model = open_folder(made(languages=("en", "ps")))
    languages = [ENGLISH, Language(code="ps", confidence=1), Language(code="ru", confidence=1), None]
    english, pashto, russian, unknown = model.score(["storm"] * 4, languages)
    assert english == pashto
    assert "was not trained on ru, only on en, ps" in russian.reason
    assert "a language that is not known" in unknown.reason
    assert russian.step == unknown.step == "score"


CALIBRATED = Calibration(
    rows=500,
    curves=Curves(slopes=(0.5,), offsets=(-1.0,)),
    least=Least(probabilities=(0.6, 0.4), rows=(250, 250), level=0.9),
)


def test_each_language_has_a_calibrator_of_its_own_and_others_have_no_outlook(made):
    model = open_folder(made(calibrations={"en": CALIBRATED}))
    english, pashto, none = model.score(["storm storm"] * 3, [ENGLISH, Language(code="ps", confidence=1), None])
    assert english[0].probability == pytest.approx(sigmoid(4 * 0.5 - 1))
    assert english[0].outlook is Outlook.LIKELY
    assert pashto == none
    assert pashto[0].probability == pytest.approx(sigmoid(4.0))
    assert pashto[0].outlook is Outlook.UNKNOWN


def test_the_outlook_is_what_the_conformal_set_holds(made):
    model = open_folder(made(calibrations={"en": CALIBRATED}))
    texts = ["storm storm storm", "calm calm", "what", "storm"]
    outlooks = [scores[0].outlook for scores in model.score(texts, [ENGLISH] * 4)]
    assert outlooks == [Outlook.LIKELY, Outlook.UNLIKELY, Outlook.UNLIKELY, Outlook.LIKELY]


def test_a_model_that_does_not_end_costs_one_time_out_and_then_answers_again(made):
    model = open_folder(made(tiny_onnx.endless(), seconds=0.1, batch=1))
    began = time.monotonic()
    found = model.score(["storm", "calm", "", "storm"], [None] * 4)
    assert time.monotonic() - began < 30
    assert found[2] == ()
    assert all("did not answer within 0.1 seconds" in one.reason for one in (found[0], found[1], found[3]))
    # Zero turns end at once: the model is not given up for good.
    assert [one[0].probability for one in model.score(["[UNK]"], [None])] == [0.5]


def test_a_step_that_cannot_be_ended_is_left_behind_and_nothing_is_piled_on_it(made, monkeypatch):
    model = open_folder(made(seconds=0.05))
    monkeypatch.setattr(runner, "GRACE", 0.05)
    gate, session = threading.Event(), model._runner._session

    class Deaf:
        """A session in the middle of one long step: it does not look at ``terminate``."""

        def run(self, *arguments):
            gate.wait(60)
            return session.run(*arguments)

    model._runner._session = Deaf()
    (first,), (second,) = model.score(["storm"], [None]), model.score(["storm"], [None])
    assert "did not answer within 0.05 seconds" in first.reason
    assert "still busy" in second.reason
    gate.set()
    model._runner._left_behind.join(60)
    model._runner._session = session
    assert isinstance(model.score(["storm"], [None])[0], tuple)


def test_numbers_that_are_none_are_not_scanned_and_the_others_are(made):
    table = [[0, 0], [0, 0], [0, np.nan], [0, 2], [0, np.inf]]
    calm, storm, hail = open_folder(made(tiny_onnx.word_counter(table))).score(["calm", "storm", "hail"], [None] * 3)
    assert "has no number for this text" in calm.reason
    assert storm[0].probability == pytest.approx(sigmoid(2.0))
    assert isinstance(hail, NotScanned)


def test_a_model_that_fails_or_answers_in_another_shape_is_not_scanned(made):
    folder = made(tiny_onnx.word_counter([[0.0, 0.0, 0.0]] * 3))  # the words after the third are not in its table
    few, out = (open_folder(folder).score([text], [None])[0] for text in ("calm", "hail"))
    assert "answers 1 texts with 1 × 3 numbers, and has 2 labels" in few.reason
    assert "the model weather failed" in out.reason


def test_the_inputs_that_the_model_wants_are_given_in_its_kind(made):
    every = ("input_ids", "attention_mask", "token_type_ids")
    model = open_folder(made(tiny_onnx.word_counter(inputs=every, kind=tiny_onnx.INT32)))
    assert model.score(["storm"], [None])[0][0].probability == pytest.approx(sigmoid(2.0))


def test_a_model_that_wants_something_else_is_refused_when_it_is_opened(made):
    with pytest.raises(InputError, match="wants the inputs attention_mask, input_ids, pixels"):
        open_folder(made(tiny_onnx.word_counter(inputs=("input_ids", "attention_mask", "pixels"))))


def test_an_output_may_be_named_and_must_be_there(made):
    folder = made(output="logits")
    assert open_folder(folder).name == "weather"
    describe(folder, said(output="scores"))
    seal(folder)
    with pytest.raises(InputError, match="has no output 'scores', only logits"):
        open_folder(folder)


def test_weights_beside_the_model_are_read_from_the_checked_file_and_from_nowhere_else(made, tmp_path):
    model, raw = tiny_onnx.with_weights_outside("weights.data")
    folder = made(model)
    (tmp_path / "weights.data").write_bytes(raw)
    with pytest.raises(InputError, match="onnxruntime cannot open it"):
        open_folder(folder)
    (folder / "weights.data").write_bytes(raw)
    with pytest.raises(InputError, match="onnxruntime cannot open it"):
        open_folder(folder)  # it lies there, and the manifest does not list it
    seal(folder)
    assert open_folder(folder).score(["storm"], [None])[0][0].probability == pytest.approx(sigmoid(2.0))
    (folder / "model.onnx").write_bytes(tiny_onnx.with_weights_outside("../weights.data")[0].SerializeToString())
    seal(folder)
    with pytest.raises(InputError, match="onnxruntime cannot open it"):
        open_folder(folder)


def test_the_version_is_the_sha256_of_the_manifest(made):
    folder = made()
    assert open_folder(folder).version == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert seal(folder) == open_folder(folder).version


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
@pytest.mark.parametrize("change", ["changed", "longer", "gone", "link", "pipe", "folder"])
def test_a_file_that_is_not_the_one_in_the_manifest_is_refused_in_one_sentence(made, name, change, tmp_path):
    folder = made()
    path, content = folder / name, (folder / name).read_bytes()
    path.unlink()
    if change == "changed":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif change == "longer":
        path.write_bytes(content + b" ")
    elif change == "link":
        (tmp_path / "elsewhere").write_bytes(content)
        path.symlink_to(tmp_path / "elsewhere")
    elif change == "pipe":
        os.mkfifo(path)
    elif change == "folder":
        path.mkdir()
    with pytest.raises(InputError) as caught:
        open_folder(folder)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../model.onnx", "/etc/hostname", "a/b", "..", ".", "", "a\\b", "a\x00b"])
def test_a_manifest_that_leads_out_of_the_folder_is_refused(made, name):
    folder = made()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][name] = manifest["files"]["model.onnx"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="leads out of the folder"):
        open_folder(folder)


def test_a_manifest_of_another_kind_or_without_a_file_is_refused(made):
    folder = made()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 2}))
    with pytest.raises(InputError, match="of format 2, and what is read"):
        open_folder(folder)
    del manifest["files"]["tokenizer.json"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"does not list tokenizer\.json"):
        open_folder(folder)


def test_a_folder_is_recognised_by_its_manifest_and_by_nobody_else(made, tmp_path):
    plug, folder = OnnxClassifierType(), made()
    assert plug.recognises(str(folder))
    assert not LINEAR.is_at(folder)
    assert not plug.recognises(str(tmp_path))
    (folder / "manifest.json").write_text('{"kind": "abate-linear", "format": 1, "files": {}}')
    assert not plug.recognises(str(folder))
    (folder / "manifest.json").write_bytes(b"\xff{")
    assert not plug.recognises(str(folder))


def test_a_linear_models_reader_says_whose_the_folder_is(made):
    with pytest.raises(InputError, match="the model is a 'abate-onnx' of format 1"):
        open_model(made())


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": ""}, "the name is empty"),
        ({"name": "a:b"}, "has a colon"),
        ({"labels": ("one",), "rest": ""}, "two or more"),
        ({"labels": ("one", "one"), "rest": ""}, "two or more"),
        ({"labels": ("one", ""), "rest": ""}, "two or more"),
        ({"rest": "sunny"}, "rest is no label"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 10**6}, "max_tokens"),
        ({"batch": 0}, "batch is"),
        ({"seconds": 0}, "seconds is"),
        ({"seconds": 1e9}, "seconds is"),
        ({"pad": -1}, "pad is"),
        ({"languages": ("ru",), "calibrations": {"en": CALIBRATED}}, "not trained on"),
        ({"labels": ("a", "b", "c"), "rest": "", "calibrations": {"en": CALIBRATED}}, "does not fit the labels"),
    ],
)
def test_a_description_that_cannot_be_is_refused_when_it_is_written(tmp_path, changed, fault):
    with pytest.raises(InputError, match=f"cannot be: .*{fault}"):
        describe(tmp_path, said(**changed))


def test_a_description_that_is_none_is_refused_when_it_is_read(made):
    folder = made()
    (folder / "model.json").write_text('{"name": "weather"}')
    seal(folder)
    with pytest.raises(InputError, match="does not say what it must"):
        opened(folder)
    (folder / "model.json").write_text('{"name": "weather", "labels": ["one"]}')
    seal(folder)
    with pytest.raises(InputError, match="two or more"):
        opened(folder)


def test_a_model_or_a_tokenizer_that_is_none_is_refused(made):
    folder = made()
    model = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(b"no model")
    seal(folder)
    with pytest.raises(InputError, match=r"model\.onnx: onnxruntime cannot open it"):
        open_folder(folder)
    (folder / "model.onnx").write_bytes(model)
    (folder / "tokenizer.json").write_text("{}")
    seal(folder)
    with pytest.raises(InputError, match=r"tokenizer\.json: is no tokenizer"):
        open_folder(folder)


@pytest.mark.parametrize("name", ["onnxruntime", "tokenizers"])
def test_without_the_extra_one_sentence_says_what_to_install(made, monkeypatch, name):
    folder = made()
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError) as caught:
        open_folder(folder)
    assert str(caught.value) == f"{folder}: to open an ONNX model, {name} is needed: run `pip install 'abate[onnx]'`"
    assert OnnxClassifierType().recognises(str(folder))


def rows(count, language, seed):
    """Texts of one to four words whose truth is drawn from a flatter curve than the model's own."""
    random = np.random.default_rng(seed)
    texts = [" ".join(random.choice(["calm", "storm", "hail", "what"], random.integers(1, 5))) for _ in range(count)]
    odds = np.array(
        [sum(LOGITS.get(word, (0, 0))[1] - LOGITS.get(word, (0, 0))[0] for word in t.split()) for t in texts]
    )
    rough = random.random(count) < sigmoid(0.4 * odds - 0.3)
    return texts, ["rough" if one else "fine" for one in rough], [language] * count


def test_calibrating_finds_the_curve_that_the_truth_was_drawn_from(made):
    folder = made(languages=("en", "ps"), batch=256)
    before = open_folder(folder).version
    english, pashto = rows(3000, "en", 1), rows(100, "ps", 2)
    texts, labels, languages = (first + second for first, second in zip(english, pashto, strict=True))
    assert calibrate(folder, texts, labels, languages) == ("en",)
    model = open_folder(folder)
    assert model.version != before
    found = model.said.calibrations["en"]
    assert found.rows == 3000
    assert found.curves.slopes[0] == pytest.approx(0.4, abs=0.06)
    assert found.curves.offsets[0] == pytest.approx(-0.3, abs=0.12)
    fresh, truth, _ = rows(2000, "en", 3)
    stated = np.array([scores[0].probability for scores in model.score(fresh, [ENGLISH] * 2000)])
    assert stated.mean() == pytest.approx(np.mean([label == "rough" for label in truth]), abs=0.04)
    outlooks = {scores[0].outlook for scores in model.score(fresh, [ENGLISH] * 2000)}
    assert Outlook.UNCERTAIN in outlooks
    assert model.score(["storm"], [Language(code="ps", confidence=1)])[0][0].outlook is Outlook.UNKNOWN


def test_what_was_calibrated_before_stays(made):
    folder = made(calibrations={"ps": CALIBRATED}, batch=256)
    calibrate(folder, *rows(600, "en", 1))
    assert open_folder(folder).said.calibrations.keys() == {"ps", "en"}
    assert open_folder(folder).said.calibrations["ps"] == CALIBRATED


def test_rows_that_do_not_fit_or_are_not_answered_calibrate_nothing(made):
    folder = made()
    with pytest.raises(InputError, match="one of fine, rough"):
        calibrate(folder, ["storm"], ["windy"], ["en"])
    with pytest.raises(InputError, match="one of fine, rough"):
        calibrate(folder, ["storm", "calm"], ["rough"], ["en"])
    with pytest.raises(InputError, match="has no number"):
        calibrate(folder, ["storm", ""], ["rough", "fine"], ["en", "en"])
