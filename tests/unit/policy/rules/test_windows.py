"""Counters over time: exact, ordered, within one platform, and bounded."""

import pytest

from abate.policy.rules.check import rules
from abate.policy.rules.windows import Windows

SECOND = 1_000_000


def windows(call, **more):
    found = rules(f'rule(name="x", when={call} > 0, then=review, because="b", owner="o")').windows
    return Windows(found, **more), found[0].column


def told(call, *events, **more):
    held, column = windows(call, **more)
    return [held.take(event, at).get(column) for at, event in events]


def by(account, at=0, **more):
    return at * SECOND, {"item.account": account, **more}


def test_an_event_counts_itself_and_what_came_before_but_nothing_later():
    assert told('count(item.account, "10s")', by("a"), by("a"), by("b"), by("a")) == [1, 2, 1, 3]


def test_what_is_exactly_as_old_as_the_window_is_long_is_out():
    events = (by("a", 0), by("a", 9), by("a", 10), by("a", 30))
    assert told('count(item.account, "10s")', *events) == [1, 2, 2, 1]


def test_one_name_on_two_platforms_is_two():
    events = (by("a", **{"item.platform": "harbourline"}), by("a", **{"item.platform": "other"}), by("a"))
    assert told('count(item.account, "10s")', *events) == [1, 1, 1]


def test_where_it_counts_by_something_missing_the_window_is_missing_and_holds_nothing():
    assert told('count(item.account, "10s")', (0, {}), by("a"), (0, {})) == [None, 1, None]


def test_different_values_are_counted_once_and_go_when_their_last_event_goes():
    call = 'count_distinct(item.account, item.channel, "10s")'
    events = [by("a", at, **{"item.channel": channel}) for at, channel in enumerate("xyx")]
    assert told(call, *events, by("a", 3), by("a", 11)) == [1, 2, 2, 2, 1]


def test_a_sum_leaves_out_what_is_missing_and_is_held_within_the_bound():
    call = 'sum(item.views, item.account, "10s")'
    events = [by("a", 0, **{"item.views": 5.0}), by("a", 1), by("a", 2, **{"item.views": 2.0}), by("a", 11)]
    assert told(call, *events) == [5, 5, 7, 2]
    assert told(call, *[by("a", **{"item.views": 1e15})] * 3) == [1e15] * 3
    assert told(call, by("a")) == [0]


def test_a_clock_that_goes_back_stands_still():
    assert told('count(item.account, "10s")', by("a", 20), by("a", 5), by("a", 29), by("a", 30)) == [1, 2, 3, 2]


def test_beyond_its_room_it_forgets_the_oldest_and_says_so_until_that_would_be_out_anyway():
    held, column = windows('count(item.account, "10s")', most=2)
    counted = []
    for at in (0, 1, 2, 9, 13, 30):
        now, event = by("a", at)
        counted.append((held.take(event, now)[column], held.is_exact()))
    assert counted == [(1, True), (2, True), (2, False), (2, False), (2, True), (1, True)]


def test_two_rules_with_one_window_share_it_and_the_event_is_left_as_it_was():
    found = rules(
        'rule(name="x", when=count(item.account, "1m") > 0, then=review, because="b", owner="o")\n'
        'rule(name="y", when=rate(item.account, "60s") > 60, then=review, because="b", owner="o")'
    )
    event = {"item.account": "a"}
    made = Windows(found.windows).take(event, 0)
    assert made == {"item.account": "a", "count(item.account,60s)": 1.0}
    assert event == {"item.account": "a"}


@pytest.mark.parametrize("call", ['count(item.account, "90d")', 'count(item.account, "1s")'])
def test_a_window_may_be_a_second_or_a_quarter(call):
    assert told(call, by("a")) == [1]


def test_a_peek_says_what_the_next_would_come_to_and_counts_nothing():
    held, column = windows('count_distinct(item.account, item.channel, "10s")')
    for at, channel in enumerate("xyx"):
        held.take({"item.account": "a", "item.channel": channel}, at * SECOND)
    asked = [("x", 3), ("z", 3), ("z", 11), ("y", 11), ("x", 30), ("x", 0)]
    told = [held.peek({"item.account": "a", "item.channel": channel}, at * SECOND)[column] for channel, at in asked]
    assert told == [2, 3, 2, 2, 1, 2], "and a clock that went back stands still for a peek too"
    assert held.take({"item.account": "a"}, 3 * SECOND)[column] == 2


def test_windows_that_no_rule_looks_through_any_more_go_and_the_others_stand():
    text = 'count(item.account, "10s") > 0 and count(item.account, "20s") > 0'
    found = rules(f'rule(name="x", when={text}, then=review, because="b", owner="o")').windows
    held = Windows(found)
    held.take({"item.account": "a"}, 0)
    held.keep_only(found[:1])
    assert held.held == {found[0]}
    assert held.take({"item.account": "a"}, 0) == {"item.account": "a", found[0].column: 2}
