"""In which order cases are put before people, what is decided of them, and how it is taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import SELF, Match
from abate.domain.case import AUTOMATIC, Case, CaseState, Ground
from abate.domain.errors import ConflictError, InputError, RefusedError
from abate.domain.order import Deadline
from abate.domain.scan import Proposal, Reason, Verdict
from abate.domain.signal import Context, ContextLabel, Mention, Score
from abate.review.decision import decide, limit_automatically, undo
from abate.review.describe import describe_case
from abate.review.queue import PATIENCE, order_queue
from examples import WHOLE_ANSWERS

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REVIEW = Proposal(verdict=Verdict.REVIEW)
LIMIT = Proposal(verdict=Verdict.LIMIT, automatic=True, reasons=(Reason(rule="r", text="Same file."),))


def match(*sources, distance=0, group=""):
    return Match(bank="b", entry="e", signal_type="pdq", distance=distance, sources=sources, group=group)


def case(name, *, age=timedelta(hours=1), proposal=REVIEW, matches=(), mentions=(), **rest):
    return Case(
        id=name, item=f"item-{name}", opened_at=NOW - age, proposal=proposal, matches=matches, mentions=mentions, **rest
    )


def due(minutes):
    return Deadline(subject="order:o", name="T", due=NOW + timedelta(minutes=minutes), basis="law", text="Do it.")


def order_of(*cases, deadlines=None):
    return [one.id for one in order_queue(cases, deadlines or {}, NOW)]


def test_what_the_law_wants_soonest_comes_first_then_what_nobody_looked_at():
    plain, limited, later, soon = case("a-plain"), case("limited", proposal=LIMIT), case("later"), case("soon")
    deadlines = {"item-later": due(50), "item-soon": due(-5)}
    assert order_of(plain, limited, later, soon, deadlines=deadlines) == ["soon", "later", "limited", "a-plain"]


def test_more_organisations_then_the_nearer_match_then_the_older():
    cases = (
        case("none"),
        case("far", matches=(match("a", distance=30),)),
        case("near", matches=(match("a", distance=30), match("a", distance=2))),
        case("both", matches=(match("a", distance=30), match("b", distance=31))),
        case("older", matches=(match("a", distance=2),), age=timedelta(hours=2)),
    )
    assert order_of(*cases) == ["both", "older", "near", "far", "none"]


def test_among_cases_that_nothing_known_met_the_higher_score_comes_first():
    low, high = (
        case(name, scores=(Score(name="m:abuse", probability=p),)) for name, p in (("low", 0.6), ("high", 0.9))
    )
    met = case("met", matches=(match("hotline", distance=70),))
    assert order_of(case("plain"), low, high, met) == ["met", "high", "low", "plain"]


def test_a_weak_case_that_waited_a_day_is_passed_over_no_longer():
    strong = case("strong", matches=(match("a", "b"),))
    weak, weaker = case("weak", age=PATIENCE + timedelta(seconds=1)), case("weaker", age=PATIENCE)
    assert order_of(strong, weak, weaker) == ["weak", "strong", "weaker"]


def test_decided_cases_are_not_in_the_queue():
    assert order_of(case("a", state=CaseState.DECIDED, decision="d"), case("b")) == ["b"]


cases_of_all_sorts = st.builds(
    case,
    st.uuids().map(str),
    age=st.timedeltas(timedelta(), timedelta(days=3)),
    proposal=st.sampled_from([REVIEW, LIMIT]),
    matches=st.lists(st.builds(match, st.sampled_from("abc"), distance=st.integers(0, 31)), max_size=3).map(tuple),
)


@WHOLE_ANSWERS
@given(st.lists(cases_of_all_sorts, max_size=8, unique_by=lambda one: one.id), st.randoms())
def test_the_queue_is_the_same_in_whatever_order_the_store_gives_the_cases(cases, random):
    deadlines = {one.item: due(index) for index, one in enumerate(cases) if index % 3 == 0}
    shuffled = random.sample(cases, len(cases))
    assert order_queue(cases, deadlines, NOW) == order_queue(shuffled, deadlines, NOW)


def decided(one=None, **changes):
    parts = {"verdict": Verdict.REMOVE, "ground": Ground.TERMS, "note": "n", "by": "u1", "at": NOW, "decision_id": "d1"}
    return decide(one or case("c"), **(parts | changes))


@pytest.mark.parametrize("verdict", [Verdict.NONE, Verdict.LIMIT, Verdict.REMOVE])
def test_a_person_decides_a_case(verdict):
    one, decision = decided(verdict=verdict, ground=Ground.TCO_ART3)
    assert (one.state, one.decision) == (CaseState.DECIDED, "d1")
    assert (decision.case, decision.item, decision.verdict, decision.by) == ("c", "item-c", verdict, "u1")
    assert (decision.ground, decision.at, decision.reverses) == (Ground.TCO_ART3, NOW, "")


def test_two_reviewers_cannot_both_decide():
    one, _ = decided()
    with pytest.raises(ConflictError, match=r"decided already \(d1\)"):
        decided(one, decision_id="d2")


def test_review_is_no_decision():
    with pytest.raises(InputError, match="'review' is no decision; decide none, limit, remove"):
        decided(verdict=Verdict.REVIEW)


@pytest.mark.parametrize(("by", "error"), [("", InputError), (" ", InputError), (AUTOMATIC, RefusedError)])
def test_only_a_named_person_closes_and_opens_a_case(by, error):
    with pytest.raises(error):
        decided(by=by)
    one, decision = decided()
    with pytest.raises(error):
        undo(one, decision, by=by, at=NOW, decision_id="d2")


def test_an_undo_opens_the_case_again_and_names_what_it_reverses():
    one, decision = decided(ground=Ground.DSA_ART16)
    again, reversal = undo(one, decision, by="u2", at=NOW, decision_id="d2", note="Wrong picture.")
    assert (again.state, again.decision) == (CaseState.OPEN, "")
    assert (reversal.reverses, reversal.verdict, reversal.by, reversal.note) == (
        "d1",
        Verdict.NONE,
        "u2",
        "Wrong picture.",
    )
    assert reversal.ground is Ground.DSA_ART16
    assert decided(again, decision_id="d3")[0].decision == "d3"


def test_a_decision_is_undone_once_and_its_undo_never():
    one, decision = decided()
    again, reversal = undo(one, decision, by="u1", at=NOW, decision_id="d2")
    for taken in (decision, reversal):
        with pytest.raises(ConflictError, match="is not in force"):
            undo(again, taken, by="u1", at=NOW, decision_id="d3")


def test_a_decision_of_another_case_is_not_undone_here():
    one, decision = decided()
    with pytest.raises(InputError, match="belongs to case c"):
        undo(replace(one, id="other"), decision, by="u1", at=NOW, decision_id="d2")


def test_the_rules_limit_and_leave_the_case_to_a_person():
    one = case("c", proposal=LIMIT)
    decision = limit_automatically(one, at=NOW, decision_id="d1")
    assert (decision.by, decision.verdict, decision.note) == (AUTOMATIC, Verdict.LIMIT, "Same file.")
    assert decided(one)[0].state is CaseState.DECIDED
    with pytest.raises(ConflictError, match="is not in force"):
        undo(one, decision, by="u1", at=NOW, decision_id="d2")


@pytest.mark.parametrize("proposal", [REVIEW, replace(LIMIT, automatic=False), replace(LIMIT, verdict=Verdict.REMOVE)])
def test_the_rules_do_nothing_that_needs_a_person(proposal):
    with pytest.raises(RefusedError, match="a person decides it"):
        limit_automatically(case("c", proposal=proposal), at=NOW, decision_id="d1")


def test_the_rules_come_after_a_person_who_was_faster():
    one, _ = decided(case("c", proposal=LIMIT))
    with pytest.raises(ConflictError, match="by a person"):
        limit_automatically(one, at=NOW, decision_id="d2")


def test_why_a_case_is_here_what_presses_first():
    named = Mention(name="Order of the Grey Lantern", list="l", ref="1", start=0, end=5)
    found = (match(SELF, "hotline", distance=3, group="Grey Lantern"), match())
    one = case("c", proposal=LIMIT, matches=found, mentions=(named, named), age=timedelta(minutes=61))
    assert describe_case(one, now=NOW, deadline="41 minutes left") == (
        "Due by law: 41 minutes left.",
        "Limited without a person, for at most 24 hours: confirm it or take it back.",
        "Same file.",
        "Bank b of Grey Lantern, entry e: pdq, distance 3, vouched for by this platform, hotline.",
        "Bank b, entry e: pdq, distance 0, vouched for by nobody.",
        "Names Order of the Grey Lantern. Naming is not an offence and weighed nothing here.",
        "Waiting for 1 hour.",
    )


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(days=2, hours=3), "2 days"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(seconds=3), "less than a minute"),
        (timedelta(seconds=-30), "less than a minute"),
    ],
)
def test_a_case_no_rule_spoke_about_says_so_and_how_long_it_waits(age, words):
    assert describe_case(case("c", age=age), now=NOW) == (
        "No rule spoke: an order, a report or a person put it here.",
        f"Waiting for {words}.",
    )


def test_a_case_that_reads_as_protected_speech_says_so():
    report = case("a", context=Context(label=ContextLabel.REPORT, probability=0.9))
    assert "Reads as a report (90%): such speech is protected." in describe_case(report, now=NOW)
    plain = case("b", context=Context(label=ContextLabel.NEUTRAL, probability=0.9))
    assert not any("protected" in line for line in describe_case(plain, now=NOW))
