"""From postings to hits: which entries share most with a query, and what becomes of them."""

from typing import Final, NamedTuple

import numpy as np

from abate.matching.living.arrays import Ints, Rows, Shorts, Whole
from abate.matching.winnowing.judging import COMMON, LEAST_SHARED, Text, judge, write_runs
from abate.matching.winnowing.sketches import Sketches, slot_of
from abate.numeric.kernels import njit

MOST: Final = 100
"""Entries that are looked at for one query: those that share most with it that is not common, then most at all, then
the oldest."""


SHARES: Final = 16
"""Bits that count how often a row was met: a query has at most 65,535 fingerprints."""
MOST_SHARES: Final = (1 << SHARES) - 1
SIEVE: Final = 1 << 15
"""Places in which rows are counted before they are told apart: bytes of a first cache."""


class Asked(NamedTuple):
    """What a search asks of one part, ``n`` queries with ``m`` fingerprints together."""

    sketches: Sketches
    begins: Ints
    """``(m,)``: where the part has a fingerprint first; means what the part wants it to."""
    counts: Ints
    """``(m,)``: how many living entries of the part have it, up to ``COMMON`` and one."""
    rooms: Ints
    """``(m,)``: of how many of those the postings are gone through."""
    totals: Ints
    """``(m,)``: how many living entries of all parts have it, up to a few times ``COMMON``."""
    spread: np.uint64
    """``sketches.SPREAD``."""


class Emitted(NamedTuple):
    """Postings of one query, as many as there are living entries with its fingerprints, or fewer."""

    rows: Rows
    which: Rows
    """The query's fingerprint, counted from its first."""
    at: Rows
    """Where the posting stands in the part."""
    slots: Rows
    """Where the row stands in the table that counts."""


class Found(NamedTuple):
    """Where hits are written."""

    hits: Ints
    """``(capacity, 4)``: query, row, distance, and how many runs it has."""
    runs: Ints
    """``(capacity, 2)``: the runs of the first hit, then those of the next."""
    used: Ints
    """``(2,)``: how many hits and runs there are. Those beyond the capacities are counted only: come again."""


@njit
def room_for(asked: Asked, q: int) -> Emitted:
    """Return room for the postings of query ``q``."""
    most = 0
    for i in range(asked.sketches.bounds[q], asked.sketches.bounds[q + 1]):
        most += min(asked.counts[i], asked.rooms[i])
    room = np.empty((4, most), dtype=np.uint32)
    return Emitted(room[0], room[1], room[2], room[3])


@njit
def least_of(asked: Asked, q: int) -> Whole:
    """Return how many fingerprints of query ``q`` a row must share to be looked at."""
    return LEAST_SHARED if asked.sketches.sizes[q] > LEAST_SHARED else np.int64(asked.sketches.sizes[q])


@njit
def sifted(asked: Asked, q: int, emitted: Emitted) -> Emitted:
    """Return the postings without those of most rows that share too little with query ``q``.

    Most rows share one fingerprint or two. They are counted in so few places that all of them stay in the processor's
    first cache; rows that fall into one place are counted as one, so that no row is left out that shares enough.
    """
    count, least = emitted.rows.shape[0], least_of(asked, q)
    room = 256
    while room < 2 * count and room < SIEVE:
        room *= 2
    met = np.zeros(room, dtype=np.uint8)
    for i in range(count):
        slot = slot_of(emitted.rows[i], asked.spread, room)
        emitted.slots[i] = slot
        met[slot] += np.uint8(met[slot] < least)
    kept = 0
    for i in range(count):
        if met[emitted.slots[i]] >= least:
            emitted.rows[kept] = emitted.rows[i]
            emitted.which[kept] = emitted.which[i]
            emitted.at[kept] = emitted.at[i]
            kept += 1
    return Emitted(emitted.rows[:kept], emitted.which[:kept], emitted.at[:kept], emitted.slots[:kept])


