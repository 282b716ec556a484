"""What runs for every text: cleaning with the choice of the script, and the model's walk over what is left."""

from typing import Final

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit
from abate.signals.language.scripts import (
    BMP,
    BY_NEIGHBOURS,
    FIRST_SCRIPT,
    NOTHING,
    OTHER,
    SPACE,
    TWO_BYTES,
    UNSEEN_POINT,
)

SHOWN: Final = 100
"""Characters that the model is shown. More cost time and change one answer in thousands."""
LEAST_LETTERS: Final = 3
NEEDS_LIGHT: Final = -1
"""The text holds a character that only a whole text's normalisation settles."""
TOO_FEW: Final = -2
UNKNOWN_SCRIPT: Final = -3

_KINDS: Final = FIRST_SCRIPT + 3
_LATIN_IN_OTHERS: Final = 3
"""Latin letters to one of another script up to which a text is in the other."""
_SLOTS: Final = 1024
"""Of the table of features seen: a power of two, twice as many as two bytes for each character shown, and the rest."""
_ONE_BYTE: Final = 0x7F
"""The last code point that UTF-8 writes in one byte."""
_PICTURES: Final = (0x1F000, 0x20000, 0xE0000)
"""Where pictures begin and end beyond the first plane, and where private characters begin."""
_STYLED: Final = (
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F1A0),
    (0x1F200, 0x1F300),
    (0x1EE00, 0x1EF00),
    (0x10780, 0x107C0),
    (0x1FBF0, 0x1FBFA),
)
"""First code points of blocks beyond the first plane that have compatibility forms in it, and those behind them."""
_UNSEEN: Final = ((0x1BCA0, 0x1BCA4), (0x1D173, 0x1D17B), (0xE0000, 0xE1000))
"""The same of what shows nothing: shorthand and musical controls, tags, variation selectors. Light form drops them."""
_BLANK, _AT = ord(" "), ord("@")
_H, _T, _P, _W, _DOT = ord("h"), ord("t"), ord("p"), ord("w"), ord(".")

Points = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
Letters = npt.NDArray[np.uint16]


@njit
def clean(
    points: Points,
    starts: Places,
    as_read: npt.NDArray[np.uint16],
    kinds: npt.NDArray[np.uint8],
    cleaned: Letters,
    found: Places,
    settled: bool,  # noqa: FBT001 - a kernel takes its arguments by place
) -> None:
    """Write each text as it is read, without addresses and account names, and say in which script it is.

    :param points: code points of all texts, one after the other
    :param starts: ``(texts + 1,)``, where each begins
    :param cleaned: written; each text's from its own start
    :param found: ``(texts, 2)``, written: the script's number or why there is none, and the length of what was written
    :param settled: the texts are in their light form, so no character waits for its neighbours
    """
    counts = np.zeros(_KINDS, dtype=np.int64)
    for text in range(len(starts) - 1):
        start, end, length, skipping = starts[text], starts[text + 1], 0, False
        counts[:] = 0
        found[text, 0] = _BLANK
        for at in range(start, end):
            letter, kind = _letter(points[at], as_read, kinds, settled)
            if letter == BY_NEIGHBOURS:
                found[text, 0] = NEEDS_LIGHT
                break
            begins = length == 0 or cleaned[start + length - 1] == _BLANK
            if letter == _BLANK:
                skipping = False
            elif begins and kind != NOTHING:
                skipping = skipping or letter == _AT or _is_address(points, at, end)
            counts[kind] += 0 if skipping else 1
            if kind != NOTHING and not skipping and not (begins and letter == _BLANK):
                cleaned[start + length] = letter
                length += 1
        found[text, 1] = length
        if found[text, 0] != NEEDS_LIGHT:
            found[text, 0] = _script(counts)


@njit
def _letter(
    point: np.uint32,
    as_read: npt.NDArray[np.uint16],
    kinds: npt.NDArray[np.uint8],
    settled: bool,  # noqa: FBT001 - as above
) -> tuple[np.int64, np.int64]:
    """Return what stands for one code point, or ``BY_NEIGHBOURS``, and its kind."""
    if point < BMP:
        letter = np.int64(as_read[point])
        if settled and letter == BY_NEIGHBOURS:
            letter = np.int64(point)
        kind = np.int64(kinds[letter])
        if kind == SPACE and letter > _ONE_BYTE:
            return np.int64(_BLANK), kind
        return letter, kind
    if not settled and _is_styled(point):
        return np.int64(BY_NEIGHBOURS), np.int64(SPACE)
    for first, behind in _UNSEEN:
        if first <= point < behind:
            return np.int64(UNSEEN_POINT), np.int64(NOTHING)
    # Beyond the plane of all our scripts: pictures and private signs, or letters that are not read.
    silent = _PICTURES[0] <= point < _PICTURES[1] or point >= _PICTURES[2]
    return np.int64(_BLANK), np.int64(SPACE if silent else OTHER)


@njit
def _is_styled(point: np.uint32) -> bool:
    """Say whether a code point beyond the first plane may stand for letters of it: mathematical, enclosed and such."""
    for first, behind in _STYLED:  # noqa: SIM110 - a kernel knows no generators
        if first <= point < behind:
            return True
    return False


