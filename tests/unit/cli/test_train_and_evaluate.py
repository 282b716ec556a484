"""``abate train`` and ``abate evaluate`` as they are typed: what they answer, refuse, and leave behind."""

import csv
import json
import re
import shutil

import numpy as np
import pytest

from abate.cli.train import train

WORDS = {
    "1": ("lantern", "order", "mill", "tonight", "secret", "oath", "torch", "march", "rise", "brothers", "cellar"),
    "0": ("harbour", "boat", "noon", "ferry", "ticket", "bread", "market", "rain", "garden", "tea", "sister"),
}
BOTH = ["the", "a", "at", "we", "with", "and", "old", "near", "after", "some", "will", "come"]


def texts(label, count, seed, words=12):
    """Texts whose label shows in one word of three."""
    draw = np.random.default_rng([seed, int(label)])
    for _ in range(count):
        own = draw.choice(WORDS[label], words // 3)
        yield " ".join(draw.permutation([*own, *draw.choice(BOTH, words - len(own))]))


def rows(count=300, seed=1, *, names=("0", "1"), language=""):
    made = [(text, names[int(label)], language) for label in "01" for text in texts(label, count, seed)]
    return [made[place] for place in np.random.default_rng(seed).permutation(len(made))]


def written(path, table, header=("text", "label", "lang")):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(table)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    train = written(folder / "train.csv", rows(language="en"))
    test = written(folder / "test.csv", rows(seed=2, language="en"))
    news = written(folder / "news.csv", [(text, "", "en") for text in texts("0", 60, seed=3)])
    return train, test, news


@pytest.fixture(scope="module")
def trained_once(files, tmp_path_factory):
    """The model of these files, made once: most of these tests ask it and change nothing."""
    folder = tmp_path_factory.mktemp("models") / "m"
    train(files=[files[0]], language="lang", protected=[files[2]], out=folder)
    return folder


@pytest.fixture
def model(trained_once, tmp_path):
    return shutil.copytree(trained_once, tmp_path / "m")


def test_a_model_is_trained_and_evaluated_in_two_commands(abate, model, files):
    answer = abate.run("evaluate", model, files[1], "--json")
    assert answer.code == 0, answer.err
    found = answer.json
    assert found["macro_f1"] > 0.9
    assert found["by_language"]["en"]["n"] == 600
    assert 0 <= found["ece"] < 0.06
    assert found["model"]["violating"] == ["1"]
    assert {gate["name"] for gate in found["gates"]} == {"rows", "calibration", "coverage"}


def test_the_model_folder_holds_counts_and_a_card_and_no_text(model, files):
    with files[0].open(encoding="utf-8", newline="") as stream:
        first = next(iter(csv.DictReader(stream)))["text"]
    for path in model.iterdir():
        assert first.encode() not in path.read_bytes()
    card = (model / "card.md").read_text("utf-8")
    assert "| en | 1 | 300 |" in card
    assert "protected speech" in card
    assert "It ranks a queue" in card
    about = json.loads((model / "training.json").read_text("utf-8"))
    assert about["columns"] == {"text": ["text"], "label": "label", "language": "lang"}
    assert about["trained"]["protected"] == 60


def test_the_same_rows_and_seed_give_the_same_model(abate, files, tmp_path):
    first, again, other = (
        abate.run("train", files[0], "--language", "en", "--seed", seed, "--out", tmp_path / f"m{n}", "--json").json
        for n, seed in enumerate((3, 3, 4))
    )
    assert first["sha256"] == again["sha256"] != other["sha256"]


def test_protected_speech_is_counted_apart_with_its_bound(abate, model, files):
    found = abate.run("evaluate", model, files[1], "--protected", files[2], "--json").json
    assert found["n"] == 600
    assert found["protected"]["of"] == 60
    assert found["protected"]["upper_one_sided_95"] > 0.04


def test_people_get_tables_on_stdout_and_talk_on_stderr(abate, model, files):
    answer = abate.run("evaluate", model, files[1], "--protected", files[2])
    assert "macro F1" in answer.out
    assert re.search(r"protected +en +not judged on 60 rows", answer.out)
    assert not answer.err


def test_plots_are_written_where_asked(abate, model, files, tmp_path):
    answer = abate.run("evaluate", model, files[1], "--plots", tmp_path / "plots")
    assert "3 plots" in answer.err
    assert len(list((tmp_path / "plots").glob("*.svg"))) == 3


def test_a_gate_that_fails_ends_with_one_and_names_itself(abate, model, tmp_path):
    """Labels turned round: the calibration is as wrong as can be."""
    wrong = written(tmp_path / "wrong.csv", rows(seed=2, names=("1", "0"), language="en"))
    answer = abate.run("evaluate", model, wrong)
    assert answer.code == 1
    assert "gate calibration in en failed" in answer.err


def test_a_promotion_is_refused_by_the_gate_and_passes_without_it(abate, model, files, tmp_path):
    few = written(tmp_path / "few.csv", rows(40, seed=2, language="en"))
    refused = abate.run("evaluate", model, few, "--promote")
    assert refused.code == 1
    assert "gate rows in en not judged on 80 rows" in refused.err
    passed = abate.run("evaluate", model, files[1], "--promote")
    assert passed.code == 0, passed.err
    assert "is in force" in passed.err
    assert len(list((abate.home / "models").glob("*/manifest.json"))) == 1


def test_going_back_needs_something_to_go_back_to(abate, model, files, tmp_path):
    assert abate.run("evaluate", "--rollback").code == 1
    abate.run("train", files[0], "--language", "en", "--seed", 9, "--out", tmp_path / "other")
    for folder in (model, tmp_path / "other"):
        assert abate.run("evaluate", folder, files[1], "--promote").code == 0
    back = abate.run("evaluate", "--rollback", "--json")
    assert (abate.home / "models" / back.json["in_force"] / "manifest.json").is_file()
    assert json.loads((abate.home / "models" / "in-force.json").read_text())["model"] == back.json["in_force"]


def test_words_and_more_than_two_classes_are_told_apart(abate, tmp_path):
    table = [(f"{text} {kind}word", kind, "en") for kind in ("ferry", "mill", "tea") for text in texts("0", 60, seed=5)]
    made = written(tmp_path / "three.csv", table)
    answer = abate.run("train", made, "--language", "en", "--out", tmp_path / "m")
    assert answer.code == 0, answer.err
    assert "no label is a violation" in answer.err
    found = abate.run("evaluate", tmp_path / "m", made, "--json").json
    assert found["model"]["violating"] == []
    assert found["macro_f1"] > 0.9
    assert found["thresholds"] is None


def test_violations_are_named_where_the_labels_do_not_say(abate, tmp_path):
    made = written(tmp_path / "w.csv", rows(names=("fine", "lantern"), language="en"))
    answer = abate.run("train", made, "--violating", "lantern", "--language", "en", "--out", tmp_path / "m", "--json")
    assert answer.json["violating"] == ["lantern"]
    wrong = abate.run("train", made, "--violating", "lamp", "--language", "en", "--out", tmp_path / "n")
    assert wrong.code == 2
    assert "no row has the label 'lamp'; there are: fine, lantern" in wrong.err
    every = abate.run("train", made, "--violating=lantern", "--violating=fine", "--out", tmp_path / "n")
    assert "every label would be a violation" in every.err
    assert not (tmp_path / "n").exists()


def test_protected_speech_without_violations_is_wrong_use(abate, files, tmp_path):
    made = written(tmp_path / "w.csv", rows(names=("fine", "lantern"), language="en"))
    answer = abate.run("train", made, "--protected", files[2], "--language", "en", "--out", tmp_path / "m")
    assert answer.code == 2
    assert "--violating" in answer.err


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([("a lamp", "1", "en")] * 5, "only one label"),
        (rows(300)[:0] + [(text, "1", "en") for text in texts("1", 80, 1)], "only one label ('1')"),
        (rows(12), "24 rows are too few"),
        ([("one lamp", "1", "en")] * 40 + [(text, "0", "en") for text in texts("0", 60, 1)], "copies of one another"),
    ],
)
def test_what_cannot_be_learnt_from_is_told_in_one_sentence(abate, tmp_path, table, said):
    answer = abate.run("train", written(tmp_path / "a.csv", table), "--language", "en", "--out", tmp_path / "m")
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_rare_label_is_left_out_and_said_so(abate, tmp_path):
    made = written(tmp_path / "a.csv", [*rows(language="en"), ("odd one", "7", "en")])
    answer = abate.run("train", made, "--language", "en", "--out", tmp_path / "m")
    assert answer.code == 0
    assert "label '7' has 1 rows, fewer than 10, and was left out" in answer.err


