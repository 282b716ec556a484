"""The heavy normal form, compiled: one pass over code points with tables that are filled as characters are met.

The flags that gate the undoing of disguises (``gates``) come out of the same pass.
"""

import threading
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit
from abate.signals.normal import gates
from abate.signals.normal.characters import SMALL, fold, script_of
from abate.signals.normal.leet import BREAKS, DIGITS

Codes: TypeAlias = npt.NDArray[np.uint32]
Kinds: TypeAlias = npt.NDArray[np.uint16]
Offsets: TypeAlias = npt.NDArray[np.int64]
Places: TypeAlias = npt.NDArray[np.int32]
Flags: TypeAlias = npt.NDArray[np.uint8]

_UNICODE: Final = 0x110000
_PAGE: Final = 256
_LONGEST: Final = 18
"""Characters that one character becomes at most: U+FDFA."""
_EXPANSIONS: Final = 1 << 17
"""Room for what all characters that become several become: 36,104 letters and 12,355 lengths in Unicode 14."""

_UNKNOWN: Final = 0
_DROPPED: Final = 1
_SPACE: Final = 32
_LINE_FEED: Final = 10
_SEVERAL: Final = 0x80000000
"""From here on a form is the place among the expansions, where the length comes first."""

_SCRIPTS: Final = 2 * SMALL - 1
_SMALL: Final = SMALL
_LETTER: Final = 1 << 8
_WORD: Final = 1 << 9
_FIGURE: Final = 1 << 10
"""A digit that is written for a letter."""
_AFTER: Final = 1 << 11
"""A sign that may be one after a letter or digit."""
_BEFORE: Final = 1 << 12
"""And one that may be one before them."""
_BLANK: Final = 1 << 13
_MARK: Final = 1 << 14

_SPACED: Final = gates.SPACED
_TALL: Final = gates.TALL
_MIXED: Final = gates.MIXED
_LEET: Final = gates.LEET
_BOTH: Final = 3
"""A letter and what may stand for one: the lower bits of the state that ``hint`` keeps."""
_THREE: Final = 3
_TWO: Final = 2
_NOUGHT: Final = ord("0")
_NINE: Final = ord("9")
_SHARP: Final = ord("s")
"""Two of these may be one sharp s that stands alone."""


@njit
def hint(state: int, kind: int) -> int:
    """Return what is known of a word after one more character: whether a letter is met, and what is written for one.

    Bits of ``state``: 1 a letter, 2 what is for one, 4 the last character was ``_BEFORE``, 8 it was ``_WORD``.
    """
    if kind & _WORD:
        if state & 4 or kind & _FIGURE:
            state |= 2
        if kind & _LETTER:
            state |= 1
        state |= 8
    else:
        if kind & _BLANK:
            state = 0
        elif state & 8 and kind & _AFTER:
            state |= 2
        state &= 7
    return state | 4 if kind & _BEFORE else state & 11


@njit
def stands_alone(length: int, run: int, last: np.uint32) -> bool:
    """Say whether a word of the normal form is one letter, or two that may be a sharp s."""
    return length == 1 or (length == run == _TWO and last == _SHARP)


@njit
def fold_texts(  # noqa: C901 - one pass; a call a letter would double its time
    codes: Codes, ends: Offsets, forms: Codes, more: Codes, kinds: Kinds, out: Codes, flags: Flags
) -> int:
    """Write the normal form of each text into ``out``, each followed by a line feed, and its flags into ``flags``.

    :param codes: the texts' code points, one text behind the other
    :param ends: where each text ends in ``codes``
    :param forms: for each code point what stands for it; see ``_UNKNOWN``, ``_DROPPED``, ``_SEVERAL``
    :param out: at least as long as ``codes`` and ``ends`` together, more where characters expand
    :returns: how much of ``out`` is written; -1 where a character is not in the tables; -2 where ``out`` is too short
    """
    room = out.size - _LONGEST - 2
    wrote = at = 0
    for number in range(ends.size):
        first = wrote
        gap = False
        flag = state = length = lone = run = doubles = scripts = 0
        previous = np.uint32(0)
        while at < ends[number]:
            form = forms[codes[at]]
            if form == _UNKNOWN:
                return -1
            state = hint(state, kinds[codes[at]])
            at += 1
            if state & _BOTH == _BOTH:
                flag |= _LEET
            if form == _DROPPED:
                continue
            several = form >= _SEVERAL
            place = np.int64(form - _SEVERAL) if several else 0
            if wrote > room:
                return -2
            for step in range(np.int64(more[place]) if several else 1):
                letter = more[place + 1 + step] if several else form
                if letter == _SPACE:
                    gap = True
                    continue
                if gap and wrote > first:
                    out[wrote] = _SPACE
                    wrote += 1
                    lone = lone + 1 if stands_alone(length, run, previous) else 0
                    flag |= (lone >= _THREE) * _SPACED | mixed(scripts)
                    length = scripts = run = doubles = 0
                    previous = np.uint32(0)
                gap = False
                out[wrote] = letter
                wrote += 1
                length += 1
                scripts |= kinds[letter] & _SCRIPTS
                if letter != previous or (_NOUGHT <= letter <= _NINE):
                    doubles = doubles if run == _TWO else 0
                    run = 0
                    previous = letter
                run += 1
                doubles += run == _TWO
                if run == _THREE or doubles == _THREE:  # noqa: PLR1714 - a tuple would be slower
                    flag |= _TALL
        lone = lone + 1 if stands_alone(length, run, previous) else 0
        flags[number] = flag | (lone >= _THREE) * _SPACED | mixed(scripts)
        if wrote > room:
            return -2
        out[wrote] = _LINE_FEED
        wrote += 1
    return wrote


