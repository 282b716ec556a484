"""Many rules over the same fields: one look-up for all, and what no table answers is asked by itself."""

import math

import pytest

from abate.policy.rules import at_once, explain
from abate.policy.rules.check import rules
from abate.policy.rules.live import compiled


def read(*conditions):
    return rules(
        "".join(
            f'rule(name="r{number}", when={when}, then=review, because="b", owner="o")\n'
            for number, when in enumerate(conditions)
        )
    )


def alike(found, events):
    expected = [[n for n, rule in enumerate(found.rules) if explain.fires(rule, event)] for event in events]
    assert compiled(found.rules).hits(events) == expected
    return expected


@pytest.fixture
def tables_written(monkeypatch):
    """How many rules each set of tables was made for."""
    made = []

    class Noting(at_once.Tables):
        def __init__(self, held, writer):
            made.append(len(held))
            super().__init__(held, writer)

    monkeypatch.setattr("abate.policy.rules.live.Tables", Noting)
    return made


MANY = at_once.FEWEST_TOGETHER


def test_bounds_are_met_to_the_last_digit(tables_written):
    signs = ["<", "<=", ">", ">=", "==", "!="]
    found = read(*[f"item.views {signs[number % 6]} {number % 7}" for number in range(MANY)])
    values = [v for n in range(8) for v in (math.nextafter(n, -9), float(n), math.nextafter(n, 9))]
    assert alike(found, [{}, *({"item.views": value} for value in [-1e15, *values, 1e15])])[0] == []
    assert tables_written == [MANY]


def test_few_rules_are_asked_one_after_another(tables_written):
    alike(read(*[f"item.views < {number}" for number in range(MANY - 1)]), [{"item.views": 3.0}, {}])
    alike(read(*[f"contains(item.text, '{number}')" for number in range(MANY)]), [{"item.text": "3"}, {}])
    assert not tables_written


def test_words_and_truth_values_have_tables_too(tables_written):
    kinds = [f"item.kind != 'k{number}' and item.language != 'l{number}'" for number in range(MANY)]
    own = ["matches.own", "not matches.own"] * MANY
    alike(read(*kinds), [{}, {"item.kind": "k3", "item.language": "x"}, {"item.kind": "x", "item.language": "l4"}])
    alike(read(*own), [{}, {"matches.own": True}, {"matches.own": False}])
    assert tables_written == [MANY, 2 * MANY]


def test_what_no_table_answers_is_asked_only_where_the_tables_allow_it(tables_written):
    found = read(
        *[
            f"item.views > {number} and (channel.items > {number} or contains(item.text, 'w{number}')) and "
            f"(account.items < {number} or (account.removed > 1 and account.reports > {number}))"
            for number in range(MANY)
        ],
        *[f"item.views > {number} and contains(item.text, 'w{number}')" for number in range(MANY)],
        *[f"contains(item.text, 'v{number}')" for number in range(3)],
    )
    events = [
        {"item.views": 9.0, "account.items": 2.0, "item.text": "w3 w8 v2"},
        {"item.views": 9.0, "account.items": 2.0, "channel.items": 5.0, "item.text": "w7"},
        {"item.views": 30.0, "account.removed": 2.0, "account.reports": 20.0, "channel.items": 11.0},
        {"item.text": "v1"},
    ]
    hits = alike(found, events)
    assert hits[0] == [3, 8, MANY + 3, MANY + 8, 2 * MANY + 2]
    assert hits[2] == list(range(11))
    assert tables_written == [2 * MANY]


def test_where_each_rule_has_something_left_each_is_asked_by_itself_unless_a_table_says_yes(tables_written):
    found = read(
        *[
            f"item.views > {number} and (channel.items > {number} or contains(item.text, 'w{number}'))"
            for number in range(MANY)
        ]
    )
    hits = alike(found, [{"item.views": 3.0, "channel.items": 1.0, "item.text": "w2 w9"}, {"item.views": 9.0}, {}])
    assert hits == [[0, 2], [], []]
    assert tables_written == [MANY]


def test_a_field_that_few_rules_ask_has_no_table_but_is_asked(tables_written):
    found = read(
        *[f"item.views > {number} and item.kind != 'k'" for number in range(MANY)],
        "item.views > 1 and channel.items > 2 and (account.items > 1 or account.removed > 1)",
    )
    alike(found, [{"item.views": 3.0, "item.kind": "a", "channel.items": 3.0, "account.items": 2.0}])
    alike(found, [{"item.views": 3.0, "item.kind": "k", "channel.items": 3.0, "account.removed": 1.0}])
    assert tables_written == [MANY + 1] * 2


def test_a_rule_with_very_many_bounds_is_left_out_of_the_tables_and_asked(tables_written):
    long = " or ".join(f"item.views == {number}" for number in range(0, 200, 2))
    listed = [f"item.views in {[float(one) for one in range(number, 60)]}" for number in range(MANY)]
    found = read(*[f"item.views > {number}" for number in range(MANY)], f"({long})", *listed, "matches.own or " + long)
    alike(found, [{"item.views": float(value)} for value in (0, 1, 2, 31, 58, 59, 60, 199, 200)])
    listed_in_full = sum(60 - number <= at_once.MOST_BOUNDS for number in range(MANY))
    assert tables_written == [MANY + listed_in_full]


def test_two_terms_with_the_same_alternatives_are_both_asked(tables_written):
    twice = "(item.views > {0} or channel.items > {0}) and (item.views > {1} or channel.items > {1})"
    ands = "((item.views > {0} and channel.items > {0}) or (item.views < {1} and channel.items < {1}) or has(item.url))"
    alike(read(*[twice.format(n, 2 * n) for n in range(MANY)]), [{"item.views": 9.0, "channel.items": 2.0}, {}])
    found = read(*[ands.format(n, n - 30) for n in range(MANY)])
    alike(found, [{"item.views": 9.0, "channel.items": 3.0}, {"item.views": 1.0, "channel.items": 2.0}, {}])
    assert tables_written == [MANY]
