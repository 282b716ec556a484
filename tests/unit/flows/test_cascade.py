"""The large model behind the quick ones: which texts it is asked about, how few, and what becomes of its word."""

from dataclasses import dataclass, field

import pytest

from abate import app as wiring
from abate.domain.bank import Match
from abate.domain.errors import InputError
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import Context, ContextLabel, Language, Mention, NotScanned, Outlook, Score, Span
from abate.flows import pipeline, text
from abate.flows.cascade import KEPT, WINDOW, Cascade
from abate.flows.deciding import Deciders, Terms
from abate.flows.text import TextReaders
from abate.policy.builtin import propose
from abate.settings import Settings
from abate.signals.onnx.classifier import OnnxClassifierType
from abate.signals.onnx.folder import Description, describe, seal
from abate.testing.fakes import make_kit

ENGLISH = Language(code="en", confidence=0.9)
MET = Match(bank="b", entry="e", signal_type="term", distance=0, sources=("self",))
LOOKED = Match(bank="b", entry="e", signal_type="term", distance=0, ceiling=Verdict.NONE)


@dataclass
class Big:
    """A large model that remembers what it was asked, and says the same of every text."""

    name: str = "big"
    version: str = "1"
    outlook: Outlook = Outlook.LIKELY
    asked: list[list[str]] = field(default_factory=list)

    def score(self, texts, languages):
        self.asked.append(list(texts))
        assert len(languages) == len(texts)
        return [(Score(name="big:abuse", probability=0.9, outlook=self.outlook),) for _ in texts]

    @property
    def seen(self) -> list[str]:
        return [one for call in self.asked for one in call]


@dataclass
class Quick:
    """A quick model that reads its answer off the text: ``outlook probability …``."""

    name: str = "quick"
    version: str = "1"
    least: float | None = 0.8

    def score(self, texts, languages):
        told = [one.split() for one in texts]
        return [(Score(name="quick:abuse", probability=float(p), outlook=Outlook(out)),) for out, p, *_ in told]

    def threshold(self, language):
        return self.least if language == "en" else None


@dataclass
class Read:
    """A context reader that reads its answer off the text's third word."""

    name: str = "read"
    asked: list[str] = field(default_factory=list)

    def read(self, texts, languages):
        self.asked += texts
        return [Context(label=ContextLabel(one.split()[2]), probability=0.9) for one in texts]


def one(words: str, **more) -> Evidence:
    return Evidence(item=Item(id=words, kind=Kind.TEXT, text=words, language="en"), **more)


def asked(evidence, *, share=WINDOW, big=None, **more):
    big = big or Big()
    quick = Quick(**more)
    readers = TextReaders(context=Read(), classifiers=(quick,), big=Cascade(big, share=share, quick=[quick]))
    told = text.read(readers, evidence, [[Span(start=m.start, end=m.end) for m in x.mentions] for x in evidence])
    return big, told


@pytest.mark.parametrize(
    ("words", "matches", "is_read"),
    [
        ("uncertain 0.5 neutral", (), True),
        ("unknown 0.5 neutral", (), True),
        ("unlikely 0.1 neutral", (), False),
        ("likely 0.9 neutral", (), True),  # it is before a person anyway
        ("unlikely 0.1 neutral", (MET,), True),
        ("unlikely 0.1 neutral", (LOOKED,), False),  # its bank asks for nothing, and nothing is open
        ("uncertain 0.5 neutral", (LOOKED,), True),
        ("likely 0.9 report", (), False),  # its word would change nothing
        ("uncertain 0.5 counter_speech", (), False),
        ("unknown 0.5 academic_legal", (), False),
        ("unlikely 0.1 report", (MET,), True),
    ],
)
def test_it_reads_what_is_open_or_before_a_person_and_nothing_about_which_it_could_change_nothing(
    words, matches, is_read
):
    big, ((told, problems),) = asked([one(words, matches=matches)])
    assert big.seen == ([words] if is_read else [])
    assert [score.name for score in told.scores] == ["quick:abuse", *(["big:abuse"] if is_read else [])]
    assert problems == ()


def test_its_word_stands_under_the_same_guard_as_any_score():
    _, ((told, _),) = asked([one("uncertain 0.5 neutral")])
    assert propose(told, frozenset()).verdict is Verdict.REVIEW
    assert not propose(told, frozenset()).automatic
    _, ((told, _),) = asked([one("uncertain 0.5 neutral")], big=Big(outlook=Outlook.UNCERTAIN))
    assert propose(told, frozenset()).verdict is Verdict.NONE
    _, ((told, _),) = asked([one("likely 0.9 neutral")], big=Big(outlook=Outlook.UNLIKELY))
    assert propose(told, frozenset()).verdict is Verdict.REVIEW  # nor does it keep anything from a person


