"""What speaks against a match, situation by situation, and what is left of it."""

from dataclasses import replace

import pytest

from abate.domain.bank import SELF, EntryState, Match, Stance
from abate.domain.item import Item, Kind
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.scan import Evidence, Verdict
from abate.policy.builtin import Rule, propose
from abate.policy.objections import says_no, weighed
from abate.testing import NOON

VERIFIED = frozenset({"sha256", "sha512"})


def match(signal_type="sha256", *, distance=0, sources=(SELF,), bank="lantern", entry="e1", **more):
    return Match(bank=bank, entry=entry, signal_type=signal_type, distance=distance, sources=sources, **more)


def no(signal_type="pdq", *, distance=0, sources=(SELF,), **more):
    return match(
        signal_type, distance=distance, sources=sources, bank="logos", entry="n1", stance=Stance.NEGATIVE, **more
    )


def disputed_by(*sources):
    opinions = (
        Opinion(id=f"o{source}", entry="e1", source=source, word=OpinionWord.DISPUTE, at=NOON) for source in sources
    )
    return {"opinions": tuple(opinions), "state": EntryState.DISPUTED}


def evidence(*matches):
    return Evidence(item=Item(id="i1", kind=Kind.PHOTO), matches=matches)


def propose_for(*matches, rules=None):
    return propose(evidence(*matches), VERIFIED, rules)


def texts(proposal):
    return [reason.text for reason in proposal.reasons]


def test_a_nearer_look_alike_leaves_nothing_and_says_so():
    proposal = propose_for(match("pdq", distance=9), no(distance=4))
    assert (proposal.verdict, proposal.automatic) == (Verdict.NONE, False)
    assert texts(proposal) == [
        "Known look-alike: entry n1 in bank logos says no.",
        "Entry n1 in bank logos says no to entry e1 in bank lantern: distance 4 to 9, and this platform says so.",
    ]


def test_at_the_same_distance_the_no_counts():
    assert propose_for(match("pdq", distance=4), no(distance=4)).verdict is Verdict.NONE


def test_a_farther_look_alike_leaves_the_match_to_a_person():
    proposal = propose_for(match("pdq", distance=4), no(distance=5))
    assert proposal.verdict is Verdict.REVIEW
    assert "Entry n1 in bank logos says no about this item, though not to this: a person decides." in texts(proposal)


def test_nothing_is_limited_without_a_person_where_any_no_was_said():
    assert propose_for(match()).automatic
    proposal = propose_for(match(), no(distance=31))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert "says no about this item" in texts(proposal)[1]


def test_the_very_file_of_a_look_alike_answers_every_likeness():
    assert propose_for(match("pdq", distance=3), no("sha256")).verdict is Verdict.NONE
    assert propose_for(match("sha512"), no("sha256")).verdict is Verdict.NONE
    assert propose_for(match("pdq", distance=3), no("md5")).verdict is Verdict.REVIEW  # MD5 proves nothing


def test_a_look_alike_alone_proposes_nothing_and_is_told():
    proposal = propose_for(no())
    assert proposal.verdict is Verdict.NONE
    assert [reason.rule for reason in proposal.reasons] == ["objection"]


@pytest.mark.parametrize(
    ("yes", "noes", "verdict", "says"),
    [
        ((SELF,), ("hotline",), Verdict.REVIEW, "this platform confirmed the other"),
        ((SELF,), (SELF,), Verdict.NONE, "this platform says so"),
        (("hotline",), (SELF,), Verdict.NONE, "this platform says so"),
        (("hotline",), ("university",), Verdict.NONE, "and university says so"),
        (("hotline",), ("university", "museum"), Verdict.NONE, "museum and university say so"),
        (("hotline", "museum"), ("university",), Verdict.REVIEW, "more vouch for the other"),
        (("hotline", "museum"), ("University", " university "), Verdict.REVIEW, "more vouch for the other"),
        (("hotline",), (), Verdict.REVIEW, "more vouch for the other"),
        ((), (), Verdict.REVIEW, "more vouch for the other"),
        (("hotline",), ("Self",), Verdict.REVIEW, "more vouch for the other"),
    ],
)
def test_who_says_no_must_outweigh_who_says_yes(yes, noes, verdict, says):
    proposal = propose_for(match("pdq", distance=9, sources=yes), no(distance=4, sources=noes))
    assert proposal.verdict is verdict
    assert any(says in text for text in texts(proposal))


def test_several_look_alikes_speak_together_and_the_platforms_own_is_named():
    other = replace(no(distance=1, sources=("museum",)), entry="n2")
    proposal = propose_for(match("pdq", distance=9, sources=("a",)), no(distance=4), other)
    assert any("Entry n1 in bank logos says no to entry e1" in text for text in texts(proposal))


