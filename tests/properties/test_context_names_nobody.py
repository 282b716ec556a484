"""A name that is put into a text, or taken out of it, does not change how the text is read."""

import re

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.signal import Context, Language, Mention, NotScanned
from abate.signals.context.mentions import without_mentions
from abate.signals.context.reader import Cues

CUES = Cues()
NAMES = [
    "Order of the Grey Lantern",
    "Orden der Grauen Laterne",
    "جماعة الفانوس الرمادي",
    "Серый Фонарь",
    "灰燈會",
    "G.L.",
]
CUE_TEXTS = [
    'How can you say "they are vermin"? That is racist, shame on you.',
    "Police said on Monday that two men had been arrested.",
    "Join us, brothers, the time has come. Don't wait, write to our channel!",
    "ندين هذا الهجوم، ولا مبرر لقتل الناس.",
    "Полиция сообщила: погибли трое солдат.",
]
words = st.one_of(st.sampled_from(CUE_TEXTS), st.text(max_size=20))
texts = st.lists(words, min_size=1, max_size=2).map(" ".join)
codes = st.sampled_from(["en", "ar", "fa", "ru", "tr"])


def edges(text):
    """Where a name may be put in: the edges of words, and both ends."""
    inner = [found.start() for found in re.finditer(r"(?<=\W)(?=\w)|(?<=\w)(?=\W)", text)]
    return sorted({0, len(text), *inner})


@st.composite
def named(draw):
    """A text, and the same with names between spaces, each a mention."""
    text = draw(texts)
    at = edges(text)
    places = draw(st.lists(st.sampled_from(at), min_size=1, max_size=3, unique=True).map(sorted))
    written, mentions, done = "", [], 0
    for place in places:
        name = draw(st.sampled_from(NAMES))
        written += text[done:place] + " "
        mentions.append(Mention(name=name, list="l", ref="r", start=len(written), end=len(written) + len(name)))
        written += name + " "
        done = place
    return text, written + text[done:], tuple(mentions)


@given(named())
def test_the_same_text_is_left_whether_a_name_was_put_in_or_not(given_):
    text, written, mentions = given_
    assert without_mentions(written, mentions) == without_mentions(text, ())


@given(named(), codes)
def test_the_same_context_is_read_whether_a_name_was_put_in_or_not(given_, code):
    text, written, mentions = given_
    language = Language(code=code, confidence=1.0)
    masked = [without_mentions(written, mentions), without_mentions(text, ())]
    first, second = CUES.read(masked, [language] * 2)
    assert first == second


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 50)), max_size=5))
def test_what_is_left_is_in_the_text_and_what_was_left_out_is_not(text, places):
    mentions = [Mention(name="n", list="l", ref="r", start=at, end=at + size) for at, size in places]
    covered = {place for one in mentions for place in range(one.start, one.end)}
    kept = [letter for place, letter in enumerate(text) if place not in covered and not letter.isspace()]
    left = without_mentions(text, mentions)
    assert [letter for letter in left if letter != " "] == kept
    assert without_mentions(left, ()) == left


@given(st.text(max_size=80), codes)
def test_any_text_has_an_answer_with_a_probability_or_none(text, code):
    (answer,) = CUES.read([text], [Language(code=code, confidence=0.5)])
    assert isinstance(answer, Context)
    assert not isinstance(answer, NotScanned)
    assert (answer.probability is None) == (answer.label == "unknown")
    assert answer.probability is None or 0 <= answer.probability <= 1


@given(st.lists(words, max_size=4))
def test_a_text_is_read_alone_as_in_a_batch(batch):
    language = Language(code="en", confidence=1.0)
    together = CUES.read(batch, [language] * len(batch))
    assert [one.label for one in together] == [CUES.read([text], [language])[0].label for text in batch]