def test_bad_rows_are_told_and_the_rest_goes_on(abate, model, files, tmp_path):
    path = tmp_path / "mixed.jsonl"
    lines = [json.dumps({"text": text, "label": int(label), "lang": "en"}) for text, label, _ in rows(60, seed=4)]
    path.write_text("\n".join([*lines, "no json", '{"text": "what is this", "label": "maybe", "lang": "en"}']))
    answer = abate.run("evaluate", model, path, "--json")
    assert answer.json["n"] == 120
    assert answer.json["skipped"] == 2
    assert "does not know, such as 'maybe'" in answer.err


def test_a_language_that_the_model_does_not_know_is_said_and_not_judged(abate, model, tmp_path):
    strange = written(tmp_path / "sw.csv", rows(60, seed=2, language="sw"))
    answer = abate.run("evaluate", model, strange)
    assert answer.code == 0
    assert "not calibrated on sw" in answer.err


def test_nothing_to_learn_from_and_nothing_to_evaluate_are_wrong_use(abate, model, files, tmp_path):
    assert abate.run("train", "--out", tmp_path / "m").code == 2
    assert abate.run("train", "--from-decisions", "--out", tmp_path / "m").code == 2
    assert abate.run("evaluate", model).code == 2
    assert abate.run("evaluate", tmp_path, files[1]).code == 2
    assert abate.run("evaluate", model, files[1], "--recalibrate").code == 2
    assert abate.run("evaluate", model, files[1], "--drift", "--promote").code == 2
    strange = written(tmp_path / "s.csv", [("a lamp", "maybe", "en")])
    assert "no row has a label of the model's (0, 1)" in abate.run("evaluate", model, strange).err


