"""What the built-in rules propose, situation by situation."""

import itertools
from dataclasses import replace

import pytest

from abate.domain.bank import SELF, Match
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import Mention, Score
from abate.policy.builtin import MAX_REASONS, propose

VERIFIED = frozenset({"sha256"})


def match(signal_type="sha256", *, distance=0, sources=(SELF,), bank="lantern", entry="e1"):
    return Match(bank=bank, entry=entry, signal_type=signal_type, distance=distance, sources=sources)


def evidence(*matches, kind=Kind.PHOTO, **rest):
    return Evidence(item=Item(id="i1", kind=kind), matches=matches, **rest)


def propose_for(*matches, kind=Kind.PHOTO, verified=VERIFIED):
    return propose(evidence(*matches, kind=kind), verified)


def only_reason(proposal):
    (reason,) = proposal.reasons
    return reason


def test_nothing_found_proposes_nothing():
    proposal = propose_for()
    assert (proposal.verdict, proposal.automatic, proposal.reasons) == (Verdict.NONE, False, ())


def test_the_same_file_as_one_this_platform_confirmed_is_limited_automatically():
    proposal = propose_for(match())
    assert (proposal.verdict, proposal.automatic) == (Verdict.LIMIT, True)
    assert only_reason(proposal).text == "Same file (SHA-256) as entry e1 in bank lantern, confirmed by this platform."


@pytest.mark.parametrize("kind", [Kind.VIDEO, Kind.FILE])
def test_what_holds_of_a_picture_holds_of_other_files(kind):
    assert propose_for(match(), kind=kind).automatic


def test_two_outside_organisations_are_enough():
    proposal = propose_for(match(sources=("hotline", "university")))
    assert (proposal.verdict, proposal.automatic) == (Verdict.LIMIT, True)
    assert only_reason(proposal).text.endswith("confirmed by hotline and university.")


def test_three_outside_organisations_are_all_named():
    proposal = propose_for(match(sources=("a", "b", "c")))
    assert only_reason(proposal).text.endswith("confirmed by a, b and c.")


def test_one_outside_organisation_waits_for_a_person():
    proposal = propose_for(match(sources=("hotline",)))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert "only hotline vouches for it" in only_reason(proposal).text


def test_an_entry_nobody_vouches_for_waits_for_a_person():
    proposal = propose_for(match(sources=()))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert "nobody vouches for it" in only_reason(proposal).text


@pytest.mark.parametrize("second", ["Hotline", " hotline ", "HOTLINE", "", "  ", "SELF", " self"])
def test_another_spelling_is_no_second_organisation_and_nobody_outside_is_this_platform(second):
    assert not propose_for(match(sources=("hotline", second))).automatic


def test_the_same_hash_in_two_banks_adds_up_their_organisations():
    first, second = match(sources=("hotline",)), match(bank="other", entry="e9", sources=("university",))
    assert propose_for(first, second).automatic


def test_two_signals_of_one_item_do_not_add_up_their_organisations():
    first = match("sha256", sources=("hotline",))
    second = match("sha512", entry="e2", sources=("university",))
    assert not propose_for(first, second, verified=frozenset({"sha256", "sha512"})).automatic


def test_likeness_does_not_lend_its_organisations_to_identity():
    first = match("sha256", sources=("hotline",))
    near = match("sha256", distance=3, entry="e2", sources=("university", SELF))
    assert not propose_for(first, near).automatic


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.URL])
def test_words_are_never_limited_automatically_because_they_can_be_quoted(kind):
    proposal = propose_for(match(), kind=kind)
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert "may be a quotation" in only_reason(proposal).text


@pytest.mark.parametrize("name", ["md5", "text", "url"])
@pytest.mark.parametrize("kind", list(Kind))
def test_types_that_prove_nothing_stay_with_people_even_when_a_plug_claims_otherwise(name, kind):
    proposal = propose_for(match(name), kind=kind, verified=frozenset({name}))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert only_reason(proposal).rule == "exact_but_no_proof"


def test_the_reason_against_md5_names_the_attack():
    assert "collisions are made to order" in only_reason(propose_for(match("md5"))).text


@pytest.mark.parametrize("distance", [0, 12, 31])
def test_a_perceptual_match_goes_before_a_person_with_its_distance(distance):
    proposal = propose_for(match("pdq", distance=distance, sources=(SELF, "hotline")))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    assert only_reason(proposal).text == f"Similar (PDQ, distance {distance}) to entry e1 in bank lantern."


def test_a_near_match_of_an_exact_type_counts_as_likeness():
    assert only_reason(propose_for(match("md5", distance=1))).rule == "similar"


def test_a_type_nobody_told_us_of_is_called_by_its_own_name():
    assert "(vpdq, distance 4)" in only_reason(propose_for(match("vpdq", distance=4))).text


def test_the_strongest_reason_comes_first():
    proposal = propose_for(match("pdq", distance=2), match("md5", entry="e2"), match(entry="e3"))
    assert [reason.rule for reason in proposal.reasons] == ["confirmed_file", "exact_but_no_proof", "similar"]
    assert proposal.automatic


def test_the_order_in_which_matches_arrive_changes_nothing():
    found = [match(entry="b"), match(entry="a"), match("pdq", distance=9), match("pdq", distance=4, entry="e4")]
    proposals = {propose_for(*order) for order in itertools.permutations(found)}
    assert len(proposals) == 1


def test_the_same_reason_is_told_once():
    assert len(propose_for(match("pdq", distance=2), match("pdq", distance=2)).reasons) == 1


def test_a_picture_near_a_thousand_others_gets_a_dozen_reasons_and_a_count():
    proposal = propose_for(*(match("pdq", distance=5, entry=f"e{n:04}") for n in range(1000)))
    assert len(proposal.reasons) == MAX_REASONS + 1
    assert proposal.reasons[-1].text == f"And {1000 - MAX_REASONS} more matches of these kinds."


def test_a_mention_alone_proposes_nothing():
    named = Mention(name="Order of the Grey Lantern", list="list", ref="1", start=0, end=25)
    assert propose(evidence(mentions=(named,)), VERIFIED).verdict is Verdict.NONE


def test_a_certain_score_alone_proposes_nothing():
    assert propose(evidence(scores=(Score(name="any", probability=1.0),)), VERIFIED).verdict is Verdict.NONE


def test_an_entry_is_called_by_its_label_quoted_and_short():
    named = replace(match(), label="lantern emblem, " * 20)
    reason = propose(evidence(named), VERIFIED).reasons[0].text
    assert f"“{named.label[:60]}” (e1)" in reason
    assert named.label not in reason
