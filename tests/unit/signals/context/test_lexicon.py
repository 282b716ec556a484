"""How cues are found, held against the definition written out in Python, and what the lists may hold."""

import random
from collections import Counter

import numpy as np
import pytest

from abate.signals.context import kernel, lexicon
from abate.signals.context.lexicon import BEFORE, BEHIND, Lexicon, counted, lexicon_of
from abate.signals.context.lists import KINDS, MARKS, WIDTH, cues_of, languages, listed
from abate.signals.normal import light

CODES = languages()
EMPTY = {kind: [] for kind in KINDS}


def made(language="xx", **cues):
    return Lexicon(language, {**EMPTY, **cues})


def found(book, text):
    """The counts that are not zero, by name; cues inside a quotation as ``quoted KIND``."""
    names = [*KINDS, *(f"quoted {kind}" for kind in KINDS), *MARKS]
    return {name: int(n) for name, n in zip(names, book.counts([light(text)])[0], strict=True) if n}


def test_a_cue_is_found_at_word_boundaries_only():
    book = made(say=["said"], source=["news agency"])
    assert found(book, "He said; unsaid, saidst. A news  agency, a news-agency") == {"say": 1, "source": 1}


def test_a_cue_with_a_star_may_go_on():
    book = made(denounce=["condemn*"])
    assert found(book, "condemn, condemned, condemnation, uncondemned") == {"denounce": 3}


def test_the_longest_cue_counts_alone():
    book = made(call=["join us"], refuse=["do not join us"], we=["us"])
    assert found(book, "Do not join us") == {"refuse": 1}
    assert found(book, "Join us! And us.") == {"call": 1, "we": 1, "exclamation": 1}


def test_what_stands_in_a_quotation_is_counted_apart():
    book = made(hostile=["scum"], denounce=["shameful"])
    assert found(book, 'Shameful to say "scum" of anyone') == {"denounce": 1, "quoted hostile": 1, "quotation": 1}
    assert found(book, "«scum» and „scum“ are shameful") == {"denounce": 1, "quoted hostile": 2, "quotation": 2}


def test_a_quotation_that_is_never_closed_quotes_nothing():
    book = made(hostile=["scum"])
    assert found(book, '"they are scum') == {"hostile": 1}
    assert found(book, 'a "scum" b "scum') == {"hostile": 1, "quoted hostile": 1, "quotation": 1}


def test_marks_and_runs_of_digits_are_counted():
    assert found(made(), "Why? Why؟ 2026-11-28!") == {"question": 2, "exclamation": 1, "digits": 3}


def test_arabic_cues_are_found_with_what_is_written_onto_them():
    book = made("ar", source=["شرطة"], wire=["بيان"])
    assert found(book, "والشرطة وللشرطة بالشرطة شرطتها") == {"source": 3}
    assert found(book, "بيان وبيانهم تبيان") == {"wire": 2}
    assert found(made("fa", source=["شرطة"]), "والشرطة") == {}


def test_a_short_arabic_cue_carries_nothing():
    assert found(made("ar", we=["لنا"]), "لنا ولنا") == {"we": 1}


def test_spellings_that_writers_mix_are_one():
    assert found(made("ar", say=["أعلنت"]), "أَعْلَنَتْ اعلنت إعلنت") == {"say": 3}
    assert found(made("fa", say=["می‌گوید"]), "می‌گوید ميگويد") == {"say": 2}
    assert found(made("tr", wire=["ajansı"]), "AJANSI ajansı AJANSİ") == {"wire": 3}
    assert found(made("en", refuse=["don't share"]), "Don’t share! DON'T SHARE") == {"refuse": 2, "exclamation": 1}


def test_ideographs_and_pictures_end_a_word():
    assert found(made("en", i=["i"]), "i😀 中i") == {"i": 2}


def test_space_beside_a_mark_does_not_matter():
    book = made("en", say=["he said"], refuse=["don't"])
    assert found(book, "( he said ) don ' t") == found(book, "(he said) don't") == {"say": 1, "refuse": 1}


@pytest.mark.parametrize("code", CODES)
def test_every_cue_of_a_list_is_found_by_itself(code):
    book = lexicon_of(code)
    for kind, cues in cues_of(code).items():
        counts = book.counts([light(cue.removesuffix("*")) for cue in cues])
        of_kind = counts[:, KINDS.index(kind)]
        # A cue may stand in the lists of two kinds; it then counts for the first.
        others = counts[:, : len(KINDS)].sum(axis=1)
        assert (others == 1).all(), [cue for cue, n in zip(cues, others, strict=True) if n != 1]
        assert of_kind.mean() > 0.8


