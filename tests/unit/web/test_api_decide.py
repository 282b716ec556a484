"""/v1/decide: one answer in time, stated open or closed, and nothing kept of the question."""

import base64
import threading

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.errors import InputError
from abate.domain.item import Item, Kind
from abate.domain.person import Permission, Role
from abate.domain.scan import Verdict
from abate.flows import banks, deciding
from abate.flows.deciding import Deciders, Terms
from abate.testing import make_kit

WORDS = "The Order of the Grey Lantern lights the harbour tonight, bring the grey flame and tell nobody."


@pytest.fixture
def ask(site, tmp_path):
    banks.create(site.kit, "lantern", purpose=BankPurpose.KNOWN, by="lead")
    (tmp_path / "known.txt").write_text(WORDS, "utf-8")
    banks.add_files(site.kit, "lantern", [tmp_path / "known.txt"], by="lead")
    bearer = site.bearer(Role.ADMIN, scopes=[Permission.ITEMS_SUBMIT])

    def sent(query="", **fields):
        body = {"id": "x", "kind": "text", **fields}
        return site.client.post(f"/v1/decide{query}", json=body, headers=bearer)

    return sent


def files(kit):
    return [path for path in (kit.settings.home / "media").rglob("*") if path.is_file()]


def test_an_answer_has_the_shape_of_a_scan_and_keeps_nothing(ask, site):
    answer = ask(text=WORDS).json()
    assert (answer["decided"], answer["fail"], answer["proposal"]["action"]) == (True, "open", "review")
    assert answer["matches"][0]["bank"] == "lantern"
    with site.kit.store.read() as tx:
        assert tx.items.count() == tx.cases.count() == 0
    assert ask(text="Good morning, harbour, and good night.").json()["proposal"]["action"] == "none"
    content = base64.b64encode(b"some bytes").decode()
    assert {one["type"] for one in ask(kind="file", content=content).json()["signals"]} == {"sha256", "md5"}
    assert files(site.kit) == []


@pytest.mark.parametrize(("fail", "action"), [("open", "none"), ("closed", "review")])
def test_what_cannot_be_read_is_answered_as_stated(ask, fail, action):
    content = base64.b64encode(b"no picture").decode()
    answer = ask(f"?fail={fail}", kind="photo", content=content).json()
    assert (answer["decided"], answer["fail"], answer["proposal"]["action"]) == (False, fail, action)
    assert answer["proposal"]["automatic"] is False
    assert [problem["step"] for problem in answer["not_scanned"]][-1] == "decide"


@pytest.mark.parametrize("query", ["?fail=maybe", "?deadline_ms=0", "?deadline_ms=10001"])
def test_terms_that_cannot_be_meant_are_refused(ask, query):
    assert ask(query, text="x").status_code == 422


def test_a_broken_item_is_refused_like_anywhere(ask, site):
    assert ask(kind="tune").status_code == 422
    assert ask(kind="file", content="").status_code == 422
    assert files(site.kit) == []


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """Deciders whose looks wait until they are let go."""
    kit, go, begun = make_kit(tmp_path), threading.Event(), []
    signal = deciding.pipeline.signal

    def waiting(kit, received):
        begun.append(received)
        go.wait(10)
        return signal(kit, received)

    monkeypatch.setattr(deciding.pipeline, "signal", waiting)
    made = Deciders(kit)
    yield made, go, begun
    go.set()
    made.close()


ITEM = Item(id="x", kind=Kind.TEXT, text="Good morning")


@pytest.mark.parametrize(("closed", "verdict"), [(False, Verdict.NONE), (True, Verdict.REVIEW)])
def test_who_is_late_is_answered_as_stated(slow, closed, verdict, tmp_path):
    deciders, go, _ = slow
    lent = tmp_path / "lent"
    lent.write_bytes(b"x")
    answer = deciders.decide(ITEM, Terms(deadline_s=0.01, closed=closed), forget=lent)
    assert (answer.in_time, answer.scan.proposal.verdict) == (False, verdict)
    assert "no answer within 10 ms" in answer.scan.not_scanned[-1].reason
    assert lent.exists(), "it is being read"
    go.set()
    deciders.close()
    assert not lent.exists()


def test_more_than_there_is_room_for_is_answered_at_once(slow, monkeypatch, tmp_path):
    deciders, go, begun = slow
    deciders._room = threading.BoundedSemaphore(deciding.AT_ONCE + 1)
    lent = [tmp_path / str(place) for place in range(deciding.AT_ONCE + 2)]
    for path in lent:
        path.write_bytes(b"x")
    terms = Terms(deadline_s=0.01, closed=True)
    answers = [deciders.decide(ITEM, terms, forget=path) for path in lent]
    assert "no answer within" in answers[-2].scan.not_scanned[-1].reason
    assert not lent[-2].exists(), "it was never begun"
    go_back = answers[-1].scan.not_scanned[-1].reason
    assert len(begun) == deciding.AT_ONCE
    go.set()
    assert "no answer within" in go_back or "too much is asked at once" in go_back


def test_a_full_room_is_said(slow):
    deciders, _, _ = slow
    deciders._room = threading.BoundedSemaphore(1)
    terms = Terms(deadline_s=0.01, closed=False)
    deciders.decide(ITEM, terms)
    assert "too much is asked at once" in deciders.decide(ITEM, terms).scan.not_scanned[-1].reason


def test_a_setting_that_states_neither_ends_the_start(tmp_path):
    with pytest.raises(InputError, match="setting decide_fail wants open or closed, not 'shut'"):
        Deciders(make_kit(tmp_path, settings={"decide_fail": "shut"}))
