"""The cues of one language, counted in texts: which kinds of cue stand there, inside a quotation or outside of one.

A cue is a word or a phrase that people use when they report, condemn, quote the law, praise, call others to join, or
explain how something is done. The lists (``cues/LANGUAGE.toml``) are written by hand, hold no name of anybody, and are
looked for word by word in light text; a cue that ends in ``*`` may go on. Arabic writes conjunctions, prepositions and
the article onto the word, and pronouns behind it, so those may stand around a cue there.

Of the cues that begin at one word the longest counts alone: "do not join us" refuses, though "join us" calls.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.signals.context import kernel
from abate.signals.context.kernel import Codes, Folds, Ints, Tries
from abate.signals.context.lists import KINDS, WIDTH, cues_of
from abate.signals.normal import light

_KNOWN: Final = 0x3000
"""Code points below this can stand in a cue or end one; what is above, ideographs and pictures, is no letter here."""
_ALIKE: Final = {
    "’": "'", "‘": "'", "ʼ": "'", "ı": "i", "ё": "е",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",
    "ي": "ی", "ى": "ی", "ې": "ی", "ۍ": "ی", "ے": "ی", "ئ": "ی",
    "ك": "ک", "ة": "ه", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ؤ": "و",
}  # fmt: skip
"""Spellings that writers use for one another. Pashto loses letters that it tells apart; its cues lose the same."""
_MARKS_OF_KIND: Final = {
    **dict.fromkeys('"“”„«»', kernel.QUOTE),
    **dict.fromkeys("?؟", kernel.QUESTION),
    "!": kernel.EXCLAMATION,
}
_LEFT_OUT: Final = frozenset("ـ\u0307\u0670") | {chr(c) for c in (*range(0x610, 0x61B), *range(0x64B, 0x660))}
"""Tatweel, the dot that casefolding parts from the Turkish capital, and the Arabic vowel signs."""


@cache
def _folds() -> Folds:
    letters = np.arange(_KNOWN, dtype=np.uint32)
    classes = np.zeros(_KNOWN, dtype=np.uint8)
    for code in range(_KNOWN):
        letter = chr(code)
        letters[code] = ord(" ") if letter.isspace() else ord(_ALIKE.get(letter, letter))
        classes[code] = _class_of(letter)
    return Folds(letters, classes)


def _class_of(letter: str) -> int:
    if letter in _LEFT_OUT:
        return kernel.NOTHING
    if letter in _MARKS_OF_KIND:
        return _MARKS_OF_KIND[letter]
    if letter.isspace():
        return kernel.SPACE
    if letter.isdecimal():
        return kernel.DIGIT
    return kernel.LETTER if letter.isalnum() else kernel.OTHER


def codes_of(text: str) -> Codes:
    """Return the code points of ``text``; lone surrogates, which JSON can smuggle in, are code points too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def folded(cue: str) -> tuple[int, ...]:
    """Return the code points under which a cue is looked for."""
    codes = codes_of(" ".join(light(cue).split()))
    letters, kinds = np.empty(len(codes), np.uint32), np.empty(len(codes), np.uint8)
    text = kernel.folded(codes, _folds(), letters, kinds)
    return tuple(letters[: text.size].tolist())


def _before() -> frozenset[str]:
    parts = product(("", "و", "ف"), ("", "ب", "ل", "ک", "س"), ("", "ال"))
    return (frozenset("".join(one) for one in parts) | {"لل", "ولل", "فلل"}) - {""}


BEFORE: Final = {"ar": _before()}
"""What may stand before a cue in its word, by language."""
BEHIND: Final = {
    "ar": frozenset({"ه", "ها", "هم", "هن", "هما", "ک", "کم", "نا", "ی", "ا", "وا"}),
    "fa": frozenset({"ی", "ها", "های", "هایی", "ش", "شان"}),
}
"""What may stand behind a cue in its word, by language."""


class Lexicon:
    """The cues of one language as tries. It never changes; any number of threads may ask it."""

    def __init__(self, language: str, cues: dict[str, list[str]]) -> None:
        known: dict[tuple[int, ...], int] = {}
        for kind, written in cues.items():
            for cue in written:
                known.setdefault(folded(cue.removesuffix("*")), 2 * KINDS.index(kind) + cue.endswith("*"))
        tries = _Growing()
        tries.add(kernel.CUES, known)
        tries.add(kernel.BEFORE, {folded(one): 0 for one in BEFORE.get(language, ())})
        tries.add(kernel.BEHIND, {folded(one): 0 for one in BEHIND.get(language, ())})
        self._tries = tries.tables()

    def counts(self, texts: Sequence[str]) -> Ints:
        """Return a row of ``WIDTH`` counts for each light text."""
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        counts: npt.NDArray[np.int64] = np.zeros((len(texts), WIDTH), dtype=np.int64)
        kernel.count_each(codes_of("".join(texts)), ends, _folds(), self._tries, counts)
        return counts


class _Growing:
    """Three tries being built, of nodes with one number range."""

    def __init__(self) -> None:
        self._next: dict[tuple[int, int], int] = {}
        self._accepts = [-1, -1, -1]

    def add(self, root: int, words: dict[tuple[int, ...], int]) -> None:
        for word, accept in words.items():
            node = root
            for code in word:
                following = self._next.setdefault((node, code), len(self._accepts))
                if following == len(self._accepts):
                    self._accepts.append(-1)
                node = following
            self._accepts[node] = accept

    def tables(self) -> Tries:
        """Return the edges and their targets as the kernel looks them up, at most half full, and the accepts."""
        size = 1 << (2 * len(self._next)).bit_length()
        edges, targets = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64)
        for (node, code), target in self._next.items():
            key = (node << 21) | code
            at = ((key * kernel.SPREAD) >> 16) & (size - 1)
            while edges[at] >= 0:
                at = (at + 1) & (size - 1)
            edges[at], targets[at] = key, target
        return Tries(edges, targets, np.array(self._accepts, dtype=np.int64))


@cache
def lexicon_of(language: str) -> Lexicon:
    """Return the lexicon of ``language``, built once."""
    return Lexicon(language, cues_of(language))


def counted(texts: Iterable[str], language: str) -> Ints:
    """Return a row of counts for each text as it was written."""
    return lexicon_of(language).counts([light(text) for text in texts])