@njit
def _is_address(points: Points, at: int, end: int) -> bool:
    """Say whether a word begins as an address does: http, www and a dot."""
    if at + 4 >= end:
        return False
    first, second, third, fourth = points[at] | 32, points[at + 1] | 32, points[at + 2] | 32, points[at + 3] | 32
    schemed = first == _H and second == _T and third == _T and fourth == _P
    return bool(schemed or (first == _W and second == _W and third == _W and points[at + 3] == _DOT))


@njit
def _script(counts: Places) -> int:
    best = 0
    for number in range(1, _KINDS - FIRST_SCRIPT):
        # Names and brands stand in Latin letters in every script's texts; the reverse is rare.
        share = _LATIN_IN_OTHERS if best == 0 else 1
        if counts[FIRST_SCRIPT + number] * share > counts[FIRST_SCRIPT + best]:
            best = number
    letters = counts[FIRST_SCRIPT + best]
    if letters < LEAST_LETTERS and counts[OTHER] <= letters:
        return TOO_FEW
    return UNKNOWN_SCRIPT if counts[OTHER] > letters else best


@njit
def score(  # noqa: PLR0913, PLR0917 - a kernel takes arrays, not objects
    cleaned: Letters,
    begins: Places,
    lengths: Places,
    own: int,
    kinds: npt.NDArray[np.uint8],
    classes: npt.NDArray[np.uint8],
    moves: npt.NDArray[np.uint16],
    rows: npt.NDArray[np.uint16],
    features: npt.NDArray[np.int32],
    marks: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float32],
    scores: npt.NDArray[np.float32],
    sizes: Places,
) -> None:
    """Add up what the features of each text say of each label, as py3langid's naive Bayes does.

    :param begins: ``(texts,)``, where each text of one script begins in ``cleaned``
    :param own: the kind of that script's letters; letters of others part words
    :param scores: ``(texts, labels)``, holding the priors; added to
    :param sizes: ``(texts,)``, written: how many bytes were walked over

    The other arrays are those of ``tables.Walk``.
    """
    seen = np.empty(4 * SHOWN, dtype=np.int32)
    slots = np.full(_SLOTS, -1, dtype=np.int32)
    counts = np.zeros(_SLOTS, dtype=np.int32)
    logs = np.log1p(np.arange(4 * SHOWN).astype(np.float32))
    for text in range(len(begins)):
        state, before, last = np.int64(0), np.int64(_BLANK), np.int64(_BLANK)
        count, shown, size = 0, 0, 0
        for at in range(begins[text], begins[text] + lengths[text]):
            letter = np.int64(cleaned[at])
            kind = kinds[letter]
            if letter >= TWO_BYTES or (kind != own and (kind != SPACE or letter > _ONE_BYTE)):
                letter = np.int64(_BLANK)
            if letter == _BLANK and last == _BLANK:
                continue
            # Each may be a feature: the word that ends here if it is one letter, the letter, and its one or two bytes.
            seen[count] = marks[1, last] if letter == _BLANK and before == _BLANK else -1
            count += seen[count] >= 0
            seen[count] = marks[0, letter]
            count += seen[count] >= 0
            before, last = last, letter
            if letter > _ONE_BYTE:
                size += 1
                state = np.int64(moves[rows[state], classes[0xC0 | (letter >> 6)]])
                seen[count] = features[state]
                count += seen[count] >= 0
                letter = np.int64(0x80 | (letter & 0x3F))
            size += 1
            state = np.int64(moves[rows[state], classes[letter]])
            seen[count] = features[state]
            count += seen[count] >= 0
            shown += 1
            if shown == SHOWN:
                break
        sizes[text] = size
        _add_up(seen[:count], slots, counts, logs, weights, scores[text])


@njit
def _add_up(
    seen: npt.NDArray[np.int32],
    slots: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int32],
    logs: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32],
    total: npt.NDArray[np.float32],
) -> None:
    """Add the weights of each feature, times the logarithm of how often it was seen.

    The features are counted in a table with open addressing, which is empty before and after.
    """
    different = 0
    for feature in seen:
        slot = (feature * 40503) & (_SLOTS - 1)
        while slots[slot] != feature and slots[slot] >= 0:
            slot = (slot + 1) & (_SLOTS - 1)
        if slots[slot] < 0:
            slots[slot] = feature
            seen[different] = slot
            different += 1
        counts[slot] += 1
    for slot in seen[:different]:
        times = logs[counts[slot]]
        of_feature = weights[slots[slot]]
        for label in range(len(total)):
            total[label] += times * of_feature[label]
        slots[slot] = -1
        counts[slot] = 0


@njit
def settle(
    scores: npt.NDArray[np.float32],
    sizes: Places,
    heat: tuple[float, float],
    handicaps: npt.NDArray[np.float32],
    groups: Places,
    shares: npt.NDArray[np.float64],
) -> None:
    """Turn scores into probabilities of groups of labels.

    :param scores: ``(texts, labels)``
    :param heat: factor and exponent: scores are divided by ``factor * size ** exponent``, because features overlap
    :param handicaps: ``(labels,)``, taken off after that
    :param groups: ``(labels,)``, each label's group
    :param shares: ``(texts, groups)``, zeros; written
    """
    for text in range(len(scores)):
        cooled = scores[text] / (heat[0] * max(sizes[text], 1) ** heat[1]) - handicaps
        weight = np.exp(cooled - cooled.max())
        for label in range(len(groups)):
            shares[text, groups[label]] += weight[label]
        shares[text] /= weight.sum()
