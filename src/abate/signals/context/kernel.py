"""The compiled walk over texts: each word is looked up in a trie of cues, the longest cue counts.

All texts of a call are one row of code points. Three tries share one table of edges, ``node << 21 | code point`` to the
next node, with open addressing: the cues, what may stand before a cue inside its word, and what may stand behind it.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Codes = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

OTHER: Final = 0
LETTER: Final = 1
DIGIT: Final = 2
SPACE: Final = 3
QUOTE: Final = 4
QUESTION: Final = 5
EXCLAMATION: Final = 6
NOTHING: Final = 7
"""What a character is; ``NOTHING`` is left out of the text."""
WORD: Final = (LETTER, DIGIT)

CUES: Final = 0
BEFORE: Final = 1
BEHIND: Final = 2
"""The roots of the tries."""

LONG_ENOUGH: Final = 4
"""Letters from which a cue may carry something before or behind it."""
SPREAD: Final = 2654435761
"""The golden ratio of 32 bits (Knuth, volume 3, 6.4): spreads keys that differ in few bits over the table."""


class Folds(NamedTuple):
    """For each code point that is known, the one that is looked for in its place, and what it is."""

    letters: Codes
    classes: Bytes


class Tries(NamedTuple):
    """Three tries in one table."""

    edges: Ints
    """``node << 21 | code point``, or -1 where the table is free; its size is a power of two."""
    targets: Ints
    accepts: Ints
    """For each node, -1 or twice the kind of the cue that ends there, one more where the cue may go on."""


class Text(NamedTuple):
    """A text in the letters in which cues are looked for."""

    letters: Codes
    kinds: Bytes
    size: int


@njit
def in_word(text: Text, at: int) -> bool:
    """Say whether a letter or a digit stands there."""
    return at < text.size and text.kinds[at] in WORD


@njit
def step(tries: Tries, node: int, code: int) -> int:
    """Return the node that ``code`` leads to, or -1."""
    key = (node << 21) | code
    last = len(tries.edges) - 1
    at = ((key * SPREAD) >> 16) & last
    while tries.edges[at] >= 0:
        if tries.edges[at] == key:
            return int(tries.targets[at])
        at = (at + 1) & last
    return -1


@njit
def may_follow(text: Text, tries: Tries, at: int) -> bool:
    """Say whether the rest of the word from ``at`` is one that may stand behind a cue."""
    node = BEHIND
    while in_word(text, at):
        node = step(tries, node, int(text.letters[at]))
        if node < 0:
            return False
        at += 1
    return bool(tries.accepts[node] >= 0)


@njit
def longest(text: Text, tries: Tries, start: int) -> tuple[int, int]:
    """Return where the longest cue from ``start`` ends, and its kind, -1 where there is none."""
    node, end, kind, at = CUES, start, -1, start
    while at < text.size:
        node = step(tries, node, int(text.letters[at]))
        if node < 0:
            break
        at += 1
        accept = int(tries.accepts[node])
        if accept < 0:
            continue
        whole = not in_word(text, at) or accept & 1
        if whole or (at - start >= LONG_ENOUGH and may_follow(text, tries, at)):
            end, kind = at, accept >> 1
    return end, kind


@njit
def cue_of_word(text: Text, tries: Tries, start: int) -> tuple[int, int]:
    """Like ``longest``, also behind what may stand before a cue in the word that begins at ``start``."""
    end, kind = longest(text, tries, start)
    node, at = BEFORE, start
    while kind < 0 and in_word(text, at):
        node = step(tries, node, int(text.letters[at]))
        if node < 0:
            break
        at += 1
        if tries.accepts[node] >= 0:
            inner, inner_kind = longest(text, tries, at)
            if inner - at >= LONG_ENOUGH:
                end, kind = inner, inner_kind
    return end, kind


@njit
def folded(codes: Codes, folds: Folds, letters: Codes, kinds: Bytes) -> Text:
    """Write ``codes`` as they are looked for into ``letters``, and what they are into ``kinds``.

    A space is kept between two words only: where a name was taken out, another may be left beside a mark.
    """
    size = 0
    for code in codes:
        known = code < len(folds.letters)
        kind = folds.classes[code] if known else OTHER
        if kind == NOTHING or (kind == SPACE and (size == 0 or kinds[size - 1] not in WORD)):
            continue
        if kind not in WORD and size and kinds[size - 1] == SPACE:
            size -= 1
        letters[size] = folds.letters[code] if known else code
        kinds[size] = kind
        size += 1
    return Text(letters, kinds, size)


@njit
def count_cues(text: Text, tries: Tries, counts: Ints) -> None:
    """Count the cues of one text: each kind outside of quotations, each inside, and the marks."""
    number = (len(counts) - 4) // 2
    marks = 0
    for at in range(text.size):
        marks += text.kinds[at] == QUOTE
    # A quotation that is never closed would take all that follows out of the writer's mouth.
    closed = marks - marks % 2
    counts[2 * number] = marks // 2
    seen = at = 0
    while at < text.size:
        kind = text.kinds[at]
        seen += kind == QUOTE
        counts[2 * number + 1] += kind == QUESTION
        counts[2 * number + 2] += kind == EXCLAMATION
        counts[2 * number + 3] += kind == DIGIT and (at == 0 or text.kinds[at - 1] != DIGIT)
        end, cue = at, -1
        if in_word(text, at) and (at == 0 or not in_word(text, at - 1)):
            end, cue = cue_of_word(text, tries, at)
        if cue >= 0:
            counts[cue + number * (seen % 2 == 1 and seen <= closed)] += 1
        at = max(end, at + 1)


@njit
def count_each(codes: Codes, ends: Ints, folds: Folds, tries: Tries, counts: Ints) -> None:
    """Count the cues of each text of ``codes``; ``ends`` says where each ends, ``counts`` has a row for each."""
    most, start = 0, 0
    for end in ends:
        most = max(most, end - start)
        start = end
    letters, kinds = np.empty(most, np.uint32), np.empty(most, np.uint8)
    start = 0
    for row in range(len(ends)):
        text = folded(codes[start : ends[row]], folds, letters, kinds)
        count_cues(text, tries, counts[row])
        start = ends[row]
