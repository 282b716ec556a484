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
from dataclasses import dataclass
from typing import Final

_VARIANTS: Final = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ے": "ي", "ێ": "ي",
    "ک": "ك", "ڪ": "ك", "ګ": "گ",
    "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه", "ۃ": "ه",
    "ٱ": "ا",
    "ı": "i",  # Turkish writes the capital of both as I, so either may stand where the other was meant
    "ѐ": "е", "ς": "σ",
}  # fmt: skip
"""Letters that writers and keyboards use for one another, by the one that stands for all."""

_VANISH: Final = frozenset("'’‘ʼʻ`´ʿʾ′＇ـ\u115f\u1160\u3164\uffa0")
"""Apostrophes and the transliterators' half rings; tatweel; the Hangul fillers, which are letters that show nothing."""


def _fold(character: str) -> str:
    """Return what stands for one character: nothing, a space, or one or more letters and digits."""
    if character in _VANISH or unicodedata.category(character) == "Cf":
        return ""
    folded = unicodedata.normalize("NFKD", character.casefold())
    # Once more: 𝐀 has no case of its own, the A that it decomposes to has one.
    folded = unicodedata.normalize("NFKD", folded.casefold())
    kept = [_letter(c) for c in folded if unicodedata.category(c) not in {"Mn", "Me"} and c not in _VANISH]
    if "".join(kept).isspace() and not character.isspace():
        # An accent or vowel sign in its stand-alone form decomposes to a space that carries it. It is a mark.
        return "" if unicodedata.category(character) in {"Lo", "Lm"} else " "
    return "".join(kept)


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category[0] in "LN" or category == "Mc":
        return _VARIANTS.get(character, character)
    return " "


class _Table(dict[int, str]):
    """The table of ``str.translate``, filled as characters are met: most of Unicode never is."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


_TABLE: Final = _Table()


def normalise(text: str) -> str:
    """Return the heavy normal form: words of unified letters, one space between them, none at the ends."""
    return " ".join(text.translate(_TABLE).split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """The normal form with the way back to the original."""

    text: str
    """As ``normalise`` gives it."""
    starts: tuple[int, ...]
    """For each character of ``text``, the offset of the original character that it stands for."""
    ends: tuple[int, ...]
    """And where that character ends, with the marks that it carries."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` (not empty) stands in the original, end exclusive."""
        return self.starts[start], self.ends[end - 1]


def with_spans(text: str) -> Spans:
    """Normalise and keep the map. Slower than ``normalise``: build it only where something matched."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, character in enumerate(text):
        for letter in _TABLE[ord(character)]:
            if letter == " " and (not letters or letters[-1] == " "):
                continue
            letters.append(letter)
            starts.append(at)
            ends.append(at + 1)
        if ends and ends[-1] == at and unicodedata.category(character) in {"Mn", "Me"}:
            ends[-1] = at + 1
    kept = len(letters) - (letters[-1:] == [" "])
    return Spans(text="".join(letters[:kept]), starts=tuple(starts[:kept]), ends=tuple(ends[:kept]))
