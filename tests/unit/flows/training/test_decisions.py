"""Learning from what people decided: theirs, in force, the newest of an item; and no others."""

import pytest

from abate.domain.case import Case, Ground
from abate.domain.errors import InputError
from abate.domain.item import Item, Kind
from abate.domain.scan import Proposal, Verdict
from abate.flows import cases
from abate.flows.training.decisions import LEAST_OF_A_GROUND, OTHER, from_decisions
from abate.testing.fakes import make_kit


@pytest.fixture
def kit(tmp_path):
    return make_kit(tmp_path / "home")


def unread(texts):
    return [f"read:{text}" for text in texts]


def opened(kit, name, *, text="the lamp", kind=Kind.TEXT, language="", case="", automatic=False):
    proposal = Proposal(verdict=Verdict.LIMIT, automatic=automatic)
    with kit.store.write() as tx:
        if not tx.items.find(id=name):
            tx.items.add(Item(id=name, kind=kind, text=text, language=language))
        tx.cases.add(Case(id=case or f"case-{name}", item=name, opened_at=kit.clock.now(), proposal=proposal))
    return case or f"case-{name}"


def decided(kit, name, verdict, ground=Ground.TERMS, **of):
    case = opened(kit, name, **of)
    cases.decide(kit, case, verdict=verdict, ground=ground, by="u1")
    kit.clock.move(minutes=1)
    return case


def learnt(kit):
    rows = from_decisions(kit.store, unread)
    return dict(zip(rows.texts, rows.labels, strict=True))


def test_removed_and_limited_are_violations_by_ground_and_left_alone_is_benign(kit):
    for place in range(LEAST_OF_A_GROUND):
        decided(kit, f"r{place}", Verdict.REMOVE, text=f"removed {place}")
    decided(kit, "l", Verdict.LIMIT, Ground.DSA_ART16, text="limited")
    decided(kit, "n", Verdict.NONE, text="kept")
    labels = learnt(kit)
    assert labels["removed 0"] == "TC"
    assert labels["limited"] == OTHER
    assert labels["kept"] == "benign"


def test_what_was_taken_back_teaches_nothing(kit):
    decided(kit, "kept", Verdict.NONE, text="kept")
    cases.undo(kit, decided(kit, "back", Verdict.REMOVE, text="taken back"), by="u1")
    assert learnt(kit) == {"kept": "benign"}


def test_what_the_rules_did_teaches_nothing(kit):
    decided(kit, "kept", Verdict.NONE, text="kept")
    case = opened(kit, "auto", text="limited by the rules", automatic=True)
    with kit.store.write() as tx:
        cases.limit_automatically(kit, tx, tx.cases.get(case), tx.items.get("auto"))
    assert learnt(kit) == {"kept": "benign"}


def test_an_item_has_the_label_of_its_newest_decision(kit):
    decided(kit, "a", Verdict.REMOVE, text="twice")
    decided(kit, "a", Verdict.NONE, case="second")
    assert learnt(kit) == {"twice": "benign"}


def test_items_without_a_text_are_passed_over(kit):
    decided(kit, "photo", Verdict.REMOVE, text="", kind=Kind.PHOTO)
    with pytest.raises(InputError, match="no decision of a person about a text"):
        from_decisions(kit.store, unread)


def test_the_language_is_the_platforms_else_read_off_the_text(kit):
    decided(kit, "a", Verdict.NONE, text="one", language="EN-gb")
    decided(kit, "b", Verdict.NONE, text="two")
    assert from_decisions(kit.store, unread).languages == ("en", "read:two")
