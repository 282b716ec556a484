"""What is saved comes back; what was damaged, cut off, mixed up or half written is refused by name."""

import fcntl
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from abate.domain.errors import ConflictError, InputError
from abate.matching.hamming import parts, saving
from abate.matching.hamming.index import HammingIndex
from abate.matching.living import file
from kill_harness import run_script

PAGE = file.PAGE


def random_codes(count, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def entries(index, queries, radius=0):
    return index.search(queries, radius)[1].tolist()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file with every section there is."""
    index = HammingIndex.build(random_codes(parts.FEW + 50), ids=2 * np.arange(parts.FEW + 50))
    index.discard([4])
    path = tmp_path_factory.mktemp("large") / "index"
    index.save(path)
    return path.read_bytes()


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "index"
    HammingIndex.build(random_codes(20)).save(path)
    return path


def test_an_index_comes_back_as_it_was(tmp_path):
    held = random_codes(parts.FEW + 50)
    index = HammingIndex.build(held, ids=2 * np.arange(len(held)))
    index.discard([4])
    index.save(tmp_path / "index")
    back = HammingIndex.open(tmp_path / "index", threads=2)
    assert entries(back, held[:4]) == [0, 2, 6]
    assert back.next_id == index.next_id
    assert (back.add(held[:1]) == index.add(held[:1])).all()
    assert back._state.parts[0].postings is not None


def test_an_empty_index_comes_back(tmp_path):
    HammingIndex.build(random_codes(0)).save(tmp_path / "index")
    assert HammingIndex.open(tmp_path / "index").add(random_codes(1)).tolist() == [0]


def test_what_was_added_and_discarded_since_is_saved_beside_the_file(saved):
    whole = saved.read_bytes()
    index = HammingIndex.open(saved)
    index.discard([3])
    index.add(random_codes(2, seed=2))
    index.discard([20])
    index.save(saved)
    assert saved.read_bytes() == whole
    back = HammingIndex.open(saved)
    assert entries(back, random_codes(20)) == [n for n in range(20) if n != 3]
    assert entries(back, random_codes(2, seed=2)) == [21]
    back.add(random_codes(1, seed=3))
    back.save(saved)
    again = HammingIndex.open(saved)
    assert entries(again, random_codes(1, seed=3)) == [22]
    assert again.next_id == 23


def test_a_merged_index_is_saved_whole_and_the_delta_goes(saved):
    index = HammingIndex.open(saved)
    index.add(random_codes(1, seed=2))
    index.save(saved)
    index.merge()
    index.save(saved)
    assert [path.name for path in saved.parent.iterdir() if path.suffix != ".new"] == ["index"]
    assert entries(HammingIndex.open(saved), random_codes(1, seed=2)) == [20]


def test_much_that_came_since_is_saved_whole(saved, monkeypatch):
    monkeypatch.setattr(saving, "_LEAST", 3)
    index = HammingIndex.open(saved)
    index.add(random_codes(5, seed=2))
    index.save(saved)
    assert saving.delta_of(saved).exists()
    index.add(random_codes(1, seed=3))
    index.save(saved)
    assert not saving.delta_of(saved).exists()
    assert len(HammingIndex.open(saved)) == 26


def test_an_index_saved_to_a_second_place_is_whole_there(saved, tmp_path):
    index = HammingIndex.open(saved)
    index.add(random_codes(1, seed=2))
    index.save(tmp_path / "second")
    assert len(HammingIndex.open(tmp_path / "second")) == 21
    assert len(HammingIndex.open(saved)) == 20


def test_a_delta_left_by_a_crash_belongs_to_the_file_before_and_is_passed_over(saved):
    index = HammingIndex.open(saved)
    index.add(random_codes(1, seed=2))
    index.save(saved)
    left = saving.delta_of(saved).read_bytes()
    index.discard([20])
    index.merge()
    index.save(saved)
    saving.delta_of(saved).write_bytes(left)
    assert len(HammingIndex.open(saved)) == 20


def test_a_delta_of_another_file_is_refused_by_name(saved, tmp_path):
    other = tmp_path / "other"
    HammingIndex.build(random_codes(3)).save(other)
    index = HammingIndex.open(other)
    index.add(random_codes(1))
    index.save(other)
    saving.delta_of(other).rename(saving.delta_of(saved))
    with pytest.raises(InputError, match=r"index\.delta: belongs to another file"):
        HammingIndex.open(saved)


def test_a_delta_is_no_index_and_an_index_no_delta(saved):
    index = HammingIndex.open(saved)
    index.add(random_codes(1))
    index.save(saved)
    delta = saving.delta_of(saved)
    with pytest.raises(InputError, match="'delta' where 'whole' was expected"):
        HammingIndex.open(delta.rename(saved.with_name("alone")))
    delta.write_bytes(saved.read_bytes())
    with pytest.raises(InputError, match="'whole' where 'delta' was expected"):
        HammingIndex.open(saved)


def places(stored):
    """One byte of each region: the head's fields, its object, its filling; each section and its filling."""
    (length,) = struct.unpack_from("<I", stored, 12)
    sections = json.loads(stored[20 : 20 + length])["sections"]
    regions = {"magic": 3, "format": 9, "length": 13, "crc": 17, "object": 30, "filling of the head": PAGE - 2}
    start = PAGE
    for section in sections:
        size = int(np.prod(section["shape"])) * np.dtype(section["type"]).itemsize
        if size:
            regions[section["name"]] = start + size // 2
        if size % PAGE:
            regions[f"filling of {section['name']}"] = start + size
        start += size + -size % PAGE
    return regions


def test_a_byte_changed_anywhere_is_found(large, tmp_path):
    path = tmp_path / "index"
    regions = places(large)
    assert {"codes", "dead", "ids", "offsets", "near", "far", "rows", "filling of rows"} <= regions.keys()
    for name, place in regions.items():
        path.write_bytes(large[:place] + bytes([large[place] ^ 0x10]) + large[place + 1 :])
        with pytest.raises(InputError, match=f"^{path}: ") as caught:
            HammingIndex.open(path)
        assert "build the index anew" in str(caught.value) or "name the file" in str(caught.value), name
        if name in {"codes", "rows"}:
            assert f"section '{name}'" in str(caught.value)


def test_a_byte_changed_in_the_delta_is_found(saved):
    index = HammingIndex.open(saved)
    index.add(random_codes(3, seed=2))
    index.save(saved)
    delta = saving.delta_of(saved)
    whole = delta.read_bytes()
    for place in places(whole).values():
        delta.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InputError, match=f"^{delta}: "):
            HammingIndex.open(saved)


