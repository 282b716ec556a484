"""What a live answer knows while a long list is being followed, and what everybody else knows."""

import random
import threading
from dataclasses import dataclass, field, replace

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.errors import StoreError
from abate.domain.item import Item, Kind, Material
from abate.domain.signal import Signal, Span
from abate.extend.exchange import Listed
from abate.flows import banks, known, pipeline
from abate.matching import bank as matching_bank
from abate.testing import make_kit

LONG = known.FEW + 1


def code(number: int) -> str:
    return f"{number:064x}"


def add(kit, numbers) -> None:
    lines = [Listed(where="list", untrusted_type="sha256", untrusted_value=code(n)) for n in numbers]
    banks.add_listed(kit, "lantern", lines, by="lee")


def finds(knowledge, number: int, kit) -> bool:
    return any(knowledge.matcher.match([[Signal(type="sha256", value=code(number))]], at=kit.clock.now()))


@dataclass
class Held:
    """Following that stands still until it is let go."""

    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


@pytest.fixture
def kit(tmp_path):
    kit = make_kit(tmp_path)
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, by="lee")
    add(kit, [0])
    kit.known.at_hand(kit.store)
    return kit


@pytest.fixture
def held(monkeypatch):
    held, build = Held(), known.Known._build

    def waiting(self, tx, revision):
        held.begun.set()
        held.go.wait(10)
        if held.error:
            raise held.error
        return build(self, tx, revision)

    monkeypatch.setattr(known.Known, "_build", waiting)
    yield held
    held.go.set()


def beside(kit) -> None:
    kit.known._beside.join(10)


def test_who_changed_one_entry_and_then_asks_is_answered_by_it(kit):
    add(kit, [1])
    assert finds(kit.known.at_hand(kit.store), 1, kit)
    assert kit.known._beside is None, "nothing was put off"


def test_a_live_answer_does_not_wait_for_a_long_list(kit, held):
    add(kit, range(1, LONG + 1))
    before = kit.known.at_hand(kit.store)
    assert (finds(before, 0, kit), finds(before, 1, kit)) == (True, False)
    assert held.begun.wait(10)
    assert kit.known.at_hand(kit.store) is before, "a second question starts no second thread, and does not wait"
    held.go.set()
    beside(kit)
    after = kit.known.at_hand(kit.store)
    assert (finds(after, 0, kit), finds(after, LONG, kit)) == (True, True)


def test_a_live_answer_does_not_wait_for_somebody_who_follows_already(kit):
    add(kit, [1])
    with kit.known._lock:
        assert not finds(kit.known.at_hand(kit.store), 1, kit)
    beside(kit)
    assert finds(kit.known.at_hand(kit.store), 1, kit)


def test_who_stores_what_he_judges_waits_for_a_long_list(kit):
    add(kit, range(1, LONG + 1))
    with kit.store.read() as tx:
        assert finds(kit.known.current(tx), LONG, kit)


def test_what_cannot_be_followed_beside_the_answers_is_met_by_the_next_who_asks(kit, held):
    held.go.set()
    held.error = StoreError("it is down")
    add(kit, range(1, LONG + 1))
    assert finds(kit.known.at_hand(kit.store), 0, kit)
    beside(kit)
    with pytest.raises(StoreError, match="it is down"):
        kit.known.at_hand(kit.store)
    held.error = None
    assert finds(kit.known.at_hand(kit.store), LONG, kit)
    assert not kit.known._failed


class Motto:
    """A signal type that is found by looking for what the banks hold."""

    name, version, kinds = "motto", "1", frozenset({Kind.TEXT})
    index, radius, verified = "exact", 0, False

    def compute(self, material):
        return None

    def parse(self, value):
        return value

    def examples(self):
        return {"a": "a"}

    def seeker(self, values):
        return Mottoes(sorted(values))


@dataclass
class Mottoes:
    values: list[str]

    def find(self, text):
        places = ((value, text.find(value)) for value in self.values)
        return [
            Signal(type="motto", value=value, spans=(Span(start=at, end=at + len(value)),))
            for value, at in places
            if at >= 0
        ]


