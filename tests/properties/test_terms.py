"""Laws of known phrases: where they are found, and that nothing written breaks the search."""

from hypothesis import example, given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.signals.normal import normalise
from abate.signals.terms import MODES, Term
from abate.signals.terms.phrase import PhraseSeeker
from examples import WHOLE_ANSWERS

TERM = Term()
letters = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cf", "Mn", "Me", "Cc"]),
        st.sampled_from("abelmnrt 'l.-\u200b\u200d\u202e\u0301\u064eفانوسلل ة灰色"),
    ),
    max_size=40,
)
PHRASES = ("lantern", "grey lantern", "فانوس", "الحكومة", "مدرسة", "灰色灯笼", "фонарь", "लालटेन", "letter")
SEEKER = PhraseSeeker(
    [TERM.parse(f"{mode}:{phrase}") for mode in MODES for phrase in PHRASES if mode == "exact" or len(phrase) > 4]
)


def values_of(signals):
    return {one.value for one in signals}


def parsed(written):
    try:
        return TERM.parse(written), ""
    except InputError as error:
        return "", str(error)


@given(letters, st.sampled_from([*MODES, "other", ""]))
def test_a_phrase_is_canonical_or_refused_in_one_short_sentence(written, mode):
    value, refusal = parsed(f"{mode}:{written}" if mode else written)
    assert len(refusal) < 600
    if refusal:
        return
    assert TERM.parse(value) == value
    assert value.partition(":")[0] in MODES
    assert normalise(value.partition(":")[2]) == value.partition(":")[2]


@given(letters)
@example("\ud800" * 3)
@example("lantern'lantern")
@example("l.a.n.t.e.r.n l.a.n.t.e.r.n")
def test_every_span_lies_in_the_text_apart_from_the_next_and_in_order(text):
    found = SEEKER.find(text)
    assert len(values_of(found)) == len(found)
    assert [one.spans[0] for one in found] == sorted(one.spans[0] for one in found)
    for one in found:
        assert all(0 <= span.start < span.end <= len(text) for span in one.spans)
        assert all(a.end <= b.start for a, b in zip(one.spans, one.spans[1:], strict=False))


@given(letters, st.sampled_from(PHRASES), letters)
def test_a_phrase_put_anywhere_between_spaces_is_found_in_its_exact_place(before, phrase, after):
    text = f"{before} and {phrase} so {after}"
    start = len(before) + 5
    for one in SEEKER.find(text):
        if one.value == TERM.parse(f"exact:{phrase}"):
            assert (start, start + len(phrase)) in [(span.start, span.end) for span in one.spans]
            return
    raise AssertionError(phrase)


@given(letters, st.sampled_from(PHRASES), letters)
def test_what_is_found_exactly_is_found_with_clitics_and_inside_words_too(before, phrase, after):
    found = values_of(SEEKER.find(f"{before}{phrase}{after}"))
    for value in found:
        mode, _, normal = value.partition(":")
        if mode == "exact" and len(normal.replace(" ", "")) >= 5:
            assert {f"clitic:{normal}", f"substring:{normal}"} <= found


@given(
    st.text(st.sampled_from("abc "), max_size=60),
    st.lists(st.text(st.sampled_from("abc"), min_size=5, max_size=7), min_size=1, max_size=6, unique=True),
)
def test_substrings_are_those_that_python_finds(text, phrases):
    """Drawn-out letters aside, which are another reading of the text."""
    found = values_of(PhraseSeeker(f"substring:{phrase}" for phrase in phrases).find(text))
    assert {f"substring:{phrase}" for phrase in phrases if phrase in normalise(text)} <= found


@given(
    st.lists(st.text(st.sampled_from("abé灰ф\u0641\U00020000"), min_size=1, max_size=6), max_size=12),
    st.lists(
        st.text(st.sampled_from("abé灰ф\u0641\U00020000"), min_size=2, max_size=5).filter(
            lambda p: len(normalise(p)) > 1
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_whole_words_are_those_that_splitting_finds(words, phrases):
    """An oracle by words, in scripts with spaces; the others are found inside their sentence."""
    text = " ".join(words)
    found = values_of(PhraseSeeker(f"exact:{normalise(phrase)}" for phrase in phrases).find(text))
    for phrase in map(normalise, phrases):
        if phrase in normalise(text).split():
            assert f"exact:{phrase}" in found
        if phrase not in normalise(text):
            assert f"exact:{phrase}" not in found or "aaa" in text or "bbb" in text or "éé" in text


@WHOLE_ANSWERS
@given(
    st.sampled_from(
        ["a", "l\u0301", "lan\u200d", "lantern ", "l ", "l.", "l'", "ف", "ل", "\ud800", "灰", "lant\u0435rn "]
    ),
    st.integers(1, 4000),
)
def test_repeated_to_a_great_length_nothing_breaks(piece, times):
    text = piece * times
    for one in SEEKER.find(text):
        assert all(0 <= span.start < span.end <= len(text) for span in one.spans)


@WHOLE_ANSWERS
@given(st.lists(letters, max_size=6))
def test_texts_looked_through_together_give_what_each_gives_alone(texts):
    assert [list(found) for found in SEEKER.find_many(texts)] == [list(SEEKER.find(text)) for text in texts]
