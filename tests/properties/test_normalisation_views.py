"""Laws of the readings: gates never change them, and what they find stands where they say."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abate.signals.normal import deobfuscated, light, matching_views, normalise, squeeze, with_spans
from abate.signals.normal.gates import ALL
from abate.signals.normal.views import deobfuscated_form, views_of

disguised = st.text(
    st.one_of(
        st.sampled_from("abs  ..-ß1340$!@|+аоеρνӏкн\u200b\u0301ﷺʟᴀ١Ａ🅰\n\ud800"),
        st.sampled_from("  aаο"),
        st.characters(categories=[*"CLMNPSZ"]),
    ),
    max_size=24,
)
lettered = st.text(st.sampled_from("abct  .-аоеρνкнфῆéﬁ\u200b\u0301ᴀＡلي🅰"), max_size=24)


def seen(views):
    return [(view.text, view.squeezed) for view in views]


@given(disguised)
@example("4 a б")
@example("m a ß e")
@example("a\u200b4")
@example("x$$y")
@example("a!1")
@example("AAAµ")
def test_a_gate_never_closes_on_what_undoing_would_change(text):
    normal = normalise(text)
    assert seen(matching_views(text)) == seen(views_of(text, normal, ALL))
    assert deobfuscated(text) == deobfuscated_form(text, normal, ALL)


@given(disguised)
def test_the_first_reading_is_the_plain_one_and_none_comes_twice(text):
    views = matching_views(text)
    assert views[0].text == normalise(text)
    assert len(set(seen(views))) == len(views)
    assert all(not view.text or " ".join(view.text.split()) == view.text for view in views)
    assert all(squeeze(view.text) == view.text for view in views if view.squeezed)


@given(disguised)
def test_every_stretch_of_every_reading_lies_in_the_text_in_order(text):
    for view in matching_views(text):
        places = [view.original(at, at + 1) for at in range(len(view.text))]
        assert all(0 <= start < end <= len(text) for start, end in places)
        assert places == sorted(places)
        if places:
            assert view.original(0, len(view.text)) == (places[0][0], places[-1][1])
            assert all(view.may_break(at) for at in (0, len(view.text)))


@given(lettered)
def test_what_a_word_of_a_reading_is_mapped_to_reads_as_that_word(text):
    """Alone, where neighbours no longer say which script a word is in or that its letters are set apart."""
    for view in matching_views(text):
        at = 0
        for word in view.text.split():
            start = view.text.index(word, at)
            at = start + len(word)
            first, last = view.original(start, at)
            alone = {
                one.replace(" ", "") for one, _ in seen(views_of(text[first:last], normalise(text[first:last]), ALL))
            }
            assert word in (set(map(squeeze, alone)) if view.squeezed else alone)


@given(disguised)
def test_a_reading_that_differs_says_so_where_it_does(text):
    plain, *others = matching_views(text)
    assert all(plain.counts(at, at + 1) for at in range(len(plain.text)))
    for view in others:
        if not view.squeezed:
            assert view.counts(0, len(view.text))


@given(lettered)
def test_the_map_of_the_plain_reading_is_the_map_of_the_normal_form(text):
    view, spans = matching_views(text)[0], with_spans(text)
    assert [view.original(at, at + 1) for at in range(len(view.text))] == list(
        zip(spans.starts, spans.ends, strict=True)
    )


LONG = 100_000
HOSTILE = {
    "one letter": "a" * 10_000_000,
    "spaces": " " * 10_000_000,
    "joiners": "a" + "\u200d" * 100_000 + "b",
    "many joiners": "\u200d" * 10_000_000,
    "nested marks": "a" + "\u0301\u0316" * LONG,
    "nested vowel signs": "a" + "\u0f73\u0f75" * LONG,
    "surrogates": "\ud800" * LONG,
    "nul": "\x00" * LONG,
    "expanding": "ﷺ" * LONG,
    "letters set apart": "a b " * LONG,
    "letters of two scripts": "а" + "b" * LONG,
    "words of two scripts": "аb " * (LONG // 3),
    "runs": "aaab" * LONG,
    "doubles": "aabbccdd" * (LONG // 4),
    "digits": "4a" * LONG,
    "signs": "a$$" * LONG,
    "wide gaps": "a b  c" + " " * LONG + "d e",
    "all at once": "a б  4 $$ ʟʟʟ " * (LONG // 14),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_read_in_a_time_that_grows_with_its_length(text):
    """Anything that grew with the square would not end today."""
    assert unicodedata.is_normalized("NFKC", light(text))
    for view in matching_views(text):
        if view.text:
            middle = len(view.text) // 2
            first, last = view.original(middle, middle + 1)
            assert 0 <= first < last <= len(text)
            assert view.counts(0, len(view.text))
            assert view.may_break(0)
    bare = deobfuscated(text)
    assert normalise(bare[:1000]) == bare[:1000].strip()
