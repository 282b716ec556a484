"""The inverted index of a sealed part: for each fingerprint the entries that have it, and where.

Postings are sorted by fingerprint, then by row. The upper bits of a fingerprint choose a bucket, the lower ones stand
beside each posting, so that what a query does not share costs two cache lines and no row is looked at.
"""

from typing import Final, NamedTuple

import numpy as np

from abate.matching.living.arrays import Bytes, Ints, Rows, Shorts, Whole, is_dead
from abate.matching.living.lanes import fetch_ahead
from abate.matching.winnowing.candidates import (
    Asked,
    Emitted,
    Found,
    candidates_of,
    judge_all,
    matrix_of,
    room_for,
    sifted,
)
from abate.matching.winnowing.judging import COMMON
from abate.matching.winnowing.sketches import Sketches
from abate.numeric.kernels import njit

LEAST_BITS: Final = 16
"""Of a bucket's number: what is left of 32 must fit beside a posting."""
MOST_BITS: Final = 26
A_BUCKET: Final = 8
"""Postings that a bucket is meant for."""
NEAR: Final = 16
"""Postings that are looked through one by one."""


class Postings(NamedTuple):
    """The arrays, ``p`` postings in ``2 ** bits`` buckets: 8 bytes a posting, 4 a bucket."""

    offsets: Rows
    """``(2 ** bits + 1,)``"""
    rests: Shorts
    """``(p,)``: the lower bits of the fingerprint."""
    rows: Rows
    """``(p,)``"""
    starts: Shorts
    """``(p,)``: the letter at which it stands."""