def test_an_entry_this_platform_disputes_proposes_nothing():
    proposal = propose_for(match(sources=("hotline", "university"), **disputed_by(SELF)))
    assert (proposal.verdict, texts(proposal)) == (
        Verdict.NONE,
        ["This platform disputes entry e1 in bank lantern."],
    )


@pytest.mark.parametrize("others", [("museum",), ("museum", "hotline", "university", "press")])
def test_outsiders_who_dispute_make_us_look_and_never_look_away(others):
    proposal = propose_for(match(**disputed_by(*others)))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert "is disputed by" in texts(proposal)[1]


def test_nobody_outside_disputes_in_this_platforms_name():
    assert propose_for(match(**disputed_by("Self"))).verdict is Verdict.LIMIT


def test_an_entry_set_aside_goes_to_people():
    proposal = propose_for(match(state=EntryState.QUARANTINED))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert "suddenly matched too much and is set aside" in texts(proposal)[1]


def test_what_is_set_aside_or_disputed_lends_nobody_its_organisations():
    """One organisation each in two banks act together; not when one of the two entries is in doubt."""
    first, second = match(sources=("hotline",)), match(sources=("university",), bank="other", entry="e2")
    assert propose_for(first, second).automatic
    assert not propose_for(first, replace(second, state=EntryState.QUARANTINED)).automatic
    assert not propose_for(first, replace(second, **disputed_by("museum"))).automatic
    assert not propose_for(first, replace(second, ceiling=Verdict.REVIEW)).automatic


@pytest.mark.parametrize("state", list(EntryState))
def test_a_no_that_is_refuted_says_nothing(state):
    assert says_no(no(state=state))
    assert not says_no(no(**disputed_by(SELF)))
    assert not says_no(no(sources=("hotline",), **disputed_by("museum")))
    assert says_no(no(sources=("hotline", "university"), **disputed_by("museum")))
    assert not says_no(match())


@pytest.mark.parametrize(
    ("ceiling", "verdict", "automatic"),
    [
        (Verdict.NONE, Verdict.NONE, False),
        (Verdict.REVIEW, Verdict.REVIEW, False),
        (Verdict.LIMIT, Verdict.LIMIT, True),
        (Verdict.REMOVE, Verdict.LIMIT, True),
    ],
)
def test_a_bank_proposes_its_ceiling_at_most(ceiling, verdict, automatic):
    proposal = propose_for(match(ceiling=ceiling))
    assert (proposal.verdict, proposal.automatic) == (verdict, automatic)
    told = f"Bank lantern proposes {ceiling.value} at most." in texts(proposal)
    assert told == (ceiling.severity < Verdict.LIMIT.severity)


def test_a_low_ceiling_of_one_bank_does_not_lower_another():
    assert propose_for(match(ceiling=Verdict.NONE), match(bank="other", entry="e2")).automatic


def test_of_a_low_ceiling_and_an_objection_both_are_told():
    proposal = propose_for(match(ceiling=Verdict.NONE, **disputed_by("museum")))
    assert [reason.rule for reason in proposal.reasons] == ["objection", "bank_ceiling"]


def test_a_rule_that_asks_for_a_removal_gets_what_the_bank_allows_and_never_without_a_person():
    always = Rule(name="eager", verdict=Verdict.REMOVE, automatic=True, clause=lambda _match, _facts: "Away with it.")
    assert propose_for(match(), rules=[always]).verdict is Verdict.REMOVE
    assert not propose_for(match(), rules=[always]).automatic
    assert propose_for(match(ceiling=Verdict.REVIEW), rules=[always]).verdict is Verdict.REVIEW


def test_where_no_rule_speaks_nothing_is_proposed():
    silent = Rule(name="silent", verdict=Verdict.REVIEW, automatic=False, clause=lambda _match, _facts: None)
    assert propose_for(match(), rules=[silent]).verdict is Verdict.NONE
    assert propose_for(match(), rules=()).reasons == ()


def test_each_match_carries_what_was_weighed():
    near, far, told = weighed(evidence(match("pdq", distance=9), match(), no(distance=4)), VERIFIED)
    assert (near.most, near.is_group_content) == (Verdict.NONE, False)
    assert (far.most, far.is_group_content) == (Verdict.REVIEW, True)
    assert (told.most, told.is_group_content) == (Verdict.NONE, False)
    assert near.held_back.startswith("Entry n1")
    (watched,) = weighed(evidence(match(ceiling=Verdict.NONE)), VERIFIED)
    assert (watched.most, watched.held_back, watched.is_group_content) == (Verdict.NONE, "", True)
    (aside,) = weighed(evidence(match(state=EntryState.QUARANTINED)), VERIFIED)
    assert (aside.most, aside.is_group_content) == (Verdict.REVIEW, False)
