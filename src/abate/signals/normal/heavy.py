"""Heavy normalisation: text reduced to what a reader takes it for, for matching only.

Each character by itself: case folded, compatibility forms decomposed (full-width, circled, mathematical, presentation
forms), marks dropped (accents, harakat, zalgo), script variants unified (yeh, kaf, heh, digits), and what shows nothing
dropped (zero-width, bidirectional controls, tatweel). Then everything that is no letter or digit becomes one space,
except apostrophes inside words, which vanish ("Qa'ida", "Qaida").

Because marks are dropped, whose order alone could depend on a neighbour, normalising character by character equals
normalising the whole; that makes the map back to the original exact. Pashto and Kurdish lose distinctions here: never
show this form to a person, and never feed it to a classifier.

Source: Unicode Standard Annex #15 (NFKD), Unicode Character Database general categories.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from abate.signals.normal import compiled
from abate.signals.normal.characters import FOLDED

SHORT: Final = 64
"""Below this many characters Python is as quick as calling the kernel."""

LONG: Final = 20_000
"""From this many characters the kernel is loaded, if it has not been, rather than gone without."""


def normalise(text: str) -> str:
    """Return the heavy normal form: words of unified letters, one space between them, none at the ends."""
    if len(text) < SHORT or text.isascii() or not compiled.ready(len(text) >= LONG):
        return plainly(text)
    return compiled.kernel().normalise([text])[0][0]


def plainly(text: str) -> str:
    """As ``normalise``, without the kernel."""
    return " ".join(text.translate(FOLDED).split())


def normalise_many(texts: Sequence[str]) -> list[str]:
    """Return the heavy normal form of each text; compiled, from twenty thousand characters on."""
    if not compiled.ready(sum(map(len, texts)) >= LONG):
        return [plainly(text) for text in texts]
    return compiled.kernel().normalise(texts)[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """The normal form with the way back to the original."""

    text: str
    """As ``normalise`` gives it."""
    starts: Sequence[int]
    """For each character of ``text``, the offset of the original character that it stands for."""
    ends: Sequence[int]
    """And where that character ends, with the marks that it carries."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` (not empty) stands in the original, end exclusive."""
        return self.starts[start], self.ends[end - 1]


def with_spans(text: str) -> Spans:
    """Normalise and keep the map. Slower than ``normalise``: build it only where something matched."""
    if not compiled.ready(len(text) >= LONG):
        return plain_spans(text)
    normal, starts, ends = compiled.kernel().with_spans(text)
    return Spans(text=normal, starts=starts, ends=ends)


def plain_spans(text: str) -> Spans:
    """As ``with_spans``, without the kernel."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, character in enumerate(text):
        form = FOLDED[ord(character)]
        for letter in form:
            if letter == " " and (not letters or letters[-1] == " "):
                continue
            letters.append(letter)
            starts.append(at)
            ends.append(at + 1)
        if not form and ends and ends[-1] == at and unicodedata.category(character) in {"Mn", "Me"}:
            ends[-1] = at + 1
    kept = len(letters) - (letters[-1:] == [" "])
    return Spans(text="".join(letters[:kept]), starts=tuple(starts[:kept]), ends=tuple(ends[:kept]))
