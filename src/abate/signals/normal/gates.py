"""Cheap looks at a text that say whether undoing a disguise could change it. Each passes whatever undoing would change.

The compiled kernel gives the same flags while it normalises; that these gates never close on what undoing would change
is held by a differential test.
"""

import re
from typing import Final

from abate.signals.normal.characters import SCRIPT_BITS
from abate.signals.normal.lookalikes import mixes, scripts_in
from abate.signals.normal.undoing import STRETCHED

SPACED: Final = 1
"""Three letters in a row stand alone."""
TALL: Final = 2
"""A word looks stretched."""
MIXED: Final = 4
"""A word mixes scripts."""
LEET: Final = 8
"""A word has letters, and digits or signs that are written for letters."""
ALL: Final = SPACED | TALL | MIXED | LEET

_SPACED: Final = re.compile(r" (?:ss|\S) (?:ss|\S) (?:ss|\S) ")
_LEET: Final = re.compile(r"[01345789@$€£|]|[!+](?=[^\W_])")
_WORD: Final = re.compile(r"\S+")


def flags(text: str, normal: str) -> int:
    """Return which disguises ``text`` may hold, given its normal form."""
    found = SPACED if _SPACED.search(f" {normal} ") else 0
    if stretched(normal):
        found |= TALL
    if mixed(normal):
        found |= MIXED
    if _LEET.search(text):
        found |= LEET
    return found


def stretched(normal: str) -> bool:
    """Say whether some word of a normal form looks stretched."""
    return STRETCHED.search(normal) is not None


def mixed(normal: str) -> bool:
    """Say whether some word of a normal form mixes scripts."""
    if normal.isascii():
        return False
    present = 0
    for letter in set(normal):
        present |= SCRIPT_BITS[letter]
    return mixes(present) and any(mixes(scripts_in(word[0])) for word in _WORD.finditer(normal))