@pytest.fixture
def phrases(tmp_path):
    plain = make_kit(tmp_path)
    signals = plain.signals | {"motto": Motto()}
    kit = replace(plain, signals=signals, known=known.Known(signals=signals, indexes=plain.indexes))
    banks.create(kit, "mottoes", purpose=BankPurpose.KNOWN, by="lee")
    return kit


def met(kit, words: str):
    (scan,) = pipeline.scan(kit, [Item(id="1", kind=Kind.TEXT, text=words)])
    return [(match.entry, [(span.start, span.end) for span in match.spans]) for match in scan.matches]


def motto(kit, value: str) -> str:
    listed = Listed(where="list", untrusted_type="motto", untrusted_value=value)
    banks.add_listed(kit, "mottoes", [listed], by="lee")
    with kit.store.read() as tx:
        return next(entry.id for entry in tx.entries.find(bank="mottoes") if entry.value == value)


def test_a_phrase_is_found_from_the_moment_it_is_banked_until_it_is_taken_out(phrases):
    assert met(phrases, "by lamp and by oar") == []
    lamp = motto(phrases, "by lamp")
    assert met(phrases, "by lamp and by oar") == [(lamp, [(0, 7)])]
    oar = motto(phrases, "by oar")
    assert sorted(met(phrases, "by lamp and by oar")) == sorted([(lamp, [(0, 7)]), (oar, [(12, 18)])])
    add_other = Listed(where="list", untrusted_type="sha256", untrusted_value=code(7))
    banks.add_listed(phrases, "mottoes", [add_other], by="lee")
    before = phrases.known.at_hand(phrases.store).seekers
    banks.remove(phrases, "mottoes", [lamp], by="lee")
    assert met(phrases, "by lamp and by oar") == [(oar, [(12, 18)])]
    assert phrases.known.at_hand(phrases.store).seekers != before


def test_a_phrase_that_a_text_holds_is_printed_and_not_kept(phrases):
    motto(phrases, "by lamp")
    (scan,) = pipeline.take_in(phrases, [Item(id="1", kind=Kind.TEXT, text="by lamp and by oar")], by="lee")
    assert "motto" in {signal.type for signal in scan.signals}
    with phrases.store.read() as tx:
        assert {signal.type for signal in tx.signals.of_items(["1"])["1"]} >= {"text"}
        assert "motto" not in {signal.type for signal in tx.signals.of_items(["1"])["1"]}


def many_copies(kit, count: int) -> list[Listed]:
    plug = kit.signals["near_text"]
    texts = (f"{' '.join(random.Random(n).sample(WORDS, 24))}, number {n}" for n in range(count))
    read = (plug.compute(Material(item=Item(id="x", kind=Kind.TEXT, text=one))) for one in texts)
    return [Listed(where="list", untrusted_type="near_text", untrusted_value=one.value) for one in read]


WORDS = [
    f"{a}{b}{c}" for a in ("lan", "har", "fer") for b in ("ter", "bou", "ry") for c in ("nes", "ral", "mok", "tid")
]


@pytest.mark.parametrize("writable", [True, False])
def test_wordings_that_one_process_indexed_are_opened_by_the_next(tmp_path, monkeypatch, writable):
    monkeypatch.setattr(matching_bank, "WORTH_KEEPING", 20)
    kit = make_kit(tmp_path)
    banks.create(kit, "wordings", purpose=BankPurpose.KNOWN, by="lee")
    listed = many_copies(kit, 40)
    banks.add_listed(kit, "wordings", listed, by="lee")
    folder = tmp_path / "indexes"
    if not writable:
        folder.write_text("no folder")
    asked = [[Signal(type="near_text", value=one.untrusted_value)] for one in listed]
    answers = []
    for _ in range(2):
        started = known.Known(signals=kit.signals, indexes=kit.indexes, folder=folder)
        answers.append(started.at_hand(kit.store).matcher.match(asked, at=kit.clock.now()))
    assert answers[0] == answers[1]
    assert all(answers[0])
    assert [path.name for path in folder.glob("*")] == (["near_text.index"] if writable else [])
