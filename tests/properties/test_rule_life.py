"""The life of the versions of one rule, under any sequence of acts of several people.

Each refusal leaves everything as it was. What is live rests on a backtest and a second person, or a day in a team of
one; no account is asked by two versions; what the changes say, replayed by a reader of their own, is the state.
"""

from datetime import UTC, datetime, timedelta
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import AbateError
from abate.domain.rule import Backtest, RuleState, RuleStep, RuleVersion
from abate.policy.rules import life
from abate.policy.rules.check import rules
from abate.policy.rules.life import Act
from examples import WHOLE_ANSWERS

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULE = 'rule(name="burst", when=item.views > {}, then=review, because="b", owner="kim")'
RULES = {one.version: one for n in range(3) for one in rules(RULE.format(n)).rules}
NAMES = list(RULES)
PEOPLE = st.sampled_from(["kim", "lee", "ash", life.OPERATOR])
WHICH = st.sampled_from(NAMES)
SHARES = st.sampled_from([-1, 0, 1, 40, 99, 100, 101])
LIVE_BY = {RuleStep.APPROVED, RuleStep.COOLED_OFF}


def account_numbers(version, of_name):
    """Which of the hundred numbers a live version is asked about."""
    newer, _ = life.live_pair(of_name)
    return range(version.share) if newer.id == version.id else range(100 - version.share, 100)


BECOMES = {
    RuleStep.DRAFTED: RuleState.DRAFT,
    RuleStep.SHADOWED: RuleState.SHADOW,
    RuleStep.APPROVED: RuleState.LIVE,
    RuleStep.COOLED_OFF: RuleState.LIVE,
    RuleStep.RESTORED: RuleState.LIVE,
    RuleStep.RETIRED: RuleState.RETIRED,
    RuleStep.REPLACED: RuleState.RETIRED,
    RuleStep.ROLLED_BACK: RuleState.RETIRED,
}


def replayed(changes):
    """What a reader of the changes alone makes of them: state, share, wait and backtest of each version."""
    stands = {}
    for change in changes:
        state, share, asked, backtest = stands.get(change.rule, (None, 0, ("", 0), ""))
        if change.step in BECOMES:
            state, share, asked = BECOMES[change.step], change.share, ("", 0)
        elif change.step is RuleStep.SHARED:
            share = change.share
        elif change.step is RuleStep.ASKED:
            asked, backtest = (change.by, change.share), change.backtest
        else:
            asked = ("", 0)
        stands[change.rule] = (state, share, asked, backtest)
    return stands


