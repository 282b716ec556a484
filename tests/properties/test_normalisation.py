"""Laws of the heavy normal form, and of mentions' places."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abate.domain.bank import Entry
from abate.signals.normal import normalise, with_spans
from abate.signals.terms import MentionFinder, normalise_name

letters = st.text(
    st.one_of(
        st.characters(),
        st.characters(min_codepoint=0x20, max_codepoint=0x7E),
        st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        st.sampled_from("\u200b\u200d\u202e\u0640\u0301\u064e\ufb01\ufdfa𝐀Ⓐİıß'’ -\n\u3000"),
    ),
    max_size=60,
)


@given(letters)
@example("a\u0345\u0301")
def test_normalising_twice_is_normalising_once(text):
    assert normalise(normalise(text)) == normalise(text)


@given(letters)
def test_the_map_back_goes_with_the_same_normal_form(text):
    spans = with_spans(text)
    assert spans.text == normalise(text)
    assert len(spans.text) == len(spans.starts) == len(spans.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(spans.starts, spans.ends, strict=True))
    assert list(spans.starts) == sorted(spans.starts)


@given(letters, st.data())
def test_a_stretch_of_the_original_normalises_to_the_stretch_it_was_mapped_from(text, data):
    """But for letters that expand (ß, ligatures), whose stretch is the whole letter, and for spaces at the rims."""
    spans = with_spans(text)
    words = spans.text.split()
    if not words or any(spans.starts[i] == spans.starts[i + 1] for i in range(len(spans.starts) - 1)):
        return
    start = spans.text.index(data.draw(st.sampled_from(words)))
    end = (spans.text + " ").index(" ", start)
    first, last = spans.original(start, end)
    assert normalise(text[first:last]) == spans.text[start:end]


@given(letters, letters)
def test_character_by_character_is_the_whole(one, other):
    """No character's form depends on its neighbours: joined with a space between, the forms are joined."""
    assert normalise(f"{one} {other}").split() == normalise(one).split() + normalise(other).split()


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F), min_size=1, max_size=12), st.data())
def test_what_hides_a_word_without_changing_how_it_reads_is_undone(word, data):
    invisible = st.sampled_from(["", "\u200b", "\u200c", "\u2060", "\u202e", "\u0301", "\u0336", "\ufe0f", "\xad"])
    hidden = "".join(letter + data.draw(invisible) for letter in word)
    assert normalise(hidden) == normalise(word)


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("Ｇｒｅｙ　Ｌａｎｔｅｒｎ", "grey lantern"),
        ("𝐆𝐫𝐞𝐲 𝕃𝕒𝕟𝕥𝕖𝕣𝕟", "grey lantern"),
        ("ⓖⓡⓔⓨ Ⓛⓐⓝⓣⓔⓡⓝ", "grey lantern"),
        ("Ĝŗéỹ  Ļàńťêřñ!", "grey lantern"),
        ("GREY-LANTERN", "grey lantern"),
        ("Al Qa’ida", "al qaida"),
        ("فـــانـوس", "فانوس"),
        ("فَانُوسٌ", "فانوس"),
        ("ﻓﺎﻧﻮﺱ", "فانوس"),
        ("رمادى", "رمادي"),
        ("رمادی", "رمادي"),
        ("کتاب", "كتاب"),
        ("٢٠٢٦ ۲۰۲۶ २०२६", "2026 2026 2026"),
        ("Straße", "strasse"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("\ufe70x", "x"),
        ("a\u00a8b", "a b"),
        ("\ud800lone", "lone"),
    ],
)
def test_a_disguise_comes_off(disguised, plain):
    assert normalise(disguised) == plain


names = st.sampled_from(["Order of the Grey Lantern", "Grey Lantern", "Фонарь Серый", "الفانوس الرمادي", "OGLN", "GL5"])


@given(letters, names, letters)
def test_a_name_put_anywhere_between_spaces_is_found_with_its_exact_place(before, name, after):
    entry = Entry(
        id="1", bank="un", signal_type="name", value=normalise_name(name), label=name, added_at=datetime.now(UTC)
    )
    text = f"{before} and {name} so {after}"
    spans = [(mention.start, mention.end) for mention in MentionFinder([entry]).find(text)]
    start = len(before) + 5
    assert (start, start + len(name)) in spans


@given(letters)
def test_every_mention_lies_in_the_text_and_reads_as_the_name(text):
    entry = Entry(id="1", bank="un", signal_type="name", value="aaaaa", label="A", added_at=datetime.now(UTC))
    for mention in MentionFinder([entry]).find(text + " AAÀaa"):
        assert normalise((text + " AAÀaa")[mention.start : mention.end]) == "aaaaa"


def test_python_knows_the_unicode_that_the_table_is_built_from():
    assert tuple(map(int, unicodedata.unidata_version.split("."))) >= (14, 0, 0)
