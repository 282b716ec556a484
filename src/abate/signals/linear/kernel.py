"""What runs for every character: hashing a text's features, adding up their weights, and the descent that learns them.

Importing this module imports numba: import it where a text is first read.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit
from abate.signals.linear.folding import BY_NEIGHBOURS, LONGEST, MOVES
from abate.signals.linear.folding import PICTURES as STAND_ALONE
from abate.signals.linear.tables import (
    BMP,
    PICTURES,
    SPACE,
    WORD,
    Buckets,
    Bytes,
    Doubles,
    Ends,
    Floats,
    Points,
    Sums,
    Table,
    Tables,
)

Bits = npt.NDArray[np.uint64]

_BLANK: Final = 32
_LONGEST: Final = 5
"""Characters in the longest letter group."""
_MOST: Final = 6
"""The most features that one character can give: four letter groups that begin with it, a word and a pair that end."""
_BINARY: Final = 2

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio (Knuth): its product's high bits depend on all bits."""
_GROUPS, _WORDS, _FURTHER = np.uint64(0x51ED270B), np.uint64(0x2545F491), np.uint64(7)
_SIX, _LOW, _ONE, _ZERO, _HALF = np.uint64(6), np.uint64(63), np.uint64(1), np.uint64(0), np.uint64(32)
_LEFT, _RIGHT, _LEFT_AGAIN = np.uint64(13), np.uint64(7), np.uint64(17)


@njit
def by_neighbours(points: Points, ends: Ends, lengths: Bytes) -> npt.NDArray[np.bool_]:
    """Say of each text whether it holds a character whose light form depends on those beside it."""
    found = np.zeros(len(ends), dtype=np.bool_)
    start = 0
    for row in range(len(ends)):
        marked = False
        for at in range(start, ends[row]):
            point = points[at]
            many = lengths[point] if point < BMP else _length(point)
            if many == BY_NEIGHBOURS or (many == MOVES and marked):
                found[row] = True
                break
            # What shows nothing is dropped, so the marks before and behind it stand side by side.
            marked = many == MOVES or (marked and many == 0)
        start = ends[row]
    return found


@njit
def _length(point: int) -> int:
    for first, last in STAND_ALONE:
        if first <= point <= last:
            return 1
    return BY_NEIGHBOURS


@njit
def spaced(points: Points, start: int, end: int, tables: Tables, line: Points) -> int:
    """Write one text into ``line``, folded, with one space before, between and behind its words; return the length.

    :param line: has room for ``LONGEST`` characters in the place of each, and two spaces
    """
    lengths, forms, kinds = tables
    line[0] = np.uint32(_BLANK)
    size = 1
    for at in range(start, end):
        point = points[at]
        many = np.int64(lengths[point]) if point < BMP else 1
        for part in range(1 if many >= MOVES else many):
            letter = forms[point, part] if point < BMP else point
            if letter < BMP and kinds[letter] == SPACE:
                letter = np.uint32(_BLANK)
            if letter != _BLANK or line[size - 1] != _BLANK:
                line[size] = letter
                size += 1
    if line[size - 1] != _BLANK:
        line[size] = np.uint32(_BLANK)
        size += 1
    return size


@njit
def _keep(bucket: np.uint64, seen: Bits, found: Buckets, count: int) -> int:
    """Note a bucket unless this text had it; return how many it has now."""
    bit = _ONE << (bucket & _LOW)
    if seen[bucket >> _SIX] & bit:
        return count
    seen[bucket >> _SIX] |= bit
    found[count] = np.int32(bucket)
    return count + 1


@njit
def distinct(line: Points, size: int, kinds: Bytes, bits: int, seen: Bits, found: Buckets) -> int:
    """Write the buckets of one spaced text into ``found``, each once; return how many.

    Letter groups go into the first three quarters of the buckets, words and pairs into the last.

    :param seen: one bit a bucket, all clear before and after
    """
    count = letters = 0
    word = before = _ZERO
    groups = np.uint64(3 << (bits - 2))
    short = np.uint64(66 - bits)
    for at in range(size - 1):
        state = (np.uint64(line[at]) ^ _GROUPS) * _FACTOR
        for ahead in range(at + 1, at + _LONGEST):
            state = (state ^ np.uint64(line[ahead])) * _FACTOR
            count = _keep(((state >> _HALF) * groups) >> _HALF, seen, found, count)
            if line[ahead] == _BLANK:
                break
        point = line[at + 1]
        if kinds[point] == WORD if point < BMP else point < PICTURES:
            word = (word ^ np.uint64(point)) * _FACTOR
            letters += 1
        elif letters:
            if letters > 1:
                word = (word ^ _WORDS) * _FACTOR
                count = _keep(groups + (word >> short), seen, found, count)
                if before:
                    pair = (word ^ (before >> _FURTHER)) * _FACTOR
                    count = _keep(groups + (pair >> short), seen, found, count)
                before = word
            word, letters = _ZERO, 0
    for at in range(count):
        seen[found[at] >> 6] = _ZERO
    return count


@njit
def _longest(ends: Ends) -> int:
    most = start = 0
    for end in ends:
        most = max(most, end - start)
        start = end
    return most