@pytest.mark.parametrize("code", CODES)
def test_a_list_holds_words_and_no_digits_or_marks(code):
    for cue in (cue.removesuffix("*") for cues in cues_of(code).values() for cue in cues):
        assert cue == cue.strip() != "", code
        assert all(letter.isalnum() or letter in " '-‌" or 0x64B <= ord(letter) < 0x660 for letter in cue), cue
        assert len(cue) > 1 or cue in {"i", "u", "я", "د"} or not cue.isascii(), cue


def test_a_list_with_a_kind_that_is_not_there_is_refused(tmp_path, monkeypatch):
    (tmp_path / "xx.toml").write_text('say = "said"\nshout = "hey"\n', "utf-8")
    monkeypatch.setattr("abate.signals.context.lists.CUES", tmp_path)
    with pytest.raises(ValueError, match="shout"):
        cues_of("xx")
    assert listed("a,  b\n c") == ["a", "b c"]


def by_definition(language, cues, text):
    """What the kernel counts, of a text without quotation marks: at each word the longest cue, by trying all."""
    word = [letter.isalnum() for letter in text]
    before, behind = BEFORE.get(language, frozenset()), BEHIND.get(language, frozenset())
    known = {}
    for kind, written in cues.items():
        for cue in written:
            known.setdefault(cue.removesuffix("*"), (kind, cue.endswith("*")))

    def end_of(start, cue, open_ended):
        end = start + len(cue)
        rest = end
        while rest < len(text) and word[rest]:
            rest += 1
        carried = len(cue) >= kernel.LONG_ENOUGH and text[end:rest] in behind
        return end if rest == end or open_ended or carried else 0

    def longest(start, least=0):
        fits = [(end_of(start, c, o), k) for c, (k, o) in known.items() if text.startswith(c, start)]
        return max(((end, kind) for end, kind in fits if end > start and end - start >= least), default=(0, ""))

    def cue_of_word(at):
        inside = [at + size for size in sorted({len(one) for one in before if text.startswith(one, at)})]
        hits = [longest(at), *(longest(start, kernel.LONG_ENOUGH) for start in inside)]
        return next((hit for hit in hits if hit[1]), (0, ""))

    counts, at = Counter(), 0
    while at < len(text):
        begins = word[at] and (at == 0 or not word[at - 1])
        end, kind = cue_of_word(at) if begins else (0, "")
        counts[kind] += bool(kind)
        at = max(end, at + 1)
    return dict(+counts)


@pytest.mark.parametrize(("language", "letters"), [("xx", "abc"), ("ar", "ولبا")])
def test_the_walk_finds_what_the_definition_finds(language, letters):
    draw = random.Random(7)

    def word():
        return "".join(draw.choices(letters, k=draw.randint(1, 6)))

    for _ in range(150):
        cues = {
            kind: [" ".join(word() for _ in range(draw.randint(1, 2))) + draw.choice(["", "", "*"]) for _ in range(4)]
            for kind in KINDS[:4]
        }
        text = " ".join(word() for _ in range(30))
        assert found(made(language, **cues), text) == by_definition(language, cues, text), (cues, text)


def test_the_compiled_walk_is_the_written_one():
    book = lexicon_of("ar")
    text = light('قالت "الشرطة" إن رجلين اعتقلا، وأعلنت الوزارة؟ 12! مقتل ثلاثة')
    codes = lexicon.codes_of(text)
    folds = lexicon._folds()
    letters, kinds = np.empty(len(codes), np.uint32), np.empty(len(codes), np.uint8)
    counts = np.zeros(WIDTH, dtype=np.int64)
    folded = kernel.folded.py_func(codes, folds, letters, kinds)
    kernel.count_cues.py_func(folded, book._tries, counts)
    assert counts.tolist() == counted([text], "ar")[0].tolist()
    for start in range(folded.size):
        for walk in (kernel.longest, kernel.cue_of_word):
            assert walk.py_func(folded, book._tries, start) == walk(folded, book._tries, start)


def test_no_texts_have_no_counts():
    assert lexicon_of("en").counts([]).shape == (0, WIDTH)
    assert not lexicon_of("en").counts(["", " "]).any()