def test_a_model_whose_file_was_changed_is_refused(abate, model, files):
    (model / "training.json").write_text("{}")
    answer = abate.run("evaluate", model, files[1])
    assert answer.code == 2
    assert "training.json" in answer.err


def test_texts_that_changed_ring_the_alarm(abate, model, files, tmp_path):
    calm = abate.run("evaluate", model, files[1], "--drift")
    assert calm.code == 0, calm.out
    changed = written(tmp_path / "now.csv", [(text, "en") for text in texts("1", 400, seed=6)], header=("text", "lang"))
    answer = abate.run("evaluate", model, changed, "--drift", "--json", "--out", tmp_path / "alarmed")
    assert answer.code == 1
    assert [(one["kind"], one["alarm"]) for one in answer.json] == [("scores", True)]
    assert "en" in json.loads((tmp_path / "alarmed" / "model.json").read_text())["alarms"]
    named = abate.run("evaluate", model, changed, "--drift", "--label", "label")
    assert named.code == 2


def test_a_sample_that_people_reviewed_calibrates_anew(abate, model, files, tmp_path):
    """Half of the labels are drawn by lot: the old calibration is wrong, the new one is not."""
    draw = np.random.default_rng(8)
    muddled = [(text, str(draw.integers(2)) if draw.random() < 0.5 else label, "en") for text, label, _ in rows(600, 7)]
    sample, rest = (written(tmp_path / f"{n}.csv", muddled[n::2]) for n in range(2))
    before = abate.run("evaluate", model, rest, "--json")
    assert before.code == 1
    made = abate.run("evaluate", model, sample, "--recalibrate", "--out", tmp_path / "new", "--json")
    assert made.code == 0, made.err
    after = abate.run("evaluate", tmp_path / "new", rest, "--json").json
    assert after["ece"] < 0.08 < before.json["ece"]
    own = abate.run("evaluate", model, sample, "--recalibrate", "--out", model)
    assert own.code == 2
    assert "take the place of the old one" in own.err


