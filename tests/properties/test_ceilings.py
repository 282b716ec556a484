"""Caps are caps, and off means off."""

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.scan import Proposal, Verdict
from abate.policy.ceilings import Counts, Limits, capped, within

AUTOMATIC = Proposal(verdict=Verdict.LIMIT, automatic=True)
counts = st.builds(Counts, account=st.integers(), platform=st.integers())
limits = st.builds(Limits, per_account_hour=st.integers(), per_hour=st.integers())
off = st.one_of(
    st.builds(Limits, per_account_hour=st.integers(max_value=0), per_hour=st.integers()),
    st.builds(Limits, per_account_hour=st.integers(), per_hour=st.integers(max_value=0)),
)


@given(counts, off)
def test_off_means_off_whatever_the_counts_say(count, limit):
    assert not capped(AUTOMATIC, within(count, limit)).automatic


@given(counts, limits)
def test_room_is_left_only_below_both_caps(count, limit):
    answer = within(count, limit)
    if answer.allowed:
        assert count.account < limit.per_account_hour
        assert count.platform < limit.per_hour
    assert answer.reason


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 60))
def test_one_account_never_gets_more_automatic_actions_than_its_cap_nor_the_platform(per_account, per_hour, tries):
    limit, acted = Limits(per_account_hour=per_account, per_hour=per_hour), 0
    for _ in range(tries):
        acted += within(Counts(account=acted, platform=acted), limit).allowed
    assert acted == min(tries, per_account, per_hour)


@given(counts, limits, st.integers(0, 1000), st.integers(0, 1000))
def test_more_having_happened_never_makes_room(count, limit, more, elsewhere):
    busier = Counts(account=count.account + more, platform=count.platform + elsewhere)
    assert within(count, limit).allowed or not within(busier, limit).allowed
