"""What every context reader promises, as functions that take one."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from collections.abc import Mapping
from itertools import chain

from abate.domain.signal import Context, ContextLabel, Language, NotScanned
from abate.extend.context import ContextReader
from abate.testing.promises import equal, holds, promised

EXAMPLES = {
    "en": {
        "report": "Police said on Monday that two men had been arrested near the harbour, a news agency reported.",
        "counter_speech": "We condemn this attack. There is no excuse for violence, and we stand with the victims.",
    },
    "ar": {
        "report": "أعلنت الشرطة يوم الإثنين اعتقال رجلين قرب الميناء وفقا لوكالة الأنباء.",
        "counter_speech": "ندين هذا الهجوم ولا مبرر للعنف ونتضامن مع الضحايا.",
    },
}
"""Texts that are plainly read, by language and label. A reader of other languages is given its own."""
UNREADABLE = (None, Language(code="und", confidence=0.2), Language(code="tlh", confidence=1.0))
"""No language, one that could not be told, and one that nobody has cues for."""
Pair = tuple[str, Language | None]
HOSTILE = (
    "",
    " \n\t\u200d",
    "\x00\x00",
    "\ud800 police said \udfff on Monday",
    "a" * 10**6,
    "said " * 10**5,
    '"' * 10**5,
    "\u200d" * 10**5,
    "\u0627" + "\u0651\u064e" * 10**5,
    "\ufdfa" * 10**5,
)
"""Texts made to break what reads them: empty, half a character, huge, marks upon marks, characters that unfold."""


def check_context_reader(plug: ContextReader, examples: Mapping[str, Mapping[str, str]] = EXAMPLES) -> None:
    """Hold a context reader against every promise.

    :param examples: texts that it reads, by language and label
    :raises AssertionError: with the first promise that was broken
    """
    check_plain_texts_are_read(plug, examples)
    check_every_text_has_its_answer_in_its_place(plug, examples)
    check_a_language_without_cues_is_not_scanned(plug)
    for text, code in ((text, code) for text in HOSTILE for code in examples):
        check_any_text_has_an_answer(plug, text, code)


@promised
def check_plain_texts_are_read(plug: ContextReader, examples: Mapping[str, Mapping[str, str]]) -> None:
    """What plainly is a report, or whatever the example is, is called so."""
    for code, texts in examples.items():
        answers = plug.read([*texts.values()], [_language(code)] * len(texts))
        equal([_label(answer) for answer in answers], [*texts])


@promised
def check_every_text_has_its_answer_in_its_place(
    plug: ContextReader, examples: Mapping[str, Mapping[str, str]]
) -> None:
    """As many answers as texts, in order, and what stands beside a text does not change how it is read."""
    plain: list[Pair] = [(text, _language(code)) for code, texts in examples.items() for text in texts.values()]
    pairs = [*plain, ("", plain[0][1]), (plain[0][0], None), *plain]
    equal(len(plug.read(*_split(pairs))), len(pairs))
    alone = [*chain.from_iterable(plug.read([text], [language]) for text, language in pairs)]
    equal(_near(plug.read(*_split(pairs))), _near(alone))
    equal(_near(plug.read(*_split(pairs[::-1]))), _near(alone[::-1]))
    equal(plug.read([], []), [])


@promised
def check_a_language_without_cues_is_not_scanned(plug: ContextReader) -> None:
    """In a language that it cannot read it says so, under the step ``context`` and in a sentence."""
    for answer in plug.read(["Nuq jatlh?"] * len(UNREADABLE), UNREADABLE):
        holds(isinstance(answer, NotScanned), f"{answer!r} for a language that it cannot read")
        _check_answer(answer)


@promised
def check_any_text_has_an_answer(plug: ContextReader, text: str, code: str) -> None:
    """Whatever it holds, a text costs one answer, never an error; every label but ``unknown`` has a probability."""
    answers = plug.read([text], [_language(code)])
    equal(len(answers), 1)
    _check_answer(answers[0])


def _language(code: str) -> Language:
    return Language(code=code, confidence=1.0)


def _split(pairs: list[Pair]) -> tuple[list[str], list[Language | None]]:
    return [text for text, _ in pairs], [language for _, language in pairs]


def _label(answer: Context | NotScanned) -> str:
    return answer.label.value if isinstance(answer, Context) else f"not scanned: {answer.reason}"


def _near(answers: list[Context | NotScanned]) -> list[tuple[str, float | None]]:
    """Labels with probabilities to nine digits: a batch may be added up in another order than a text alone."""
    return [
        (_label(one), round(one.probability, 9) if isinstance(one, Context) and one.probability is not None else None)
        for one in answers
    ]


def _check_answer(answer: Context | NotScanned) -> None:
    if isinstance(answer, NotScanned):
        equal(answer.step, "context")
        holds(answer.reason.strip(), "a reason without words")
        return
    known = answer.label is not ContextLabel.UNKNOWN
    equal(answer.probability is not None, known)
    holds(answer.probability is None or 0 <= answer.probability <= 1, f"a probability of {answer.probability}")
