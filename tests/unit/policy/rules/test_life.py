"""A version from draft to retired: what each step needs, what it comes to, and the sentence of each refusal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from abate.cli import output
from abate.domain.errors import ConflictError, InputError, RefusedError
from abate.domain.rule import Backtest, RuleState, RuleStep, RuleVersion
from abate.policy.rules import life
from abate.policy.rules.check import rules
from abate.policy.rules.life import LONGEST_NOTE, OPERATOR, Act

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def act(by="kim", at=NOON, note=""):
    return Act(by=by, at=at, id="rch_1", note=note)


def version(name="v1", **rest):
    made = {"name": "burst", "text": "rule(…)", "created_at": NOON, "created_by": "kim", "since": NOON}
    return RuleVersion(id=name * 32, **(made | rest))


def in_shadow(name="v1", **rest):
    return version(name, state=RuleState.SHADOW, **rest)


def live(name="v1", share=100, **rest):
    return version(name, state=RuleState.LIVE, share=share, backtest="b", **rest)


def tried(one, events=3):
    return Backtest(
        id="b", rule=one.id, ran_at=NOON, by="kim", since=NOON - DAY, until=NOON, events=events, hits=0, report="{}"
    )


def asked(name="v1", share=10, by="kim", **rest):
    one = in_shadow(name, **rest)
    return life.ask(one, share=share, backtest=tried(one), act=act(by)).version


def steps(outcome):
    return [(change.rule[:2], change.step, change.share) for change in outcome.changes]


def test_a_draft_is_what_its_author_wrote_under_the_hash_of_what_it_says():
    text = 'rule(name="burst", when=item.views > 3,  then=review, because="b", owner="kim")'
    (rule,) = rules(f"# why\n{text}  # how\n").rules
    made = life.draft(rule, rule.text, act())
    assert made.version == RuleVersion(
        id=rule.version, name="burst", text=text, created_at=NOON, created_by="kim", since=NOON
    )
    assert [(one.step, one.by, one.rule, one.name, one.at) for one in made.changes] == [
        (RuleStep.DRAFTED, "kim", rule.version, "burst", NOON)
    ]


@pytest.mark.parametrize("state", [RuleState.DRAFT, RuleState.RETIRED])
def test_a_draft_and_a_retired_version_can_be_put_in_shadow(state):
    later = NOON + DAY
    made = life.shadow(version(state=state, replaces="x"), act(at=later, note="Look."))
    assert (made.version.state, made.version.since, made.version.replaces) == (RuleState.SHADOW, later, "")
    assert (made.changes[0].step, made.changes[0].note) == (RuleStep.SHADOWED, "Look.")


@pytest.mark.parametrize(("one", "says"), [(in_shadow(), "in shadow already"), (live(), "is live; retire it first")])
def test_what_is_asked_already_is_not_put_in_shadow_again(one, says):
    with pytest.raises(ConflictError, match=says):
        life.shadow(one, act())


def test_asking_names_the_share_and_the_backtest_and_changes_nothing_yet():
    one = in_shadow()
    made = life.ask(one, share=10, backtest=tried(one), act=act("lee"))
    after = made.version
    assert (after.state, after.share, after.backtest) == (RuleState.SHADOW, 0, "b")
    assert (after.asked_at, after.asked_by, after.asked_share) == (NOON, "lee", 10)
    assert [(c.step, c.share, c.backtest) for c in made.changes] == [(RuleStep.ASKED, 10, "b")]


def test_nothing_is_asked_for_without_a_backtest_of_it_that_read_something():
    one = in_shadow()
    with pytest.raises(RefusedError, match="was never tried on history"):
        life.ask(one, share=10, backtest=None, act=act())
    with pytest.raises(RefusedError, match="a time without an event"):
        life.ask(one, share=10, backtest=tried(one, events=0), act=act())
    with pytest.raises(InputError, match="backtest b is of another version"):
        life.ask(one, share=10, backtest=tried(in_shadow("v2")), act=act())


@pytest.mark.parametrize("share", [-1, 0, 101])
def test_a_share_is_between_one_and_a_hundred(share):
    with pytest.raises(InputError, match="is no share of the accounts; give 1 to 100"):
        life.ask(in_shadow(), share=share, backtest=tried(in_shadow()), act=act())
    with pytest.raises(InputError, match="is no share"):
        life.set_share(live(), [live()], share, act())


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (version(), "is a draft, and only what is in shadow is asked for; put it in shadow first"),
        (live(), "is live, .*; set its share instead"),
        (version(state=RuleState.RETIRED), "is retired, .*; put it in shadow first"),
        (asked(share=20), "asked for already, for 20 % of the accounts; withdraw that first"),
    ],
)
def test_only_what_is_in_shadow_is_asked_for_and_once(one, says):
    with pytest.raises(ConflictError, match=says):
        life.ask(one, share=10, backtest=tried(one), act=act())


def test_what_is_withdrawn_stays_in_shadow():
    made = life.withdraw(asked(), act())
    assert (made.version.state, made.version.asked_at, made.version.asked_by) == (RuleState.SHADOW, None, "")
    assert made.version.asked_share == 0
    assert made.changes[0].step is RuleStep.WITHDRAWN
    with pytest.raises(ConflictError, match="nobody asked for version v1v1v1v1 of burst to go live, it is in shadow"):
        life.withdraw(made.version, act())


def test_a_second_person_lets_it_go_live_for_the_share_that_was_asked_for():
    later = NOON + timedelta(minutes=1)
    made = life.approve(asked(), [asked()], solo=False, act=act("lee", at=later))
    after = made.version
    assert (after.state, after.share, after.since, after.replaces) == (RuleState.LIVE, 10, later, "")
    assert (after.asked_at, after.asked_by, after.asked_share, after.backtest) == (None, "", 0, "b")
    assert [(c.step, c.by, c.share, c.backtest) for c in made.changes] == [(RuleStep.APPROVED, "lee", 10, "b")]


def test_neither_its_author_nor_who_asked_nor_nobody_is_the_second_person():
    one = asked(by="ash")
    with pytest.raises(RefusedError, match="you wrote version v1v1v1v1 of burst, and a second person"):
        life.approve(one, [one], solo=False, act=act("kim", at=NOON + 9 * DAY))
    with pytest.raises(RefusedError, match="you asked for version"):
        life.approve(one, [one], solo=False, act=act("ash", at=NOON + 9 * DAY))
    for solo in (True, False):
        with pytest.raises(RefusedError, match="nobody is logged in"):
            life.approve(one, [one], solo=solo, act=act(OPERATOR, at=NOON + 9 * DAY))


def test_in_a_team_of_one_a_day_takes_the_place_of_the_second_person():
    one = asked()
    with pytest.raises(RefusedError, match="approve it from 2026-03-03 12:00 UTC on"):
        life.approve(one, [one], solo=True, act=act("kim", at=NOON + DAY - timedelta(microseconds=1)))
    made = life.approve(one, [one], solo=True, act=act("kim", at=NOON + DAY))
    assert steps(made) == [("v1", RuleStep.COOLED_OFF, 10)]
    assert made.version.state is RuleState.LIVE


def test_in_a_team_of_one_a_second_name_need_not_wait_unless_nobody_logged_in_to_ask():
    one = asked()
    assert steps(life.approve(one, [one], solo=True, act=act("lee"))) == [("v1", RuleStep.APPROVED, 10)]
    for unnamed in (asked(by=OPERATOR), asked(created_by=OPERATOR)):
        with pytest.raises(RefusedError, match="less than a day ago"):
            life.approve(unnamed, [unnamed], solo=True, act=act("lee"))
        assert life.approve(unnamed, [unnamed], solo=False, act=act("lee")).changes[0].step is RuleStep.APPROVED


def test_two_people_approve_at_once_and_the_second_finds_it_done():
    one = asked()
    gone_live = life.approve(one, [one], solo=False, act=act("lee")).version
    with pytest.raises(ConflictError, match=r"nobody asked for .* it is live"):
        life.approve(gone_live, [gone_live], solo=False, act=act("ash"))


def test_the_older_version_keeps_the_accounts_that_the_newer_one_does_not_have():
    older, newer = live("v1"), asked("v2", share=10)
    made = life.approve(newer, [older, newer], solo=False, act=act("lee"))
    assert steps(made) == [("v2", RuleStep.APPROVED, 10), ("v1", RuleStep.SHARED, 90)]
    went, left = made.versions
    assert (went.replaces, left.state, left.share, left.since) == (older.id, RuleState.LIVE, 90, older.since)
    assert life.live_pair(made.versions) == life.live_pair(made.versions[::-1]) == (went, left)


def test_what_goes_live_for_all_accounts_takes_the_place_of_the_older_one_at_once():
    older, newer = live("v1"), asked("v2", share=100)
    made = life.approve(newer, [newer, older], solo=False, act=act("lee"))
    assert steps(made) == [("v2", RuleStep.APPROVED, 100), ("v1", RuleStep.REPLACED, 0)]
    assert made.versions[1].state is RuleState.RETIRED


def test_a_third_version_waits_until_the_second_has_all_accounts():
    for others in ([live("v1", 90), live("v2", 10, replaces="v1" * 32)], [live("v2", 40)]):
        third = asked("v3")
        with pytest.raises(ConflictError, match="% of the accounts only; bring it to 100, retire it or roll it back"):
            life.approve(third, [*others, third], solo=False, act=act("lee"))


def test_a_share_is_raised_to_the_end_and_the_older_version_is_retired():
    older, newer = live("v1", 90), live("v2", 10, replaces="v1" * 32)
    half = life.set_share(newer, [older, newer], 50, act())
    assert steps(half) == [("v2", RuleStep.SHARED, 50), ("v1", RuleStep.SHARED, 50)]
    whole = life.set_share(half.versions[0], half.versions, 100, act())
    assert steps(whole) == [("v2", RuleStep.SHARED, 100), ("v1", RuleStep.REPLACED, 0)]
    assert steps(life.set_share(whole.version, whole.versions, 30, act())) == [("v2", RuleStep.SHARED, 30)]


def test_only_the_newer_live_version_has_a_share_to_set():
    older, newer = live("v1", 90), live("v2", 10, replaces="v1" * 32)
    with pytest.raises(ConflictError, match="has what version v2v2v2v2 of burst leaves it"):
        life.set_share(older, [older, newer], 50, act())
    with pytest.raises(ConflictError, match="live for 10 % of the accounts already"):
        life.set_share(newer, [older, newer], 10, act())
    with pytest.raises(ConflictError, match="is in shadow, and only what is live has a share"):
        life.set_share(in_shadow(), [in_shadow()], 10, act())


def test_retiring_the_newer_version_gives_the_older_one_all_accounts():
    older, newer = live("v1", 90), live("v2", 10, replaces="v1" * 32)
    made = life.retire(newer, [older, newer], act())
    assert steps(made) == [("v2", RuleStep.RETIRED, 0), ("v1", RuleStep.SHARED, 100)]
    assert [(one.state, one.share) for one in made.versions] == [(RuleState.RETIRED, 0), (RuleState.LIVE, 100)]


def test_retiring_the_older_version_raises_no_share_and_it_does_not_come_back_by_itself():
    older, newer = live("v1", 90), live("v2", 10, replaces="v1" * 32)
    made = life.retire(older, [older, newer], act())
    assert steps(made) == [("v1", RuleStep.RETIRED, 0)]
    gone, left = made.versions
    assert (left.id, left.share, left.replaces) == (newer.id, 10, "")
    assert steps(life.roll_back([gone, left], act())) == [("v2", RuleStep.ROLLED_BACK, 0)]


def test_what_waits_and_is_retired_waits_no_more_and_is_retired_once():
    made = life.retire(asked(), [asked()], act())
    assert (made.version.state, made.version.asked_at) == (RuleState.RETIRED, None)
    with pytest.raises(ConflictError, match="retired already"):
        life.retire(made.version, [made.version], act())


def test_rolling_back_leaves_what_was_there_before():
    older, newer = live("v1"), asked("v2", share=30)
    for share in (30, 100):
        went = life.approve(replace(newer, asked_share=share), [older, newer], solo=False, act=act("lee", NOON + DAY))
        made = life.roll_back(went.versions, act("ash", NOON + 2 * DAY))
        assert steps(made) == [("v2", RuleStep.ROLLED_BACK, 0), ("v1", RuleStep.RESTORED, 100)]
        back, gone = made.versions
        assert (back.id, back.state, back.share, gone.state) == (older.id, RuleState.LIVE, 100, RuleState.RETIRED)
        assert back.since == (older.since if share == 30 else NOON + 2 * DAY)


def test_rolling_back_the_first_version_leaves_none_live():
    made = life.roll_back([live()], act())
    assert (made.version.state, steps(made)) == (RuleState.RETIRED, [("v1", RuleStep.ROLLED_BACK, 0)])
    with pytest.raises(ConflictError, match="no version of that name is live, so there is nothing to roll back"):
        life.roll_back(made.versions, act())


def test_what_was_replaced_and_is_tried_in_shadow_again_comes_back_when_its_successor_is_rolled_back():
    older, newer = asked("v1"), live("v2", 100, replaces="v1" * 32)
    back, gone = life.roll_back([older, newer], act()).versions
    assert (back.id, back.state, back.asked_at, back.asked_share) == (older.id, RuleState.LIVE, None, 0)
    assert gone.id == newer.id


def test_a_version_that_was_rolled_back_never_comes_back_when_another_is():
    first, second = live("v1", 100, replaces="v2" * 32), version("v2", state=RuleState.RETIRED, replaces="v1" * 32)
    back, gone = life.roll_back([first, second], act()).versions
    assert (back.id, back.replaces) == (second.id, "")
    assert steps(life.roll_back([back, gone], act())) == [("v2", RuleStep.ROLLED_BACK, 0)]


def test_what_goes_live_anew_is_nothing_that_an_older_version_could_be_rolled_back_to():
    again, second = asked("v1"), live("v2", 100, replaces="v1" * 32)
    third = version("v3", state=RuleState.RETIRED, replaces="v1" * 32)
    made = life.approve(again, [again, second, third], solo=False, act=act("lee"))
    assert {one.id: one.replaces for one in made.versions} == {again.id: second.id, second.id: "", third.id: ""}
    assert life.live_pair(made.versions)[0].id == again.id


def test_a_step_names_who_takes_it_and_its_note_is_bounded():
    with pytest.raises(InputError, match="nobody is named"):
        life.shadow(version(), act("  "))
    with pytest.raises(InputError, match="the note has 2001 characters"):
        life.shadow(version(), act(note="x" * (LONGEST_NOTE + 1)))


def test_the_changes_of_one_act_have_identifiers_of_their_own():
    made = life.roll_back([live("v1", 90), live("v2", 10, replaces="v1" * 32)], act())
    assert [change.id for change in made.changes] == ["rch_1-1", "rch_1-2"]


def test_who_does_not_log_in_is_called_alike_here_and_at_the_command_line():
    assert output.OPERATOR == OPERATOR
