"""The Hamming index finds what the definition finds, whatever the codes are and whatever was done to it before."""

import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from abate.matching.hamming import brute, chains, codes, parts, postings, state
from abate.matching.hamming.index import HammingIndex

RADII = [0, 1, 7, 15, 16, 17, 24, 31, 32, 40, 47, 48, 100, 256]
PLACES = np.array(codes.shuffled_places())


@pytest.fixture(scope="module", autouse=True)
def _few_codes_are_indexed_too():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "FEW", 2)
        yield


def oracle(held, ids, queries, radius):
    """The definition, on numpy's words: nothing of the index is used."""
    found = []
    for q, query in enumerate(queries):
        distances = np.bitwise_count(held ^ query).sum(axis=1, dtype=np.int64)
        near = np.flatnonzero(distances <= radius)
        found += sorted((q, int(distances[row]), int(ids[row])) for row in near)
    return found


def answers(index, queries, radius, *, threads=1):
    query, entry, distance = index.search(queries, radius, threads=threads)
    return list(zip(query.tolist(), distance.tolist(), entry.tolist(), strict=True))


def flipped(code, places):
    """Return the code with these of its *shuffled* bits turned, so that chunks can be aimed at."""
    turned = np.unpackbits(code, bitorder="little")
    turned[np.argsort(PLACES)[list(places)]] ^= 1
    return np.packbits(turned, bitorder="little")


def uniform(random, count):
    return random.integers(0, 256, (count, 32), dtype=np.uint8)


def correlated(random, count):
    """Few factors behind all bits, as in hashes of pictures that resemble each other."""
    factors = random.normal(size=(count, 6)) @ random.normal(size=(6, 256)) + random.normal(size=(count, 256))
    return np.packbits(factors > 0, axis=1)


def all_equal(random, count):
    return np.repeat(uniform(random, 1), count, axis=0)


def one_chunk_apart(random, count):
    """Equal but for one chunk: every other chunk's bucket holds everything."""
    (base,) = uniform(random, 1)
    place = int(random.integers(16))
    return np.stack([flipped(base, 16 * place + np.flatnonzero(random.integers(0, 2, 16))) for _ in range(count)])


def crowded_far_away(random, count):
    """One chunk is the same in all and nothing else is."""
    held = uniform(random, count)
    bits = np.unpackbits(held, axis=1, bitorder="little")
    same = np.argsort(PLACES)[16 * int(random.integers(16)) + np.arange(16)]
    bits[:, same] = bits[0, same]
    return np.packbits(bits, axis=1, bitorder="little")


def at_the_rims(random, count):
    """Around one code at exactly 15, 16, 31, 32, 47 and 48 bits, spread over the chunks as evenly as can be, or not."""
    (base,) = uniform(random, 1)
    made = [base]
    while len(made) < count:
        bits = int(random.choice([15, 16, 31, 32, 47, 48]))
        even = random.permutation(16)[np.arange(bits) % 16] * 16 + np.arange(bits) // 16
        made.append(flipped(base, even if random.integers(2) else random.permutation(256)[:bits]))
    return np.stack(made[:count])


SHAPES = [uniform, correlated, all_equal, one_chunk_apart, crowded_far_away, at_the_rims]


def asked_of(random, held):
    """Queries: some held, some near what is held, some of nowhere."""
    near = held[random.integers(0, len(held), 12)]
    moved = np.stack([flipped(code, random.permutation(256)[: random.integers(0, 60)]) for code in near])
    return np.concatenate([held[:2], moved, uniform(random, 2)])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("crowds", [True, False])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 120), radius=st.sampled_from(RADII), way=st.integers(0, 2))
@settings(max_examples=40)
def test_exactly_the_neighbours_are_found(shape, crowds, seed, count, radius, way):
    parts._budgets.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        if not crowds:
            patch.setattr(parts, "CROWDED", (1, 1))
        check_neighbours(shape, seed, count, radius, way)
    parts._budgets.cache_clear()


