"""The history of rules as columns and files: what stands in them is what the store holds, and nothing else."""

import fcntl
import json
import os
import shutil
import threading
import time
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rules_history as past
from abate.domain.errors import StoreError
from abate.domain.item import Item, Kind
from abate.domain.rule import RuleEvent
from abate.flows import rule_blocks as blocks
from abate.flows.rule_blocks import FOLDER, Files, brought_up_to_date
from abate.flows.rule_columns import as_table, selected
from abate.flows.rules.recording import read_event
from abate.measurement.weeks import to_micros
from abate.policy.rules import fields
from abate.stores.open import open_store
from abate.testing import NOON, FrozenClock, make_kit

RICH = {
    "item.kind": "text",
    "item.text": "A \udc00 lantern\0",
    "item.url": "https://harbour.example/",
    "item.views": 12.0,
    "matches.count": 2.0,
    "matches.own": False,
    "matches.banks": ("films", "songs"),
    "matches_in:films": 2.0,
    "distance_in:films": 3.0,
    "score:ranker:abuse": 0.25,
    "score:other:x": 1.0,
    "count(item.account,600s)": 3.0,
}


@pytest.fixture(params=["memory", "sqlite"])
def kit(request, tmp_path):
    if request.param == "memory":
        yield make_kit(tmp_path)
        return
    store = open_store("", home=tmp_path)
    store.migrate()
    yield make_kit(tmp_path, store=store)
    store.close()


def rows(kit, block=3, watch=blocks.unwatched):
    """What the files hold, once they were brought up to date."""
    with brought_up_to_date(kit, watch, block=block) as files:
        paths = files.of(1, 1_000_000)
        return pa.concat_tables([pq.read_table(path) for path in paths]).to_pylist() if paths else []


def texts(kit, block=3):
    return [row["item.text"] for row in rows(kit, block)]


def written(number):
    return {"item.kind": "text", "item.text": f"number {number}"}


def files_of(kit):
    return sorted((kit.settings.home / FOLDER).glob("*.parquet*"))


def as_record(row):
    """A row as the record that rules read."""
    made = {}
    for name, value in row.items():
        if name in fields.KEYED:
            made |= {f"{name}:{key}": held for key, held in value}
        elif name in fields.PLAIN and value is not None:
            made[name] = tuple(value) if isinstance(value, list) else value
    return made


def test_a_row_holds_what_the_record_held(kit):
    (event,) = past.put(kit, [RICH])
    (row,) = rows(kit)
    windowless = {name: value for name, value in read_event(event).items() if not name.startswith("count(")}
    assert as_record(row) == windowless
    assert row["item.text"] == "A \N{REPLACEMENT CHARACTER} lantern\N{REPLACEMENT CHARACTER}"
    assert (row["seq"], row["at"], row["item"]) == (1, event.at, b"p0")


def test_what_a_later_release_writes_otherwise_is_missing_here():
    bodies = [
        '{"item.views": "many", "item.kind": "text", "unknown.field": 1, "unknown:x": 2}',
        '{"item.views": 1.5}',
        '{"item.views": 1e300, "score:a:b": "high"}',
        "[]",
        "no record",
        '{"score:a:b": 0.5, "score": 1.0, "\\u0000": 1}',
    ]
    events = [RuleEvent(item="\udc00", at=1, body=body, seq=1) for body in bodies]
    made = as_table(events).to_pylist()
    assert [row for event in events for row in as_table([event]).to_pylist()] == made
    assert [as_record(row) for row in made] == [
        {"item.kind": "text"},
        {"item.views": 1.0},
        {},
        {},
        {},
        {"score:a:b": 0.5},
    ]
    assert {row["item"] for row in made} == {b"\xed\xb0\x80"}


def test_no_events_make_columns_without_rows():
    assert as_table([]).num_rows == 0
    assert as_table([]).schema == as_table([RuleEvent(item="a", at=1, body="{}")]).schema


def test_a_field_is_selected_once_under_its_own_name():
    found = past.rule_set('score("a\'b:c") > 0.5 and item.views > 1')
    assert selected(found.fields, ("item.views",)) == (
        '"seq", "at", "item", "item.views", "score"[\'a\'\'b:c\'] AS "score:a\'b:c"'
    )


