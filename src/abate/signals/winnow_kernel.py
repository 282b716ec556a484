"""Winnowing: which shingles of a text stand for it.

Ten letters of an alphabet are about two words. Ten Chinese characters are five, and few sentences in which a word was
changed would keep such a shingle. So each letter weighs what it says, and a shingle ends as soon as it weighs as much
as ten letters of an alphabet: after four Chinese characters, five kana or Ethiopic syllables, seven Thai letters. A
shingle, and whether it is kept, depends on the letters next to it alone, so that mixed scripts and passages inside
other texts give what they give alone.

Of each stretch as heavy as a shingle the one whose hash is lowest is kept, and of equal ones the one that was kept for
the stretch before, else the last (robust winnowing). Neighbours that are kept therefore touch or overlap, and a
passage as heavy as twenty letters that two texts share gives both a common fingerprint.

Source: Schleimer, Wilkerson, Aiken, *Winnowing: Local Algorithms for Document Fingerprinting*, SIGMOD 2003.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from abate.domain.winnow import (
    FORMAT,
    HEAD_BYTES,
    HEAD_LETTERS,
    LEAST_SHINGLE,
    MOST_LETTERS,
    RECORD_BYTES,
    STEP_SHIFT,
)
from abate.numeric.kernels import njit

Codes = npt.NDArray[np.uint32]
Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Whole = int | np.integer[Any]

LETTER: Final = 6
"""What a letter of an alphabet weighs."""
SHINGLE: Final = 60
"""What a shingle weighs at least, and the stretch of which one is kept."""
SYLLABLE: Final = 12
DENSE_LETTER: Final = 9
CHARACTER: Final = 15
WEIGHTS: Final = (
    (0x0E00, 0x0EFF, DENSE_LETTER),  # Thai, Lao
    (0x1000, 0x109F, DENSE_LETTER),  # Burmese
    (0x1200, 0x139F, SYLLABLE),  # Ethiopic
    (0x1780, 0x17FF, DENSE_LETTER),  # Khmer
    (0x3040, 0x30FF, SYLLABLE),  # kana
    (0x31F0, 0x31FF, SYLLABLE),
    (0x3400, 0x9FFF, CHARACTER),
    (0x20000, 0x3FFFF, CHARACTER),
)
"""First and last code point, ascending, of what does not weigh as much as a letter of an alphabet."""
ENOUGH: Final = 10
"""Different fingerprints that are counted: more make no text more telling."""

SPACE: Final = np.uint32(32)
BASE: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
FIRST_MIX: Final = np.uint64(0xBF58_476D_1CE4_E5B9)
SECOND_MIX: Final = np.uint64(0x94D0_49BB_1331_11EB)
LOW: Final = np.uint64(0xFFFF_FFFF)


@njit
def weight(code: Whole) -> int:
    """Return what a letter weighs, by its code point."""
    for first, last, heavy in WEIGHTS:
        if code < first:
            break
        if code <= last:
            return heavy
    return LETTER


@njit
def letters_of(codes: Codes) -> Codes:
    """Return the letters of a normal form, ``(n,)``: without spaces, and of too many the first and the last."""
    count = 0
    for code in codes:
        count += code != SPACE
    kept = min(count, MOST_LETTERS)
    head = kept if kept == count else HEAD_LETTERS
    letters = np.empty(kept, dtype=np.uint32)
    at = source = 0
    while at < head:
        if codes[source] != SPACE:
            letters[at] = codes[source]
            at += 1
        source += 1
    at, source = kept, codes.shape[0]
    while at > head:
        source -= 1
        if codes[source] != SPACE:
            at -= 1
            letters[at] = codes[source]
    return letters


@njit
def shingles_of(letters: Codes) -> tuple[Ints, Words, int]:
    """Return where the shingle at each letter ends, its hash, and what all letters weigh.

    The last letters begin none, so that the arrays are shorter than the text.
    The hash of letters is a polynomial of them, so that each takes two steps however long its shingle is.
    """
    count = letters.shape[0]
    ends = np.empty(count, dtype=np.int64)
    hashes = np.empty(count, dtype=np.uint64)
    sums = np.zeros(count + 1, dtype=np.uint64)
    powers = np.empty(12, dtype=np.uint64)
    powers[0] = np.uint64(1)
    for i in range(1, 12):
        powers[i] = powers[i - 1] * BASE
    found = first = inside = total = 0
    for i in range(count):
        sums[i + 1] = sums[i] * BASE + np.uint64(letters[i]) + np.uint64(1)
        own = weight(letters[i])
        inside += own
        total += own
        while inside >= SHINGLE:
            mixed = sums[i + 1] - sums[first] * powers[i + 1 - first]
            mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST_MIX
            mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND_MIX
            hashes[found] = mixed ^ (mixed >> np.uint64(31))
            ends[found] = i + 1
            found += 1
            inside -= weight(letters[first])
            first += 1
    return ends[:found], hashes[:found], total


@njit
def kept_of(ends: Ints, hashes: Words) -> Ints:
    """Return which shingles are kept, ascending.

    The high half of a hash says which is lowest; the low half is what is written, so that it stays evenly spread.
    """
    count = ends.shape[0]
    kept = np.empty(count, dtype=np.int64)
    found, lowest, seen = 0, -1, 0
    for start in range(count):
        end = min(ends[start], count) if start == 0 else ends[start]
        if end > count:
            break
        if lowest < start:
            lowest = start
            for i in range(start + 1, end):
                if hashes[i] >> np.uint64(32) <= hashes[lowest] >> np.uint64(32):
                    lowest = i
        else:
            for i in range(seen, end):
                if hashes[i] >> np.uint64(32) < hashes[lowest] >> np.uint64(32):
                    lowest = i
        seen = end
        if found == 0 or kept[found - 1] != lowest:
            kept[found] = lowest
            found += 1
    return kept[:found]


@njit
def winnow(codes: Codes) -> tuple[Bytes, int, int]:
    """Return a normal form's fingerprints as they are written, what its letters weigh, and how many differ.

    :param codes: ``(n,)``, the code points of the normal form, spaces among them
    :returns: no bytes where there is no shingle; of different fingerprints at most ``ENOUGH`` are counted
    """
    letters = letters_of(codes)
    ends, hashes, total = shingles_of(letters)
    kept = kept_of(ends, hashes)
    if kept.shape[0] == 0:
        return np.empty(0, dtype=np.uint8), total, 0
    written = np.empty(HEAD_BYTES + RECORD_BYTES * kept.shape[0], dtype=np.uint8)
    written[0] = FORMAT
    written[1] = letters.shape[0] >> 8
    written[2] = letters.shape[0] & 255
    different = np.empty(ENOUGH, dtype=np.uint32)
    told = 0
    at, before = HEAD_BYTES, -1
    for start in kept:
        value = np.uint32(hashes[start] & LOW)
        for byte in range(4):
            written[at + byte] = (value >> np.uint32(24 - 8 * byte)) & np.uint32(255)
        written[at + 4] = (start - before) << STEP_SHIFT | (ends[start] - start - LEAST_SHINGLE)
        at, before = at + RECORD_BYTES, start
        if told < ENOUGH and not np.any(different[:told] == value):
            different[told] = value
            told += 1
    return written, total, told
