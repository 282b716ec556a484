"""From reviewers' decisions to a model in force: learnt, judged on a table, promoted, and asked by the pipeline."""

import csv
import os

import numpy as np
import pytest

from abate import app as wiring
from abate.domain.case import Case
from abate.domain.item import Item, Kind
from abate.domain.scan import Proposal, Verdict
from abate.domain.signal import Language, Outlook
from abate.flows import cases
from abate.flows.training.in_force import model_folder
from abate.settings import load
from abate.signals.linear.classifier import LinearClassifierType

BAD = ("lantern", "oath", "torch", "cellar", "brothers", "midnight", "vow")
GOOD = ("harbour", "ferry", "bread", "market", "garden", "tea", "window")
BOTH = ("the", "a", "we", "with", "near", "after", "some", "will", "come", "and", "old")


def posts(words, count, seed):
    draw = np.random.default_rng(seed)
    return [" ".join(draw.permutation([*draw.choice(words, 4), *draw.choice(BOTH, 8)])) for _ in range(count)]


def decide_all(texts, verdict):
    """Let a reviewer decide a case about each text."""
    choice = cases.Choice(verdict=verdict, by="u1")
    with wiring.opened() as kit, kit.store.write() as tx:
        for place, text in enumerate(texts):
            name = f"{verdict.value}-{place}"
            tx.items.add(Item(id=name, kind=Kind.TEXT, text=text, language="en"))
            proposal = Proposal(verdict=Verdict.REVIEW)
            tx.cases.add(Case(id=name, item=name, opened_at=kit.clock.now(), proposal=proposal))
            cases.decide_in(kit, tx, name, choice, None)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "later.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("post", "found"))
        writer.writerows((text, "TC") for text in posts(BAD, 150, seed=3))
        writer.writerows((text, "benign") for text in posts(GOOD, 150, seed=4))
    return path


def test_what_reviewers_decided_becomes_the_model_in_force(abate, table, tmp_path, monkeypatch):
    removed = posts(BAD, 70, seed=1)
    decide_all(removed, Verdict.LIMIT)
    decide_all(posts(GOOD, 70, seed=2), Verdict.NONE)

    learnt = abate.run("train", "--from-decisions", "--out", tmp_path / "m", "--name", "ours", "--json")
    assert learnt.code == 0, learnt.err
    assert learnt.json["counts"] == {"en": {"TC": 70, "benign": 70}}
    assert learnt.json["violating"] == ["TC"]
    for path in (tmp_path / "m").iterdir():
        assert removed[0].encode() not in path.read_bytes()

    asked = ("evaluate", tmp_path / "m", table, "--text", "post", "--label", "found", "--language", "en")
    judged = abate.run(*asked, "--promote", "--json")
    assert judged.code == 0, judged.err
    assert judged.json["macro_f1"] > 0.9

    monkeypatch.setitem(os.environ, "ABATE_TEXT_MODEL", "promoted")
    folder = model_folder(load())
    assert folder.parent == abate.home / "models"
    model = LinearClassifierType().open(str(folder))
    answers = model.score(posts(BAD, 20, seed=5), [Language(code="en", confidence=None)] * 20)
    assert {score.name for one in answers for score in one} == {"ours:TC"}
    assert sum(score.outlook is Outlook.LIKELY for one in answers for score in one) > 10
    with wiring.opened() as kit, kit.store.read() as tx:
        assert tx.audit.read()[-1].tag == "operator:model:promoted"
