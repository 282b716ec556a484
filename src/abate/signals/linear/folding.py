"""The light normal form as a table, so that the scorer folds characters as it reads them.

Most characters have one light form wherever they stand. The few that do not (marks that join what is before them, or
change places with other marks) send their text through ``light``, which is ten times slower. Both ways give the same.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.signals.linear.tables import BMP
from abate.signals.normal import light

BY_NEIGHBOURS: Final = 255
"""Stands for the length of a form that depends on what is beside the character."""
MOVES: Final = 254
"""Stands for the length of a mark that joins nothing, but changes places with a mark beside it, as harakat do."""
LONGEST: Final = 4
"""Characters in the longest form that the table holds; longer ones go through ``light``."""
PICTURES: Final = ((0x1F1E6, 0x1F1FF), (0x1F300, 0x1FAFF))
"""The only stretches above the table whose characters stand for themselves."""
_FOR_THEMSELVES: Final = ((0x3400, 0x9FFF), (0xAC00, 0xD7A3), (0xD800, 0xF8FF))
"""Ideographs, Hangul syllables, surrogates, private use: known without asking, which saves half of the time."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Folding:
    """The light form of each code point below 2^16."""

    lengths: npt.NDArray[np.uint8]
    """Shape ``(65536,)``: characters in the form, or ``BY_NEIGHBOURS``, or ``MOVES``."""
    forms: npt.NDArray[np.uint32]
    """Shape ``(65536, LONGEST)``."""


@lru_cache(maxsize=1)
def folding() -> Folding:
    """Return the table; made at the first text of a process."""
    lengths = np.ones(BMP, dtype=np.uint8)
    forms = np.zeros((BMP, LONGEST), dtype=np.uint32)
    forms[:, 0] = np.arange(BMP)
    for code in _asked():
        form = light(chr(code))
        if unicodedata.combining(chr(code)) and form == chr(code):
            lengths[code] = MOVES
        elif len(form) > LONGEST or _carries_marks(chr(code), form):
            lengths[code] = BY_NEIGHBOURS
        else:
            lengths[code] = len(form)
            forms[code, : len(form)] = list(map(ord, form))
    lengths[_joining()] = BY_NEIGHBOURS
    return Folding(lengths=lengths, forms=forms)


def _carries_marks(character: str, form: str) -> bool:
    """Say whether it holds a mark that others may pass. The iota subscript is one until folding makes it a letter."""
    whole = unicodedata.normalize("NFKD", character)
    return unicodedata.combining(character) != 0 or any(map(unicodedata.combining, form)) or "\u0345" in whole


def _asked() -> list[int]:
    told = np.zeros(BMP, dtype=np.bool_)
    for first, last in _FOR_THEMSELVES:
        told[first : last + 1] = True
    found: list[int] = np.flatnonzero(~told).tolist()
    return found


def _joining() -> list[int]:
    """Return what composition may join to the character before it, and vowels and finals of Hangul."""
    parts = [unicodedata.decomposition(chr(code)).split() for code in _asked()]
    seconds = {int(pair[1], 16) for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}  # noqa: PLR2004 - a pair
    return sorted(seconds | set(range(0x1160, 0x1200)))
