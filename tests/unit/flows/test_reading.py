"""Reading side by side: in order, never far ahead, and ended when nobody wants more."""

import threading
import tracemalloc
from itertools import count

import pytest

from abate.domain.item import Item, Kind
from abate.domain.signal import NotScanned
from abate.flows import hashing, pipeline
from abate.flows.intake import Received, receive
from abate.flows.reading import AHEAD_LETTERS, in_groups, side_by_side
from abate.settings import Settings
from abate.signals.normal import recent
from abate.testing import make_kit


def files(number):
    return [Received(item=Item(id=str(place), kind=Kind.FILE, path=f"/{place}")) for place in range(number)]


def test_results_come_in_order_whoever_is_done_first():
    gates = [threading.Event() for _ in range(6)]

    def read(one):
        place = int(one.item.id)
        if place % 2 == 0 and place + 1 < len(gates):
            gates[place + 1].wait(5)  # the later one must finish first
        gates[place].set()
        return place

    assert list(side_by_side(read, files(6), workers=2)) == list(range(6))


def test_no_more_is_read_ahead_than_was_asked_for():
    taken = 0

    def source():
        nonlocal taken
        for one in files(100):
            taken += 1
            yield one

    hold = threading.Event()
    results = side_by_side(lambda one: hold.wait(5) and one.item.id, source(), workers=1, ahead=8)
    threading.Timer(0.05, hold.set).start()
    assert next(results) == "0"
    assert taken <= 10
    results.close()


def test_leaving_early_reads_nothing_further():
    begun = []

    def read(one):
        begun.append(one.item.id)
        return one.item.id

    results = side_by_side(read, (files(1)[0] for _ in count()), workers=1, ahead=4)
    next(results)
    results.close()
    after = len(begun)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("abate-read")]
    assert len(begun) == after < 20


def test_what_goes_wrong_in_reading_reaches_the_caller():
    def read(_):
        msg = "a fault of ours"
        raise ZeroDivisionError(msg)

    with pytest.raises(ZeroDivisionError):
        list(side_by_side(read, files(3), workers=2))


def test_long_texts_are_not_held_by_the_hundred():
    letters = AHEAD_LETTERS // 2
    held = []

    def texts():
        for place in range(20):
            held.append(place)
            yield Received(item=Item(id=str(place), kind=Kind.TEXT, text="a" * letters))

    groups = in_groups(
        side_by_side(lambda one: one.item, texts(), workers=1),
        size=100,
        weigh=lambda item: len(item.text),
        heaviest=AHEAD_LETTERS,
    )
    assert [item.id for item in next(groups)] == ["0", "1"]
    assert len(held) <= 4
    assert sum(len(group) for group in groups) == 18


def test_memory_stays_flat_over_a_folder_of_any_size(tmp_path, monkeypatch):
    kit = make_kit(tmp_path)
    monkeypatch.setattr(pipeline, "BATCH", 32)
    monkeypatch.setattr(recent, "MOST", 32)

    def peak(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        for place in range(number):
            (folder / f"{place:05}.txt").write_text(f"Good morning, harbour number {place}. " * 60, "utf-8")
        tracemalloc.start()
        scanned = sum(1 for _ in pipeline.scan_each(kit, receive([folder], Settings(home=tmp_path))))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return scanned, most

    peak(50)
    few, many = peak(100), peak(700)
    assert (few[0], many[0]) == (100, 700)
    assert many[1] < 1.5 * few[1]


def test_a_hash_line_says_what_could_not_be_read(tmp_path):
    kit = make_kit(tmp_path)
    problem = NotScanned(step="read", reason="it is gone")
    gone = Received(item=Item(id="x", kind=Kind.TEXT), not_scanned=(problem,))
    assert list(hashing.lines_of_each(kit, [gone])) == [
        [{"path": "x", "not_scanned": {"step": "read", "reason": "it is gone"}}]
    ]
