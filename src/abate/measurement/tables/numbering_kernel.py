"""The compiled hash tables behind dictionary encoding: text and whole numbers to places. Importing it imports numba.

Open addressing with linear steps. A slot holds the full hash and, in one word, where the name lies and its number plus
one; a hit is compared byte by byte, so that the answer is exact whatever the hash does. A name of up to seven bytes is
hashed one to one, so that its hash says all, and nothing is compared. Rows are taken in blocks: the slots of a block,
then its longer names, are touched before any is compared, so that the waits for memory overlap.

Everything here is unsigned: numba makes a float of an unsigned and a signed number together.
"""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit
from abate.numeric.memory import load_byte, load_word

Bytes = npt.NDArray[np.uint8]
Words64 = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Offsets = npt.NDArray[np.int32] | npt.NDArray[np.int64]

BLOCK = 128
"""Rows taken together; a table must have room for so many more before it is asked."""
_U = np.uint64
_EIGHT, _ONE, _ZERO = _U(8), _U(1), _U(0)
_HALF, _LOW = _U(32), _U(0xFFFFFFFF)
_SHORT, _LENGTH = _U(63), _U(56)
"""The highest bit of a slot's second word says that the name is short; 31 bits below it say where it lies."""
_K0, _K1 = _U(0x9E3779B97F4A7C15), _U(0xBF58476D1CE4E5B9)


@njit
def last_word(at: np.uint64, length: np.uint64, end: np.uint64) -> np.uint64:
    """Return the ``length`` < 8 bytes at an address, the rest zero; never reads beyond ``end``."""
    if at + _EIGHT <= end:
        return load_word(at) & ((_ONE << (length * _EIGHT)) - _ONE)
    word = _ZERO
    place = _ZERO
    while place < length:
        word |= load_byte(at + place) << (place * _EIGHT)
        place += _ONE
    return word


@njit
def hash_text(at: np.uint64, length: np.uint64, end: np.uint64, seed: np.uint64) -> np.uint64:
    """Mix the bytes of the name at an address; the seed makes names that collide on purpose guesswork.

    Fewer than eight bytes and their length are one word, and each step here makes of a word another, one to one.
    """
    if length < _EIGHT:
        mixed = (seed ^ (last_word(at, length, end) | (length << _LENGTH))) * _K0
        mixed = (mixed ^ (mixed >> _HALF)) * _K1
        return mixed ^ (mixed >> _HALF)
    mixed = (seed ^ length) * _K0
    while length >= _EIGHT:
        mixed = (mixed ^ load_word(at)) * _K1
        mixed ^= mixed >> _HALF
        at += _EIGHT
        length -= _EIGHT
    if length:
        mixed = (mixed ^ last_word(at, length, end)) * _K1
    return mixed ^ (mixed >> _HALF)


@njit
def same_text(at: np.uint64, length: np.uint64, end: np.uint64, kept: np.uint64) -> bool:
    """Compare a name with the one kept at the address ``kept``: its length in bytes, then its words."""
    if load_word(kept) != length:
        return False
    kept += _EIGHT
    while length >= _EIGHT:
        if load_word(kept) != load_word(at):
            return False
        at += _EIGHT
        kept += _EIGHT
        length -= _EIGHT
    return bool(length == _ZERO or load_word(kept) == last_word(at, length, end))


