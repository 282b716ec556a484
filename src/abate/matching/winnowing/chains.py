"""The inverted index that grows: an added text is found by the next search, and no search waits for it.

Postings stand in the order in which they came, a text's together; those of one place in the table are a chain from the
youngest to the oldest. A search is told how many texts it may know; younger ones, which another thread may be adding at
this moment, it passes over. The head of a chain is stored after the link that it leads to, also as other processors see
it.
"""

from typing import Final, NamedTuple

import numpy as np

from abate.matching.living.arrays import Bytes, Ints, Rows, Shorts, Whole, is_dead
from abate.matching.living.lanes import publish, published
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
from abate.matching.winnowing.sketches import Sketches, slot_of
from abate.numeric.kernels import njit

POSTINGS: Final = 1 << 20
TEXTS: Final = 1 << 15
HEADS: Final = 1 << 18


class Chains(NamedTuple):
    """The arrays; memory is taken as they fill, 14 bytes a posting and 1 MB for the heads."""

    heads: Rows
    """``(HEADS,)``: one more than the youngest posting at a place of the table, 0 where there is none."""
    links: Rows
    """``(POSTINGS,)``: one more than the posting before at the same place."""
    hashes: Rows
    rows: Rows
    starts: Shorts
    firsts: Ints
    """``(TEXTS + 1,)``: where each text's postings begin."""
    sizes: Shorts
    """``(TEXTS,)``"""
    letters: Shorts
    """``(TEXTS,)``"""
    claimed: Ints
    """``(1,)``: texts that were begun; more than a part knows of when its writer was interrupted, or a copy grew."""


def empty_chains() -> Chains:
    """Return chains without a text."""
    return Chains(
        heads=np.zeros(HEADS, dtype=np.uint32),
        links=np.zeros(POSTINGS, dtype=np.uint32),
        hashes=np.zeros(POSTINGS, dtype=np.uint32),
        rows=np.zeros(POSTINGS, dtype=np.uint32),
        starts=np.zeros(POSTINGS, dtype=np.uint16),
        firsts=np.zeros(TEXTS + 1, dtype=np.int64),
        sizes=np.zeros(TEXTS, dtype=np.uint16),
        letters=np.zeros(TEXTS, dtype=np.uint16),
        claimed=np.zeros(1, dtype=np.int64),
    )


@njit
def link_all(chains: Chains, first: int, added: Sketches, spread: np.uint64) -> Whole:
    """Take up texts as rows ``first`` and on, as many as there is room for, and return how many.

    One thread at a time; searches go on meanwhile.
    """
    for text in range(added.sizes.shape[0]):
        row = first + text
        if row >= TEXTS or chains.firsts[row] + np.int64(added.sizes[text]) > POSTINGS:
            return text
        chains.claimed[0] = row + 1
        chains.sizes[row] = added.sizes[text]
        chains.letters[row] = added.letters[text]
        at = chains.firsts[row]
        for i in range(added.bounds[text], added.bounds[text + 1]):
            if added.leaders[i] != i:
                continue
            head = slot_of(added.hashes[i], spread, HEADS)
            chains.hashes[at] = added.hashes[i]
            chains.rows[at] = row
            chains.starts[at] = added.starts[i]
            chains.links[at] = chains.heads[head]
            publish(chains.heads, head, np.uint32(at + 1))
            at += 1
        chains.firsts[row + 1] = at
    return np.int64(added.sizes.shape[0])


@njit
def probe(chains: Chains, known: int, dead: Bytes, asked: Sketches, spread: np.uint64, into: tuple[Ints, Ints]) -> None:
    """Write the youngest posting of each place, and how many living entries have it; like ``postings.probe``."""
    begins, counts = into
    for i in range(asked.hashes.shape[0]):
        counts[i] = 0
        if asked.leaders[i] != i:
            continue
        at = np.int64(published(chains.heads, slot_of(asked.hashes[i], spread, HEADS)))
        begins[i] = at
        while at != 0 and counts[i] <= COMMON:
            row = np.int64(chains.rows[at - 1])
            if chains.hashes[at - 1] == asked.hashes[i] and row < known and not is_dead(dead, row):
                counts[i] += 1
            at = np.int64(chains.links[at - 1])


@njit
def emit(chains: Chains, known: int, dead: Bytes, asked: Asked, q: int) -> Emitted:
    """Return a posting for each living entry that has a fingerprint of query ``q``; like ``postings.emit``.

    Chains begin with the youngest, so that where there is no room for all, older ones are written over younger ones.
    """
    emitted = room_for(asked, q)
    first, end = asked.sketches.bounds[q], asked.sketches.bounds[q + 1]
    count = 0
    for i in range(first, end):
        room = min(asked.counts[i], asked.rooms[i])
        if room == 0:
            continue
        at, met = asked.begins[i], 0
        while at != 0:
            row = np.int64(chains.rows[at - 1])
            if chains.hashes[at - 1] == asked.sketches.hashes[i] and row < known and not is_dead(dead, row):
                emitted.rows[count + met % room] = row
                emitted.which[count + met % room] = i - first
                emitted.at[count + met % room] = at - 1
                met += 1
            at = np.int64(chains.links[at - 1])
        count += room
    return emitted


@njit
def add_common(chains: Chains, asked: Asked, q: int, rows: Ints, matrix: Ints) -> None:
    """Look up in each candidate those common fingerprints whose postings were not all gone through."""
    first, end = asked.sketches.bounds[q], asked.sketches.bounds[q + 1]
    missing = False
    for i in range(first, end):
        missing |= asked.counts[i] > asked.rooms[i]
    if not missing:
        return
    for candidate in range(rows.shape[0]):
        row = rows[candidate]
        own = np.sort(chains.hashes[chains.firsts[row] : chains.firsts[row + 1]])
        order = np.argsort(chains.hashes[chains.firsts[row] : chains.firsts[row + 1]])
        for i in range(first, end):
            if asked.counts[i] > asked.rooms[i] and matrix[candidate, i - first] < 0:
                at = np.searchsorted(own, asked.sketches.hashes[i])
                if at < own.shape[0] and own[at] == asked.sketches.hashes[i]:
                    matrix[candidate, i - first] = chains.starts[chains.firsts[row] + order[at]]


@njit
def search(chains: Chains, known: int, dead: Bytes, asked: Asked, found: Found) -> None:
    """Write the hits of every query among the first ``known`` texts; like ``postings.search``."""
    for q in range(asked.sketches.sizes.shape[0]):
        emitted = sifted(asked, q, emit(chains, known, dead, asked, q))
        chosen = candidates_of(asked, q, emitted)
        if chosen[0].shape[0] > 0:
            matrix = matrix_of(asked, q, emitted, chosen, chains.starts)
            add_common(chains, asked, q, chosen[0], matrix)
            judge_all(asked, q, chosen[0], matrix, (chains.sizes, chains.letters), found)
