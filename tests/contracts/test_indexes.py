"""What every index promises, run over all that are installed; and the brute-force oracle for the Hamming one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.extend.index import Hit
from abate.matching import hamming_index
from abate.matching.exact_index import ExactIndexType
from abate.matching.hamming import parts
from abate.matching.hamming.brute import TILE, search
from abate.matching.hamming.codes import shuffled
from abate.matching.hamming_index import HammingIndexType
from abate.plugins import load_indexes
from abate.testing import check_index_type, indexes

INDEXES = load_indexes()
VALUES = {"vpdq": indexes.VIDEOS, "winnowing": indexes.TEXTS}


@pytest.mark.parametrize("name", sorted(INDEXES))
def test_an_installed_index_keeps_the_promises(name):
    check_index_type(INDEXES[name], VALUES.get(name, indexes.DISTINCT))


def oracle(values, query, radius):
    """The definition, one pair at a time."""
    pairs = [((int(value, 16) ^ int(query, 16)).bit_count(), position) for position, value in enumerate(values)]
    return [Hit(position=position, distance=d) for d, position in sorted(pairs) if d <= radius]


hashes = st.integers(0, 2**256 - 1).map("{:064x}".format)


@st.composite
def neighbourhoods(draw):
    """Values, and queries that lie within a few bits of them."""
    values = draw(st.lists(hashes, min_size=1, max_size=40))
    flips = st.sets(st.integers(0, 255), max_size=40).map(lambda places: sum(1 << place for place in places))
    near = st.tuples(st.sampled_from(values), flips).map(lambda pair: f"{int(pair[0], 16) ^ pair[1]:064x}")
    return values + draw(st.lists(near, max_size=20)), draw(st.lists(st.one_of(near, hashes), max_size=10))


@given(neighbourhoods(), st.sampled_from([0, 1, 15, 31, 32, 63, 128, 256]))
def test_the_hamming_index_finds_what_the_definition_finds(case, radius):
    values, queries = case
    built = HammingIndexType().build(values, radius=radius)
    assert built.lookup(queries) == [oracle(values, query, radius) for query in queries]


@given(neighbourhoods(), st.sampled_from([0, 31, 256]))
def test_the_compiled_search_and_its_python_agree(case, radius):
    values, queries = case
    known, asked = shuffled(hamming_index.codes_of(values)), shuffled(hamming_index.codes_of(queries))
    none = np.zeros(0, dtype=np.uint8)
    rows = [np.zeros((2000, 3), dtype=np.int64) for _ in range(2)]
    with np.errstate(over="ignore"):
        counts = [search(known, none, asked, radius, rows[0]), search.py_func(known, none, asked, radius, rows[1])]
    assert counts[0] == counts[1]
    assert (rows[0] == rows[1]).all()


@pytest.mark.parametrize("length", [TILE - 1, TILE, TILE + 1, 2 * TILE + 3])
def test_neighbours_at_the_rims_of_tiles_are_found(length):
    random = np.random.default_rng(length)
    values = [row.tobytes().hex() for row in random.integers(0, 256, (length, 32), dtype=np.uint8)]
    built = HammingIndexType().build(values, radius=31)
    rims = sorted({0, min(TILE - 1, length - 1), min(TILE, length - 1), length - 1})
    flipped = [f"{int(values[position], 16) ^ (2**31 - 1):064x}" for position in rims]
    assert built.lookup(flipped) == [[Hit(position=position, distance=31)] for position in rims]


def test_more_hits_than_the_first_run_has_room_for_are_all_given():
    copies = parts._FIRST_ROOM + 5
    (hits,) = HammingIndexType().build(["0" * 64] * copies, radius=31).lookup(["0" * 64])
    assert [hit.position for hit in hits] == list(range(copies))


def test_more_values_than_a_batch_are_answered_in_order():
    values = [f"{n:064x}" for n in range(hamming_index.BATCH + 7)]
    hits = HammingIndexType().build(values, radius=0).lookup(values)
    assert [[hit.position for hit in own] for own in hits] == [[n] for n in range(len(values))]


@pytest.mark.parametrize("wrong", ["", "0" * 63, "0" * 65, "g" * 64, " " * 64, "0" * 62 + "  ", "é" * 64])
@pytest.mark.parametrize("company", [[], ["0" * 64]])
def test_a_value_of_another_width_is_refused_by_name(wrong, company):
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        HammingIndexType().build([*company, wrong], radius=31)
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        HammingIndexType().build(company, radius=31).lookup([*company, wrong])


@pytest.mark.parametrize("radius", [-1, 257])
def test_a_radius_outside_the_width_is_refused(radius):
    with pytest.raises(InputError, match="radius"):
        HammingIndexType().build([], radius=radius)


def test_an_exact_index_cannot_be_asked_for_neighbours():
    with pytest.raises(InputError, match="equal values only"):
        ExactIndexType().build([], radius=1)


@pytest.mark.needs_data("hash_pdq_search")
def test_the_shared_needles_are_found_in_the_shared_haystack(data):
    haystack, needles = (
        (data / "hash_pdq_search" / name).read_text().split() for name in ("haystack.txt", "needles.txt")
    )
    built = HammingIndexType().build(haystack, radius=31)
    answers = built.lookup(needles)
    assert answers == [oracle(haystack, needle, 31) for needle in needles]
    assert any(answers)
