"""The adapter answers as python-threatexchange's own index does."""

import io

import numpy as np
import pytest

from abate.domain.errors import InputError

HASHES = [row.tobytes().hex() for row in np.random.default_rng(7).integers(0, 256, (400, 32), dtype=np.uint8)]


@pytest.fixture(scope="module")
def adapter():
    pytest.importorskip("threatexchange", reason="pip install '.[exchange]'")
    from abate.matching.threatexchange_index import PdqSignalIndex

    return PdqSignalIndex


@pytest.fixture(scope="module")
def peer():
    return pytest.importorskip("threatexchange.signal_type.pdq.pdq_index", reason="pip install '.[exchange]'").PDQIndex


def near(value, bits):
    return f"{int(value, 16) ^ (2**bits - 1) << 40:064x}"


QUERIES = [near(value, n % 40) for n, value in enumerate(HASHES[:120])]


def pairs(matches):
    return sorted((match.similarity_info.distance, match.metadata) for match in matches)


def test_it_finds_what_pdq_index_finds(adapter, peer):
    entries = [(value, {"entry": n}["entry"]) for n, value in enumerate([*HASHES, *HASHES[:50]])]
    ours, theirs = adapter.build(entries[:300]), peer.build(entries[:300])
    for one in (ours, theirs):
        one.add_all(entries[300:440])
        for entry in entries[440:]:
            one.add(*entry)
    assert len(ours) == len(theirs) == 450
    answers = [pairs(theirs.query(query)) for query in QUERIES]
    assert [pairs(ours.query(query)) for query in QUERIES] == answers
    assert [pairs(matches) for matches in ours.query_all(QUERIES, threads=2)] == answers
    assert sum(map(len, answers)) > 120
    assert ours.get_match_threshold() == theirs.get_match_threshold()


def test_it_is_a_signal_type_index(adapter):
    from threatexchange.signal_type.index import SignalTypeIndex

    assert issubclass(adapter, SignalTypeIndex)
    assert adapter().query(HASHES[0]) == []


def test_it_comes_back_from_its_own_bytes(adapter):
    entries = [(value, ["bank", n, {"label": "lantern"}]) for n, value in enumerate(HASHES)]
    stored = io.BytesIO()
    adapter.build(entries).serialize(stored)
    stored.seek(0)
    back = adapter.deserialize(stored)
    back.add(HASHES[0], "later")
    assert [match.metadata for match in back.query(HASHES[0])] == [["bank", 0, {"label": "lantern"}], "later"]
    assert b"pickle" not in stored.getvalue()


@pytest.mark.parametrize("entry", [object(), ("a", "tuple"), {1: "keys become text"}])
def test_what_json_would_change_is_refused(adapter, entry):
    with pytest.raises(InputError, match="keep an identifier"):
        adapter.build([(HASHES[0], entry)]).serialize(io.BytesIO())


@pytest.mark.parametrize("cut", [0, 5, 12, 4000, -1])
def test_bytes_that_are_cut_off_are_refused(adapter, cut):
    stored = io.BytesIO()
    adapter.build([(value, n) for n, value in enumerate(HASHES)]).serialize(stored)
    with pytest.raises(InputError, match="the serialized index"):
        adapter.deserialize(io.BytesIO(stored.getvalue()[:cut]))


def test_fewer_entries_than_hashes_are_refused(adapter):
    built = adapter.build([(HASHES[0], 0)])
    built._entries.clear()
    stored = io.BytesIO()
    built.serialize(stored)
    stored.seek(0)
    with pytest.raises(InputError, match="fewer entries"):
        adapter.deserialize(stored)


def test_a_hash_that_is_none_leaves_all_of_its_company_out(adapter):
    built = adapter()
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        built.add_all([(HASHES[0], 0), ("f", 1)])
    assert len(built) == 0
    built.add(HASHES[0], "first")
    assert [match.metadata for match in built.query(HASHES[0])] == ["first"]