def bits_for(count: int) -> int:
    """Return how many bits number the buckets of ``count`` postings."""
    return min(MOST_BITS, max(LEAST_BITS, (count // A_BUCKET).bit_length()))


def post_all(hashes: Rows, rows: Rows, starts: Shorts) -> Postings:
    """Return postings of fingerprints, each with its row and its letter; all ``(p,)``, rows ascending a fingerprint."""
    bits = bits_for(len(hashes))
    for shift in (0, 11, 22):
        sorted_by = (np.empty_like(hashes), np.empty_like(rows), np.empty_like(starts))
        sort_by(hashes, rows, starts, shift, sorted_by)
        hashes, rows, starts = sorted_by
    offsets = np.zeros(2**bits + 1, dtype=np.uint32)
    rests = np.empty(len(hashes), dtype=np.uint16)
    cut_up(hashes, bits, offsets, rests)
    return Postings(offsets=offsets, rests=rests, rows=rows, starts=starts)


@njit
def sort_by(hashes: Rows, rows: Rows, starts: Shorts, shift: int, into: tuple[Rows, Rows, Shorts]) -> None:
    """Sort by eleven bits of the fingerprint, what is equal in them staying in order: one pass of a radix sort."""
    places = np.zeros(2049, dtype=np.int64)
    for value in hashes:
        places[((np.int64(value) >> shift) & 2047) + 1] += 1
    for i in range(2048):
        places[i + 1] += places[i]
    for i in range(hashes.shape[0]):
        bucket = (np.int64(hashes[i]) >> shift) & 2047
        at = places[bucket]
        places[bucket] = at + 1
        into[0][at] = hashes[i]
        into[1][at] = rows[i]
        into[2][at] = starts[i]


@njit
def cut_up(hashes: Rows, bits: int, offsets: Rows, rests: Shorts) -> None:
    """Write where each bucket of sorted fingerprints begins, and what is left of each fingerprint."""
    mask = (1 << (32 - bits)) - 1
    for i in range(hashes.shape[0]):
        value = np.int64(hashes[i])
        rests[i] = value & mask
        offsets[(value >> (32 - bits)) + 1] += np.uint32(1)
    for bucket in range(offsets.shape[0] - 1):
        offsets[bucket + 1] += offsets[bucket]


@njit
def shift_of(offsets: Rows) -> Whole:
    """Return how many bits of a fingerprint do not choose its bucket."""
    return 32 - np.int64(np.log2(offsets.shape[0] - 1))


@njit
def first_of(rests: Shorts, rest: Whole, low: Whole, high: Whole) -> Whole:
    """Return the first place between two whose rest is not below ``rest``."""
    while high - low > NEAR:
        middle = (low + high) // 2
        if rests[middle] < rest:
            low = middle + 1
        else:
            high = middle
    while low < high and rests[low] < rest:
        low += 1
    return low


@njit
def probe(postings: Postings, dead: Bytes, asked: Sketches, begins: Ints, counts: Ints) -> None:
    """Write where the postings of each fingerprint begin, and how many living entries have it, up to one too many.

    :param begins: ``(m,)``; untouched where there are none
    :param counts: ``(m,)``; of a fingerprint that stands in its text again, 0
    """
    shift = shift_of(postings.offsets)
    mask = (1 << shift) - 1
    for q in range(asked.sizes.shape[0]):
        for i in range(asked.bounds[q], asked.bounds[q + 1]):
            fetch_ahead(postings.offsets, np.int64(asked.hashes[i]) >> shift)
        for i in range(asked.bounds[q], asked.bounds[q + 1]):
            fetch_ahead(postings.rests, postings.offsets[np.int64(asked.hashes[i]) >> shift])
        for i in range(asked.bounds[q], asked.bounds[q + 1]):
            counts[i] = 0
            if asked.leaders[i] != i:
                continue
            bucket, rest = np.int64(asked.hashes[i]) >> shift, np.int64(asked.hashes[i]) & mask
            high = np.int64(postings.offsets[bucket + 1])
            at = first_of(postings.rests, rest, np.int64(postings.offsets[bucket]), high)
            begins[i] = at
            if at < high:
                fetch_ahead(postings.rows, at)
            if dead.shape[0] == 0:
                counts[i] = first_of(postings.rests, rest + 1, at, min(high, at + COMMON + 1)) - at
                continue
            while at < high and postings.rests[at] == rest and counts[i] <= COMMON:
                counts[i] += not is_dead(dead, postings.rows[at])
                at += 1


@njit
def first_row(rows: Rows, row: Whole, low: Whole, high: Whole) -> Whole:
    """Return the first place between two at which no row below ``row`` stands: looked for in growing steps."""
    step = 1
    while low + step < high and rows[low + step] < row:
        low += step
        step *= 2
    high = min(high, low + step)
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < row:
            low = middle + 1
        else:
            high = middle
    return low


@njit
def emit(postings: Postings, dead: Bytes, asked: Asked, q: int) -> Emitted:
    """Return a posting for each living entry that has a fingerprint of query ``q``.

    Of one that more than ``COMMON`` have only those of the oldest, as many as there is room for.
    """
    emitted = room_for(asked, q)
    first, end = asked.sketches.bounds[q], asked.sketches.bounds[q + 1]
    count = 0
    for i in range(first, end):
        left = min(asked.counts[i], asked.rooms[i])
        at = asked.begins[i]
        while left > 0:
            row = postings.rows[at]
            if not is_dead(dead, row):
                emitted.rows[count] = row
                emitted.which[count] = i - first
                emitted.at[count] = at
                count += 1
                left -= 1
            at += 1
    return emitted


@njit
def add_common(postings: Postings, asked: Asked, q: int, rows: Ints, matrix: Ints) -> None:
    """Look up in each candidate those common fingerprints of query ``q`` whose postings were not all gone through."""
    first, end = asked.sketches.bounds[q], asked.sketches.bounds[q + 1]
    shift = shift_of(postings.offsets)
    for i in range(first, end):
        if asked.counts[i] > asked.rooms[i]:
            value = np.int64(asked.sketches.hashes[i])
            rest = value & ((1 << shift) - 1)
            at: Whole = asked.begins[i]
            behind = first_of(postings.rests, rest + 1, at, np.int64(postings.offsets[(value >> shift) + 1]))
            # The candidates ascend, as the rows of a fingerprint do.
            for candidate in range(rows.shape[0]):
                at = first_row(postings.rows, rows[candidate], at, behind)
                if at < behind and postings.rows[at] == rows[candidate] and matrix[candidate, i - first] < 0:
                    matrix[candidate, i - first] = postings.starts[at]


@njit
def search(postings: Postings, dead: Bytes, facts: tuple[Shorts, Shorts], asked: Asked, found: Found) -> None:
    """Write the hits of every query.

    :param facts: of each row how many fingerprints it has, and how many letters
    """
    for q in range(asked.sketches.sizes.shape[0]):
        emitted = sifted(asked, q, emit(postings, dead, asked, q))
        chosen = candidates_of(asked, q, emitted)
        if chosen[0].shape[0] > 0:
            matrix = matrix_of(asked, q, emitted, chosen, postings.starts)
            add_common(postings, asked, q, chosen[0], matrix)
            judge_all(asked, q, chosen[0], matrix, facts, found)


@njit
def unpost(offsets: Rows, rests: Shorts) -> Rows:
    """Return the fingerprint of each posting, ``(p,)``."""
    shift = shift_of(offsets)
    hashes = np.empty(rests.shape[0], dtype=np.uint32)
    for bucket in range(offsets.shape[0] - 1):
        for at in range(offsets[bucket], offsets[bucket + 1]):
            hashes[at] = bucket << shift | np.int64(rests[at])
    return hashes