@njit
def hash_texts(points: Points, ends: Ends, tables: Tables, bits: int) -> tuple[Buckets, Ends]:
    """Return the buckets of each text, one text behind the other, and where each text's end."""
    line = np.empty(LONGEST * _longest(ends) + 2, dtype=np.uint32)
    seen = np.zeros((1 << bits) // 64, dtype=np.uint64)
    found = np.empty(min(1 << bits, _MOST * len(line)), dtype=np.int32)
    kept = np.empty(4 * (len(points) + len(ends)) + 64, dtype=np.int32)
    limits = np.empty(len(ends), dtype=np.int64)
    total = start = 0
    for row in range(len(ends)):
        size = spaced(points, start, ends[row], tables, line)
        count = distinct(line, size, tables[2], bits, seen, found)
        if total + count > len(kept):
            wider = np.empty(2 * (total + count), dtype=np.int32)
            wider[:total] = kept[:total]
            kept = wider
        kept[total : total + count] = found[:count]
        total += count
        limits[row] = total
        start = ends[row]
    return kept[:total].copy(), limits


@njit
def score_texts(points: Points, ends: Ends, tables: Tables, bits: int, table: Table, sums: Sums) -> None:
    """Add up the table's columns over each text's buckets into ``sums``, shape ``(texts, columns)``."""
    line = np.empty(LONGEST * _longest(ends) + 2, dtype=np.uint32)
    seen = np.zeros((1 << bits) // 64, dtype=np.uint64)
    found = np.empty(min(1 << bits, _MOST * len(line)), dtype=np.int32)
    start = 0
    for row in range(len(ends)):
        size = spaced(points, start, ends[row], tables, line)
        count = distinct(line, size, tables[2], bits, seen, found)
        _gather(found, 0, count, table, sums, row)
        start = ends[row]


@njit
def score_buckets(buckets: Buckets, ends: Ends, table: Table, sums: Sums) -> None:
    """Do the same over texts that were hashed before."""
    start = 0
    for row in range(len(ends)):
        _gather(buckets, start, ends[row], table, sums, row)
        start = ends[row]


@njit
def _gather(buckets: Buckets, start: int, end: int, table: Table, sums: Sums, row: int) -> None:
    if table.shape[1] == _BINARY:
        weight = length = 0
        for at in range(start, end):
            weight += table[buckets[at], 0]
            length += table[buckets[at], 1]
        sums[row, 0], sums[row, 1] = weight, length
    else:
        for at in range(start, end):
            for column in range(table.shape[1]):
                sums[row, column] += table[buckets[at], column]


@njit
def inverse_lengths(buckets: Buckets, ends: Ends, pairs: Floats, scale: Doubles) -> None:
    """Write one over the length of each text's vector into ``scale``; 0 where it is empty."""
    start = 0
    for row in range(len(ends)):
        total = np.float64(0.0)
        for at in range(start, ends[row]):
            total += pairs[buckets[at], 1]
        scale[row] = 1.0 / np.sqrt(total) if total > 0 else 0.0
        start = ends[row]


@njit
def _shuffle(order: Ends, state: np.uint64) -> np.uint64:
    """Bring ``order`` into a random one (Fisher and Yates; Marsaglia's xorshift); return the generator's new state."""
    for at in range(len(order) - 1, 0, -1):
        state ^= state << _LEFT
        state ^= state >> _RIGHT
        state ^= state << _LEFT_AGAIN
        other = np.int64(state % np.uint64(at + 1))
        order[at], order[other] = order[other], order[at]
    return state


@njit
def descend(
    buckets: Buckets, ends: Ends, texts: Doubles, pairs: Floats, bias: float, steer: tuple[int, int, float]
) -> float:
    """Find the weights of one class against the rest, in place; return the bias.

    :param texts: shape ``(texts, 3)``: 1 for the texts of the class and -1 for the others; what an error costs, halved
        and turned over; one over the length of the vector
    :param pairs: shape ``(buckets, 2)``: weight times frequency (from where to start: zeros, or what was learnt before)
        and the squared frequency
    :param steer: seed, most rounds, and how far from the optimum to stop
    """
    dual = np.zeros(len(ends))
    order = np.arange(len(ends))
    state = np.uint64(steer[0]) ^ _FACTOR
    for _ in range(steer[1]):
        state = _shuffle(order, state)
        highest, lowest = -np.inf, np.inf
        for row in order:
            start = ends[row - 1] if row else 0
            total = np.float64(0.0)
            for at in range(start, ends[row]):
                total += pairs[buckets[at], 0]
            sign, slack, scale = texts[row, 0], texts[row, 1], texts[row, 2]
            gradient = sign * (total * scale + bias) - 1.0 + slack * dual[row]
            projected = min(gradient, 0.0) if dual[row] == 0.0 else gradient
            highest, lowest = max(highest, projected), min(lowest, projected)
            if projected != 0.0:
                square = 2.0 if scale > 0 else 1.0
                new = max(dual[row] - gradient / (square + slack), 0.0)
                step = (new - dual[row]) * sign
                dual[row] = new
                bias += step
                for at in range(start, ends[row]):
                    pairs[buckets[at], 0] += np.float32(step * scale * pairs[buckets[at], 1])
        if highest - lowest <= steer[2]:
            break
    return bias
