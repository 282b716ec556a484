"""When an entry is set aside because it suddenly matches everything, and when not."""

from datetime import timedelta

import pytest

from abate.domain.flood import Quarantine, QuarantineState, Tally
from abate.policy.flood import (
    DAYS,
    LET_BE,
    PER_ACCOUNT,
    TRACKED,
    WINDOW,
    Limits,
    counted,
    grown,
    in_window,
    is_flood,
    is_let_be,
    usual,
)
from abate.testing import NOON

LIMITS = Limits(items=50, percent=5)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def met(count, *, accounts, at=NOON, tally=None):
    return counted(tally or Tally(id="e1"), at, [f"a{number % accounts}" for number in range(count)])


def stream(count, at=NOON):
    return grown(Tally(id="stream"), at, count)


def test_fifty_items_of_ten_accounts_that_are_more_than_a_twentieth_are_a_flood():
    assert is_flood(met(50, accounts=10), stream(999), NOON, LIMITS)
    assert not is_flood(met(49, accounts=10), stream(49), NOON, LIMITS)
    assert not is_flood(met(50, accounts=10), stream(1000), NOON, LIMITS)


def test_one_account_that_posts_known_content_over_and_over_disables_nothing():
    spam = met(10_000, accounts=1)
    assert in_window(spam, NOON) == PER_ACCOUNT
    assert not is_flood(spam, stream(10_000), NOON, LIMITS)
    assert not is_flood(met(10_000, accounts=9), stream(10_000), NOON, LIMITS)


def test_an_account_that_goes_on_spamming_stays_at_its_five_until_it_paused_for_an_hour():
    tally = Tally(id="e1")
    for minute in range(180):
        tally = met(3, accounts=1, at=NOON + minute * MINUTE, tally=tally)
        assert in_window(tally, NOON + minute * MINUTE) <= PER_ACCOUNT
    assert in_window(met(3, accounts=1, at=NOON + 300 * MINUTE, tally=tally), NOON + 300 * MINUTE) == 3


def test_what_is_usual_for_an_entry_is_no_flood():
    tally = met(60, accounts=60)
    tomorrow = NOON + DAY
    assert usual(tally, NOON) == 0
    assert usual(tally, tomorrow) == 60
    many = met(240, accounts=240, at=tomorrow, tally=tally)
    assert not is_flood(many, stream(240, tomorrow), tomorrow, LIMITS)
    assert is_flood(met(1, accounts=1, at=tomorrow, tally=many), stream(241, tomorrow), tomorrow, LIMITS)


def test_a_flood_that_runs_over_midnight_is_not_usual_for_itself():
    evening = NOON.replace(hour=23, minute=58)
    tally = met(40, accounts=40, at=evening)
    night = evening + 5 * MINUTE
    assert is_flood(met(20, accounts=20, at=night, tally=tally), stream(60, night), night, LIMITS)


def test_the_window_moves_on():
    tally = met(30, accounts=30)
    assert in_window(tally, NOON + WINDOW - MINUTE) == 30
    assert in_window(tally, NOON + WINDOW) == 0
    later = met(30, accounts=30, at=NOON + 2 * WINDOW, tally=tally)
    assert in_window(later, NOON + 2 * WINDOW) == 30
    assert len(later.accounts) == 30


def test_a_clock_that_goes_back_loses_nothing():
    tally = met(20, accounts=20, tally=met(20, accounts=20, at=NOON + 7 * MINUTE))
    assert in_window(tally, NOON + 7 * MINUTE) == 40 - 0
    assert [step.count for step in tally.steps] == [40]


def test_a_tally_stays_small_whatever_is_counted():
    tally = Tally(id="e1")
    for day in range(40):
        for hour in range(3):
            at = NOON + day * DAY + hour * timedelta(minutes=25)
            tally = met(500, accounts=500, at=at, tally=tally)
    assert len(tally.accounts) == TRACKED
    assert len(tally.peaks) == DAYS
    assert len(tally.steps) <= 12
    assert in_window(tally, at) > TRACKED * PER_ACCOUNT


@pytest.mark.parametrize("items", [0, -1])
def test_a_limit_of_nothing_is_off(items):
    assert not is_flood(met(500, accounts=500), stream(500), NOON, Limits(items=items, percent=0))


def test_an_entry_that_waits_or_was_just_released_is_not_set_aside_again():
    waiting = Quarantine(id="q", entry="e1", bank="b", opened_at=NOON, items=60, seen=90, usual=0)
    released = Quarantine(
        id="q",
        entry="e1",
        bank="b",
        opened_at=NOON,
        items=60,
        seen=90,
        usual=0,
        state=QuarantineState.RELEASED,
        closed_at=NOON,
    )
    assert is_let_be([waiting], NOON)
    assert is_let_be([released], NOON + LET_BE - MINUTE)
    assert not is_let_be([released], NOON + LET_BE)
    assert not is_let_be([], NOON)
