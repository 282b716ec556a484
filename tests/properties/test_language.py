"""Laws of language identification, over all of Unicode."""

from hypothesis import example, given
from hypothesis import strategies as st

from abate.domain.signal import UNDETERMINED, Language, NotScanned
from abate.signals.language.langid import LangId
from abate.signals.language.scripts import CODES
from abate.signals.normal.light import light

WORDS = (
    "the river was high",
    "امروز در شهر ما",
    "сегодня идёт дождь",
    "نن زموږ په ښار کې",
    "шаҳри мо борон",
    "@ab",
    "www.a.b",
    "https://x",
)
texts = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=40),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=6).map(" ".join),
    st.text(
        st.sampled_from("aeiИӣدسچےॐ한ᄀ\u1161́\u064b\u0651\u0654\u200d\u200c\u202e İßﬁﷺ𝐀🄰ʻ’@\ud800\x00"), max_size=30
    ),
)


@given(st.lists(texts, max_size=5))
def test_every_text_gets_one_answer_that_stands_by_itself(batch):
    plug = LangId()
    found = plug.identify(batch)
    assert len(found) == len(batch)
    for text, answer in zip(batch, found, strict=True):
        assert plug.identify([text]) == [answer]
        if isinstance(answer, NotScanned):
            assert answer.step == "language"
        else:
            assert 0 <= answer.confidence <= 1 + 1e-9
            assert (answer.code == UNDETERMINED) == (answer.confidence <= 0.5)
            assert answer.code in {*CODES, UNDETERMINED}


@given(texts)
@example("e\u0301\u064b le café était fermé")
@example("İ\u0307stanbul'da bugün")
@example("\ufdfa ﻻ ﷽")
@example("AAA\U000e0000")
@example("\U000e0001the ri\U0001d173ver was high\U0001bca0 ")
def test_the_light_form_of_a_text_is_in_the_same_language(text):
    first, second = LangId().identify([text, light(text)])
    assert same(first, second)


def same(first, second):
    if isinstance(first, Language) and isinstance(second, Language):
        return first.code == second.code and abs(first.confidence - second.confidence) < 1e-6
    return first == second


@given(texts, st.sampled_from(["https://example.org/a/b", "www.example.org", "@some_name", "\u200b\u200d"]))
def test_an_address_or_a_name_in_front_changes_nothing(text, front):
    assert same(*LangId().identify([f"{front} {text}", f" {text}"]))