@pytest.mark.parametrize("outlook", list(Outlook))
@pytest.mark.parametrize("context", list(ContextLabel))
def test_a_name_that_is_put_in_changes_nothing_of_what_it_reads(outlook, context):
    named = Mention(name="Grey Lantern", list="UN", ref="1", start=len(outlook) + 1, end=len(outlook) + 13)
    without, ((bare, _),) = asked([one(f"{outlook} 0.5 {context}")])
    within, ((told, _),) = asked([one(f"{outlook} Grey Lantern 0.5 {context}", mentions=(named,))])
    assert (within.seen, told.scores) == (without.seen, bare.scores)


def test_those_nearest_to_the_threshold_of_their_language_come_first():
    probabilities = (0.1, 0.79, 0.5, 0.95, 0.6)
    batch = [one(f"uncertain {p} neutral") for p in probabilities]
    big, _ = asked([one("unlikely 0.1 neutral", matches=(MET,)), *batch], share=3)
    assert [float(words.split()[1]) for words in big.seen] == [0.79, 0.95, 0.6]
    big, _ = asked(batch, share=2, least=None)
    assert [float(words.split()[1]) for words in big.seen] == [0.5, 0.6]


def test_what_no_quick_model_scored_comes_last():
    big = Big()
    cascade = Cascade(big, share=2)
    scored = one("b", matches=(MET,), scores=(Score(name="other:x", probability=0.1, outlook=Outlook.UNLIKELY),))
    cascade.read([one("a", matches=(MET,)), scored, one("c", matches=(MET,))], ["a", "b", "c"])
    assert big.seen == ["b", "a"]


def test_the_probabilities_of_one_model_count_together_against_its_threshold():
    big, quick = Big(), Quick(least=0.8)
    two = tuple(Score(name=f"quick:{x}", probability=0.4, outlook=Outlook.UNCERTAIN) for x in "ab")
    single = (Score(name="quick:a", probability=0.7, outlook=Outlook.UNCERTAIN),)
    batch = [one("a", scores=single, language=ENGLISH), one("b", scores=two, language=ENGLISH)]
    Cascade(big, share=1, quick=[quick]).read(batch, ["a", "b"])
    assert big.seen == ["b"]


def stream(cascade, size, *, start=0, batch=50):
    """Give the cascade texts that it would all like to read."""
    for first in range(start, start + size, batch):
        words = [f"t{number}" for number in range(first, min(first + batch, start + size))]
        cascade.read([one(word, matches=(MET,)) for word in words], words)


def test_of_a_thousand_texts_it_reads_its_share_and_then_waits_for_the_window_to_pass():
    big = Big()
    stream(Cascade(big, share=5), 2_500)
    places = [int(word[1:]) for word in big.seen]
    assert places == [*range(5), *range(1000, 1005), *range(2000, 2005)]


def test_a_text_that_was_met_before_neither_counts_nor_is_read_again():
    big, words = Big(), ["a", "b", "c", "a"]
    cascade = Cascade(big, share=2)
    batch = [one(word, matches=(MET,)) for word in words]
    first = cascade.read(batch, words)
    again = cascade.read(batch, words)
    assert big.asked == [["a", "b"]]
    assert first == again
    assert [bool(answer) for answer in first] == [True, True, False, True]
    stream(cascade, WINDOW - 3)
    assert big.seen == ["a", "b"]
    stream(cascade, 1, start=WINDOW)
    assert big.seen == ["a", "b", f"t{WINDOW}"]


def test_what_was_said_is_forgotten_when_enough_was_said_since():
    big = Big()
    cascade = Cascade(big, share=WINDOW)
    stream(cascade, KEPT + 1, batch=500)
    stream(cascade, 1)
    assert big.seen[-1] == "t0"
    assert len(cascade._said) == KEPT


def test_the_same_words_in_another_language_are_another_text():
    big = Big()
    pashto = Language(code="ps", confidence=1)
    batch = [one("a", matches=(MET,), language=ENGLISH), one("a", matches=(MET,), language=pashto)]
    Cascade(big, share=5).read(batch, ["a", "a"])
    assert big.seen == ["a", "a"]


def test_half_a_character_is_read_like_any_other():
    big = Big()
    Cascade(big, share=5).read([one("\ud800", matches=(MET,))], ["\ud800"])
    assert big.seen == ["\ud800"]


