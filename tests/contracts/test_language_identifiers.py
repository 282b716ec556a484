"""The contract of language identifiers, run over all that are installed, and over some that err."""

import pytest

from abate.domain.signal import UNDETERMINED, Language, NotScanned
from abate.plugins import load_languages
from abate.signals.language.langid import LangId
from abate.testing import check_language_identifier, language_identifiers

LANGUAGES = load_languages()


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_an_installed_identifier_keeps_the_promises(name):
    check_language_identifier(LANGUAGES[name])


class Deaf(LangId):
    def identify(self, texts):
        return [Language(code=UNDETERMINED, confidence=0.1) for _ in texts]


class Hasty(LangId):
    def identify(self, texts):
        return super().identify([text for text in texts if text])


class Swayed(LangId):
    def identify(self, texts):
        return super().identify(texts)[::-1]


class Talkative(LangId):
    def identify(self, texts):
        found = super().identify(texts)
        return [Language(code="en", confidence=0.5) if isinstance(one, NotScanned) else one for one in found]


class Terse(LangId):
    def identify(self, texts):
        found = super().identify(texts)
        return [NotScanned(step="language", reason=" ") if isinstance(one, NotScanned) else one for one in found]


class Certain(LangId):
    def identify(self, texts):
        return [
            Language(code=one.code, confidence=2) if isinstance(one, Language) and len(text) > 1000 else one
            for text, one in zip(texts, super().identify(texts), strict=True)
        ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Deaf, "it knows its languages"),
        (Hasty, "in its place"),
        (Swayed, "in its place"),
        (Talkative, "was taken for en"),
        (Terse, "a reason without words"),
        (Certain, "a confidence of 2"),
    ],
)
def test_an_identifier_that_breaks_a_promise_is_told_which(kind, said):
    with pytest.raises(AssertionError, match=f"(?s)^promised: .*{said}"):
        check_language_identifier(kind())


def test_an_identifier_may_bring_its_own_languages():
    with pytest.raises(AssertionError, match="not scanned: "):
        language_identifiers.check_it_knows_its_languages(LangId(), {"el": "Το ποτάμι ήταν ψηλά σήμερα το πρωί"})
