"""The automaton over the patterns of a search, in an alphabet of its own.

Written in UTF-8, a letter takes up to three bytes, and so up to three states and three steps. The letters that the
patterns have are few, whatever their scripts: the commonest of them get a byte each, all others in a text become one
byte that no pattern has. That halves time, memory and building, and makes the place of a byte the place of its letter.
Patterns with a letter beyond those, as Han needs, are looked for in UTF-8.
"""

import codecs
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Final

import ahocorasick_rs

Hit = tuple[int, int, int]
"""The number of a pattern, and the offsets of its first letter and of the one behind its last."""

_OTHERS: Final = "?"
"""What all other letters become; the normal form has none."""
_LETTERS: Final = 250
BETWEEN: Final = "\0"
"""What stands between texts that are searched together: neither a pattern nor a normal form has it."""
_UNUSED: Final = "\ufffe"
_LAST: Final = "\ufffd"
"""The last letter that a table of bytes takes."""


class Automaton:
    """Finds every place of every pattern. It never changes; any number of threads may ask it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.longest = max(map(len, texts), default=0)
        counted = Counter(chain.from_iterable(map(set, texts)))
        letters = "".join(letter for letter, _ in counted.most_common(_LETTERS) if letter <= _LAST)
        self._table = codecs.charmap_build(f"{BETWEEN}{_OTHERS}{letters}".ljust(256, _UNUSED))
        within = frozenset(letters)
        self._narrow = array("I", (number for number, text in enumerate(texts) if within.issuperset(text)))
        narrow = (codecs.charmap_encode(texts[number], "strict", self._table)[0] for number in self._narrow)
        # The DFA would be a third quicker at a thousand patterns, and take 30 times the memory at a hundred thousand.
        self._in_bytes = ahocorasick_rs.BytesAhoCorasick(narrow)
        self._wide = array("I", (number for number, text in enumerate(texts) if not within.issuperset(text)))
        self._in_text = ahocorasick_rs.AhoCorasick((texts[number] for number in self._wide), store_patterns=False)

    def hits(self, normal: str) -> list[Hit]:
        """Return the hits in a text without lone surrogates, overlapping ones too; those of one pattern in order."""
        found: list[Hit] = []
        if self._narrow:
            own, _ = codecs.charmap_encode(normal, "replace", self._table)
            numbers = self._narrow
            found = [
                (numbers[n], at, end) for n, at, end in self._in_bytes.find_matches_as_indexes(own, overlapping=True)
            ]
        if self._wide:
            numbers = self._wide
            found += [
                (numbers[n], at, end) for n, at, end in self._in_text.find_matches_as_indexes(normal, overlapping=True)
            ]
        return found