def test_without_a_context_reader_and_quick_models_what_met_something_is_read():
    big = Big()
    evidence = [one("a", matches=(MET,)), one("b"), Evidence(item=Item(id="c", kind=Kind.PHOTO), matches=(MET,))]
    told = text.read(TextReaders(big=Cascade(big, share=5)), evidence, [(), (), ()])
    assert big.asked == [["a"]]
    assert [len(each.scores) for each, _ in told] == [1, 0, 0]


def test_whoever_waits_for_an_answer_does_not_wait_for_the_large_model(home):
    big, quick = Big(), Quick()
    readers = TextReaders(context=Read(), classifiers=(quick,), big=Cascade(big, share=5, quick=[quick]))
    kit = make_kit(home, readers=readers)
    item = Item(id="1", kind=Kind.TEXT, text="uncertain 0.5 neutral")
    deciders = Deciders(kit)
    decided = deciders.decide(item, Terms(deadline_s=60, closed=False))
    deciders.close()
    assert (decided.in_time, len(decided.scan.scores), big.seen) == (True, 1, [])
    (scan,) = pipeline.take_in(kit, [item], by="test")
    assert (len(scan.scores), big.seen) == (2, [item.text])
    assert scan.proposal.verdict is Verdict.REVIEW


@pytest.fixture
def folder(tmp_path):
    """Makes a folder with a tiny model in it."""
    pytest.importorskip("onnx", reason="pip install '.[oracles]'")
    pytest.importorskip("onnxruntime", reason="pip install '.[onnx]'")
    pytest.importorskip("tokenizers", reason="pip install '.[onnx]'")
    tiny_onnx = pytest.importorskip("tiny_onnx")

    def make(kind="word_counter", **said):
        place = tmp_path / "big"
        place.mkdir()
        tiny_onnx.put(place, getattr(tiny_onnx, kind)())
        describe(
            place, Description(**{"name": "weather", "labels": ("fine", "rough"), "rest": "fine", "pad": 1} | said)
        )
        seal(place)
        return place

    return make


def test_what_it_did_not_read_in_time_says_so_and_costs_nothing_else(folder):
    big = OnnxClassifierType().open(str(folder("endless", seconds=0.1, batch=1)))
    cascade = Cascade(big, share=5)
    batch = [one("storm calm", matches=(MET,), language=ENGLISH), one("calm", language=ENGLISH)]
    told = text.read(TextReaders(context=None, big=cascade), batch, [(), ()])
    (met, problems), (other, none) = told
    assert [problem.step for problem in problems] == ["score"]
    assert "weather did not answer within 0.1 seconds" in problems[0].reason
    assert (met.matches, met.scores, other.scores, none) == ((MET,), (), (), ())
    again = cascade.read(batch, ["storm calm", "calm"])
    assert isinstance(again[0], NotScanned)  # a batch that is judged again does not wait again


def opened(tmp_path, **settings):
    with wiring.opened(Settings(home=tmp_path / "home", sandbox="off", decoders=1, **settings)) as kit:
        return kit.readers


def test_the_settings_name_the_large_model(folder, tmp_path):
    assert opened(tmp_path).big is None
    readers = opened(tmp_path, big_model=str(folder()), text_model="proxy-ranker")
    assert readers.big is not None
    (answer,) = readers.big.read([one("storm", matches=(MET,))], ["storm"])
    assert [score.name for score in answer] == ["weather:rough"]


@pytest.mark.parametrize("share", [0, 1001])
def test_a_share_that_cannot_be_is_refused_at_the_start(share, tmp_path):
    with pytest.raises(InputError, match=f"big_model_share wants 1 to 1000, not {share}"):
        opened(tmp_path, big_model="x", big_model_share=share)


def test_a_folder_without_a_model_or_with_a_broken_one_is_refused_at_the_start_in_one_sentence(folder, tmp_path):
    with pytest.raises(InputError, match="setting big_model names 'nowhere', and no sealed model lies there"):
        opened(tmp_path, big_model="nowhere")
    place = folder()
    (place / "model.onnx").write_bytes(b"other")
    with pytest.raises(InputError, match=r"model\.onnx.*manifest"):
        opened(tmp_path, big_model=str(place))
    (place / "manifest.json").write_text('{"kind": "somebody-elses"}')
    with pytest.raises(InputError, match=r"no installed plug opens; .* name another big_model"):
        opened(tmp_path, big_model=str(place))


def test_two_models_of_one_name_are_refused_at_the_start(folder, tmp_path):
    with pytest.raises(InputError, match="models that are both called proxy-ranker"):
        opened(tmp_path, big_model=str(folder(name="proxy-ranker")), text_model="proxy-ranker")
