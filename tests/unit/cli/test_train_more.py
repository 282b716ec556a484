"""What a model learns after it was trained: samples that people decide, updates, and how it stands; as it is typed."""

import json
import shutil
from dataclasses import replace

import pytest

from abate import app as wiring
from abate.cli.output import OPERATOR
from abate.cli.train import train
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.flows import cases, model_alarms, pipeline
from abate.flows.training.evaluate import open_folder
from abate.settings import Settings
from linear_posts import posts


def decide(kit, texts, labels, name, *, by="u1"):
    """Put texts before a person and have them decided: lanterns are removed, the rest is left."""
    items = [Item(id=f"{name}{n}", kind=Kind.TEXT, text=text, language="en") for n, text in enumerate(texts)]
    for scan, label in zip(pipeline.take_in(kit, items, by="test"), labels, strict=True):
        with kit.store.write() as tx:
            case = (tx.cases.find(item=scan.item.id) or [cases.open_case(tx, scan, kit.clock.now())])[0]
        verdict = Verdict.REMOVE if label == "lantern" else Verdict.NONE
        cases.decide(kit, case.id, verdict=verdict, by=by)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A home with decisions in its store, and the model that was trained from them: most of what these tests take."""
    folder = tmp_path_factory.mktemp("made")
    with wiring.opened(Settings(home=folder / "home")) as kit:
        decide(kit, *posts(130, seed=1, clear=0.7), "a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ABATE_HOME", str(folder / "home"))
        train(from_decisions=True, name="own", out=folder / "m")
    return folder


@pytest.fixture
def learnt(made_once, home, tmp_path):
    shutil.copytree(made_once / "home", home, dirs_exist_ok=True)
    return shutil.copytree(made_once / "m", tmp_path / "m")


def about(folder):
    return json.loads((folder / "training.json").read_text("utf-8"))["trained"]


def test_a_model_learns_what_was_decided_since_it_did_and_nothing_twice(home, abate, learnt, tmp_path):
    answer = abate.run("train", "--from-decisions", "--update", learnt, "--out", tmp_path / "m2")
    assert answer.code == 2
    assert f"nobody decided about a text that own could learn since {about(learnt)['decided_until']}" in answer.err
    new = ["gull tide and quay", "tide tide with the gull"] * 4
    with wiring.opened(Settings(home=home)) as kit:
        decide(kit, [f"{text} {n}" for n, text in enumerate(new)], ["lantern"] * 8, "b")
        decide(kit, ["quiet"], ["harbour"], "c")
        with kit.store.write() as tx:  # its date came: what it said is learnt from no more
            tx.items.replace(replace(tx.items.get("c0"), text=""))
    found = abate.run("train", "--from-decisions", "--update", learnt, "--out", tmp_path / "m2", "--json").json
    assert (found["rows"], found["rows_since_calibration"]) == ({"en": {"TC": 8}}, 8)
    before, after = open_folder(learnt).model, open_folder(tmp_path / "m2").model
    column = after.labels.index("TC")
    asked = ["gull and tide"]
    assert after.probabilities(asked, ["en"])[0, column] > before.probabilities(asked, ["en"])[0, column] + 0.1
    assert (after.calibrations, after.review) == (before.calibrations, before.review)
    assert about(tmp_path / "m2")["decided_until"] > about(learnt)["decided_until"]
    again = abate.run("train", "--from-decisions", "--update", learnt, "--out", tmp_path / "m3")
    assert "learnt from 8 decisions since" in again.out
    assert open_folder(tmp_path / "m3").version == found["sha256"]
    assert abate.run("train", "--from-decisions", "--update", tmp_path / "m2", "--out", tmp_path / "m4").code == 2


def test_an_update_holds_no_text_and_lies_beside_the_model(home, abate, learnt, tmp_path):
    with wiring.opened(Settings(home=home)) as kit:
        decide(kit, ["a sentence that nobody must find again"], ["lantern"], "b")
    assert abate.run("train", "--from-decisions", "--update", learnt, "--out", learnt).code == 2
    assert abate.run("train", "--from-decisions", "--update", learnt, "--out", tmp_path / "m2").code == 0
    for path in (tmp_path / "m2").iterdir():
        assert b"nobody must find" not in path.read_bytes()


def test_what_cannot_be_updated_says_why(abate, tmp_path):
    assert "give --from-decisions and no files" in abate.run("train", "--update", tmp_path, "--out", tmp_path).err
    table = tmp_path / "x.csv"
    table.write_text("text,label\n")
    given = abate.run("train", table, "--from-decisions", "--update", tmp_path, "--out", tmp_path)
    assert (given.code, "give --from-decisions and no files" in given.err) == (2, True)
    assert "with --out FOLDER" in abate.run("train", table).err


def test_a_model_with_other_labels_learns_by_what_is_a_violation(home, abate, tmp_path):
    texts, labels = posts(300, seed=1, clear=0.7)
    table = tmp_path / "rows.csv"
    rows = [f"{text},{label}" for text, label in zip(texts, labels, strict=True)]
    table.write_text("\n".join(["text,label", *rows]), "utf-8")
    trained = abate.run("train", table, "--violating", "lantern", "--language", "en", "--out", tmp_path / "m")
    assert trained.code == 0, trained.err
    with wiring.opened(Settings(home=home)) as kit:
        decide(kit, *posts(20, seed=2), "a")
    found = abate.run("train", "--from-decisions", "--update", tmp_path / "m", "--out", tmp_path / "m2", "--json").json
    assert found["since"] == ""
    assert sum(found["rows"]["en"].values()) == 20
    assert set(found["rows"]["en"]) == {"harbour", "lantern"}


def test_a_sample_is_drawn_by_the_model_in_force(home, abate, learnt, monkeypatch):
    assert "no model is in force" in abate.run("train", "--sample", 10).err
    monkeypatch.setenv("ABATE_TEXT_MODEL", str(learnt))
    with wiring.opened(Settings(home=home, text_model=str(learnt))) as kit:
        items = [
            Item(id=f"n{n}", kind=Kind.TEXT, text=text, language="en") for n, text in enumerate(posts(60, seed=5)[0])
        ]
        pipeline.take_in(kit, items, by="test")
        had = {case.item for case in cases.listed(kit)}
    answer = abate.run("train", "--sample", 40, "--seed", 1)
    assert answer.code == 0, answer.err
    assert "40 texts drawn (20 uncertain, 12 random, 8 high)" in answer.out
    assert abate.run("train", "--sample", 40, "--seed", 1, "--json").json == {
        "uncertain": 20,
        "random": 12,
        "high": 8,
        "cases": 0,
    }
    with wiring.opened(Settings(home=home)) as kit:
        assert f"{len(cases.listed(kit)) - len(had)} cases opened" in answer.out


def test_the_command_says_how_the_model_stands_and_closes_its_alarms(home, abate, learnt, monkeypatch):
    monkeypatch.setenv("ABATE_TEXT_MODEL", str(learnt))
    answer = abate.run("evaluate", "--alarms")
    assert (answer.code, "0 drift alarms are open" in answer.err) == (0, True)
    with wiring.opened(Settings(home=home, text_model=str(learnt))) as kit:
        (model,) = kit.readers.classifiers
        alarm = model_alarms.new(model, "en", model_alarms.COVERAGE, kit.clock.now(), "The sets hold too rarely.")
        with kit.store.write() as tx:
            model_alarms.write(tx, alarm)
    answer = abate.run("evaluate", "--alarms")
    assert (answer.code, alarm.text in answer.out) == (1, True)
    found = abate.run("evaluate", "--alarms", "--json").json
    assert [one["alarm"] for one in found["open"]] == [alarm.id]
    assert abate.run("doctor", "--json").code == 1
    with wiring.opened(Settings(home=home, text_model=str(learnt))) as kit:
        assert kit.readers.silence.over(model) == {"en"}
    answer = abate.run("evaluate", "--close", alarm.id, "--note", "the sample was mixed up")
    assert (answer.code, f"alarm {alarm.id} about model own is closed" in answer.err) == (0, True)
    assert abate.run("evaluate", "--close", alarm.id).code != 0
    with wiring.opened(Settings(home=home, text_model=str(learnt))) as kit, kit.store.read() as tx:
        assert kit.readers.silence.pairs == frozenset()
        closed = [tx.audit.opening(one.seq) for one in tx.audit.read() if one.tag == "operator:model:alarm_closed"]
    assert json.loads(closed[0].body)["by"] == OPERATOR
