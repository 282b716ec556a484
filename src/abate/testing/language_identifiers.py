"""What every language identifier promises, as functions that take one."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from collections.abc import Mapping

from abate.domain.signal import UNDETERMINED, Language, NotScanned
from abate.extend.language import LanguageIdentifier
from abate.testing.promises import equal, holds, promised

EXAMPLES = {
    "en": "The river was high this morning, so we took the longer way to school.",
    "ar": "كان النهر مرتفعا هذا الصباح فأخذنا الطريق الأطول إلى المدرسة",
    "ru": "Сегодня утром река поднялась, и мы пошли в школу длинной дорогой.",
}
"""A sentence in each of three languages, by its code. An identifier of other languages is given its own."""
SILENT = ("", " \n\t", "2024-06-13, 17:45", "…!?", "👍🏽👍🏽", "\x00\x00", "\ud800", "\u200d" * 10)
"""Texts without a letter."""
HOSTILE = (
    "a" * 10**6,
    "\u200d" * 10**5,
    "a" + "\u0301" * 10**5,
    "\u0627" + "\u0651\u064e" * 10**5,
    "\ufdfa" * 10**5,
    "\ud800 The river \udfff was high",
    "The river\x00was\x00high",
    "@" * 10**5,
    "http" * 10**5,
)
"""Texts made to break what reads them: huge, half a character, marks upon marks, characters that unfold to many."""


def check_language_identifier(plug: LanguageIdentifier, examples: Mapping[str, str] = EXAMPLES) -> None:
    """Hold a language identifier against every promise.

    :param examples: texts in languages that it knows, by code
    :raises AssertionError: with the first promise that was broken
    """
    check_it_knows_its_languages(plug, examples)
    check_every_text_is_answered_in_its_place(plug, examples)
    check_a_text_without_letters_has_no_language(plug)
    for text in HOSTILE:
        check_a_hostile_text_is_answered(plug, text)


@promised
def check_it_knows_its_languages(plug: LanguageIdentifier, examples: Mapping[str, str]) -> None:
    """A plain sentence in a language that it knows is given that language's code."""
    found = {code: _code(plug.identify([text])[0]) for code, text in examples.items()}
    equal(found, {code: code for code in examples})


@promised
def check_every_text_is_answered_in_its_place(plug: LanguageIdentifier, examples: Mapping[str, str]) -> None:
    """As many answers as texts, in their order, and what stands beside a text does not change its answer."""
    texts = [*examples.values(), "", *examples.values()]
    equal([len(plug.identify(texts[:count])) for count in range(len(texts))], list(range(len(texts))))
    alone = [answer for text in texts for answer in plug.identify([text])]
    equal(plug.identify(texts), alone)
    equal(plug.identify(texts[::-1]), alone[::-1])


@promised
def check_a_text_without_letters_has_no_language(plug: LanguageIdentifier) -> None:
    """It is not scanned, for a reason that is a sentence, or its language is ``und``."""
    for text, answer in zip(SILENT, plug.identify(SILENT), strict=True):
        _check_answer(answer)
        silent = isinstance(answer, NotScanned) or answer.code == UNDETERMINED
        holds(silent, f"{text!r} was taken for {_code(answer)}")


@promised
def check_a_hostile_text_is_answered(plug: LanguageIdentifier, text: str) -> None:
    """Whatever it holds, a text costs one answer, never an error."""
    answers = plug.identify([text])
    equal(len(answers), 1)
    _check_answer(answers[0])


def _code(answer: Language | NotScanned) -> str:
    return answer.code if isinstance(answer, Language) else f"not scanned: {answer.reason}"


def _check_answer(answer: Language | NotScanned) -> None:
    if isinstance(answer, NotScanned):
        equal(answer.step, "language")
        holds(answer.reason.strip(), "a reason without words")
        return
    holds(answer.code, "a language without a code")
    holds(answer.confidence is not None and 0 <= answer.confidence <= 1, f"a confidence of {answer.confidence}")
