"""What an expression costs, and how far its numbers reach."""

import pytest

from abate.policy.rules import cost
from abate.policy.rules.check import rules


def condition(when):
    return rules(f'rule(name="x", when={when}, then=review, because="b", owner="o")').rules[0].when


@pytest.mark.parametrize(
    ("when", "costs"),
    [
        ("item.views > 1", 2),
        ("item.views > 1 and not matches.own", 3),
        ("contains(item.text, 'a')", 8),
        ("item.kind in ['a', 'b']", 2),
        (f"item.kind in {['a'] * 40}", 4),
        ("item.kind in matches.banks", 4),
        ("count(item.account, '1h') > 1", 51),
        ("(1 if matches.own else 2) < item.views", 5),
        ("1 / item.views < 1", 4),
        ("min(item.views, 1) < 1", 4),
        ("-item.views < 1", 3),
    ],
)
def test_what_is_written_twice_counts_twice(when, costs):
    assert cost.cost(condition(when)) == costs


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("item.views", 15),
        ("item.views * 100", 17),
        ("item.views * item.views", 30),
        ("item.views / item.views", 24),
        ("item.views + item.views", 15.3),
        ("item.views * length('a')", 15),
        ("item.views * 0.5", 15),
        ("-item.views * (1000 if matches.own else 10)", 18),
    ],
)
def test_a_number_has_a_bound_before_it_is_computed(number, digits):
    assert cost.digits(condition(f"{number} > 1").left) == pytest.approx(digits, abs=0.01)
