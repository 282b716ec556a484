"""What every store promises of what it only adds to: the audit chain, the history, the counters."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from dataclasses import replace

from abate.domain.audit import commitment, verify
from abate.domain.errors import InputError, NotFoundError
from abate.domain.history import HistoryEvent, Step
from abate.extend.store import Store
from abate.testing.fakes import FrozenClock
from abate.testing.promises import equal, holds, promised, raises
from abate.testing.store_values import MINUTE, START, note


@promised
def check_the_chain_links_across_transactions(store: Store, _clock: FrozenClock) -> None:
    """Records number on without a gap, follow each other, and open to what they committed to."""
    body = {"verdict": "remove", "at": START, "reasons": ["Gr\u00fc\u00dfe", 1, None]}
    with store.write() as tables:
        made = [note(tables, "a", body), note(tables, "b")]
    with store.write() as tables:
        made.append(note(tables, "c"))
        equal(tables.audit.read(after=2), made[2:])
    with store.read() as tables:
        equal(tables.audit.read(), made)
        equal(tables.audit.read(after=1, limit=1), made[1:2])
        equal(verify(tables.audit.read()), made[2])
        opening = tables.audit.opening(1)
    equal(commitment(opening.salt, body), made[0].commitment)
    holds("Gr\u00fc\u00dfe" in opening.body, "the opening does not hold the body as it was written")


@promised
def check_a_forgotten_opening_leaves_the_chain_whole(store: Store, _clock: FrozenClock) -> None:
    """The data are gone, the record and its links are not; forgetting twice is no error."""
    with store.write() as tables:
        note(tables, "a")
        note(tables, "b")
        tables.audit.forget(1)
    with store.write() as tables:
        tables.audit.forget(1)
        with raises(NotFoundError, "1"):
            tables.audit.opening(1)
        equal(tables.audit.opening(2).seq, 2)
        equal([record.subject for record in tables.audit.read()], ["a", "b"])
        equal(verify(tables.audit.read()), tables.audit.read()[-1])


@promised
def check_a_bad_tag_is_refused_and_leaves_no_link(store: Store, _clock: FrozenClock) -> None:
    """The chain goes on from the last good record."""
    with store.write() as tables:
        note(tables, "a")
        with raises(InputError, "source:subject:action"):
            tables.audit.append(at=START, tag="Nonsense", subject="x", body={})
        equal(note(tables, "b").seq, 2)


@promised
def check_history_keeps_its_order(store: Store, _clock: FrozenClock) -> None:
    """Events come back as they were appended, whole, and by step."""
    full = HistoryEvent(
        at=START,
        step=Step.MATCHED,
        item="i",
        platform="p",
        channel="c",
        group="g",
        language="ar",
        kind="text",
        posted_at=START - MINUTE,
        audience="x",
        views=2**62,
        detail="d",
    )
    events = [full, HistoryEvent(at=START - MINUTE, step=Step.RECEIVED), replace(full, step=Step.DECIDED, views=None)]
    with store.write() as tables:
        tables.history.append(iter(events))
        tables.history.append([])
        with raises(InputError, "views"):
            tables.history.append([replace(full, views=2**63)])
    with store.read() as tables:
        equal(tables.history.read()[:3], events)
        equal(tables.history.read(limit=1), events[:1])
        equal(tables.history.read(steps=[Step.DECIDED, Step.RECEIVED]), events[1:])


@promised
def check_the_newest_event_has_a_number_that_grows(store: Store, _clock: FrozenClock) -> None:
    """It is 0 while there is no event, and another after each, so that a reader knows whether it is up to date."""
    with store.write() as tables:
        numbers = [tables.history.newest()]
        for _ in range(2):
            tables.history.append([HistoryEvent(at=START, step=Step.RECEIVED)])
            numbers.append(tables.history.newest())
    with store.read() as tables:
        equal(tables.history.newest(), numbers[-1])
    equal(numbers, sorted({0, *numbers}))


@promised
def check_counters_count_from_a_time(store: Store, _clock: FrozenClock) -> None:
    """The window includes its first moment; keys do not mix."""
    with store.write() as tables:
        for minutes in (0, 1, 2):
            tables.counters.add("k", START + minutes * MINUTE)
        tables.counters.add("other", START)
        equal(tables.counters.since("k", START + MINUTE), 2)
    with store.read() as tables:
        equal(tables.counters.since("k", START), 3)
        equal(tables.counters.since("k", START + 3 * MINUTE), 0)
