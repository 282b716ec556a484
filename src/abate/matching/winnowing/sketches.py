"""Texts' fingerprints as the kernels hold them, read from what is written of them (``abate.domain.winnow``)."""

import secrets
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from abate.domain.errors import InputError
from abate.domain.winnow import (
    FORMAT,
    HEAD_BYTES,
    LEAST_SHINGLE,
    MOST_SHINGLE,
    RECORD_BYTES,
    STEP_SHIFT,
    what_is_wrong,
)
from abate.matching.living.arrays import Bytes, Ints, Rows, Shorts, Whole
from abate.numeric.kernels import njit

SPREAD: Final = np.uint64(secrets.randbits(64) | 1)
"""By what values are spread over open tables: another in each process, so that nobody can write a list that fills one
place of them."""


class Sketches(NamedTuple):
    """The fingerprints of some texts, ``n`` texts and ``m`` fingerprints, each text's in its order."""

    hashes: Rows
    """``(m,)``"""
    starts: Shorts
    """``(m,)``: the letter at which each shingle begins."""
    lengths: Bytes
    """``(m,)``: letters of each shingle."""
    leaders: Ints
    """``(m,)``: the first fingerprint of the same text with the same hash: itself, unless the text repeats itself."""
    bounds: Ints
    """``(n + 1,)``: where each text's fingerprints begin."""
    sizes: Shorts
    """``(n,)``: how many of its fingerprints differ."""
    letters: Shorts
    """``(n,)``: how many letters it has."""


def read_sketches(written: Sequence[bytes]) -> Sketches:
    """Read what is written of some texts.

    :raises InputError: when one of them is no text's fingerprints
    """
    sketches, bad = _read(written)
    if bad >= 0:
        data = written[bad]
        msg = f"{data[:40].hex()!r} is no text's fingerprints: {what_is_wrong(data)}; a winnowing index takes near_text"
        raise InputError(msg)
    return sketches


def read_what_can_be(written: Sequence[bytes]) -> tuple[Sketches, list[int]]:
    """Read what is written of some texts, and say which of them they were; what is none of this kind is left out."""
    good = [place for place, data in enumerate(written) if not _is_cut(data)]
    while True:
        sketches, bad = _read([written[place] for place in good])
        if bad < 0:
            return sketches, good
        # One at a time: nothing but a store that was tampered with holds any.
        del good[bad]


def _is_cut(data: bytes) -> bool:
    return len(data) < HEAD_BYTES + RECORD_BYTES or (len(data) - HEAD_BYTES) % RECORD_BYTES != 0


def _read(written: Sequence[bytes]) -> tuple[Sketches, int]:
    """Return the texts' fingerprints, and the first text that has none, -1 when all have."""
    # Writable, because a kernel is compiled anew for an array that is not.
    held = np.frombuffer(bytearray(b"".join(written)), dtype=np.uint8)
    sizes = np.fromiter(map(len, written), dtype=np.int64, count=len(written))
    ends = np.zeros(len(written) + 1, dtype=np.int64)
    np.cumsum(sizes, out=ends[1:])
    # Of each by itself: among texts that are cut off the sum would be less than what is read before one is refused.
    most = int(np.maximum(0, (sizes - HEAD_BYTES) // RECORD_BYTES).sum())
    sketches = Sketches(
        hashes=np.empty(most, dtype=np.uint32),
        starts=np.empty(most, dtype=np.uint16),
        lengths=np.empty(most, dtype=np.uint8),
        leaders=np.empty(most, dtype=np.int64),
        bounds=np.zeros(len(written) + 1, dtype=np.int64),
        sizes=np.empty(len(written), dtype=np.uint16),
        letters=np.empty(len(written), dtype=np.uint16),
    )
    return sketches, int(read_all(held, ends, SPREAD, sketches))


@njit
def read_all(held: Bytes, ends: Ints, spread: np.uint64, sketches: Sketches) -> int:
    """Read texts from their bytes; return the first that is none, -1 when all are."""
    table = np.empty(0, dtype=np.int64)
    for row in range(ends.shape[0] - 1):
        data = held[ends[row] : ends[row + 1]]
        count = (data.shape[0] - HEAD_BYTES) // RECORD_BYTES
        if count < 1 or HEAD_BYTES + count * RECORD_BYTES != data.shape[0] or data[0] != FORMAT:
            return row
        first = sketches.bounds[row]
        sketches.bounds[row + 1] = first + count
        sketches.letters[row] = np.uint16(data[1]) << np.uint16(8) | np.uint16(data[2])
        if not read_records(data, np.int64(sketches.letters[row]), first, sketches):
            return row
        room = 2
        while room < 2 * count:
            room *= 2
        if table.shape[0] < room:
            table = np.empty(room, dtype=np.int64)
        sketches.sizes[row] = lead(sketches.hashes, (first, first + count), sketches.leaders, spread, table[:room])
    return -1


@njit
def read_records(data: Bytes, letters: Whole, first: Whole, sketches: Sketches) -> bool:
    """Read one text's records; return whether its shingles stand inside of it."""
    at = np.int64(-1)
    for i in range((data.shape[0] - HEAD_BYTES) // RECORD_BYTES):
        record = data[HEAD_BYTES + i * RECORD_BYTES :]
        value = np.uint32(0)
        for byte in range(4):
            value = value << np.uint32(8) | np.uint32(record[byte])
        step = np.int64(record[4]) >> STEP_SHIFT
        length = (np.int64(record[4]) & (1 << STEP_SHIFT) - 1) + LEAST_SHINGLE
        at += step
        if step == 0 or length > MOST_SHINGLE or at + length > letters:
            return False
        sketches.hashes[first + i] = value
        sketches.starts[first + i] = at
        sketches.lengths[first + i] = length
    return True


@njit
def slot_of(value: Whole, spread: Whole, room: Whole) -> Whole:
    """Return where in an open table of ``room`` places, a power of two, the search for ``value`` begins."""
    return np.int64((np.uint64(value) * np.uint64(spread) >> np.uint64(32)) & np.uint64(room - 1))


@njit
def lead(hashes: Rows, text: tuple[Whole, Whole], leaders: Ints, spread: np.uint64, table: Ints) -> int:
    """Write the leader of each of one text's fingerprints, and return how many lead."""
    table[:] = -1
    told = 0
    for i in range(text[0], text[1]):
        slot = slot_of(hashes[i], spread, table.shape[0])
        while table[slot] >= 0 and hashes[table[slot]] != hashes[i]:
            slot = (slot + 1) & (table.shape[0] - 1)
        if table[slot] < 0:
            table[slot] = i
            told += 1
        leaders[i] = table[slot]
    return told