@njit
def mixed(scripts: int) -> int:
    """Return the flag of a word with these scripts."""
    return _MIXED if scripts & (scripts - 1) or scripts & _SMALL else 0


@njit
def map_text(codes: Codes, forms: Codes, more: Codes, kinds: Kinds, out: Codes, starts: Places, stops: Places) -> int:
    """Write the normal form of one text, and where each of its characters stands; the tables know every character."""
    wrote = 0
    for at in range(codes.size):
        form = forms[codes[at]]
        if form == _DROPPED:
            if wrote and stops[wrote - 1] == at and kinds[codes[at]] & _MARK:
                stops[wrote - 1] = at + 1
            continue
        several = form >= _SEVERAL
        place = np.int64(form - _SEVERAL) if several else 0
        count = np.int64(more[place]) if several else 1
        for step in range(count):
            letter = more[place + 1 + step] if several else form
            if letter == _SPACE and (wrote == 0 or out[wrote - 1] == _SPACE):
                continue
            out[wrote] = letter
            starts[wrote] = at
            stops[wrote] = at + 1
            wrote += 1
    if wrote and out[wrote - 1] == _SPACE:
        wrote -= 1
    return wrote


class Kernel:
    """The compiled functions with their tables. The tables only grow; threads may share it."""

    def __init__(self) -> None:
        # Pages that no text has touched cost no memory: the system hands them out when they are written to.
        self._forms = np.zeros(_UNICODE, np.uint32)
        self._kinds = np.zeros(_UNICODE, np.uint16)
        self._more = np.zeros(_EXPANSIONS, np.uint32)
        self._used = 0
        self._lock = threading.Lock()

    def normalise(self, texts: Sequence[str]) -> tuple[list[str], Flags]:
        """Return the normal form of each text, and its flags."""
        codes = _codes("".join(texts))
        ends = np.fromiter(accumulate(map(len, texts)), np.int64, len(texts))
        flags = np.empty(len(texts), np.uint8)
        out = np.empty(codes.size + codes.size // 4 + len(texts) + _LONGEST + 2, np.uint32)
        while (wrote := fold_texts(codes, ends, self._forms, self._more, self._kinds, out, flags)) < 0:
            if wrote == -1:
                self._learn(codes)
            else:
                out = np.empty(codes.size * _LONGEST + len(texts) + _LONGEST + 2, np.uint32)
        return str(out[:wrote].data, "utf-32-le").split("\n")[:-1], flags

    def with_spans(self, text: str) -> tuple[str, memoryview, memoryview]:
        """Return the normal form of one text, and where each of its characters starts and ends."""
        codes = _codes(text)
        if not self._forms[codes].all():
            self._learn(codes)
        lengths = self._lengths(codes)
        out = np.empty(lengths, np.uint32)
        starts, stops = np.empty(lengths, np.int32), np.empty(lengths, np.int32)
        wrote = map_text(codes, self._forms, self._more, self._kinds, out, starts, stops)
        return str(out[:wrote].data, "utf-32-le"), starts[:wrote].data, stops[:wrote].data

    def _lengths(self, codes: Codes) -> int:
        """Return how many characters the normal form has at most."""
        forms = self._forms[codes]
        several = forms[forms >= _SEVERAL] - np.uint32(_SEVERAL)
        return int(codes.size + self._more[several].sum(dtype=np.int64))

    def _learn(self, codes: Codes) -> None:
        """Fill the tables for every character of ``codes``, a page of neighbours at a time."""
        for page in np.unique(codes // _PAGE).tolist():
            with self._lock:
                if self._forms[page * _PAGE] == _UNKNOWN:
                    # The first of a page comes last, so that whoever sees it sees the page.
                    for code in reversed(range(page * _PAGE, (page + 1) * _PAGE)):
                        self._fill(code)

    def _fill(self, code: int) -> None:
        letters = fold(chr(code))
        self._kinds[code] |= _kind(chr(code), letters)
        for letter in letters:
            self._kinds[ord(letter)] |= script_of(letter)
        if len(letters) > 1:
            self._more[self._used] = len(letters)
            self._more[self._used + 1 : self._used + 1 + len(letters)] = [ord(letter) for letter in letters]
            self._forms[code] = _SEVERAL + self._used
            self._used += 1 + len(letters)
        else:
            self._forms[code] = ord(letters) if letters else _DROPPED


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _kind(character: str, letters: str) -> int:
    if unicodedata.category(character)[0] == "C":
        return _BLANK if character.isspace() else 0
    kind = _LETTER if character.isalpha() or any(map(str.isalpha, letters)) else 0
    kind |= _WORD if character.isalnum() or letters.strip() else 0
    kind |= _FIGURE if character in DIGITS else 0
    kind |= _AFTER if character in "@$€£" else 0
    kind |= _BEFORE if character in "$€£!|+" else 0
    kind |= _BLANK if character.isspace() or character in BREAKS else 0
    return kind | (_MARK if unicodedata.category(character) in {"Mn", "Me"} else 0)
