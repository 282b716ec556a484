"""Laws of the events and hits of rules: every store answers as two plain lists would, whatever came and went before."""

from contextlib import suppress
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.item import Item, Kind
from abate.domain.rule import RuleEvent, RuleHit
from abate.domain.verdict import Verdict
from abate.stores.open import open_store
from examples import WHOLE_ANSWERS

HOUR = 3_600_000_000
ITEMS = ("a", "b\x00", "\ud800", "long" * 100)
RULES = ("r", "s")
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, HOUR // 2, 3 * HOUR]),  # how much later than the step before
        st.lists(st.tuples(st.sampled_from(ITEMS), st.lists(st.sampled_from(RULES), max_size=2)), max_size=4),
        st.none() | st.tuples(st.integers(0, 2 * HOUR), st.integers(0, 3)),  # how far back to prune, how many
    ),
    min_size=1,
    max_size=6,
)


class Model:
    """Two lists, and nothing clever."""

    def __init__(self):
        self.events: list[RuleEvent] = []
        self.hits: list[RuleHit] = []
        self.numbered = 0

    def take(self, now: int, posts) -> tuple[list[RuleEvent], list[RuleHit]]:
        events = [RuleEvent(item=item, at=now, body=str(n)) for n, (item, _) in enumerate(posts)]
        hits = [
            RuleHit(event=self.numbered + n, rule=rule, item=item, at=now, live=n % 2 == 0, verdict=Verdict.LIMIT)
            for n, (item, rules) in enumerate(posts, start=1)
            for rule in rules
        ]
        self.events += [replace(event, seq=self.numbered + n) for n, event in enumerate(events, start=1)]
        self.hits += hits
        self.numbered += len(events)
        return events, hits

    def prune(self, before: int, limit: int) -> tuple[int, int]:
        events = [event for event in self.events[:-1] if event.at < before][:limit]
        hits = [hit for hit in self.hits if hit.at < before][:limit]
        self.events, self.hits = self.events[len(events) :], self.hits[len(hits) :]
        return len(events), len(hits)

    def per_hour(self, rule: str, since: int) -> list[tuple[int, int, int]]:
        found = [hit for hit in self.hits if hit.rule == rule and hit.at >= since]
        hours = [(hour, list(hits)) for hour, hits in groupby(found, lambda hit: (hit.at - since) // HOUR)]
        return [(since + hour * HOUR, len(hits), sum(hit.live for hit in hits)) for hour, hits in hours]


@pytest.fixture(params=["memory:", ""], ids=["memory", "sqlite"])
def store(request, tmp_path):
    opened = open_store(request.param, home=tmp_path)
    opened.migrate()
    yield opened
    opened.close()


class Given(Exception):  # noqa: N818 - no error: it takes back what one example wrote
    """Ends an example's transaction."""


@WHOLE_ANSWERS
@given(steps=STEPS)
def test_a_store_answers_as_two_lists_would(store, steps):
    with suppress(Given), store.write() as tx:
        live_through(tx, steps)
        raise Given


def live_through(tx, steps) -> None:
    model, now = Model(), HOUR
    tx.items.add_many(Item(id=item, kind=Kind.TEXT, text=f"of {item}") for item in ITEMS)
    for later, posts, pruned in steps:
        now += later
        events, hits = model.take(now, posts)
        assert tx.rule_events.append(events) == model.numbered - len(events) + 1
        tx.rule_hits.append(hits)
        if pruned:
            before, limit = now - pruned[0], pruned[1]
            gone = (tx.rule_events.prune(before, limit=limit), tx.rule_hits.prune(before, limit=limit))
            assert gone == model.prune(before, limit)
        same(tx, model, now)


def same(tx, model: Model, now: int) -> None:
    for after in (0, model.numbered // 2):
        expected = [event for event in model.events if event.seq > after][:3]
        assert tx.rule_events.stream(after=after, limit=3) == expected
        told = [replace(event, text=f"of {event.item}") for event in expected]
        assert tx.rule_events.stream(after=after, limit=3, content=True) == told
    assert tx.rule_events.of_items(ITEMS) == {
        event.item: replace(event, text=f"of {event.item}") for event in model.events
    }
    assert tx.rule_events.latest() == ((model.events[-1].seq, model.events[-1].at) if model.events else (0, 0))
    for at in (now - HOUR, now, now + 1):
        assert tx.rule_events.before(at) == max((e.seq for e in model.events if e.at < at), default=0)
    for rule in RULES:
        newest = [hit for hit in reversed(model.hits) if hit.rule == rule]
        assert tx.rule_hits.of_rule(rule, limit=3) == newest[:3]
        for since in (0, now - HOUR - 1):
            assert tx.rule_hits.per_hour(rule, since=since) == model.per_hour(rule, since)
    for item in ITEMS:
        assert tx.rule_hits.of_item(item) == [hit for hit in model.hits if hit.item == item]
