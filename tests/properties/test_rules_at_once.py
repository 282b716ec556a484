"""Rules asked at once give what each gives alone, with tables made of as few rules as there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import invented_rules
from abate.policy.rules import at_once, explain, live
from abate.policy.rules.check import rules
from abate.policy.rules.live import compiled
from examples import WHOLE_ANSWERS

BOUNDS = st.sampled_from(["0", "1", "2", "0.5", "-1", "1e15", "3"])
SIGNS = st.sampled_from(invented_rules.SIGNS)
NUMBERS = st.sampled_from([*invented_rules.NUMBERS, "count(item.account, '10s')"])
WORDS = st.sampled_from(['"a"', '"b"', '"feed"', '"text"', '""'])
TEXTS = st.sampled_from(["item.kind", "surface", "item.account"])

SINGLE = st.one_of(
    st.builds("{} {} {}".format, NUMBERS, SIGNS, BOUNDS),
    st.builds("{} {} {}".format, BOUNDS, SIGNS, NUMBERS),
    st.builds("{1} < {0} <= {2}".format, NUMBERS, BOUNDS, BOUNDS),
    st.builds("{} in [{}, {}]".format, NUMBERS, BOUNDS, BOUNDS),
    st.builds("{} {} {}".format, TEXTS, st.sampled_from(["==", "!=", "<"]), WORDS),
    st.builds("{} not in [{}, {}]".format, TEXTS, WORDS, WORDS),
    st.builds("has({})".format, st.one_of(NUMBERS, TEXTS, st.sampled_from(["matches.banks", "matches.own"]))),
    st.sampled_from(["matches.own", "not matches.own", "contains(item.text, 'a')", "item.views < channel.items"]),
)
TERMS = st.one_of(
    SINGLE,
    SINGLE.map("not ({})".format),
    st.builds("({} or {})".format, SINGLE, SINGLE),
    st.builds("({} or ({} and {}))".format, SINGLE, SINGLE, SINGLE),
    st.builds("(({} and {}) or ({} or {}))".format, SINGLE, SINGLE, SINGLE, SINGLE),
)
CONDITIONS = st.lists(TERMS, min_size=1, max_size=3).map(" and ".join)


def read(conditions):
    return rules(
        "".join(
            f'rule(name="r{number}", when=(has(surface) or not has(surface)) and ({condition}), then=review, '
            f'because="b", owner="o")\n'
            for number, condition in enumerate(conditions)
        )
    )


def fired(found, event):
    return [number for number, rule in enumerate(found.rules) if explain.fires(rule, event)]


def together(found, events, fewest, of_a_field):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(at_once, "FEWEST_TOGETHER", fewest)
        patch.setattr(at_once, "FEWEST", of_a_field)
        patch.setattr(live, "DEAR", 1)
        patch.setattr(live, "SAVED", 1)  # whatever two rules hold is remembered, too
        return compiled(found.rules).hits(events)


EVENTS = st.tuples(invented_rules.events(), st.integers(0, 4)).map(
    lambda made: {**made[0], "count(item.account,10s)": float(made[1])} if made[1] else made[0]
)


@WHOLE_ANSWERS
@given(
    st.lists(CONDITIONS, min_size=1, max_size=20), st.lists(EVENTS, min_size=1), st.integers(1, 5), st.integers(1, 3)
)
def test_rules_of_many_terms_over_few_fields_fire_as_the_walk_says(conditions, events, fewest, of_a_field):
    found = read(conditions)
    assert together(found, events, fewest, of_a_field) == [fired(found, event) for event in events]


@WHOLE_ANSWERS
@given(st.lists(invented_rules.expressions(), min_size=1, max_size=6), st.lists(invented_rules.events()))
def test_any_rules_fire_as_the_walk_says_also_where_they_share_parts(conditions, events):
    found = read([*conditions, *(f"(matches.own or {one})" for one in conditions)])
    assert together(found, events, 1, 1) == [fired(found, event) for event in events]