def test_files_grow_with_the_store_and_only_the_newest_is_written_again(kit):
    past.put(kit, [written(number) for number in range(4)])
    told = []
    assert texts(kit) == [f"number {number}" for number in range(4)]
    before = {path.name: path.stat().st_mtime_ns for path in files_of(kit)}
    past.put(kit, [written(number) for number in range(4, 8)])
    assert len(rows(kit, watch=lambda done, of: told.append((done, of)))) == 8
    assert told == [(0, 4), (2, 4), (4, 4)]
    after = {path.name: path.stat().st_mtime_ns for path in files_of(kit)}
    assert list(after) == ["00000000.parquet", "00000001.parquet", "00000002.parquet"]
    assert after["00000000.parquet"] == before["00000000.parquet"]
    told.clear()
    assert len(rows(kit, watch=lambda done, of: told.append((done, of)))) == 8
    assert not told


def test_only_the_files_of_the_numbers_that_are_asked_for_are_read(kit):
    past.put(kit, [written(number) for number in range(8)])
    with brought_up_to_date(kit, block=3) as files:
        assert [path.name for path in files.of(4, 6)] == ["00000001.parquet"]
        assert len(files.of(3, 7)) == 3
        assert not files.of(9, 12)


def test_nobody_else_may_look_into_the_folder(kit):
    past.put(kit, [written(0)])
    (kit.settings.home / FOLDER).mkdir(mode=0o755)
    rows(kit)
    assert (kit.settings.home / FOLDER).stat().st_mode & 0o777 == 0o700


def test_an_empty_store_has_no_files(kit):
    assert rows(kit) == []
    assert not files_of(kit)


@pytest.mark.parametrize("spoil", ["gone", "shortened", "changed", "no list", "spoilt list", "other form", "left over"])
def test_what_is_damaged_is_made_anew(kit, spoil):
    past.put(kit, [written(number) for number in range(5)])
    expected = rows(kit)
    folder = kit.settings.home / FOLDER
    first, listed = files_of(kit)[0], folder / "blocks.json"
    if spoil == "gone":
        first.unlink()
    elif spoil == "shortened":
        os.truncate(first, 10)
    elif spoil == "changed":
        first.write_bytes(b"x" * first.stat().st_size)
    elif spoil == "no list":
        listed.unlink()
    elif spoil == "spoilt list":
        listed.write_bytes(b'{"form": "\xff')
    elif spoil == "other form":
        listed.write_text(json.dumps({**json.loads(listed.read_text()), "form": "older"}))
    else:
        shutil.copy(first, folder / "00000009.parquet")
        (folder / "00000001.parquet.new").write_bytes(b"half")
    assert rows(kit) == expected
    assert [path.name for path in files_of(kit)] == ["00000000.parquet", "00000001.parquet"]


def test_a_growing_file_that_cannot_be_read_is_read_from_the_store_again(kit):
    past.put(kit, [written(number) for number in range(5)])
    rows(kit)
    last = files_of(kit)[-1]
    status = last.stat()
    last.write_bytes(b"x" * status.st_size)
    os.utime(last, ns=(status.st_atime_ns, status.st_mtime_ns))
    past.put(kit, [written(5)])
    assert texts(kit) == [f"number {number}" for number in range(6)]


def test_what_the_store_pruned_goes_from_the_files(kit):
    events = past.put(kit, [written(number) for number in range(8)])
    rows(kit)
    with kit.store.write() as tx:
        assert tx.rule_events.prune(events[4].at, limit=100) == 4
    assert texts(kit) == [f"number {number}" for number in range(4, 8)]
    assert [path.name for path in files_of(kit)] == ["00000001.parquet", "00000002.parquet"]


def test_files_of_another_store_are_not_taken_for_this_one(kit, tmp_path):
    past.put(kit, [written(number) for number in range(5)])
    rows(kit)
    other = make_kit(tmp_path, clock=FrozenClock())
    past.put(other, [{"item.text": f"other {number}"} for number in range(7)], name="o")
    assert texts(other) == [f"other {number}" for number in range(7)]
    shorter = make_kit(tmp_path, clock=FrozenClock())
    past.put(shorter, [{"item.text": "one"}], name="s")
    assert texts(shorter) == ["one"]


def test_the_file_of_what_is_forgotten_goes_at_once(kit):
    past.put(kit, [written(number) for number in range(8)])
    rows(kit)
    past.destroy(kit, "p4")
    blocks.forget(kit, "p4")
    assert [path.name for path in files_of(kit)] == ["00000000.parquet", "00000002.parquet"]
    assert texts(kit)[4] is None
    assert len(rows(kit)) == 8
    blocks.forget(kit, "unknown")
    assert len(files_of(kit)) == 3


def test_what_another_machine_forgot_is_in_no_file_that_is_used(kit):
    past.put(kit, [written(number) for number in range(8)])
    rows(kit)
    past.destroy(kit, "p0")
    past.destroy(kit, "p7")
    assert texts(kit) == [None, *(f"number {number}" for number in range(1, 7)), None]
    past.destroy(kit, "p3")
    assert texts(kit)[3] is None


