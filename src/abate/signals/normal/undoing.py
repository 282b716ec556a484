"""What people put between letters and how they stretch words, undone in the normal form: pure functions of strings."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from typing import Final

from abate.signals.normal.layers import Layer

SPACED: Final = re.compile(r"(?<!\S)(?:ss|\S)(?: (?:ss|\S)){2,}(?!\S)")
"""Three or more letters that stand alone, one after the other: whatever separated them is one space by now. And "ss"
may be one letter, a sharp s."""

_SPACE: Final = re.compile(" ")

STRETCHED: Final = re.compile(r"([^\s\d])\1(?:\1|([^\s\d])\2([^\s\d])\3)")
"""A letter three times or more; or each of three letters twice, as in "llaanntteerrnn". Numbers are never shortened."""

_THRICE: Final = re.compile(r"(?<!\S)[ivxlcdm]{3,15}(?!\S)|([^\s\d])\1{2,}")
"""Roman numbers are matched first, so that "viii" is passed over."""
_RUN: Final = re.compile(r"([^\s\d])\1+")
_WORD: Final = re.compile(r"\S+")
_FIGURES: Final = 3
"""A word with digits for letters has a letter among three at least."""
_INNER: Final = 0.6
"""Least share of the commonest separator for wider ones to be gaps between words. Below it they are mixed at will."""


def joined(normal: str, between: Callable[[int], str], *, gaps: bool) -> tuple[str, Layer, bool]:
    """Join letters that stand alone; say as well whether a gap between words was seen among them.

    :param between: gives what stands in the original for a space of ``normal``, by its offset
    :param gaps: whether wider separators stay as the gaps between words
    """
    cuts, runs = array("q"), array("q")
    seen = False
    for run in SPACED.finditer(normal):
        if is_word(run[0]):
            spaces = array("q", (space.start() for space in _SPACE.finditer(normal, *run.span())))
            wide = _gaps([between(at) for at in spaces])
            seen = seen or bool(wide)
            cuts.extend(at for number, at in enumerate(spaces) if not (gaps and number in wide))
            runs.extend(run.span())
    layer = Layer(cuts=((at, at + 1) for at in cuts), telling=zip(runs[::2], runs[1::2], strict=True))
    return layer.through(normal), layer, seen


def is_word(run: str) -> bool:
    """Say whether letters that stand alone may be one word: numbers in a row are none."""
    letters = sum(map(str.isalpha, run))
    return letters > 1 and letters * _FIGURES >= letters + sum(map(str.isdigit, run))


def _gaps(separators: list[str]) -> set[int]:
    """Return which separators are the wider gaps between words, by number; none where that cannot be told."""
    (inner, count), *_ = Counter(separators).most_common(1)
    if count < _INNER * len(separators):
        return set()
    width = _width(inner)
    wide = {number for number, separator in enumerate(separators) if _width(separator) > width}
    rims = [-1, *sorted(wide), len(separators)]
    lone = [after - before == 1 for before, after in pairwise(rims)]
    # Three words of one letter in a row are not words: the gaps are noise, and a second pass would join them.
    return set() if any(all(lone[i : i + 3]) for i in range(len(lone) - 2)) else wide


def _width(separator: str) -> int:
    return sum(map(str.isspace, separator))


def shortened(text: str) -> tuple[str, Layer]:
    """Reduce each run of three or more to one letter, but in Roman numbers and words of a single letter ("www")."""
    tall = (run.span() for run in _THRICE.finditer(text) if run[1] and not _alone(text, *run.span()))
    runs = array("q", chain.from_iterable(tall))
    tails = ((start + 1, end) for start, end in zip(runs[::2], runs[1::2], strict=True))
    layer = Layer(cuts=tails, trailing=True, telling=zip(runs[::2], runs[1::2], strict=True))
    return layer.through(text), layer


def _alone(text: str, start: int, end: int) -> bool:
    return (start == 0 or text[start - 1] == " ") and (end == len(text) or text[end] == " ")


def squeezed(text: str) -> tuple[str, Layer]:
    """Reduce every run to one letter; telling are the words that look stretched."""
    tails = ((run.start() + 1, run.end()) for run in _RUN.finditer(text))
    layer = Layer(cuts=tails, trailing=True, telling=_stretched_words(text))
    return layer.through(text), layer


def _stretched_words(text: str) -> Iterator[tuple[int, int]]:
    for word in _WORD.finditer(text):
        if STRETCHED.search(word[0]):
            yield word.span()


def squeeze(normal: str) -> str:
    """Return a normal form with every run of one letter reduced to one: the key of squeezed views."""
    return _RUN.sub(r"\1", normal)