class Life:
    """Several people at the versions of one name, the first of which was live before, if its author let it."""

    def __init__(self, solo, authors):
        self.solo = solo
        self.now = START
        self.versions: dict[str, RuleVersion] = {}
        self.changes = []
        for key, by in zip(NAMES, authors, strict=True):
            self.take(lambda key=key, by=by: life.draft(RULES[key], RULES[key].text, self.act(by)))
        self.all_the_way(NAMES[0], 100, 24, "zoe")

    def act(self, by):
        return Act(by=by, at=self.now, id=f"rch_{len(self.changes)}")

    def take(self, step):
        """Take one step; a refusal changes nothing."""
        try:
            outcome = step()
        except AbateError:
            return None
        self.versions |= {one.id: one for one in outcome.versions}
        self.changes += outcome.changes
        return outcome

    def every(self):
        return list(self.versions.values())

    def shadow(self, key, by):
        self.take(lambda: life.shadow(self.versions[key], self.act(by)))

    def ask(self, key, by, share, of, events):
        tried = None
        if events is not None:
            span = {"since": START, "until": self.now, "ran_at": self.now}
            tried = Backtest(id=f"b-{of}", rule=of, by=by, events=events, hits=0, report="{}", **span)
        made = self.take(lambda: life.ask(self.versions[key], share=share, backtest=tried, act=self.act(by)))
        assert made is None or (tried.rule == key and tried.events > 0 and 1 <= share <= 100)

    def withdraw(self, key, by):
        self.take(lambda: life.withdraw(self.versions[key], self.act(by)))

    def approve(self, key, by):
        waiting = self.versions[key]
        made = self.take(lambda: life.approve(waiting, self.every(), solo=self.solo, act=self.act(by)))
        if made is not None:
            assert by != life.OPERATOR
            assert waiting.asked_at is not None
            first = {waiting.asked_by, waiting.created_by}
            if by in first or (self.solo and life.OPERATOR in first):
                assert self.solo
                assert made.changes[0].step is RuleStep.COOLED_OFF
                assert self.now - waiting.asked_at >= timedelta(days=1)
            else:
                assert made.changes[0].step is RuleStep.APPROVED

    def set_share(self, key, by, share):
        self.take(lambda: life.set_share(self.versions[key], self.every(), share, self.act(by)))

    def retire(self, key, by):
        self.take(lambda: life.retire(self.versions[key], self.every(), self.act(by)))

    def roll_back(self, by):
        live_before = [one for one in self.every() if one.state is RuleState.LIVE]
        newer, older = life.live_pair(live_before)
        made = self.take(lambda: life.roll_back(self.every(), self.act(by)))
        assert (made is None) == (not live_before)
        if made is not None:
            live = [one for one in self.every() if one.state is RuleState.LIVE]
            assert self.versions[newer.id].state is RuleState.RETIRED
            assert [one.id for one in live] == [newer.replaces] * bool(newer.replaces)
            assert all(one.share == 100 for one in live)
            assert older is None or [one.id for one in live] == [older.id]

    def all_the_way(self, key, share, hours, by):
        """Finish what is being rolled out, put in shadow, ask and approve: chance alone seldom gets there."""
        for one in self.every():
            if one.state is RuleState.LIVE and one.share < 100:
                self.set_share(one.id, "kim", 100)
        self.shadow(key, "kim")
        self.ask(key, "kim", share, key, 5)
        self.time_passes(hours)
        self.approve(key, by)

    def go_live_and_back(self, key, by):
        """Whatever goes live, rolling it back leaves the live versions as they were."""
        waiting, before = self.versions[key], self.every()
        second = Act(by="zoe", at=self.now + timedelta(days=2), id="x")
        try:
            went = life.approve(waiting, before, solo=self.solo, act=second)
        except AbateError:
            return
        after = {one.id: one for one in before} | {one.id: one for one in went.versions}
        back = life.roll_back(list(after.values()), Act(by=by, at=self.now + timedelta(days=3), id="y"))
        after |= {one.id: one for one in back.versions}
        stood = {one.id: one.share for one in before if one.state is RuleState.LIVE}
        assert {one.id: one.share for one in after.values() if one.state is RuleState.LIVE} == stood
        assert after[key].state is RuleState.RETIRED

    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    def what_is_live_was_tried_and_approved(self):
        for one in self.every():
            went = [change.step for change in self.changes if change.rule == one.id]
            if one.state is RuleState.LIVE:
                assert one.backtest == f"b-{one.id}"
                assert 1 <= one.share <= 100
                assert LIVE_BY & set(went)
            else:
                assert one.share == 0
            assert (one.asked_at is None) == (one.asked_by == "") == (one.asked_share == 0)
            assert one.asked_at is None or one.state is RuleState.SHADOW

    def no_account_is_asked_by_two_and_none_is_left_out_between_two(self):
        live = [one for one in self.every() if one.state is RuleState.LIVE]
        assert len(live) <= 2
        numbers = [number for one in live for number in account_numbers(one, live)]
        assert len(numbers) == len(set(numbers))
        if len(live) == 2:
            assert sorted(numbers) == list(range(100))
            assert live[0].replaces == live[1].id or live[1].replaces == live[0].id

    def the_changes_replayed_are_the_state(self):
        stands = {one.id: (one.state, one.share, (one.asked_by, one.asked_share), one.backtest) for one in self.every()}
        assert replayed(self.changes) == stands
        assert len({change.id for change in self.changes}) == len(self.changes)

    def nothing_replaces_in_a_circle(self):
        for one in self.every():
            seen, at = set(), one
            while at is not None and at.replaces:
                assert at.id not in seen
                seen.add(at.id)
                at = self.versions.get(at.replaces)

    def holds(self):
        self.what_is_live_was_tried_and_approved()
        self.no_account_is_asked_by_two_and_none_is_left_out_between_two()
        self.the_changes_replayed_are_the_state()
        self.nothing_replaces_in_a_circle()


EVENTS = st.sampled_from([None, 0, 5, 5])
ONE_STEP = st.one_of(
    st.tuples(st.sampled_from(["shadow", "withdraw", "approve", "retire"]), WHICH, PEOPLE),
    st.tuples(st.just("ask"), WHICH, PEOPLE, SHARES, WHICH, EVENTS),
    st.tuples(st.just("set_share"), WHICH, PEOPLE, SHARES),
    st.tuples(st.just("roll_back"), PEOPLE),
    st.tuples(st.just("time_passes"), st.sampled_from([1, 23, 24])),
    st.tuples(st.just("go_live_and_back"), WHICH, PEOPLE),
)
HOURS, SECOND = st.sampled_from([0, 23, 24]), st.sampled_from(["zoe", "zoe", "kim"])
ALL_THE_WAY = st.tuples(st.just("all_the_way"), WHICH, st.sampled_from([1, 40, 100, 100]), HOURS, SECOND)
ACTS = st.lists(st.tuples(ALL_THE_WAY, ONE_STEP, ONE_STEP), min_size=4, max_size=8)
"""What chance alone seldom gets to comes more often."""


@WHOLE_ANSWERS
@given(st.booleans(), st.tuples(PEOPLE, PEOPLE, PEOPLE), ACTS)
def test_whatever_people_do_what_is_live_was_tried_and_approved_and_the_record_says_so(solo, authors, acts):
    world = Life(solo, authors)
    world.holds()
    for name, *given_ in chain.from_iterable(acts):
        getattr(world, name)(*given_)
        world.holds()