def test_what_is_forgotten_while_the_files_are_made_is_not_in_them(kit):
    past.put(kit, [written(number) for number in range(8)])

    def forgotten(done, of):
        if (done, of) == (3, 8):
            past.destroy(kit, "p1")  # its file was just written with its words in it
            blocks.forget(kit, "p1")

    rows(kit, watch=forgotten)
    assert texts(kit)[1] is None
    assert b"number 1" not in b"".join(path.read_bytes() for path in files_of(kit))


def test_a_store_that_was_restored_trusts_no_file_about_what_was_forgotten(kit, tmp_path):
    past.put(kit, [written(number) for number in range(4)])
    past.destroy(kit, "p0")
    rows(kit)
    restored = make_kit(tmp_path, clock=FrozenClock())
    past.put(restored, [written(number) for number in range(4)])
    past.destroy(restored, "p2", at=NOON + timedelta(hours=1))
    assert texts(restored) == ["number 0", "number 1", None, "number 3"]
    again = make_kit(tmp_path, clock=FrozenClock())
    past.put(again, [written(number) for number in range(4)])
    assert texts(again) == [f"number {number}" for number in range(4)]


def test_forgetting_before_there_are_files_does_nothing(kit):
    blocks.forget(kit, "p0")
    assert not (kit.settings.home / FOLDER).exists()


def test_all_files_can_be_thrown_away(kit):
    past.put(kit, [written(number) for number in range(4)])
    rows(kit)
    blocks.discard(kit)
    assert not files_of(kit)
    assert len(rows(kit)) == 4


def test_files_that_nobody_asks_for_any_more_go(kit):
    past.put(kit, [written(number) for number in range(4)])
    assert blocks.tidy(kit) == 0
    rows(kit)
    assert blocks.tidy(kit) == 0
    old = time.time() - blocks.UNUSED.total_seconds()
    os.utime(kit.settings.home / FOLDER / "blocks.json", (old, old))
    assert blocks.tidy(kit) == 2
    assert not files_of(kit)
    assert len(rows(kit)) == 4


def test_what_a_query_laid_down_does_not_stay(kit):
    past.put(kit, [written(0)])
    spilled = kit.settings.home / FOLDER / blocks.SPILLED
    spilled.mkdir(parents=True)
    (spilled / "left.tmp").write_text("words")
    rows(kit)
    assert not list(spilled.iterdir())


def test_a_home_that_cannot_be_written_is_said_in_one_sentence(kit):
    (kit.settings.home / FOLDER).write_text("no folder")
    with pytest.raises(StoreError, match=r"rules-history cannot be written"):
        rows(kit)


def test_a_disk_that_fails_while_files_are_made_is_said_in_one_sentence(kit):
    past.put(kit, [written(0)])
    (kit.settings.home / FOLDER).mkdir()
    (kit.settings.home / FOLDER / "blocks.json.new").mkdir()
    with pytest.raises(StoreError, match=r"rules-history cannot be written"):
        rows(kit)


def test_files_are_not_changed_while_somebody_reads_them(kit):
    past.put(kit, [written(number) for number in range(4)])
    done = threading.Event()

    def other():
        rows(kit)
        done.set()

    with brought_up_to_date(kit, block=3):
        descriptor = os.open(kit.settings.home / FOLDER / "lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        os.close(descriptor)
        waiting = threading.Thread(target=other)
        waiting.start()
        assert not done.wait(0.1)
    waiting.join(10)
    assert done.is_set()


def test_events_that_were_pruned_while_files_are_made_are_no_error(kit):
    events = past.put(kit, [written(number) for number in range(8)])

    def pruned(done, _of):
        if done == 0:
            with kit.store.write() as tx:
                tx.rule_events.prune(events[7].at, limit=100)

    assert len(rows(kit, watch=pruned)) == 1
    assert texts(kit) == ["number 7"]


def test_items_with_names_that_are_no_text_have_their_words(kit):
    name = "p\udc00" * 3
    with kit.store.write() as tx:
        tx.items.add(Item(id=name, kind=Kind.TEXT, text="words"))
        tx.rule_events.append([RuleEvent(item=name, at=to_micros(NOON), body="{}")])
    (row,) = rows(kit)
    assert (row["item.text"], row["item"]) == ("words", name.encode("utf-8", "surrogatepass"))
    past.destroy(kit, name)
    blocks.forget(kit, name)
    assert not files_of(kit)
    assert texts(kit) == [None]


def test_files_know_their_own_list_without_the_store(kit):
    past.put(kit, [written(0)])
    rows(kit)
    assert Files(store=kit.store, folder=kit.settings.home / FOLDER).of(1, 1) == []
