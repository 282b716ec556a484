"""The index as its caller meets it; what it finds is held against the definition in ``tests/properties``."""

import threading

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.matching import hamming_index
from abate.matching.hamming import chains, codes, index, parts, state
from abate.matching.hamming.index import HammingIndex
from abate.matching.hamming_index import HammingIndexType


def random_codes(count, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def found(built, queries, radius=31, **more):
    return list(zip(*(column.tolist() for column in built.search(queries, radius, **more)), strict=True))


def by_definition(held, queries, radius):
    near = []
    for q, query in enumerate(queries.view(np.uint64)):
        distances = np.bitwise_count(held.view(np.uint64) ^ query).sum(axis=1, dtype=np.int64)
        near += sorted((q, int(distances[row]), int(row)) for row in np.flatnonzero(distances <= radius))
    return [(q, row, distance) for q, distance, row in near]


def test_thousands_of_codes_are_searched_as_the_definition_says_at_every_kind_of_radius():
    held = random_codes(9000)
    queries = held[:60].copy()
    queries[:, :6] ^= random_codes(60, seed=2)[:, :6]
    built = HammingIndex.build(held, threads=2)
    for radius in (0, 15, 16, 31, 32, 47, 48, 100):
        expected = by_definition(held, queries, radius)
        assert found(built, queries, radius) == found(built, queries, radius, threads=2) == expected


@pytest.mark.parametrize("kind", ["flat", "multi"])
def test_faiss_finds_the_same(kind):
    faiss = pytest.importorskip("faiss", reason="pip install '.[oracles]'")
    held = random_codes(20_000)
    queries = np.concatenate([held[:200], random_codes(50, seed=3)])
    queries[:, :4] ^= random_codes(250, seed=4)[:, :4]
    peer = faiss.IndexBinaryFlat(256) if kind == "flat" else faiss.IndexBinaryMultiHash(256, 16, 16)
    if kind == "multi":
        peer.nflip = 1
    peer.add(held)
    limits, distances, labels = peer.range_search(queries, 32)
    expected = [(q, int(labels[at]), int(distances[at])) for q in range(250) for at in range(limits[q], limits[q + 1])]
    assert len(expected) >= 200
    assert sorted(found(HammingIndex.build(held), queries)) == sorted(expected)


def test_identifiers_may_be_given_and_go_on_after_the_highest():
    built = HammingIndex.build(random_codes(3), ids=np.array([2, 5, 90]))
    assert [entry for _, entry, _ in found(built, random_codes(3), 0)] == [2, 5, 90]
    assert built.add(random_codes(2, seed=9)).tolist() == [91, 92]
    assert built.next_id == 93
    assert built.discard([5, 5, 6, -1, 1000]) == 1
    assert [entry for _, entry, _ in found(built, random_codes(3), 0)] == [2, 90]


@pytest.mark.parametrize("ids", [[1, 1], [2, 1], [-1, 0], [1], [1, 2, 3]])
def test_identifiers_that_are_not_ascending_are_refused(ids):
    with pytest.raises(InputError, match="ascending"):
        HammingIndex.build(random_codes(2), ids=np.array(ids))


@pytest.mark.parametrize(
    "wrong", [np.zeros(32, np.uint8), np.zeros((1, 31), np.uint8), np.zeros((2, 32), np.int8), np.zeros((1, 1, 32))]
)
def test_what_is_no_table_of_codes_is_refused_by_every_door(wrong):
    built = HammingIndex.build(random_codes(1))
    for door in (HammingIndex.build, built.add, lambda given: built.search(given, 31)):
        with pytest.raises(InputError, match=r"uint8 of shape \(n, 32\)"):
            door(wrong)


@pytest.mark.parametrize("radius", [-1, 257])
def test_a_radius_outside_the_width_is_refused(radius):
    with pytest.raises(InputError, match="0–256"):
        HammingIndex.build(random_codes(1)).search(random_codes(1), radius)


def test_more_codes_than_can_be_numbered_are_refused(monkeypatch):
    monkeypatch.setattr(index, "_MOST", 2)
    with pytest.raises(InputError, match="build several"):
        HammingIndex.build(random_codes(3))


def test_codes_that_cannot_be_written_to_or_lie_apart_are_read_all_the_same():
    held = random_codes(4)
    locked = np.frombuffer(held.tobytes(), dtype=np.uint8).reshape(4, 32)
    apart = np.repeat(held, 2, axis=0)[::2]
    assert found(HammingIndex.build(locked), apart) == [(n, n, 0) for n in range(4)]
    held[:] = 0
    assert len(found(HammingIndex.build(locked), locked)) == 4


def test_an_empty_index_finds_nothing_until_something_is_added():
    built = HammingIndex.build(random_codes(0))
    assert found(built, random_codes(3)) == []
    assert found(built, random_codes(0)) == []
    assert built.discard([0]) == 0
    built.merge()
    assert built.add(random_codes(0)).tolist() == []
    assert built.add(random_codes(2)).tolist() == [0, 1]
    assert found(built, random_codes(2)) == [(0, 0, 0), (1, 1, 0)]


def test_more_is_added_one_by_one_than_brute_force_serves_well():
    held = random_codes(parts.FEW + 200)
    built = HammingIndex.build(held[:100])
    built.add(held[100:])
    (_, growing) = built._state.parts
    assert isinstance(growing, parts.Growing)
    assert growing.size > parts.FEW
    assert found(built, held) == [(n, n, 0) for n in range(len(held))]


def test_many_codes_at_once_get_a_part_of_their_own(monkeypatch):
    monkeypatch.setattr(state, "BULK", 50)
    built = HammingIndex.build(random_codes(1))
    assert built.add(random_codes(50, seed=2)).tolist() == list(range(1, 51))
    assert [type(part) for part in built._state.parts] == [parts.Sealed, parts.Sealed]


def test_chains_that_are_full_are_followed_by_others(monkeypatch):
    monkeypatch.setattr(parts, "CAPACITY", 10)
    held = random_codes(25)
    built = HammingIndex.build(held[:0])
    built.add(held)
    assert [part.size for part in built._state.parts] == [0, 10, 10, 5]
    assert found(built, held) == [(n, n, 0) for n in range(25)]


def test_chains_whose_writer_was_interrupted_are_left_alone():
    held = random_codes(3)
    built = HammingIndex.build(held[:0])
    built.add(held[:1])
    growing = built._state.parts[-1]
    chains.link_all(growing.chains, 1, codes.shuffled(random_codes(4, seed=8)))  # and was never published
    assert found(built, random_codes(4, seed=8)) == []
    built.add(held[1:])
    assert [part.size for part in built._state.parts] == [0, 1, 2]
    assert found(built, held) == [(n, n, 0) for n in range(3)]


@pytest.mark.parametrize("few", [0, 100])
def test_a_search_that_began_earlier_passes_over_what_came_later(monkeypatch, few):
    monkeypatch.setattr(parts, "FEW", few)
    held = random_codes(5)
    built = HammingIndex.build(held[:0])
    built.add(held[:2])
    earlier = built._state
    built.add(held[2:])
    built.discard([0])
    assert earlier.search(codes.shuffled(held), 31, threads=1)[:, 1].tolist() == [0, 1]
    assert [entry for _, entry, _ in found(built, held)] == [1, 2, 3, 4]


def test_a_query_whose_buckets_hold_nearly_everything_is_answered_beside_the_others():
    copies = np.repeat(random_codes(1), parts.FEW + 1, axis=0)
    held = np.concatenate([copies, random_codes(20_000, seed=2)])
    queries = np.concatenate([held[-1:], copies[:1], held[-2:-1]])
    answer = found(HammingIndex.build(held), queries)
    assert answer[0] == (0, len(held) - 1, 0)
    assert answer[-1] == (2, len(held) - 2, 0)
    assert [entry for query, entry, _ in answer if query == 1] == list(range(len(copies)))


@pytest.mark.parametrize("count", [1, 31, 32, 33, 64, 65])
def test_a_vector_that_reads_beyond_its_bucket_finds_nothing_twice(monkeypatch, count):
    """The next bucket differs in one bit and is asked as well."""
    monkeypatch.setattr(parts, "FEW", 0)
    monkeypatch.setattr(parts, "CROWDED", (1, 1))
    parts._budgets.cache_clear()
    held = np.zeros((2 * count, 32), dtype=np.uint8)
    turned = codes.shuffled_places().index(0)  # in the first chunk, where what is met twice is given
    held[count:, turned // 8] = 1 << turned % 8
    answer = found(HammingIndex.build(held), held[:1])
    parts._budgets.cache_clear()
    assert answer == [(0, n, int(n >= count)) for n in range(2 * count)]


def test_a_merge_leaves_out_the_dead_and_keeps_what_happens_meanwhile():
    held = random_codes(6)
    built = HammingIndex.build(held[:4])
    built.add(held[4:])
    built.discard([0, 4])
    before, place = built._closed(whole=True)
    part = state.join(before, place)
    (late,) = built.add(held[:1])
    assert built.discard([1, 5]) == 2
    built._publish(before, place, part)
    assert found(built, held, 0) == [(0, late, 0), (2, 2, 0), (3, 3, 0)]
    built.merge()
    assert [(part.size, len(part)) for part in built._state.parts if part.size] == [(3, 3)]
    assert found(built, held, 0) == [(0, late, 0), (2, 2, 0), (3, 3, 0)]


def test_a_partial_merge_leaves_a_large_part_as_it_is():
    built = HammingIndex.build(random_codes(100))
    large = built._state.parts[0]
    built.add(random_codes(3))
    built.merge(whole=False)
    assert built._state.parts[0] is large
    assert [part.size for part in built._state.parts] == [100, 3, 0]


@pytest.mark.parametrize("change", ["add", "discard", "parts"])
def test_a_merge_is_due_when_much_has_changed(monkeypatch, change):
    monkeypatch.setattr(HammingIndex, "LEAST", 4)
    monkeypatch.setattr(parts, "CAPACITY", 1 if change == "parts" else 100)
    monkeypatch.setattr(HammingIndex, "PARTS", 1 if change == "parts" else 8)
    built = HammingIndex.build(random_codes(8))
    built.add(random_codes(2))
    assert built.due is (change == "parts")
    if change == "add":
        built.add(random_codes(3))
    if change == "discard":
        built.discard(range(5))
    assert built.due
    built.merge()
    assert not built.due


def test_a_lookup_merges_behind_its_callers_back(monkeypatch):
    monkeypatch.setattr(HammingIndex, "LEAST", 2)
    built = HammingIndexType().build(["0" * 64], radius=0)
    assert built.add([f"{n:064x}" for n in range(1, 6)]) == 1
    built._merging.wait()
    assert sum(part.size > 0 for part in built._index._state.parts) == 1
    built.discard([0])
    assert [[hit.position for hit in hits] for hits in built.lookup(["0" * 64, f"{5:064x}"])] == [[], [5]]


def test_a_merge_that_runs_is_not_started_again(monkeypatch):
    monkeypatch.setattr(HammingIndex, "LEAST", 0)
    built = HammingIndexType().build([], radius=0)
    go = threading.Event()
    built._merging._thread = threading.Thread(target=go.wait)
    built._merging._thread.start()
    waiting = built._merging._thread
    built.add(["0" * 64])
    assert built._merging._thread is waiting
    go.set()
    waiting.join()


def test_warming_changes_no_answer():
    held = random_codes(parts.FEW + 10)
    built = HammingIndex.build(held, ids=np.arange(5, 5 + len(held)))
    built.add(held[:1])
    built.warm()
    assert [entry for _, entry, _ in found(built, held[:1])] == [5, 5 + len(held)]
    assert built.nbytes > len(held) * (32 + 16 * 8)


def test_no_other_name_is_given_out_late():
    with pytest.raises(AttributeError, match="Nowhere"):
        _ = hamming_index.Nowhere