def test_a_table_of_news_need_not_have_the_language_column(abate, files, tmp_path):
    news = written(tmp_path / "bare.csv", [(text,) for text in texts("0", 60, seed=3)], header=("text",))
    answer = abate.run("train", files[0], "--language=lang", "--protected", news, "--out", tmp_path / "m", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["protected"] == 60
    wrong = written(tmp_path / "wrong.csv", [("a",)], header=("words",))
    refused = abate.run("train", files[0], "--language=lang", "--protected", wrong, "--out", tmp_path / "n")
    assert refused.code == 2
    assert "wrong.csv: no column 'text'" in refused.err


def test_people_read_of_drift_and_of_a_new_calibration_in_words(abate, model, files, tmp_path):
    calm = abate.run("evaluate", model, files[1], "--drift")
    assert re.search(r"en +scores +no alarm", calm.out)
    assert re.search(r"en +coverage +no alarm", calm.out)
    made = abate.run("evaluate", model, files[1], "--recalibrate", "--out", tmp_path / "new")
    assert "calibrated anew on 600 rows" in made.out
    assert "these have been used up" in made.err
    strange = written(tmp_path / "sw.csv", rows(20, seed=2, language="sw"))
    assert "no row is in a language of the model's (en)" in abate.run("evaluate", model, strange, "--drift").err


def test_after_recalibration_a_text_is_put_forward_only_above_what_it_was_before(abate, model, files, tmp_path):
    """The sample's rows that were put forward before are the most that are put forward after."""
    before = abate.run("evaluate", model, files[1], "--json").json["thresholds"]["review"]["flagged"]
    abate.run("evaluate", model, files[1], "--recalibrate", "--out", tmp_path / "new")
    after = abate.run("evaluate", tmp_path / "new", files[1], "--json").json["thresholds"]["review"]["flagged"]
    assert 0 < after <= before


def test_a_language_without_rows_in_the_sample_keeps_its_calibration(abate, tmp_path):
    both = written(tmp_path / "both.csv", [*rows(150, language="en"), *rows(150, seed=2, language="ar")])
    abate.run("train", both, "--language", "lang", "--out", tmp_path / "m")
    sample = written(tmp_path / "en.csv", rows(150, seed=3, language="en"))
    abate.run("evaluate", tmp_path / "m", sample, "--recalibrate", "--out", tmp_path / "new")
    old, new = (json.loads((tmp_path / name / "model.json").read_text()) for name in ("m", "new"))
    assert new["calibrations"]["ar"] == old["calibrations"]["ar"]
    assert new["calibrations"]["en"] != old["calibrations"]["en"]
    assert new["review"].keys() == old["review"].keys() == {"ar", "en"}


def test_classes_without_a_violation_have_nothing_to_plot(abate, tmp_path):
    table = [(text, kind, "en") for kind, own in (("ferry", "0"), ("mill", "1")) for text in texts(own, 60, seed=5)]
    made = written(tmp_path / "two.csv", table)
    abate.run("train", made, "--language", "en", "--out", tmp_path / "m")
    answer = abate.run("evaluate", tmp_path / "m", made, "--plots", tmp_path / "plots")
    assert "nothing to plot" in answer.err


def test_without_a_language_the_reader_says_which_it_is(abate, tmp_path):
    made = written(tmp_path / "a.csv", rows(120))
    found = abate.run("train", made, "--out", tmp_path / "m", "--json").json
    assert "en" in found["counts"]
