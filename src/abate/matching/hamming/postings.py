"""The multi-index over codes that never change: built once, asked by any number of threads.

A code is sixteen chunks of 16 bits in a ring. A chunk's postings lie by the chunk's value, and in each value's bucket
by row. Beside a posting's row stand the next two chunks of its code, ``near`` and ``far``; a code that is too unlike
there is never looked at itself.

Why that finds everything (the cycle lemma; Qin and Xiao, "Pigeonring", VLDB 2018): let two codes differ in d_0 … d_15
bits of their chunks, together at most r. The numbers d_c - r / 16 add up to at most 0 around the ring. Start right
after the place where their running sum is highest: from there no running sum is above 0, so that for every length l the
first l chunks differ in at most ⌊l · r / 16⌋ bits. So for some start c

    d_c ≤ ⌊r / 16⌋   and   d_c + d_c+1 ≤ ⌊2r / 16⌋   and   d_c + d_c+1 + d_c+2 ≤ ⌊3r / 16⌋.

The first says which buckets to open: 1 a chunk for r below 16, 17 up to 31, 137 up to 47. The second is asked of
``near``, 32 postings in one comparison; the third of ``far``, which one posting in some hundreds gets to; the code
itself decides. A pair may satisfy this from several starts and is given at the first.
"""

from typing import Final, NamedTuple

import numpy as np

from abate.matching.hamming.codes import CHUNKS, Question, Words, chunk, distance_between
from abate.matching.living.arrays import Bytes, Ints, Rows, Shorts, Whole, is_dead
from abate.matching.living.lanes import LANES, fetch_ahead, lowest, near_lanes
from abate.matching.living.threads import in_threads
from abate.numeric.kernels import njit, popcount

BUCKETS: Final = 65536
_FETCHED: Final = 8 * LANES
"""Postings of a bucket whose ``near`` is asked for one step ahead: as many as 8 cache lines hold."""


class Postings(NamedTuple):
    """The arrays of one multi-index over ``n`` codes."""

    offsets: Rows
    """``(16, 65537)``: where the bucket of each value begins."""
    near: Shorts
    """``(16, n + 32)``: the chunk after a posting's; the last 32 are for vectors that read beyond the end."""
    far: Shorts
    """``(16, n)``: the chunk after that."""
    rows: Rows
    """``(16, n)``"""


def post_all(codes: Words, *, threads: int = 1) -> Postings:
    """Build the multi-index over shuffled codes, chunks side by side in ``threads``.

    Besides the result this takes 8 bytes a code and thread.
    """
    length = len(codes)
    built = Postings(
        offsets=np.empty((CHUNKS, BUCKETS + 1), dtype=np.uint32),
        near=np.empty((CHUNKS, length + LANES), dtype=np.uint16),
        far=np.empty((CHUNKS, length), dtype=np.uint16),
        rows=np.empty((CHUNKS, length), dtype=np.uint32),
    )
    built.near[:, length:] = 0

    def post_some(first: int, end: int) -> None:
        records = np.empty(length, dtype=np.uint64)
        for place in range(first, end):
            count_buckets(codes, place, built.offsets[place])
            post(codes, place, built.offsets[place].copy(), records)
            part_records(records, built.near[place], built.far[place], built.rows[place])

    in_threads(post_some, CHUNKS, threads)
    return built


@njit
def count_buckets(codes: Words, place: int, offsets: Rows) -> None:
    """Write into ``offsets`` ``(65537,)`` where the bucket of each value of the chunk begins."""
    offsets[:] = 0
    for row in range(codes.shape[0]):
        offsets[np.int64(chunk(codes, row, place)) + 1] += np.uint32(1)
    for value in range(BUCKETS):
        offsets[value + 1] += offsets[value]


