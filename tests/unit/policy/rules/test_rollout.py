"""Which accounts a live version is asked about: always the same, evenly drawn, and each of two versions its own."""

from collections import Counter

import pytest

from abate.domain.rule import RuleState, RuleVersion
from abate.policy.rules.rollout import asked, percent_of
from abate.testing import NOON

HERE = {"item.platform": "harbourline"}


def version(name, share, *, replaces="", state=RuleState.LIVE):
    return RuleVersion(
        id=name,
        name="burst",
        text="",
        created_at=NOON,
        created_by="kim",
        since=NOON,
        state=state,
        share=share,
        replaces=replaces,
    )


def test_the_number_of_an_account_is_frozen_since_a_share_that_moved_would_ask_about_other_people():
    told = [percent_of("burst", {**HERE, "item.account": f"account {number}"}, "1") for number in range(8)]
    assert told == [27, 57, 13, 8, 35, 70, 15, 36]


def test_every_hundredth_gets_its_part_of_the_accounts():
    drawn = Counter(percent_of("burst", {**HERE, "item.account": str(number)}, "1") for number in range(20_000))
    assert set(drawn) == set(range(100))
    # 200 are expected of each; their squared distances, so weighed, follow a chi-squared law of 99 degrees.
    assert sum((drawn[one] - 200) ** 2 / 200 for one in range(100)) < 148.2  # its 0.999 quantile


def test_an_account_stands_in_one_place_whatever_it_posts_and_each_rule_draws_anew():
    event = {**HERE, "item.account": "ash"}
    assert percent_of("burst", event, "1") == percent_of("burst", event, "2")
    draws = {percent_of(f"rule{number}", event, "1") for number in range(50)}
    assert len(draws) > 20


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", {"item.platform": "b", "item.account": "c"}, "x"), ("a", {"item.platform": "bc"}, "x")),
        (("ab", HERE, "x"), ("a", {"item.platform": "bharbourline"}, "x")),
        (("a", HERE, "x"), ("a", HERE | {"item.account": "x"}, "x")),
        (("a", HERE, "\ud800"), ("a", HERE, "\ud801")),
    ],
)
def test_what_is_not_the_same_is_not_read_as_the_same(one, other):
    """Each pair is written alike but for lengths and kinds, and would fall together if these were left out."""
    drawn = [[percent_of(f"{name}{salt}", event, item) for salt in range(40)] for name, event, item in (one, other)]
    assert drawn[0] != drawn[1]


def test_an_item_without_an_account_stands_for_itself():
    assert len({percent_of("burst", HERE, f"item {number}") for number in range(200)}) > 80


def test_raising_a_share_only_adds_accounts():
    lower, higher = version("new", 20), version("new", 60)
    asked_before = {percent for percent in range(100) if asked([lower], percent)}
    asked_after = {percent for percent in range(100) if asked([higher], percent)}
    assert asked_before == set(range(20))
    assert asked_before < asked_after == set(range(60))


def test_two_live_versions_part_the_accounts_between_them():
    old, new = version("old", 90), version("new", 10, replaces="old")
    gone, tried = version("gone", 0, state=RuleState.RETIRED), version("tried", 0, state=RuleState.SHADOW)
    told = [asked(order, percent) for order in ([old, new, gone, tried], [tried, new, old]) for percent in range(100)]
    assert told == [*[new] * 10, *[old] * 90] * 2


def test_a_name_without_a_live_version_asks_about_nobody():
    assert asked([version("tried", 0, state=RuleState.SHADOW)], 0) is None