def test_a_stream_gives_back_what_was_written_to_it():
    held = random_codes(parts.FEW + 50)
    index = HammingIndex.build(held)
    index.add(held[:1])
    index.discard([7])
    stored = io.BytesIO()
    index.write_to(stored)
    back = HammingIndex.read_from(io.BytesIO(stored.getvalue()))
    assert entries(back, held[:8]) == [0, len(held), *range(1, 7)]
    assert entries(index, held[:8]) == [0, len(held), *range(1, 7)]
    with pytest.raises(InputError, match="the stream: is damaged"):
        HammingIndex.read_from(io.BytesIO(stored.getvalue()[:-1]))


@pytest.mark.parametrize("length", [0, 1, 8, 100, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE, -PAGE, -1])
def test_a_file_that_was_cut_off_is_refused(large, tmp_path, length):
    path = tmp_path / "index"
    path.write_bytes(large[:length])
    with pytest.raises(InputError, match=f"^{path}: "):
        HammingIndex.open(path)


def test_a_file_with_more_at_its_end_is_refused(large, tmp_path):
    path = tmp_path / "index"
    path.write_bytes(large + bytes(PAGE))
    with pytest.raises(InputError, match="bytes where its head says"):
        HammingIndex.open(path)


def test_a_foreign_file_a_folder_and_none_are_refused_by_name(tmp_path):
    (tmp_path / "foreign").write_text("sha256,label\n" * 1000, "utf-8")
    with pytest.raises(InputError, match="foreign: is not a Hamming index"):
        HammingIndex.open(tmp_path / "foreign")
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=f"^{path}: cannot be read"):
            HammingIndex.open(path)


def rewritten(stored, *, number=saving.HAMMING.format, **changes):
    """The file with another head, whose checksum is right."""
    (length,) = struct.unpack_from("<I", stored, 12)
    written = json.dumps(json.loads(stored[20 : 20 + length]) | changes).encode()
    page = bytearray(PAGE)
    page[20 : 20 + len(written)] = written
    struct.pack_into("<8sIII", page, 0, b"ABATEHAM", number, len(written), 0)
    struct.pack_into("<I", page, 16, zlib.crc32(page))
    return bytes(page) + stored[PAGE:]