@njit
def post(codes: Words, place: int, cursor: Rows, records: Words) -> None:
    """Put each row where its bucket has room next, with its sketch beside it; ``cursor`` begins as the offsets.

    One record of 8 bytes, not three arrays: these stores are what the build waits for.
    """
    one, two = (place + 1) & 15, (place + 2) & 15
    for row in range(codes.shape[0]):
        value = np.int64(chunk(codes, row, place))
        at = np.int64(cursor[value])
        cursor[value] = np.uint32(at + 1)
        sketch = np.uint64(chunk(codes, row, one)) | np.uint64(chunk(codes, row, two)) << np.uint64(16)
        records[at] = np.uint64(row) << np.uint64(32) | sketch


@njit
def part_records(records: Words, near: Shorts, far: Shorts, rows: Rows) -> None:
    """Take the records apart into the arrays that are read at different moments."""
    for at in range(rows.shape[0]):
        record = records[at]
        near[at] = np.uint16(record & np.uint64(0xFFFF))
        far[at] = np.uint16(record >> np.uint64(16) & np.uint64(0xFFFF))
        rows[at] = np.uint32(record >> np.uint64(32))


@njit
def unlike_in(codes: Words, row: Whole, asked: Question, q: int, place: int) -> Whole:
    """Return how many bits a code and a query differ in, in one chunk; ``place`` goes around the ring."""
    word, shift = (place & 15) >> 2, np.uint64((place & 3) << 4)
    unlike = (codes[row, word] ^ asked.queries[q, word]) >> shift
    return np.int64(popcount(unlike & np.uint64(0xFFFF)))


@njit
def first_start(codes: Words, row: Whole, asked: Question, q: int) -> int:
    """Return the first chunk from which a chain stays within the budgets, or 16."""
    one, two = unlike_in(codes, row, asked, q, 0), unlike_in(codes, row, asked, q, 1)
    for place in range(CHUNKS):
        three = unlike_in(codes, row, asked, q, place + 2)
        pair = one + two
        if one <= asked.budgets[0] and pair <= asked.budgets[1] and pair + three <= asked.budgets[2]:
            return place
        one, two = two, three
    return CHUNKS


@njit
def judge(codes: Words, dead: Bytes, row: Whole, asked: Question, q: int, place: int) -> Whole:
    """Return the distance of a row that passed its sketch at ``place``, or -1 when it is not to be given there."""
    distance = distance_between(codes, row, asked.queries, q)
    if distance > asked.budgets[3] or is_dead(dead, row) or first_start(codes, row, asked, q) != place:
        return -1
    return distance


@njit
def open_buckets(held: Postings, asked: Question, step: tuple[int, int], spans: Rows) -> None:
    """Write where each bucket of a step ``(query, place)`` begins and ends ``(probes, 2)``.

    What lies there is asked for.
    """
    q, place = step
    value = chunk(asked.queries, q, place)
    near = held.near[place]
    for probe in range(asked.flips.shape[0]):
        bucket = np.int64(value ^ asked.flips[probe])
        start, end = held.offsets[place, bucket], held.offsets[place, bucket + 1]
        spans[probe, 0] = start
        spans[probe, 1] = end
        for at in range(np.int64(start), min(np.int64(end), np.int64(start) + _FETCHED), LANES):
            fetch_ahead(near, at)


@njit
def read_buckets(held: Postings, asked: Question, step: tuple[int, int], spans: Rows, passed: Words) -> Whole:
    """Write the postings of the opened buckets of a step that pass ``near`` into ``passed``, and return how many.

    Each as where it lies, times 256, and what its chain has spent. What is looked at of it next is asked for.
    """
    q, place = step
    one = chunk(asked.queries, q, (place + 1) & 15)
    near, far, rows = held.near[place], held.far[place], held.rows[place]
    count = 0
    for probe in range(spans.shape[0]):
        spent = np.int64(popcount(asked.flips[probe]))
        end = np.int64(spans[probe, 1])
        for at in range(np.int64(spans[probe, 0]), end, LANES):
            mask = near_lanes(near, at, one, asked.budgets[1] - spent)
            if end - at < LANES:
                mask &= (np.uint32(1) << np.uint32(end - at)) - np.uint32(1)
            while mask != 0:
                posting = at + np.int64(lowest(mask))
                mask &= mask - np.uint32(1)
                fetch_ahead(far, posting)
                fetch_ahead(rows, posting)
                chain = spent + np.int64(popcount(near[posting] ^ one))
                passed[count] = np.uint64(posting << 8 | chain)
                count += 1
    return count


