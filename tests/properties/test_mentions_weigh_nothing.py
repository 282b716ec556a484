"""Naming a group is not an offence: whatever names stand in an item, the proposal is the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import SELF, Match
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import Mention, Score
from abate.policy.builtin import propose

TYPES = ["sha256", "sha512", "md5", "pdq", "text", "url", "stranger"]

names = st.one_of(st.just("Order of the Grey Lantern"), st.text(max_size=30))
mentions = st.builds(Mention, name=names, list=names, ref=names, start=st.integers(0, 99), end=st.integers(100, 200))
sources = st.lists(st.one_of(st.sampled_from([SELF, "hotline", "university", "Hotline", ""]), names), max_size=3)
matches = st.builds(
    Match,
    bank=st.sampled_from(["one", "two"]),
    entry=st.sampled_from(["e1", "e2", "e3"]),
    signal_type=st.sampled_from(TYPES),
    distance=st.sampled_from([0, 0, 1, 31]),
    sources=sources.map(tuple),
)
scores = st.builds(Score, name=st.just("any"), probability=st.floats(0, 1))
items = st.builds(Item, id=st.just("i"), kind=st.sampled_from(Kind))
evidences = st.builds(
    Evidence,
    item=items,
    matches=st.lists(matches, max_size=5).map(tuple),
    scores=st.lists(scores, max_size=3).map(tuple),
    mentions=st.lists(mentions, max_size=4).map(tuple),
)
verified = st.frozensets(st.sampled_from(TYPES))


@given(evidences, st.lists(mentions, max_size=6), verified)
def test_names_put_in_or_taken_out_change_nothing(evidence, others, types):
    before = propose(evidence, types)
    assert propose(replace(evidence, mentions=(*others, *evidence.mentions)), types) == before
    assert propose(replace(evidence, mentions=()), types) == before


@given(st.lists(mentions, min_size=1, max_size=50), items, verified)
def test_names_alone_propose_nothing(named, item, types):
    proposal = propose(Evidence(item=item, mentions=tuple(named)), types)
    assert (proposal.verdict, proposal.automatic, proposal.reasons) == (Verdict.NONE, False, ())


@given(evidences, st.lists(scores, max_size=3), verified)
def test_scores_change_nothing_either(evidence, others, types):
    assert propose(replace(evidence, scores=tuple(others)), types) == propose(evidence, types)


@given(evidences, verified)
def test_no_evidence_whatever_removes_or_limits_words_by_itself(evidence, types):
    proposal = propose(evidence, types)
    assert proposal.verdict in {Verdict.NONE, Verdict.REVIEW, Verdict.LIMIT}
    assert proposal.automatic == (proposal.verdict is Verdict.LIMIT)
    assert not proposal.automatic or evidence.item.kind not in {Kind.TEXT, Kind.URL}


@given(evidences, verified)
def test_every_match_goes_before_a_person_at_least_and_every_proposal_says_why(evidence, types):
    proposal = propose(evidence, types)
    assert (proposal.verdict is Verdict.NONE) == (not evidence.matches)
    assert bool(proposal.reasons) == bool(evidence.matches)


@given(evidences, verified)
def test_acting_without_a_person_needs_one_proof_with_this_platform_or_two_organisations_behind_it(evidence, types):
    if propose(evidence, types).automatic:
        proofs = [m for m in evidence.matches if m.signal_type in types - {"md5", "text", "url"} and m.distance == 0]
        backing = {
            name: {s for m in proofs if m.signal_type == name for s in m.sources}
            for name in {p.signal_type for p in proofs}
        }
        assert any(SELF in who or len(who) > 1 for who in backing.values())
