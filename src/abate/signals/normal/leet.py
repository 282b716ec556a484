"""Digits and signs written for letters ("l4ntern", "pa$$word"), for matching only: "4K" is no word."""

import re
from array import array
from collections.abc import Iterator, Mapping
from typing import Final

from abate.signals.normal.layers import Layer, single
from abate.signals.normal.undoing import SPACED, is_word

DIGITS: Final = "01345789"
SIGNS: Final = "@$€£!|+"
"""The last three only between letters: at a word's end they are what they are."""

_LATIN: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"} | {
    "@": "a", "$": "s", "€": "e", "£": "l", "!": "i", "|": "l", "+": "t",
}  # fmt: skip
_CYRILLIC: Final = {"0": "о", "1": "і", "3": "з", "4": "ч", "5": "б", "7": "т", "8": "в", "9": "д", "@": "а"}
_AS_EL: Final = _LATIN | {"1": "l", "!": "l", "|": "i"}
_TWO_WAYS: Final = frozenset("1!|")

_CANDIDATE: Final = re.compile(f"[{DIGITS}@$€£|]|[!+](?=[^\\W_])")
BREAKS: Final = '.,;:?"()[]{}<>#&%/\\*=~^_-\u2026\u2013\u2014'
"""What ends a word here besides spaces, so that "covid-19" and "&#39;s" stay as they are."""

_WORD: Final = re.compile(f"[^\\s{re.escape(BREAKS)}]+")
_SIGN: Final = re.compile(r"(?<=[^\W_])[@$€£]+|[$€£]+(?=[^\W\d_])|(?<=[^\W_])[!|+](?=[^\W_])")
_AS_IT_IS: Final = re.compile(r"\d+[^\W\d_]{1,2}|\d{2,}[^\W\d_]{3}|[^\W\d_]+\d{2,}|.{1,3}", re.DOTALL)
"""Numbers with what they count or name: "5G", "19th", "2nd", "B52", "covid19"; and words too short to hide in."""
_IS_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_IS_LATIN: Final = re.compile("[a-zA-Z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]")


def replaced(text: str) -> Iterator[tuple[str, Layer]]:
    """Yield ``text`` with letters for digits and signs, one for one; where there is a figure one, as i and as l."""
    if not _CANDIDATE.search(text):
        return
    changed = array("q")
    first = _WORD.sub(lambda word: _rewritten(word, _LATIN, changed), text)
    if changed:
        layer = single(changed)
        yield first, layer
        if _TWO_WAYS.isdisjoint(text):
            return
        second = _WORD.sub(lambda word: _rewritten(word, _AS_EL, array("q")), text)
        if second != first:
            yield second, layer


def _rewritten(word: re.Match[str], latin: Mapping[str, str], changed: "array[int]") -> str:
    """Return a word with letters of its script for digits and signs, and add to ``changed`` where they stand."""
    if not _CANDIDATE.search(word[0]) or _AS_IT_IS.fullmatch(word[0]):
        return word[0]
    known = _CYRILLIC if _IS_CYRILLIC.search(word[0]) else latin if _IS_LATIN.search(word[0]) else {}
    if not known:
        return word[0]
    letters = list(word[0])
    for sign in _SIGN.finditer(word[0]):
        for at in range(*sign.span()):
            letters[at] = known.get(letters[at], letters[at])
    for at, character in enumerate(word[0]):
        letters[at] = known[character] if character.isdigit() and character in known else letters[at]
        if letters[at] != character:
            changed.append(word.start() + at)
    return "".join(letters)


def in_spaced(normal: str) -> tuple[str, Layer]:
    """Return a normal form with the digits among letters that stand alone read as letters."""
    letters, changed = list(normal), array("q")
    for run in SPACED.finditer(normal):
        if is_word(run[0]):
            known = _CYRILLIC if _IS_CYRILLIC.search(run[0]) else _LATIN
            for at in range(*run.span()):
                if letters[at] in known:
                    letters[at] = known[letters[at]]
                    changed.append(at)
    return "".join(letters), single(changed)
