"""However items come in, batched, through whichever process, across restarts and failures: live is what history says.

One store, several processes: each is a kit whose rules know only what they read from the store.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import invented_rules
import kept_rules
from abate.domain.item import Item, Kind
from abate.domain.scan import Proposal, Scan, Verdict
from abate.flows.known import Known
from abate.flows.rules import in_force
from abate.flows.rules.recording import event_of, read_event
from abate.flows.rules_now import InForce
from abate.policy.rules import sql
from abate.policy.rules.check import rules
from abate.policy.rules.event import fit
from abate.policy.rules.windows import Windows
from abate.stores.memory import MemoryStore
from abate.testing import FrozenClock, make_kit
from events_in_duckdb import table
from examples import WHOLE_ANSWERS

LOOKS = [*invented_rules.WINDOWS, 'count(item.url, "4s")', 'count_distinct(item.url, item.account, "9s")']
TEXT = "".join(
    f'rule(name="r{number}", when={window} >= 2, then=review, because="b", owner="o")\n'
    for number, window in enumerate(LOOKS)
)
RULES = rules(TEXT)

ITEMS = st.builds(
    dict,
    account=st.sampled_from(["", "a", "b"]),
    channel=st.sampled_from(["", "x", "y"]),
    platform=st.sampled_from(["harbourline", "other"]),
    url=st.sampled_from(["", "https://pier.example/"]),
    views=st.sampled_from([None, 0, 3]),
)
MOVES = st.sampled_from([0, 0, 1, 999_999, 1_000_000, 3_000_000, -2_000_000])
"""Microseconds until a batch comes, clocks that go back among them."""
BATCHES = st.tuples(MOVES, st.integers(0, 1), st.lists(ITEMS, min_size=1, max_size=4))
HAPPENINGS = st.one_of(
    *[BATCHES] * 5,
    st.tuples(st.just("restart"), st.integers(0, 1)),
    st.tuples(st.just("fail"), st.integers(0, 1), st.lists(ITEMS, min_size=1, max_size=3)),
    st.tuples(st.just("look"), st.integers(0, 1), ITEMS),
    st.tuples(st.just("enforce")),
)


class FailedError(Exception):
    pass


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return make_kit(tmp_path_factory.mktemp("home"))


class Processes:
    """Two processes on one store."""

    def __init__(self, plain):
        self.clock = FrozenClock()
        self.store = MemoryStore(clock=self.clock)
        self.kits = [
            replace(
                plain,
                store=self.store,
                clock=self.clock,
                known=Known(signals=plain.signals, indexes=plain.indexes),
                rules=InForce(),
            )
            for _ in range(2)
        ]
        self.sent = 0

    def scans(self, items):
        made = []
        for fields in items:
            self.sent += 1
            item = Item(id=f"i{self.sent}", kind=Kind.TEXT, **fields)
            made.append(Scan(item=item, proposal=Proposal(verdict=Verdict.NONE)))
        return made

    def take(self, which, items):
        kit, scans = self.kits[which], self.scans(items)
        with self.store.write() as tx:
            tx.items.add_many(scan.item for scan in scans)
            in_force.take(kit, tx, scans, self.clock.now())

    def fail(self, which, items):
        kit, scans = self.kits[which], self.scans(items)
        with suppress(FailedError), self.store.write() as tx:
            in_force.take(kit, tx, scans, self.clock.now())
            raise FailedError

    def happen(self, one):
        match one:
            case ("restart", which):
                self.kits[which] = replace(self.kits[which], rules=InForce())
            case ("fail", which, items):
                self.fail(which, items)
            case ("look", which, fields):
                in_force.preview(self.kits[which], self.scans([fields]))
                self.take(which, [fields])  # which tells whether the look was counted
            case ("enforce",):
                self.enforce()
            case (moved, which, items):
                self.clock.moment += timedelta(microseconds=moved)
                self.take(which, items)

    def enforce(self):
        with self.store.read() as tx:
            there = bool(tx.rules.count())
        if not there:
            kept_rules.keep(self.kits[0], TEXT)


@WHOLE_ANSWERS
@given(st.lists(HAPPENINGS, max_size=14), st.lists(HAPPENINGS, max_size=10))
def test_what_each_event_was_told_of_its_windows_is_what_one_process_and_sql_say(plain, before, after):
    duckdb = pytest.importorskip("duckdb", reason="pip install '.[dev]'")
    processes = Processes(plain)
    for one in before:
        processes.happen(one)
    processes.enforce()
    processes.take(0, [{"account": "a", "channel": "x", "platform": "harbourline"}])
    for one in after:
        processes.happen(one)
    with processes.store.read() as tx:
        events = tx.rule_events.stream(after=0, limit=1_000, content=True)
        fired = [sorted(hit.rule for hit in tx.rule_hits.of_item(event.item)) for event in events]
    columns = {window.column for window in RULES.windows}
    counted, once = [], Windows(RULES.windows)
    for event in events:
        record = read_event(event)
        told = {name: value for name, value in record.items() if name in columns}
        made = once.take({name: value for name, value in record.items() if name not in columns}, event.at)
        counted.append(made)
        if told:
            assert told == {name: value for name, value in made.items() if name in columns}
    with table(duckdb, RULES, [{**made, "at": event.at} for made, event in zip(counted, events, strict=True)]) as there:
        rows = there.execute(f'{sql.hits(RULES.rules, "events")} ORDER BY "seq"').fetchall()
    versions = [rule.version for rule in RULES.rules]
    asked = [sorted(version for version, fires in zip(versions, row[1:], strict=True) if fires) for row in rows]
    begun = next(at for at, event in enumerate(events) if len(columns & set(read_event(event))) > 0)
    assert fired[begun:] == asked[begun:]
    assert not any(fired[:begun])


WORDS = st.text(max_size=8) | st.sampled_from(["\ud800", "a\0b", "\udfff\ud800", "\u2028", "\ufeff"])
RECORDS = st.dictionaries(
    st.sampled_from(["item.account", "item.text", "item.url", "surface", "context.label"])
    | WORDS.map(lambda key: f"score:{key}")
    | WORDS.map(lambda key: f"matches_in:{key}"),
    WORDS | st.floats() | st.integers() | st.booleans() | st.none() | st.lists(WORDS, max_size=2),
    max_size=8,
)


@given(RECORDS)
def test_whatever_is_recorded_is_read_again_as_it_was_with_its_words_where_they_are_joined(values):
    record = fit(values) | {"count(item.account,600s)": 3.0, "sum(item.views,item.account,60s)": 1e15}
    event = event_of("i", 1, record)
    assert read_event(event) == {name: value for name, value in record.items() if name not in in_item(record)}
    joined = replace(event, text=record.get("item.text", ""), url=record.get("item.url", ""))
    assert read_event(joined) == {name: value for name, value in record.items() if value != "" or name not in CONTENT}


CONTENT = ("item.text", "item.url")


def in_item(record):
    return [name for name in CONTENT if name in record]
