"""One rule, three evaluators: the walk, the generated function and the SQL say the same, whatever is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import invented_rules
from abate.policy.rules import explain, sql
from abate.policy.rules.check import rules
from abate.policy.rules.live import compiled
from abate.policy.rules.windows import Windows
from events_in_duckdb import table
from examples import WHOLE_ANSWERS

SURFACES = st.sampled_from(["", 'surfaces=["feed", "search"], ', 'surfaces=["a"], '])


def read(conditions, surfaces):
    """A rule a condition; each also reads a field, so that the checker takes it."""
    return rules(
        "".join(
            f'rule(name="r{number}", when=(has(surface) or not has(surface)) and {condition}, then=review, '
            f'{surfaces}because="b", owner="o")\n'
            for number, condition in enumerate(conditions)
        )
    )


def fired(found, event):
    return [number for number, rule in enumerate(found.rules) if explain.fires(rule, event)]


@WHOLE_ANSWERS
@given(st.lists(invented_rules.expressions(), min_size=1, max_size=4), st.lists(invented_rules.events()), SURFACES)
def test_the_generated_function_fires_where_the_walk_says_so(conditions, events, surfaces):
    found = read(conditions, surfaces)
    assert compiled(found.rules).hits(events) == [fired(found, event) for event in events]


@WHOLE_ANSWERS
@given(st.lists(invented_rules.expressions(), min_size=4, max_size=9), st.lists(invented_rules.events(), max_size=4))
def test_an_index_over_words_changes_nothing(conditions, events):
    words = ['"text"', '"a"', '"photo"', '"b"', '"c"', '"d"', '"e"', '"f"', '"g"']
    indexed = [f"item.kind == {word} and {one}" for word, one in zip(words, conditions, strict=False)]
    found = read([*indexed, f'item.kind in ["a", "text"] and {conditions[0]}', conditions[1]], "")
    assert compiled(found.rules).hits(events) == [fired(found, event) for event in events]


@WHOLE_ANSWERS
@given(invented_rules.expressions(windows=True))
def test_what_is_written_out_reads_as_the_same_rule(condition):
    (rule,) = read([condition], "").rules
    (again,) = rules(rule.canonical).rules
    assert again == rule
    assert again.version == rule.version


def hits_of(connection, found):
    rows = connection.execute(f'{sql.hits(found.rules, "events")} ORDER BY "seq"').fetchall()
    return [[number for number, fires in enumerate(row[1:]) if fires] for row in rows]


@WHOLE_ANSWERS
@given(st.lists(invented_rules.expressions(), min_size=1, max_size=6), st.lists(invented_rules.events()), SURFACES)
def test_history_fires_where_live_does(conditions, events, surfaces):
    duckdb = pytest.importorskip("duckdb", reason="pip install '.[dev]'")
    found = read(conditions, surfaces)
    expected = compiled(found.rules).hits(events)
    with table(duckdb, found, events) as connection:
        assert hits_of(connection, found) == expected
        (counted,) = connection.execute(sql.counts(found.rules, "events")).fetchall()
        assert list(counted) == [sum(number in one for one in expected) for number in range(len(found.rules))]
        for number, rule in enumerate(found.rules):
            firing = connection.execute(sql.firing(rule, "events")).fetchall()
            assert sorted(firing) == [(at,) for at, one in enumerate(expected) if number in one]


STEPS = st.sampled_from([0, 0, 1, 999_999, 1_000_000, 2_000_000, 3_000_000, 5_000_000])
"""Microseconds between one event and the next: often none, so that many share one."""


@WHOLE_ANSWERS
@given(
    st.lists(invented_rules.expressions(windows=True), min_size=1, max_size=4),
    st.lists(st.tuples(STEPS, invented_rules.events()), max_size=25),
)
def test_windows_of_history_hold_what_the_live_ones_held_then(conditions, arrivals):
    duckdb = pytest.importorskip("duckdb", reason="pip install '.[dev]'")
    found = read([*conditions, *(f"{window} >= 2" for window in invented_rules.WINDOWS)], "")
    at, events, windows = 0, [], Windows(found.windows)
    for step, event in arrivals:
        at += step
        events.append({**windows.take(event, at), "at": at})
    expected = compiled(found.rules).hits(events)
    assert expected == [fired(found, event) for event in events]
    with table(duckdb, found, events) as connection:
        assert hits_of(connection, found) == expected


def by_hand(kind, of, seconds, at, by, arrivals):
    """A window as its definition says it, over all that came before."""
    now, here = arrivals[at]
    inside = [
        event
        for moment, event in arrivals[: at + 1]
        if moment > now - seconds * 1_000_000
        and event.get(by) == here.get(by)
        and event.get("item.platform") == here.get("item.platform")
    ]
    held = [event[of] for event in inside if of in event]
    return {"count": len(inside), "count_distinct": len(set(held)), "sum": sum(held) if kind == "sum" else 0}[kind]


@WHOLE_ANSWERS
@given(st.lists(st.tuples(STEPS, invented_rules.events()), min_size=1, max_size=25))
def test_live_windows_are_what_their_definition_says(arrivals):
    found = read([f"{window} > 0" for window in invented_rules.WINDOWS], "")
    windows, at, placed = Windows(found.windows), 0, []
    for step, event in arrivals:
        at += step
        placed.append((at, event))
        made = windows.take(event, at)
        for window in found.windows:
            told = by_hand(window.kind, window.of, window.seconds, len(placed) - 1, window.by, placed)
            wanted = max(-1e15, min(float(told), 1e15)) if window.by in event else None
            assert made.get(window.column) == wanted
    assert windows.is_exact()


@WHOLE_ANSWERS
@given(
    st.lists(st.tuples(STEPS, invented_rules.events()), max_size=25),
    st.lists(st.tuples(STEPS, invented_rules.events()), min_size=1, max_size=3),
    st.integers(min_value=1, max_value=6),
)
def test_a_peek_is_what_taking_would_give_and_leaves_no_trace(arrivals, peeked, room):
    """Also where there is room for few events only."""
    found = read([f"{window} > 0" for window in invented_rules.WINDOWS], "")
    one, other, at = Windows(found.windows, most=room), Windows(found.windows, most=room), 0
    for step, event in arrivals:
        at += step
        for ahead, seen in peeked:
            one.peek(seen, at + ahead)
        assert one.peek(event, at) == other.take(event, at) == one.take(event, at)
        assert one.is_exact() == other.is_exact()