def test_a_newer_file_says_what_to_do(large, tmp_path):
    path = tmp_path / "index"
    path.write_bytes(rewritten(large, number=2))
    with pytest.raises(InputError, match="has format 2, this version reads 1; update abate"):
        HammingIndex.open(path)


def test_a_file_that_was_shuffled_otherwise_is_refused(large, tmp_path):
    path = tmp_path / "index"
    path.write_bytes(rewritten(large, seed=7))
    with pytest.raises(InputError, match="name the file"):
        HammingIndex.open(path)


@pytest.mark.parametrize("name", ["offsets", "rows"])
def test_postings_that_lead_outside_are_refused_though_their_checksum_is_right(tmp_path, name):
    part = HammingIndex.build(random_codes(parts.FEW + 1))._state.parts[0]
    content = saving.content_of(part, 10**6)
    array = content.arrays[name].copy()
    array[3, 7] = 2**31
    file.replace_file(
        tmp_path / "index", file.Content(meta=content.meta, arrays={**content.arrays, name: array}), saving.HAMMING
    )
    with pytest.raises(InputError, match="postings point outside"):
        HammingIndex.open(tmp_path / "index")


def test_arrays_of_other_shapes_are_refused(tmp_path):
    part = HammingIndex.build(random_codes(parts.FEW + 1))._state.parts[0]
    content = saving.content_of(part, 10**6)
    arrays = {**content.arrays, "codes": content.arrays["codes"][1:]}
    file.replace_file(tmp_path / "index", file.Content(meta=content.meta, arrays=arrays), saving.HAMMING)
    with pytest.raises(InputError, match="postings point outside"):
        HammingIndex.open(tmp_path / "index")


def test_a_file_may_be_opened_unread(large, tmp_path):
    (tmp_path / "index").write_bytes(large)
    assert entries(HammingIndex.open(tmp_path / "index", verify=False), random_codes(1)) == [0]


def test_two_processes_do_not_write_one_file(saved):
    new = saved.with_name("index.new")
    with new.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ConflictError, match="save again when it has finished"):
            HammingIndex.build(random_codes(1)).save(saved)
    assert len(HammingIndex.open(saved)) == 20
    HammingIndex.build(random_codes(1)).save(saved)
    assert len(HammingIndex.open(saved)) == 1


def test_a_lock_on_what_has_become_the_live_file_is_not_enough(saved, monkeypatch):
    new, taken = saved.with_name("index.new"), []
    lock = fcntl.flock

    def renamed_meanwhile(descriptor, how):
        lock(descriptor, how)
        if not taken:
            taken.append(new.rename(saved.with_name("live")))

    monkeypatch.setattr(file.fcntl, "flock", renamed_meanwhile)
    HammingIndex.build(random_codes(2)).save(saved)
    assert taken[0].read_bytes() == b""
    assert len(HammingIndex.open(saved)) == 2


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(saved, monkeypatch):
    reads = []
    read = saving.mapped

    def replaced_meanwhile(path, kind, **how):
        content = read(path, kind, **how)
        reads.append(path)
        if len(reads) <= limit:
            HammingIndex.build(random_codes(7)).save(saved)
        return content

    monkeypatch.setattr(saving, "mapped", replaced_meanwhile)
    limit = 1
    assert len(HammingIndex.open(saved)) == 7
    limit = 100
    with pytest.raises(InputError, match="replaced faster than it can be read"):
        HammingIndex.open(saved)


def test_a_write_that_fails_leaves_the_file_before(saved, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    index = HammingIndex.open(saved)
    index.add(random_codes(1, seed=2))
    with monkeypatch.context() as patch:
        patch.setattr(file.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            index.save(saved)
    assert len(HammingIndex.open(saved)) == 20
    index.save(saved)
    assert len(HammingIndex.open(saved)) == 21


def test_killed_while_it_saves_or_merges_it_leaves_the_old_state_or_the_new(tmp_path):
    killed = run_script(Path(__file__).with_name("hamming_kill_rounds.py"), count=14, folder=tmp_path)
    assert killed.rounds == 14
    assert killed.said > 5, "the kills came too early to hit a second save"
