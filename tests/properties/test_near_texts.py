"""The winnowing index answers what its definition answers, and shows in the text what the entry repeats."""

import random

from hypothesis import given
from hypothesis import strategies as st

from abate.matching.text_index import WinnowingIndexType
from abate.signals.near_text import NearText
from abate.signals.normal import normalise
from examples import WHOLE_ANSWERS
from near_texts import WORDS, signal_of, value_of
from winnowing_oracle import answers

FEW_WORDS = WORDS[:60]
"""So few that texts share much by chance."""
PLUG = NearText()


@st.composite
def passages(draw):
    """Texts that are put together from passages which others have as well."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    pool = [" ".join(chance.choices(FEW_WORDS, k=chance.randint(3, 14))) for _ in range(chance.randint(2, 12))]

    def text():
        parts = chance.choices(pool, k=chance.randint(1, 8))
        return " ".join([" ".join(chance.choices(FEW_WORDS, k=chance.randint(3, 9))), *parts])

    return [text() for _ in range(chance.randint(1, 12))], [text() for _ in range(chance.randint(1, 4))]


@WHOLE_ANSWERS
@given(passages(), st.integers(0, 100), st.randoms(use_true_random=False))
def test_the_index_answers_what_its_definition_answers(case, radius, chance):
    known, asked = case
    values = [value_of(text) for text in known]
    cut = chance.randint(0, len(values))
    built = WinnowingIndexType().build(values[:cut], radius=radius)
    for value in values[cut:]:
        built.add([value])
    gone = chance.sample(range(len(values)), chance.randint(0, len(values) // 2))
    built.discard(gone)
    held = {place: value for place, value in enumerate(values) if place not in gone}
    for text in [*asked, *known]:
        found = [(hit.distance, hit.position) for hit in built.lookup([value_of(text)])[0]]
        expected, open_ = answers(held, value_of(text), radius)
        assert [one for one in found if one not in open_] == expected


letters = st.text(
    st.one_of(
        st.sampled_from("abc e\u0301Ⓐﷺ.\u200bﬁ春"),
        st.characters(),
    ),
    min_size=20,
    max_size=120,
)


@WHOLE_ANSWERS
@given(letters, letters, letters)
def test_every_highlighted_stretch_says_letters_that_the_entry_has_in_one_piece(before, shared, after):
    entry, text = f"{after} {shared}", f"{before} {shared} {before}"
    if signal_of(entry) is None or signal_of(text) is None:
        return
    repeated = normalise(entry).replace(" ", "")
    built = WinnowingIndexType().build([value_of(entry)], radius=99)
    for hit in built.lookup([value_of(text)])[0]:
        for span in PLUG.highlight(text, hit.runs):
            assert 0 <= span.start < span.end <= len(text)
            assert normalise(text[span.start : span.end]).replace(" ", "") in repeated


@given(letters)
def test_whatever_is_written_is_read_back_and_no_text_raises(text):
    found = signal_of(text)
    if found is not None:
        assert PLUG.parse(found.value) == found.value
        assert 0 <= found.quality <= 100
