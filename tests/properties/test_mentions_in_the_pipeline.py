"""The mention rule over the whole proposal path: a real kit, real banks, every script, names plain and disguised.

Putting a name in, taking it out or putting another in its place never changes what is automatic, and never makes more
of an item than was made of it before.
"""

import unicodedata
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import SELF, Bank, BankPurpose, Entry
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.domain.signal import Context, ContextLabel, Language, Outlook, Score
from abate.flows import banks
from abate.flows.pipeline import scan, take_in
from abate.flows.text import TextReaders
from abate.signals.terms import Term, normalise_name
from abate.testing import NOON, make_kit
from examples import WHOLE_ANSWERS

NAMES = {
    "latin": "Order of the Grey Lantern",
    "latin, short": "OGLN",
    "arabic": "الفانوس الرمادي",
    "cyrillic": "Орден серого фонаря",
    "devanagari": "धूसर लालटेन संघ",
    "bengali": "ধূসর লণ্ঠন সংঘ",
    "tamil": "சாம்பல் விளக்கு சங்கம்",
    "thai": "ภาคีโคมไฟสีเทา",
    "han": "灰色灯笼会",
    "kana": "はいいろランタンのかい",
    "hangul": "회색등불단",
    "hebrew": "מסדר הפנס האפור",
    "georgian": "რუხი ფარნის ორდენი",
    "amharic": "ግራጫ ፋኖስ ማኅበር",
    "greek": "Τάγμα του Γκρίζου Φαναριού",
}
"""Invented names, one a script."""

DISGUISES = {
    "plain": lambda name: name,
    "shouted": str.upper,
    "dotted": ".".join,
    "spaced": " ".join,
    "drawn out": lambda name: name[:2] + name[2:3] * 5 + name[3:],
    "zero-width": "\u200b".join,
    "marked": "\u0301".join,
    "turned": lambda name: f"\u202e{name}\u202c",
    "full-width": lambda name: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name),
    "leet": lambda name: name.translate(str.maketrans("aeio", "4310")),
    "mixed": lambda name: name.translate(str.maketrans("aeop", "аеор")),
    "taken apart": lambda name: unicodedata.normalize("NFD", name),
    "owned": lambda name: f"{name}'s",
    "in brackets": lambda name: f"«{name}»",
    "with a clitic": lambda name: f"و{name}",
}

KNOWN_TEXT = (
    "The lamp at the harbour is lit at noon and put out at dusk by whoever passes the gate last, says the keeper, and "
    "nobody has yet been seen to do it twice in the same week."
)
TERM = "whoever passes the gate"


@dataclass
class Scripted:
    """Readers whose answers hang on every letter that they are given: the worst that a model may do."""

    name: str = "scripted"
    version: str = "1"

    def identify(self, texts):
        return [Language(code=("en", "ar", "ru")[sum(map(ord, text)) % 3], confidence=0.9) for text in texts]

    def score(self, texts, languages):
        outlooks = [*Outlook]
        return [
            (
                Score(
                    name="scripted:abuse",
                    probability=sum(map(ord, text)) % 101 / 100,
                    outlook=outlooks[(len(text) + ord(language.code[0])) % len(outlooks)],
                ),
            )
            for text, language in zip(texts, languages, strict=True)
        ]

    def read(self, texts, languages):
        labels = [*ContextLabel]
        return [Context(label=labels[sum(map(ord, text)) % len(labels)], probability=0.5) for text in texts]


