"""Letters of one script put for another's inside one word, taken back. Words of a single script are never touched.

Which letters pass for which is read from Unicode's confusables. A word that mixes scripts is rewritten in one of them,
or in Latin, if every letter that is foreign there looks like a letter of that script; otherwise it stays as it is: such
words are compounds ("USBшник"), not disguises. Where more than one script would do, the one that most of the text is
written in comes first, then the one that holds most of the word.

Source: Unicode Technical Standard #39, sections 4 and 5.
"""

import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from abate.signals.normal.characters import FOLDED, SCRIPT_BITS, SMALL, fold
from abate.signals.normal.layers import Layer, single
from abate.signals.normal.lookalike_letters import CLASSES

LATIN: Final = 1
_WORD: Final = re.compile(r"\S+")
_SHORT: Final = 32
"""Words up to this length are remembered while they recur; longer ones could fill the memory."""


def _alike() -> Mapping[str, tuple[str, ...]]:
    """Return the whole class of each letter that has one."""
    classes = (tuple(chr(int(code, 16)) for code in line.split()) for line in CLASSES.splitlines())
    return {letter: members for members in classes for letter in members}


_ALIKE: Final = _alike()


@lru_cache(maxsize=4096)
def choices(character: str) -> Mapping[int, str]:
    """Return what a letter can be taken for, in the normal form, by script.

    By the shape it is written with first, then by its small and its capital shape: people mix those up as well.
    """
    found: dict[int, str] = {}
    folded = fold(character)
    for shape in (character, folded, folded.upper()):
        members = sorted(_ALIKE.get(shape, ()), key=lambda c: (c.isupper() != shape.isupper(), c))
        for member in members:
            form = fold(member)
            found.setdefault(SCRIPT_BITS[form], form)
    return found


def mixes(scripts: int) -> bool:
    """Say whether the bits of a word's letters are those of a possible disguise."""
    return bool(scripts & SMALL) or scripts & (scripts - 1) != 0


def readings(normal: str, shapes: str) -> Iterator[tuple[str, Layer]]:
    """Yield the readings of a normal form with its mixed words rewritten, the likeliest first; none where none can be.

    :param shapes: for each letter of ``normal``, the letter as it is written, in its case and without marks
    """
    around: Counter[int] = Counter()
    for word in _WORD.finditer(normal):
        scripts = scripts_in(word[0])
        if not mixes(scripts):
            around[scripts] += len(word[0])
    order = tuple(script for script, _ in around.most_common())
    rank, more = 0, True
    while more:
        letters, changed, most = list(normal), array("q"), 0
        for word in _WORD.finditer(normal):
            if not mixes(scripts_in(word[0])):
                continue
            fit = _fitting_short if len(word[0]) <= _SHORT else _fitting
            fitting = fit(word[0], shapes[slice(*word.span())], order)
            most = max(most, len(fitting))
            if fitting:
                changed.extend(_rewrite(letters, shapes, word, fitting[min(rank, len(fitting) - 1)]))
        if most:
            yield "".join(letters), single(changed)
        rank += 1
        more = rank < most


def scripts_in(word: str) -> int:
    """Return the bits of all the scripts in a word of the normal form."""
    if word.isascii():
        return 0 if word.isdigit() else LATIN
    scripts = 0
    for letter in set(word):
        scripts |= SCRIPT_BITS[letter]
    return scripts


def _fitting(word: str, shapes: str, order: tuple[int, ...]) -> list[int]:
    """Return the scripts in which the whole word can be read, the likeliest first: by ``order``, then its letters."""
    inside: Counter[int] = Counter()
    shapes_of: dict[int, set[str]] = defaultdict(set)
    for letter, written in zip(word, shapes, strict=True):
        inside[SCRIPT_BITS[letter]] += 1
        shapes_of[SCRIPT_BITS[letter]].add(written)
    fit = [target for target in {LATIN, *inside} - {0, SMALL} if _reads(shapes_of, target)]
    return sorted(fit, key=lambda script: ((*order, script).index(script), -inside[script], script))


_fitting_short: Final = lru_cache(maxsize=4096)(_fitting)


def _reads(shapes_of: Mapping[int, set[str]], target: int) -> bool:
    foreign = (shapes for script, shapes in shapes_of.items() if script not in {0, target})
    return all(target in choices(written) for shapes in foreign for written in shapes)


def _rewrite(letters: list[str], shapes: str, word: re.Match[str], target: int) -> Iterator[int]:
    """Put the target script's letters for others in the word, and yield where."""
    for at in range(*word.span()):
        if SCRIPT_BITS[letters[at]] not in {0, target}:
            letters[at] = choices(shapes[at])[target]
            yield at


def shape(character: str, letter: str) -> str:
    """Return how ``letter`` of the normal form is written: the bare character, or itself where that expands."""
    return unicodedata.normalize("NFKD", character)[:1] if FOLDED[ord(character)] == letter else letter