@njit
def read_passed(
    codes: Words, held: Postings, dead: Bytes, asked: Question, step: tuple[int, int], passed: Words, found: Ints
) -> int:
    """Write what the postings that passed ``near`` give into ``found`` and return how many rows."""
    q, place = step
    two = chunk(asked.queries, q, (place + 2) & 15)
    far, rows = held.far[place], held.rows[place]
    count = 0
    for i in range(passed.shape[0]):
        posting = np.int64(passed[i] >> np.uint64(8))
        chain = np.int64(passed[i] & np.uint64(0xFF)) + np.int64(popcount(far[posting] ^ two))
        if chain > asked.budgets[2]:
            continue
        row = np.int64(rows[posting])
        distance = judge(codes, dead, row, asked, q, place)
        if distance >= 0:
            if count < found.shape[0]:
                found[count, 0] = q
                found[count, 1] = row
                found[count, 2] = distance
            count += 1
    return count


@njit
def mark_crowded(held: Postings, asked: Question, crowded: Bytes) -> Whole:
    """Mark the queries whose buckets hold so much that brute force is faster, and return the most that one step opens.

    Not chance does that but a list with thousands of near copies, or one that was made to.

    :param crowded: ``(m + 1,)``; the last says whether there are any
    """
    limit = held.rows.shape[1] * CHUNKS // asked.budgets[4]
    crowded[:] = 0
    most = np.int64(0)
    for q in range(asked.queries.shape[0]):
        postings = np.int64(0)
        for place in range(CHUNKS):
            value = chunk(asked.queries, q, place)
            before = postings
            for probe in range(asked.flips.shape[0]):
                bucket = np.int64(value ^ asked.flips[probe])
                postings += np.int64(held.offsets[place, bucket + 1] - held.offsets[place, bucket])
            most = max(most, postings - before)
        if postings > limit:
            crowded[q] = crowded[-1] = 1
    return most


@njit
def step_after(step: tuple[int, int], batch: int) -> tuple[int, int]:
    """Return the step after ``(query, place)``: the next query of the batch, or the first one's next chunk."""
    q, place = step
    return (q + 1, place) if q + 1 < batch else (0, place + 1)


@njit
def probe_postings(codes: Words, held: Postings, dead: Bytes, asked: Question, crowded: Bytes, found: Ints) -> int:
    """Write ``(query, row, distance)`` into ``found`` ``(capacity, 3)`` and return how many there are.

    Nothing is found when a query is crowded; see :func:`mark_crowded`.

    What is beyond the capacity is counted, not written: the caller comes again. All queries of the batch pass over one
    chunk before the next, so that a chunk's part of the index stays in the caches. Three steps are under way at once:
    the buckets of one are opened, those of the step before are read, and what passed in the one before that is looked
    at, so that what each reads has been asked for a step earlier.
    """
    batch = asked.queries.shape[0]
    steps = CHUNKS * batch
    most = mark_crowded(held, asked, crowded)
    if crowded[-1] or not batch:
        return 0
    spans = np.empty((2, asked.flips.shape[0], 2), dtype=np.uint32)
    passed = np.empty((2, most), dtype=np.uint64)
    passing: Whole = 0
    count = 0
    last = now = ahead = (0, 0)
    for step in range(steps + 2):
        one, other = step & 1, 1 - (step & 1)
        if step < steps:
            open_buckets(held, asked, ahead, spans[one])
        left = passing
        if 0 < step <= steps:
            passing = read_buckets(held, asked, now, spans[other], passed[other])
        if left:
            room = found[min(count, found.shape[0]) :]
            count += read_passed(codes, held, dead, asked, last, passed[one, :left], room)
        last, now, ahead = now, ahead, step_after(ahead, batch)
    return count