def name_entry(number, name):
    return Entry(
        id=f"n{number}",
        bank="un",
        signal_type="name",
        value=normalise_name(name),
        label=name,
        ref=f"X.{number}",
        added_at=NOON,
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A kit that knows the names, one text, one phrase and one file, which this platform confirmed; and the files."""
    home = tmp_path_factory.mktemp("mentions")
    kit = make_kit(home)
    files = {True: home / "known.bin", False: home / "unknown.bin"}
    files[True].write_bytes(b"a lamp, known")
    files[False].write_bytes(b"a lamp, unknown")
    with kit.store.write() as tx:
        tx.banks.add(Bank(name="un", purpose=BankPurpose.DESIGNATED, created_at=NOON))
        tx.banks.add(Bank(name="lamps", purpose=BankPurpose.KNOWN, group="Lamplighters", created_at=NOON))
        tx.entries.add_many([name_entry(number, name) for number, name in enumerate(NAMES.values())])
    read = scan(
        kit, [Item(id="k", kind=Kind.FILE, path=str(files[True])), Item(id="t", kind=Kind.TEXT, text=KNOWN_TEXT)]
    )
    entries = [
        Entry(
            id=f"e{n}-{signal.type}",
            bank="lamps",
            signal_type=signal.type,
            value=signal.value,
            sources=(SELF,),
            added_at=NOON,
        )
        for n, found in enumerate(read)
        for signal in found.signals
    ]
    entries.append(
        Entry(id="phrase", bank="lamps", signal_type="term", value=Term().parse(TERM), sources=(SELF,), added_at=NOON)
    )
    with kit.store.write() as tx:
        tx.entries.add_many(entries)
        banks.bank_changed(tx)
    return kit, files


@pytest.fixture(scope="module")
def reading(world):
    """The same world, with readers of language, score and context."""
    kit, files = world
    scripted = Scripted()
    readers = TextReaders(language=scripted, context=scripted, classifiers=(scripted,))
    return make_kit(kit.settings.home, store=kit.store, clock=kit.clock, readers=readers), files


words = st.text(
    st.one_of(st.characters(), st.sampled_from("abc \n.'’ \u200bابجдежकখ灰")).filter(lambda c: c != "\x00"), max_size=30
)
texts = st.one_of(words, st.just(KNOWN_TEXT), st.builds("{} {}".format, words, st.just(f"so {TERM}")))
named = st.builds(
    lambda name, disguise: DISGUISES[disguise](NAMES[name]), st.sampled_from([*NAMES]), st.sampled_from([*DISGUISES])
)
kinds = st.sampled_from(["text", "known file", "unknown file", "picture"])


def item(kind, text, files, number="1"):
    if kind == "text":
        return Item(id=number, kind=Kind.TEXT, text=text)
    file_kind = Kind.PHOTO if kind == "picture" else Kind.FILE
    return Item(id=number, kind=file_kind, text=text, path=str(files[kind != "unknown file"]))


def with_name(text, name, at):
    """Put the name in as a word of its own, or in the place of one."""
    return f"{text[:at]} {name} {text[at:]}"


@WHOLE_ANSWERS
@given(texts, named, named, st.integers(0, 30), kinds)
def test_a_name_put_in_or_changed_for_another_makes_nothing_automatic_and_nothing_more(
    world, text, name, other, at, kind
):
    kit, files = world
    variants = [
        text,
        with_name(text, name, at),
        with_name(text, other, at),
        with_name(with_name(text, name, at), other, 0),
    ]
    before, *after = [one.proposal for one in scan(kit, [item(kind, variant, files) for variant in variants])]
    for proposal in after:
        assert proposal.automatic == before.automatic
        assert proposal.verdict.severity <= before.verdict.severity
        if kind != "text":
            assert (proposal.verdict is Verdict.LIMIT) == (before.verdict is Verdict.LIMIT)


@WHOLE_ANSWERS
@given(named, named, st.sampled_from(["text", "unknown file"]), st.booleans())
def test_names_alone_propose_nothing_at_all(world, name, other, kind, repeated):
    kit, files = world
    text = " ".join([name, other] * (50 if repeated else 1))
    (found,) = scan(kit, [item(kind, text, files)])
    assert (found.matches, found.proposal.verdict, found.proposal.automatic) == ((), Verdict.NONE, False)


@WHOLE_ANSWERS
@given(st.sampled_from([*NAMES]), st.sampled_from([*NAMES]), st.integers(0, 200), kinds)
def test_whatever_a_model_makes_of_each_letter_a_name_put_in_changes_no_proposal(reading, name, other, at, kind):
    """The name is what the bank holds, as a word of its own; the text around it names nobody."""
    kit, files = reading
    text = "the lamp at the quay was lit twice this week and nobody saw by whom"
    at = text.find(" ", at % 50)
    plain, *variants = [
        item(kind, text, files),
        *[item(kind, f"{text[:at]} {NAMES[one]}{text[at:]}", files) for one in (name, other)],
        item(kind, f"{NAMES[name]} {text}\n{NAMES[other]}", files),
    ]
    before, *after = scan(kit, [plain, *variants])
    for found in after:
        assert found.mentions
        assert found.proposal == before.proposal
        assert found.scores == before.scores


@pytest.mark.parametrize("script", NAMES)
def test_each_name_is_seen_in_its_script(world, script):
    """Otherwise the laws above would hold for want of mentions."""
    kit, _ = world
    (found,) = scan(kit, [Item(id="1", kind=Kind.TEXT, text=f"so said, {NAMES[script]}, at noon")])
    assert [mention.name for mention in found.mentions] == [NAMES[script]]


@pytest.mark.parametrize("disguise", sorted(set(DISGUISES) - {"leet", "mixed"}))
def test_nothing_that_only_names_is_stored_as_more_than_received(tmp_path, disguise):
    kit = make_kit(tmp_path)
    with kit.store.write() as tx:
        tx.banks.add(Bank(name="un", purpose=BankPurpose.DESIGNATED, created_at=NOON))
        tx.entries.add_many([name_entry(number, name) for number, name in enumerate(NAMES.values())])
    numbers = map(str, count())
    items = [
        Item(id=next(numbers), kind=Kind.TEXT, text=f"so {DISGUISES[disguise](name)} met") for name in NAMES.values()
    ]
    assert {one.proposal.verdict for one in take_in(kit, items, by="tester")} == {Verdict.NONE}
    with kit.store.read() as tx:
        assert not list(tx.cases.find())
        assert {event.step.value for event in tx.history.read()} == {"received"}


@pytest.mark.needs_data("list_un_entities", "news_en_pud", "news_ar_pud")
def test_no_listed_organisations_name_in_the_news_proposes_anything(tmp_path, data):
    """Every name and alias of the list, put into a sentence of the news as listed and disguised; and without it."""
    from abate.exchange.designated_names import DesignatedNames

    kit = make_kit(tmp_path)
    with kit.store.write() as tx:
        tx.banks.add(Bank(name="un", purpose=BankPurpose.DESIGNATED, created_at=NOON))
    listed = list(DesignatedNames().read(data / "list_un_entities/entities.jsonl"))
    banks.add_listed(kit, "un", iter(listed), by="tester")
    sentences = [
        line.split("\t")[2]
        for language in ("en", "ar")
        for line in (data / f"news_{language}_pud/sentences.tsv").read_text("utf-8").splitlines()[1:]
    ]
    found = []
    for number, row in enumerate(listed):
        sentence = sentences[number * 7 % len(sentences)]
        middle = sentence.find(" ", len(sentence) // 2)
        disguise = [*DISGUISES.values()][number % len(DISGUISES)]
        texts_ = (
            sentence,
            f"{sentence[:middle]} {row.untrusted_value} {row.label}{sentence[middle:]}",
            f"{sentence[:middle]} {disguise(row.untrusted_value)}{sentence[middle:]}",
        )
        found += scan(kit, [Item(id=str(n), kind=Kind.TEXT, text=text) for n, text in enumerate(texts_)])
    assert {(one.proposal.verdict, one.proposal.automatic) for one in found} == {(Verdict.NONE, False)}
    assert all(one.mentions for one in found[1::3])