@njit
def candidates_of(asked: Asked, q: int, emitted: Emitted) -> tuple[Ints, Ints]:
    """Return the rows that share enough with query ``q`` to be looked at, ascending, and where each slot's row is.

    In the second array -1 stands for a slot whose row is not looked at.
    """
    count, least = emitted.rows.shape[0], least_of(asked, q)
    room = 2
    while room < 2 * count:
        room *= 2
    # One more than the row above, how often it was met below; and beside it how often by what is not common.
    table, telling = np.zeros(room, dtype=np.int64), np.zeros(room, dtype=np.int64)
    first = asked.sketches.bounds[q]
    told = 0
    for i in range(count):
        row = np.int64(emitted.rows[i])
        slot = slot_of(row, asked.spread, room)
        while table[slot] != 0 and (table[slot] >> SHARES) - 1 != row:
            slot = (slot + 1) & (room - 1)
        if table[slot] == 0:
            table[slot] = (row + 1) << SHARES
        table[slot] += 1
        telling[slot] += asked.totals[first + np.int64(emitted.which[i])] <= COMMON
        emitted.slots[i] = slot
        told += table[slot] & MOST_SHARES == least
    return told_apart(table, telling, least, told)


@njit
def told_apart(table: Ints, telling: Ints, least: Whole, told: int) -> tuple[Ints, Ints]:
    """Return, of a table in which ``told`` rows were met ``least`` times, what ``candidates_of`` does; it is reused."""
    chosen = np.empty(told, dtype=np.int64)
    if told == 0:
        return chosen, table
    at = 0
    for slot in range(table.shape[0]):
        shares = table[slot] & MOST_SHARES
        if shares >= least:
            rank = (MOST_SHARES // 2 - min(telling[slot], MOST_SHARES // 2)) << SHARES | (MOST_SHARES - shares)
            chosen[at] = rank << 32 | (table[slot] >> SHARES) - 1
            at += 1
    chosen.sort()
    rows = chosen[:MOST] & np.int64(0xFFFF_FFFF)
    rows.sort()
    for slot in range(table.shape[0]):
        row = (table[slot] >> SHARES) - 1
        place = np.searchsorted(rows, row) if table[slot] & MOST_SHARES >= least else np.int64(-1)
        table[slot] = place if 0 <= place < rows.shape[0] and rows[place] == row else -1
    return rows, table


@njit
def matrix_of(asked: Asked, q: int, emitted: Emitted, chosen: tuple[Ints, Ints], starts: Shorts) -> Ints:
    """Return where each candidate has each fingerprint of query ``q``, ``(rows, fingerprints)``, else -1.

    :param chosen: what ``candidates_of`` gives
    :param starts: of each posting of the part, the letter at which it stands
    """
    rows, by_slot = chosen
    first, end = asked.sketches.bounds[q], asked.sketches.bounds[q + 1]
    matrix = np.full((rows.shape[0], end - first), -1, dtype=np.int64)
    for i in range(emitted.rows.shape[0]):
        candidate = by_slot[emitted.slots[i]]
        if candidate >= 0:
            matrix[candidate, emitted.which[i]] = starts[emitted.at[i]]
    return matrix


@njit
def text_of(asked: Asked, q: int) -> Text:
    """Return query ``q`` as it is judged."""
    sketches = asked.sketches
    first, end = sketches.bounds[q], sketches.bounds[q + 1]
    held = np.empty((3, end - first), dtype=np.int64)
    common = np.empty(end - first, dtype=np.uint8)
    for i in range(first, end):
        held[0, i - first] = sketches.starts[i]
        held[1, i - first] = sketches.lengths[i]
        held[2, i - first] = sketches.leaders[i] - first
        common[i - first] = asked.totals[i] > COMMON
    return Text(held[0], held[1], held[2], common, np.int64(sketches.sizes[q]), np.int64(sketches.letters[q]))


@njit
def judge_all(asked: Asked, q: int, rows: Ints, matrix: Ints, facts: tuple[Shorts, Shorts], found: Found) -> None:
    """Judge each candidate, and write the hits with their runs."""
    text = text_of(asked, q)
    runs = np.empty((matrix.shape[1], 2), dtype=np.int64)
    for candidate in range(rows.shape[0]):
        row, at = rows[candidate], matrix[candidate]
        distance = judge(text, at, np.int64(facts[0][row]), np.int64(facts[1][row]))
        if distance < 0:
            continue
        count = write_runs(text, at, runs)
        hit, run = found.used[0], found.used[1]
        if hit < found.hits.shape[0] and run + count <= found.runs.shape[0]:
            found.hits[hit, 0] = q
            found.hits[hit, 1] = row
            found.hits[hit, 2] = distance
            found.hits[hit, 3] = count
            found.runs[run : run + count] = runs[:count]
        found.used[0] += 1
        found.used[1] += count
