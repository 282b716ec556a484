"""Whether a text that shares fingerprints with an entry repeats it: nothing is a hit because of an index alone.

Two texts on one subject share turns of speech: a title, a quotation, the name of an office. A copy shares more than
that, in one of these ways, of which one is enough:

- **Containment.** Three tenths of the shorter text's fingerprints, in one order: copies in which words were changed,
  the half of a text, a text inside a longer one.
- **A common run.** Sixty letters without a change, in texts of any length: a passage that was taken over.
- **Alignment.** Fewer fingerprints than for containment, in one order and spread over the shorter text: what is left
  of a copy in which every third word was changed. Turns of speech stand in one place.

Only fingerprints that at most ``COMMON`` entries have count for these: what everybody repeats is no sign of a copy.
That would hide an entry of which hundreds of variants are known, all of whose fingerprints are common. So it is a hit
as well, however common they are, when four fifths of an entry's fingerprints are there.
"""

from typing import Final, NamedTuple

import numpy as np

from abate.matching.living.arrays import Bytes, Ints, Whole
from abate.numeric.kernels import njit

COMMON: Final = 300
"""Entries, at most, that have a fingerprint which counts as a sign of a copy."""
LEAST_SHARED: Final = 4
"""Fingerprints without which nothing is a copy, unless it is the same text."""
CONTAINED: Final = 30
"""Percent of the shorter text's fingerprints."""
RUN_LETTERS: Final = 60.0
ALIGNED: Final = 8
"""Fingerprints of an alignment, at least, ..."""
ALIGNED_PERCENT: Final = 22
"""... and of the shorter text's fingerprints, ..."""
SPREAD_PERCENT: Final = 50
"""... and how much of the shorter text lies between the first of them and the last."""
REPEATED: Final = 80
"""Percent of an entry's fingerprints, common ones among them."""
FARTHEST: Final = 99
SHINGLE_LETTERS: Final = 10.0
"""Letters of an alphabet that a shingle of any script is worth."""


class Text(NamedTuple):
    """One query's ``n`` fingerprints, and what is known of them."""

    starts: Ints
    """``(n,)``: the letter at which each stands."""
    lengths: Ints
    """``(n,)``: how many letters it has."""
    leaders: Ints
    """``(n,)``: the first of the text that is the same."""
    common: Bytes
    """``(n,)``: 1 for what more than ``COMMON`` entries have, else 0."""
    size: Whole
    """How many of them differ."""
    letters: Whole
    """How many letters the text has."""


@njit
def judge(text: Text, at: Ints, size: Whole, letters: Whole) -> Whole:
    """Return the distance of a text from an entry, -1 when it is no copy.

    Percent of the shorter text's fingerprints that the other has not; 0 only when both have the same.

    :param at: for each of the text's fingerprints the letter of the entry at which it stands, -1 where it does not
    :param size: how many different fingerprints the entry has
    :param letters: how many letters it has
    """
    every = telling = 0
    for i in range(at.shape[0]):
        if text.leaders[i] == i and at[i] >= 0:
            every += 1
            telling += text.common[i] == 0
    if every == text.size and every == size:
        return 0
    least = min(text.size, size)
    distance = min(FARTHEST, max(1, 100 - (100 * every + least // 2) // least))
    if every >= LEAST_SHARED and 100 * every >= REPEATED * size:
        return distance
    if telling < LEAST_SHARED:
        return -1
    chain, spread_asked, spread_entry = aligned(text, at)
    contained = chain >= LEAST_SHARED and 100 * chain >= CONTAINED * least
    enough = chain >= ALIGNED and 100 * chain >= ALIGNED_PERCENT * least
    spread = 100 * min(spread_asked, spread_entry) >= SPREAD_PERCENT * min(text.letters, letters)
    if contained or (enough and spread) or longest_run(text, at) >= RUN_LETTERS:
        return distance
    return -1


@njit
def aligned(text: Text, at: Ints) -> tuple[int, int, int]:
    """Return how many telling fingerprints both have in one order, and the letters they span in the text and the entry.

    The longest increasing subsequence, by patience sorting; the spans are those between its ends.
    """
    piles = np.empty(at.shape[0], dtype=np.int64)
    roots = np.empty(at.shape[0], dtype=np.int64)
    length = 0
    for i in range(at.shape[0]):
        place = at[i]
        if place < 0 or text.common[i] != 0 or text.leaders[i] != i:
            continue
        low, high = 0, length
        while low < high:
            middle = (low + high) // 2
            if at[piles[middle]] < place:
                low = middle + 1
            else:
                high = middle
        piles[low] = i
        roots[i] = roots[piles[low - 1]] if low > 0 else i
        length = max(length, low + 1)
    if length == 0:
        return 0, 0, 0
    last = piles[length - 1]
    first = roots[last]
    return length, text.starts[last] - text.starts[first], at[last] - at[first]


@njit
def longest_run(text: Text, at: Ints) -> float:
    """Return the longest passage of telling fingerprints in letters; of denser scripts each is worth more."""
    longest = run = 0.0
    before = -1
    for i in range(at.shape[0]):
        now = at[text.leaders[i]]
        if now < 0 or text.common[text.leaders[i]] != 0:
            before = -1
            continue
        if before >= 0 and now - before == text.starts[i] - text.starts[i - 1]:
            run += (now - before) * SHINGLE_LETTERS / text.lengths[i - 1]
        else:
            run = SHINGLE_LETTERS
        longest = max(longest, run)
        before = now
    return longest


@njit
def write_runs(text: Text, at: Ints, runs: Ints) -> int:
    """Write ``(first letter, one behind the last)`` of each stretch of a text that an entry repeats; return how many.

    Shingles that touch are one stretch as long as they lie one behind the other in the entry too.

    :param runs: ``(n, 2)``
    """
    count = 0
    before = -1
    for i in range(at.shape[0]):
        now = at[text.leaders[i]]
        if now < 0:
            before = -1
            continue
        start, end = text.starts[i], text.starts[i] + text.lengths[i]
        if before >= 0 and start <= runs[count - 1, 1] and now - before == start - text.starts[i - 1]:
            runs[count - 1, 1] = max(runs[count - 1, 1], end)
        else:
            runs[count, 0] = start
            runs[count, 1] = end
            count += 1
        before = now
    return count
