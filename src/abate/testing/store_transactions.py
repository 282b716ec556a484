"""What every store promises of its transactions: all or nothing, one state, one writer, one time."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from abate.domain.audit import verify
from abate.domain.errors import NotFoundError, StoreError
from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind
from abate.domain.work import JobKind
from abate.extend.store import Store
from abate.testing.fakes import FrozenClock
from abate.testing.promises import equal, holds, promised, raises
from abate.testing.store_values import MINUTE, START, job, note


@promised
def check_an_exception_takes_everything_back(store: Store, _clock: FrozenClock) -> None:
    """Nothing of a transaction that an exception passed through is left, in any table; the exception comes out."""
    with store.write() as tables:
        tables.items.add(Item(id="kept", kind=Kind.TEXT))
        note(tables, "kept")
    with raises(KeyError, "'mine'"):
        _touch_everything_and_fail(store)
    with store.write() as tables:
        equal([item.id for item in tables.items.find()], ["kept"])
        equal(tables.jobs.find(), [])
        equal(tables.history.read(), [])
        equal(tables.counters.since("k", START), 0)
        equal([record.subject for record in tables.audit.read()], ["kept"])
        with raises(NotFoundError):
            tables.audit.opening(2)
        equal(note(tables, "next").seq, 2)
        holds(verify(tables.audit.read()), "the audit chain has no last record")


def _touch_everything_and_fail(store: Store) -> None:
    with store.write() as tables:
        tables.items.add(Item(id="lost", kind=Kind.TEXT))
        tables.items.remove("kept")
        tables.jobs.add(job("lost"))
        tables.history.append([HistoryEvent(at=START, step=Step.RECEIVED)])
        tables.counters.add("k", START)
        equal(note(tables, "lost").seq, 2)
        equal(len(tables.audit.read()), 2)
        raise KeyError("mine")  # noqa: EM101 - the caller's own


@promised
def check_a_reader_keeps_the_state_it_began_with(store: Store, _clock: FrozenClock) -> None:
    """What is committed meanwhile is not seen, in any table; the next reader sees it."""
    with store.write() as tables:
        tables.items.add(Item(id="old", kind=Kind.TEXT))
    with store.read() as early:
        equal(early.items.count(), 1)
        with store.write() as tables:
            tables.items.add(Item(id="new", kind=Kind.TEXT))
            tables.items.remove("old")
            tables.history.append([HistoryEvent(at=START, step=Step.RECEIVED)])
            note(tables, "new")
            equal(early.items.count(), 1)
        equal([item.id for item in early.items.find()], ["old"])
        equal(early.history.read(), [])
        equal(early.audit.read(), [])
    with store.read() as late:
        equal([item.id for item in late.items.find()], ["new"])
        equal(len(late.history.read()), 1)


@promised
def check_a_reader_cannot_write(store: Store, _clock: FrozenClock) -> None:
    """Every table refuses, and nothing is changed."""
    event = HistoryEvent(at=START, step=Step.RECEIVED)
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
    with store.read() as tables:
        changes: list[Callable[[], object]] = [
            lambda: tables.items.add(Item(id="j", kind=Kind.TEXT)),
            lambda: tables.items.add_many([Item(id="j", kind=Kind.TEXT)]),
            lambda: tables.items.replace(Item(id="i", kind=Kind.PHOTO)),
            lambda: tables.items.remove("i"),
            lambda: tables.jobs.add(job("j")),
            lambda: tables.jobs.claim([JobKind.DELIVER], worker="w", limit=1, lease=MINUTE),
            lambda: tables.jobs.cancel("j"),
            lambda: note(tables, "n"),
            lambda: tables.audit.forget(1),
            lambda: tables.history.append([event]),
            lambda: tables.counters.add("k", START),
        ]
        for change in changes:
            with raises(StoreError, "store.write()"):
                change()
    with store.read() as tables:
        equal(tables.items.find(), [Item(id="i", kind=Kind.TEXT)])


@promised
def check_a_second_write_in_one_thread_is_refused(store: Store, _clock: FrozenClock) -> None:
    """Waiting for itself would never end; the outer transaction goes on."""
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
        with raises(StoreError, "already"), store.write():
            pass
    with store.write() as tables:
        equal(tables.items.count(), 1)


@promised
def check_a_transaction_that_ended_takes_no_more_writes(store: Store, _clock: FrozenClock) -> None:
    """A change after the end is refused, not lost in silence."""
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
    with raises(StoreError):
        tables.items.add(Item(id="j", kind=Kind.TEXT))
    with store.write() as tables:
        note(tables, "first")
    with raises(StoreError, "ended"):
        note(tables, "late")
    with store.read() as tables:
        equal(tables.items.count(), 1)
        equal(len(tables.audit.read()), 1)


@promised
def check_writers_take_turns(store: Store, _clock: FrozenClock) -> None:
    """What a writer read stays true until it commits: no update is lost, and the chain has one order."""
    with store.write() as tables:
        tables.items.add(Item(id="sum", kind=Kind.TEXT, views=0))
    gate = threading.Barrier(4)

    def work(_number: int) -> None:
        gate.wait(timeout=30)
        for _ in range(5):
            with store.write() as tables:
                views = tables.items.get("sum").views or 0
                tables.items.replace(Item(id="sum", kind=Kind.TEXT, views=views + 1))
                note(tables, str(views))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with store.read() as tables:
        equal(tables.items.get("sum").views, 20)
        equal([record.subject for record in tables.audit.read()], [str(number) for number in range(20)])
        holds(verify(tables.audit.read()), "the audit chain has no last record")


@promised
def check_the_store_tells_its_time(store: Store, clock: FrozenClock) -> None:
    """Aware, in UTC, and by the clock that it was given."""
    equal(store.now(), START)
    clock.move(minutes=1)
    equal(store.now(), START + MINUTE)
    equal(store.now().utcoffset(), timedelta(0))


@promised
def check_migrating_twice_changes_nothing(store: Store, _clock: FrozenClock) -> None:
    """The values are still there."""
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
    store.migrate()
    with store.read() as tables:
        equal(tables.items.count(), 1)