def check_neighbours(shape, seed, count, radius, way):
    random = np.random.default_rng(seed)
    held = shape(random, count)
    queries = asked_of(random, held)
    built = way * count // 2
    index = HammingIndex.build(held[:built])
    index.add(held[built:])
    gone = random.permutation(count)[: count // 4]
    assert index.discard(gone) == len(gone)
    kept = np.setdiff1d(np.arange(count), gone)
    assert len(index) == len(kept)
    expected = oracle(held[kept].view(np.uint64), kept, queries.view(np.uint64), radius)
    assert answers(index, queries, radius) == expected
    assert answers(index, queries, radius, threads=3) == expected


@pytest.mark.parametrize("radius", [15, 31, 47])
@given(seed=st.integers(0, 2**32))
def test_a_chain_begins_somewhere_however_the_bits_are_spread(radius, seed):
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(40):
        bits = np.zeros(256, dtype=np.uint8)
        weights = random.dirichlet(np.full(16, random.choice([0.1, 1.0, 50.0])))
        chances = np.repeat(weights + 1e-6, 16)
        chosen = random.choice(256, size=radius, replace=False, p=chances / chances.sum())
        bits[chosen] = 1
        rows.append(np.packbits(bits, bitorder="little"))
    words = np.stack(rows).view(np.uint64)
    asked = parts.question(np.zeros((1, 4), dtype=np.uint64), radius)
    assert all(postings.first_start(words, row, asked, 0) < 16 for row in range(len(words)))


@given(seed=st.integers(0, 2**32), radius=st.sampled_from([0, 15, 31, 47]), shape=st.sampled_from(SHAPES))
@settings(max_examples=5)
def test_the_compiled_kernels_and_their_python_agree(seed, radius, shape):
    random = np.random.default_rng(seed)
    held = codes.shuffled(shape(random, 9))
    asked = parts.question(held[:2] ^ np.uint64(int(random.integers(4))), radius)
    if radius > 31:
        asked = asked._replace(flips=asked.flips[:20])
    built, dead = postings.post_all(held), np.array([1, 0], dtype=np.uint8)
    grown, _ = parts.growing(0).grown(held)
    compiled = answers_of_kernels(held, built, dead, asked, grown)
    with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
        for module in (codes, postings, chains, brute):
            for name, kernel in vars(module).items():
                if hasattr(kernel, "py_func"):
                    patch.setattr(module, name, kernel.py_func)
        assert answers_of_kernels(held, built, dead, asked, grown) == compiled


def answers_of_kernels(held, built, dead, asked, grown):
    answers = []
    for kernel, arguments in (
        (postings.probe_postings, (held, built, dead, asked, np.zeros(3, dtype=np.uint8))),
        (chains.probe_chains, (grown.chains, 8, dead, asked)),
        (brute.search, (held, dead, asked.queries, int(asked.budgets[3]))),
    ):
        rows = np.zeros((40, 3), dtype=np.int64)
        answers.append((kernel(*arguments, rows), rows.tolist()))
    made, table = np.zeros((3, 4), dtype=np.uint64), codes.shuffle_table()
    codes.shuffle_into(np.arange(96, dtype=np.uint8).reshape(3, 32), table, made)
    offsets = np.empty(postings.BUCKETS + 1, dtype=np.uint32)
    postings.count_buckets(held, 3, offsets)
    records = np.empty(len(held), dtype=np.uint64)
    postings.post(held, 3, offsets.copy(), records)
    near, far, rows = (np.zeros(len(held), dtype=kind) for kind in (np.uint16, np.uint16, np.uint32))
    postings.part_records(records, near, far, rows)
    again = chains.empty_chains()
    chains.link_all(again, 2, held)
    firsts = [int(postings.first_start(held, row, asked, 0)) for row in range(len(held))]
    linked = [again.links[:, :12].tolist(), np.flatnonzero(again.heads).tolist(), again.claimed.tolist()]
    return [
        *answers,
        made.tolist(),
        offsets[::997].tolist(),
        near.tolist(),
        far.tolist(),
        rows.tolist(),
        linked,
        firsts,
    ]


class Life(RuleBasedStateMachine):
    """Adds, discards, merges, saves and opens in any order; a dictionary knows what must be found."""

    @initialize(seed=st.integers(0, 2**32), count=st.integers(0, 12), shape=st.sampled_from(SHAPES))
    def begin(self, seed, count, shape):
        self.random = np.random.default_rng(seed)
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "index")
        self.pool = shape(self.random, 60)
        first = self.pool[:count]
        self.held = dict(enumerate(first))
        self.index = HammingIndex.build(first)
        self.given = count

    @rule(count=st.integers(0, 9))
    def add(self, count):
        added = self.pool[self.random.integers(0, len(self.pool), count)]
        ids = self.index.add(added)
        assert ids.tolist() == list(range(self.given, self.given + count))
        self.given += count
        self.held |= dict(zip(ids.tolist(), added, strict=True))

    @rule(count=st.integers(0, 6))
    def discard(self, count):
        ids = self.random.integers(-1, self.given + 2, count)
        there = {int(one) for one in ids} & self.held.keys()
        assert self.index.discard(ids) == len(there)
        for one in there:
            del self.held[one]

    @rule(whole=st.booleans())
    def merge(self, whole):
        self.index.merge(whole=whole)

    @rule(count=st.integers(1, 4))
    def merge_while_codes_come_and_go(self, count):
        before, place = self.index._closed(whole=True)
        part = state.join(before, place)
        self.add(count)
        self.discard(count)
        self.index._publish(before, place, part)

    @rule()
    def save_and_open(self):
        self.index.save(self.path)
        self.index = HammingIndex.open(self.path)

    @rule()
    def save_and_go_on(self):
        self.index.save(self.path)

    @invariant()
    def finds_what_the_dictionary_holds(self):
        ids = np.array([*self.held], dtype=np.int64)
        held = np.stack([*self.held.values()]).view(np.uint64) if len(ids) else np.zeros((0, 4), dtype=np.uint64)
        queries = self.pool[self.random.integers(0, len(self.pool), 4)]
        assert len(self.index) == len(ids)
        for radius in (0, 31, 47, 60):
            assert answers(self.index, queries, radius) == oracle(held, ids, queries.view(np.uint64), radius)

    def teardown(self):
        if hasattr(self, "folder"):
            self.folder.cleanup()


@pytest.fixture(scope="module", autouse=True)
def _chains_fill_up_soon():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "CAPACITY", 11)
        patch.setattr(state, "BULK", 8)
        yield


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)


def test_searches_see_one_state_whole_while_others_change_it():
    """A pair is added in one call and discarded in one call: no search may find half of it."""
    random = np.random.default_rng(5)
    held = uniform(random, 300)
    index = HammingIndex.build(held)
    twins = np.repeat(uniform(random, 1), 2, axis=0)
    asked = np.concatenate([twins[:1], held[:1], twins[:1]])
    stop, wrong = threading.Event(), []

    def change():
        while not stop.is_set():
            ids = index.add(twins)
            index.merge(whole=False)
            index.discard(ids)

    def look():
        for _ in range(400):
            query, entry, _ = index.search(asked, 31)
            seen = [sorted(entry[query == q].tolist()) for q in range(3)]
            if len(seen[0]) not in {0, 2} or seen[0] != seen[2] or seen[1] != [0]:
                wrong.append(seen)

    changing, looking = threading.Thread(target=change), [threading.Thread(target=look) for _ in range(2)]
    changing.start()
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join()
    stop.set()
    changing.join()
    assert not wrong
    index.merge()
    assert len(index) == 300
