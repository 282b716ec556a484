"""Light normalisation: one spelling for one text, with every distinction that its language makes.

Compatibility forms composed (NFKC), case folded, and what shows nothing dropped: zero-width characters, bidirectional
controls, variation selectors, fillers. Accents, harakat and the letters that Pashto, Persian and Urdu tell apart stay,
so this is what language identification, classifiers and context read. It has no map back to the original.

Source: Unicode Standard Annex #15 (NFKC), the default-ignorable code points of the Unicode Character Database.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_UNSEEN: Final = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""The default-ignorable code points, and the interlinear anchors U+FFF9 to U+FFFB."""


_MAYBE_UNSEEN: Final = re.compile("[\xad\u034f\u061c\u115f-\U0010ffff]")
"""Few ranges, so that the usual text is looked through three times as quickly."""

_LONG: Final = 512
"""Up to this length sorting marks costs little, however many there are."""


def light(text: str) -> str:
    """Return the light normal form of ``text``: of the same words, letters and order, in one spelling. Idempotent."""
    if text.isascii():
        return text.lower()
    seen = _UNSEEN.sub("", text) if _MAYBE_UNSEEN.search(text) else text
    if len(seen) > _LONG:
        seen = _piles().sub(_in_order, seen)
    folded = unicodedata.normalize("NFKC", seen).casefold()
    if unicodedata.is_normalized("NFKC", folded):
        return folded
    # Folding took a composed letter apart, or decomposing brought out a letter that has case.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())


def light_many(texts: Iterable[str]) -> list[str]:
    """Return the light normal form of each text."""
    return [light(text) for text in texts]


@lru_cache(maxsize=1)
def _piles() -> re.Pattern[str]:
    """Return what finds thirty-two marks in a row, which nobody writes but to be in the way."""
    marks = "".join(chr(code) for code in range(0x300, 0x20000) if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}{_TIBETAN}]{{32,}}")


_TIBETAN: Final = "\u0f73\u0f75\u0f81"
"""Vowel signs that are no marks by their class, but become two each."""


def _in_order(pile: re.Match[str]) -> str:
    """Put marks into canonical order: ``unicodedata`` does it too, in time that grows with their square."""
    apart = (mark for written in pile[0] for mark in unicodedata.normalize("NFKD", written))
    return "".join(sorted(apart, key=unicodedata.combining))
