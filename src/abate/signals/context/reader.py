"""The context reader that is built in: cues counted, counts weighed, and ``unknown`` wherever that says too little."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from abate.domain.signal import PROTECTED, Context, ContextLabel, Language, NotScanned
from abate.signals.context import lists

if TYPE_CHECKING:
    from abate.signals.context.kernel import Ints

# late: numpy, abate.signals.context.lexicon, abate.signals.context.model, abate.signals.normal - numba is slow

STRETCH: Final = 600
"""Letters of light text that are read together. What was trained on are posts and sentences."""
_SAME_CUES: Final = {"prs": "fa", "pes": "fa", "arb": "ar", "pbt": "ps", "pbu": "ps"}
"""Codes that are read with the cues of another: Dari is not told from Persian."""
_SAYS_MORE: Final = (ContextLabel.RECRUITMENT, ContextLabel.INSTRUCTION, ContextLabel.ENDORSEMENT)
"""What one stretch of a long text does, whatever the others do, the gravest first."""

Read = tuple[ContextLabel, float]


class Cues:
    """Reads contexts off cues, in the languages whose cues are there.

    A context may spare a text or order a queue; it never acts. Give it texts without their mentions (see
    ``without_mentions``).
    """

    name = "cues"

    @property
    def version(self) -> str:
        """Return the version of the weights."""
        from abate.signals.context.model import shipped

        return shipped().version

    def read(self, texts: Sequence[str], languages: Sequence[Language | None]) -> list[Context | NotScanned]:
        """Return each text's context; ``unknown`` where nothing is said clearly, ``NotScanned`` without cues for it."""
        from abate.signals.context.lexicon import lexicon_of
        from abate.signals.normal import light

        codes = [_code(language) for language in languages]
        answers: list[Context | NotScanned] = [
            Context() if code in _READ else _not_read(language)
            for code, language, _ in zip(codes, languages, texts, strict=True)
        ]
        for code in sorted(_READ.intersection(codes)):
            where: list[int] = []
            stretches: list[str] = []
            for place, text in enumerate(texts):
                if codes[place] == code:
                    parts = _stretches(light(text))
                    where += [place] * len(parts)
                    stretches += parts
            if stretches:
                _answer(answers, where, lexicon_of(code).counts(stretches), code)
        return answers


def _answer(answers: list[Context | NotScanned], where: Sequence[int], counts: "Ints", code: str) -> None:
    """Put what the stretches say into the answers of the texts that they are of."""
    import numpy as np

    from abate.signals.context.model import LABELS, shipped

    probabilities = shipped().probabilities(counts)
    chosen = shipped().chosen(probabilities, code)
    sure = probabilities[np.arange(len(where)), chosen]
    said = [(LABELS[label], probability) for label, probability in zip(chosen.tolist(), sure.tolist(), strict=True)]
    edges = [0, *(np.flatnonzero(np.diff(where)) + 1).tolist(), len(where)]
    for first, last in pairwise(edges):
        label, probability = said[first] if last - first == 1 else together(said[first:last])
        if label is not ContextLabel.UNKNOWN:
            answers[where[first]] = Context(label=label, probability=probability)


def together(said: Sequence[Read]) -> Read:
    """Return what a long text does, of what its stretches do: no stretch excuses another.

    One that recruits, instructs or endorses decides; one that cannot be read makes it ``unknown``; a protected label
    needs half of the stretches. The probability is the least of those that say the same.
    """
    of = Counter(label for label, _ in said)
    label = next((one for one in _SAYS_MORE if of[one]), None)
    if label is None and of[ContextLabel.UNKNOWN]:
        label = ContextLabel.UNKNOWN
    if label is None:
        most, times = max(((one, of[one]) for one in sorted(PROTECTED)), key=lambda counted: counted[1])
        label = most if 2 * times >= len(said) else ContextLabel.NEUTRAL
    alike = [probability for one, probability in said if one is label]
    return (label, min(alike)) if alike else (ContextLabel.UNKNOWN, 0.0)


def _stretches(text: str) -> list[str]:
    """Return ``text`` in stretches of about ``STRETCH`` letters, cut between words where there are any."""
    if len(text) <= STRETCH:
        return [text] if text and not text.isspace() else []
    found = []
    start = 0
    while len(text) - start > STRETCH:
        cut = text.rfind(" ", start + 1, start + STRETCH + 1)
        end = cut if cut > start else start + STRETCH
        found.append(text[start:end])
        start = end
    return [*found, text[start:]]


def _code(language: Language | None) -> str:
    code = language.code.partition("-")[0].lower() if language else ""
    return _SAME_CUES.get(code, code)


_READ: Final = frozenset(lists.languages())


def _not_read(language: Language | None) -> NotScanned:
    written = language.code if language else "a text in an unknown language"
    return NotScanned(step="context", reason=f"there are no cues for {written}; {', '.join(sorted(_READ))} are read")