@njit
def number_text(  # noqa: C901, PLR0913, PLR0917 - one loop, as calls with arrays cost more than the work; its state lies in arrays
    data: Bytes,
    offsets: Offsets,
    first: int,
    codes: Codes,
    slots: Words64,
    arena: Words64,
    starts: Places,
    state: Words64,
    seed: np.uint64,
) -> int:
    """Give the names from row ``first`` on a number, in the order in which they first occur; -1 for an empty one.

    :param slots: shape ``(2 ** k, 2)``
    :param arena: room for every name to come, each one word more than its bytes need
    :param starts: shape ``(len(slots) / 2,)``: where each name lies in ``arena``
    :param state: how many names there are, the first free place of ``arena``, and a sum that keeps the touching alive
    :return: the row at which the slots became half full, or the number of rows
    """
    mask, base, kept = _U(len(slots) - 1), _U(data.ctypes.data), _U(arena.ctypes.data)
    end = base + _U(len(data))
    hashes = np.empty(BLOCK, np.uint64)
    row, rows = first, len(codes)
    while row < rows and 2 * (np.int64(state[0]) + BLOCK) <= len(slots):
        size = min(BLOCK, rows - row)
        touched = _ZERO
        for k in range(size):
            at = _U(offsets[row + k])
            hashes[k] = hash_text(base + at, _U(offsets[row + k + 1]) - at, end, seed)
        for k in range(size):
            touched ^= slots[hashes[k] & mask, 1]
        for k in range(size):
            held = slots[hashes[k] & mask, 1]
            touched ^= arena[_ZERO if held >> _SHORT else held >> _HALF]
        state[2] ^= touched
        for k in range(size):
            at = base + _U(offsets[row + k])
            length = base + _U(offsets[row + k + 1]) - at
            if length == _ZERO:
                codes[row + k] = -1
                continue
            slot, short = hashes[k] & mask, _U(length < _EIGHT)
            while True:
                held = slots[slot, 1]
                if held == _ZERO:
                    place, number = state[1], state[0]
                    slots[slot, 0] = hashes[k]
                    slots[slot, 1] = (short << _SHORT) | (place << _HALF) | (number + _ONE)
                    starts[number] = place
                    codes[row + k] = number
                    arena[place] = length
                    while length >= _EIGHT:
                        place += _ONE
                        arena[place] = load_word(at)
                        at += _EIGHT
                        length -= _EIGHT
                    if length:
                        place += _ONE
                        arena[place] = last_word(at, length, end)
                    state[0], state[1] = number + _ONE, place + _ONE
                    break
                alike = slots[slot, 0] == hashes[k] and held >> _SHORT == short
                if alike and (short or same_text(at, length, end, kept + (held >> _HALF) * _EIGHT)):
                    codes[row + k] = (held & _LOW) - _ONE
                    break
                slot = (slot + _ONE) & mask
        row += size
    return row


@njit
def rehash(old: Words64, new: Words64) -> None:
    """Move the slots into a larger, empty table."""
    mask = _U(len(new) - 1)
    for place in range(len(old)):
        if old[place, 1] != _ZERO:
            slot = old[place, 0] & mask
            while new[slot, 1] != _ZERO:
                slot = (slot + _ONE) & mask
            new[slot, 0] = old[place, 0]
            new[slot, 1] = old[place, 1]


@njit
def write_names(arena: Words64, starts: Places, offsets: Places, data: Bytes) -> None:
    """Write the names one after the other as Arrow wants them; ``offsets`` has one more entry than there are names."""
    end = np.int64(0)
    for number in range(len(starts)):
        place = starts[number]
        length = np.int64(arena[place])
        for k in range(length):
            data[end + k] = np.uint8((arena[place + 1 + (k >> 3)] >> (_U(k & 7) * _EIGHT)) & _U(255))
        end += length
        offsets[number + 1] = end


@njit
def first_numbers(values: Places, low: int, numbers: Codes, codes: Codes, found: Places, count: int) -> int:
    """Give whole numbers that lie close together a number, in the order in which they first occur.

    :param numbers: shape ``(high - low + 1,)``, -1 where not seen yet; changed in place
    :param found: room for the values in their order
    :return: how many there are now
    """
    for row in range(len(values)):
        place = values[row] - low
        number = numbers[place]
        if number < 0:
            number = np.int32(count)
            numbers[place] = number
            found[count] = values[row]
            count += 1
        codes[row] = number
    return count


@njit
def translate(indices: Codes, mapping: Codes, codes: Codes) -> None:
    """Write ``mapping[indices]``; a negative index stays -1."""
    for row in range(len(indices)):
        codes[row] = mapping[indices[row]] if indices[row] >= 0 else -1
