"""The multi-index that grows: an added code is found by the next search, and no search waits for it.

The same sixteen chunks and sketches as in ``postings``, but a bucket is a chain: its head is the code added last, and
each link leads to the one before. A search is told how many codes it may know; younger ones, which another thread may
be adding at this moment, it passes over. So a code is linked once, by about a microsecond's work, and nothing is
copied. The head is stored after the link it leads to, also as other processors see it.
"""

from typing import Final, NamedTuple

import numpy as np

from abate.matching.hamming.codes import CHUNKS, WORDS, Question, Words, chunk
from abate.matching.hamming.postings import BUCKETS, judge
from abate.matching.living.arrays import Bytes, Ints, Rows, Whole
from abate.matching.living.lanes import fetch_ahead, publish, published
from abate.numeric.kernels import njit, popcount

CAPACITY: Final = 65536
"""Codes that one set of chains holds: one a bucket."""


class Chains(NamedTuple):
    """The arrays; memory is taken as they fill, 160 bytes a code and 4 MB for the heads."""

    codes: Words
    """``(CAPACITY, 4)``"""
    heads: Rows
    """``(16 · 65536,)``: one more than the row of the bucket's youngest code, 0 where there is none."""
    links: Rows
    """``(16, CAPACITY, 2)``: one more than the row before in the same bucket, and the next two chunks."""
    claimed: Ints
    """``(1,)``: rows that were begun; more than a part knows of when its writer was interrupted, or a copy grew."""


def empty_chains() -> Chains:
    """Return chains without a code."""
    return Chains(
        codes=np.zeros((CAPACITY, WORDS), dtype=np.uint64),
        heads=np.zeros(CHUNKS * BUCKETS, dtype=np.uint32),
        links=np.zeros((CHUNKS, CAPACITY, 2), dtype=np.uint32),
        claimed=np.zeros(1, dtype=np.int64),
    )


@njit
def sketch_of(codes: Words, row: Whole, place: int) -> np.uint32:
    """Return the two chunks that follow ``place``."""
    one, two = chunk(codes, row, (place + 1) & 15), chunk(codes, row, (place + 2) & 15)
    return np.uint32(np.uint32(one) | np.uint32(two) << np.uint32(16))


@njit
def link_all(chains: Chains, first: int, added: Words) -> None:
    """Take up codes as rows ``first`` and on. One thread at a time; searches go on meanwhile."""
    chains.claimed[0] = first + added.shape[0]
    for i in range(added.shape[0]):
        row = first + i
        for word in range(WORDS):
            chains.codes[row, word] = added[i, word]
        for place in range(CHUNKS):
            head = place * BUCKETS + np.int64(chunk(added, i, place))
            chains.links[place, row, 0] = chains.heads[head]
            chains.links[place, row, 1] = sketch_of(added, i, place)
            publish(chains.heads, head, np.uint32(row + 1))


@njit
def open_chains(chains: Chains, asked: Question, q: int, place: int, ends: Rows) -> None:
    """Write the head of each bucket of one step, and ask the memory for the links that they lead to."""
    value = chunk(asked.queries, q, place)
    links = chains.links[place].reshape(2 * CAPACITY)
    for probe in range(asked.flips.shape[0]):
        head = published(chains.heads, place * BUCKETS + np.int64(value ^ asked.flips[probe]))
        ends[probe] = head
        if head != 0:
            fetch_ahead(links, 2 * (np.int64(head) - 1))


@njit
def follow(
    chains: Chains, known: int, dead: Bytes, asked: Question, step: tuple[int, int], ends: Rows, found: Ints
) -> int:
    """Write what the opened chains of a step ``(query, place)`` give, and return how many rows."""
    q, place = step
    links = chains.links[place]
    sketch = sketch_of(asked.queries, q, place)
    count = 0
    for probe in range(ends.shape[0]):
        spent = np.int64(popcount(asked.flips[probe]))
        at = np.int64(ends[probe])
        while at != 0:
            row = at - 1
            at = np.int64(links[row, 0])
            unlike = links[row, 1] ^ sketch
            if spent + np.int64(popcount(unlike)) > asked.budgets[2] or row >= known:
                continue
            if spent + np.int64(popcount(unlike & np.uint32(0xFFFF))) > asked.budgets[1]:
                continue
            distance = judge(chains.codes, dead, row, asked, q, place)
            if distance >= 0:
                if count < found.shape[0]:
                    found[count, 0] = q
                    found[count, 1] = row
                    found[count, 2] = distance
                count += 1
    return count


@njit
def probe_chains(chains: Chains, known: int, dead: Bytes, asked: Question, found: Ints) -> int:
    """Write ``(query, row, distance)`` of the first ``known`` rows; like ``postings.probe_postings``."""
    batch = asked.queries.shape[0]
    steps = CHUNKS * batch
    ends = np.empty((2, asked.flips.shape[0]), dtype=np.uint32)
    count = 0
    if steps:
        open_chains(chains, asked, 0, 0, ends[0])
    for step in range(steps):
        ahead = step + 1
        if ahead < steps:
            open_chains(chains, asked, ahead % batch, ahead // batch, ends[ahead & 1])
        now = (step % batch, step // batch)
        room = found[min(count, found.shape[0]) :]
        count += follow(chains, known, dead, asked, now, ends[step & 1], room)
    return count
