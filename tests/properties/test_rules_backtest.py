"""A backtest says of a rule what live evaluation said of it, whatever came in and whatever is missing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import invented_rules
import rules_history as past
from abate.domain.item import Item, Kind
from abate.flows import pipeline, rule_blocks
from abate.flows.rules import life
from abate.flows.rules.backtest import backtest, keep_all
from abate.flows.rules_now import InForce
from abate.stores.memory import MemoryStore
from abate.testing import NOON, FrozenClock, make_kit
from examples import WHOLE_ANSWERS


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return make_kit(tmp_path_factory.mktemp("home"))


def fresh(plain):
    """A kit with an empty store, and without the files of the one before: the clock, frozen, would tell none apart."""
    rule_blocks.discard(plain)
    clock = FrozenClock()
    return replace(plain, store=MemoryStore(clock=clock), clock=clock, rules=InForce())


@WHOLE_ANSWERS
@given(
    st.lists(invented_rules.expressions(windows=True), min_size=1, max_size=3),
    st.lists(invented_rules.events(), min_size=1, max_size=30),
    st.integers(0, 20),
)
def test_a_backtest_hits_what_the_walk_with_live_windows_hits(plain, conditions, events, begin):
    kit = fresh(plain)
    kept = past.put(kit, events, step=timedelta(seconds=2))
    found = past.rule_set(*(f"(has(surface) or not has(surface)) and {condition}" for condition in conditions))
    since = past.BEGINNING + timedelta(seconds=2 * begin)
    reports = backtest(kit, found.rules, since=since, until=NOON)
    hits = [len(past.within(past.fired(rule, kept), since, NOON)) for rule in found.rules]
    assert [report.hits for report in reports] == hits


POSTS = st.builds(
    dict,
    text=st.sampled_from(["a lantern", "a \udc00 harbour", "", "Σ"]),
    account=st.sampled_from(["", "a", "b"]),
    channel=st.sampled_from(["", "x"]),
    platform=st.sampled_from(["harbourline", "other"]),
    surface=st.sampled_from(["", "feed"]),
    views=st.sampled_from([None, 0, 3, 2**60]),
)
SHADOWS = (
    'contains(item.text, "lantern") or item.text == "σ"',
    'count(item.account, "10s") >= 2',
    'count_distinct(item.channel, item.account, "5s") >= 2 and account.items > 1',
    'sum(item.views, item.channel, "7s") > 3 and matches_in("films") == 0',
    'not has(item.channel) and surface == "feed"',
)


@WHOLE_ANSWERS
@given(st.lists(st.tuples(st.sampled_from([0, 1, 3, 9]), st.lists(POSTS, min_size=1, max_size=5)), max_size=6))
def test_a_backtest_of_a_rule_in_shadow_hits_what_it_hit_when_it_came_in(plain, batches):
    kit = fresh(plain)
    versions = life.draft(kit, "\n".join(rule.text for rule in past.rule_set(*SHADOWS).rules), by="kim")
    for version in versions:
        life.shadow(kit, version.id, by="kim")
    number = 0
    for seconds, posts in batches:
        kit.clock.move(seconds=seconds)
        items = [Item(id=f"p{number + at}", kind=Kind.TEXT, **post) for at, post in enumerate(posts)]
        number += len(items)
        pipeline.take_in(kit, items, by="platform")
    end = kit.clock.now() + timedelta(seconds=1)
    kept = keep_all(kit, versions, since=NOON - timedelta(days=1), until=end, by="kim")
    with kit.store.read() as tx:
        hit = [len(tx.rule_hits.of_rule(version.id, limit=1_000)) for version in versions]
    assert [one.hits for one in kept] == hit
    assert [one.events for one in kept] == [number] * len(versions)
