"""Naming a group is not an offence: whatever names stand in an item, the proposal is the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import SELF, EntryState, Match, Stance
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import PROTECTED, Context, ContextLabel, Language, Mention, Outlook, Score
from abate.policy.builtin import propose

TYPES = ["sha256", "sha512", "md5", "pdq", "text", "near_text", "term", "url", "domain", "stranger"]

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
    stance=st.sampled_from([*Stance, Stance.KNOWN, Stance.KNOWN]),
    state=st.sampled_from([*EntryState, EntryState.KNOWN, EntryState.KNOWN]),
    ceiling=st.sampled_from([*Verdict, Verdict.REMOVE, Verdict.REMOVE]),
)
scores = st.builds(Score, name=st.just("any"), probability=st.floats(0, 1), outlook=st.sampled_from(Outlook))
contexts = st.builds(Context, label=st.sampled_from(ContextLabel))
languages = st.one_of(
    st.none(), st.builds(Language, code=st.sampled_from(["ps", "ar", "und"]), confidence=st.just(0.9))
)
items = st.builds(Item, id=st.just("i"), kind=st.sampled_from(Kind))
evidences = st.builds(
    Evidence,
    item=items,
    matches=st.lists(matches, max_size=5).map(tuple),
    scores=st.lists(scores, max_size=3).map(tuple),
    mentions=st.lists(mentions, max_size=4).map(tuple),
    language=languages,
    context=contexts,
)
verified = st.frozensets(st.sampled_from(TYPES))


@given(evidences, st.lists(mentions, max_size=6), verified)
def test_names_put_in_or_taken_out_change_nothing(evidence, others, types):
    before = propose(evidence, types)
    assert propose(replace(evidence, mentions=(*others, *evidence.mentions)), types) == before
    assert propose(replace(evidence, mentions=()), types) == before


@given(st.lists(mentions, min_size=1, max_size=50), items, languages, contexts, verified)
def test_names_alone_propose_nothing(named, item, language, context, types):
    evidence = Evidence(item=item, mentions=tuple(named), language=language, context=context)
    proposal = propose(evidence, types)
    assert (proposal.verdict, proposal.automatic, proposal.reasons) == (Verdict.NONE, False, ())


@given(evidences, st.lists(scores, max_size=3), contexts, languages, verified)
def test_no_score_context_or_language_changes_what_is_automatic(evidence, others, context, language, types):
    changed = replace(evidence, scores=tuple(others), context=context, language=language)
    before, after = propose(evidence, types), propose(changed, types)
    assert (before.automatic, before.verdict is Verdict.LIMIT) == (after.automatic, after.verdict is Verdict.LIMIT)


@given(items, st.lists(scores, max_size=3), contexts, st.lists(mentions, max_size=4), verified)
def test_scores_alone_ask_for_a_person_at_most_and_for_nobody_where_the_context_protects(
    item, scored, context, named, types
):
    evidence = Evidence(item=item, scores=tuple(scored), context=context, mentions=tuple(named))
    proposal = propose(evidence, types)
    likely = any(score.outlook is Outlook.LIKELY for score in scored)
    expected = Verdict.REVIEW if likely and context.label not in PROTECTED else Verdict.NONE
    assert (proposal.verdict, proposal.automatic) == (expected, False)


@given(evidences, verified)
def test_no_evidence_whatever_removes_or_limits_words_by_itself(evidence, types):
    proposal = propose(evidence, types)
    assert proposal.verdict in {Verdict.NONE, Verdict.REVIEW, Verdict.LIMIT}
    assert not proposal.automatic or proposal.verdict is Verdict.LIMIT
    assert not proposal.automatic or evidence.item.kind not in {Kind.TEXT, Kind.URL}


@given(evidences, verified)
def test_whatever_is_proposed_says_why(evidence, types):
    proposal = propose(evidence, types)
    assert proposal.reasons or proposal.verdict is Verdict.NONE
    assert evidence.matches or evidence.scores or not proposal.reasons


@given(evidences, verified)
def test_every_match_that_nothing_speaks_against_goes_before_a_person_at_least(evidence, types):
    plain = tuple(
        replace(m, stance=Stance.KNOWN, state=EntryState.KNOWN, ceiling=Verdict.REMOVE) for m in evidence.matches
    )
    proposal = propose(replace(evidence, matches=plain, scores=()), types)
    assert (proposal.verdict is Verdict.NONE) == (not plain)


@given(evidences, verified)
def test_acting_without_a_person_needs_one_proof_with_this_platform_or_two_organisations_behind_it(evidence, types):
    if propose(evidence, types).automatic:
        proofs = [m for m in evidence.matches if m.signal_type in types - {"md5", "text", "url"} and m.distance == 0]
        backing = {
            name: {s for m in proofs if m.signal_type == name for s in m.sources}
            for name in {p.signal_type for p in proofs}
        }
        assert any(SELF in who or len(who) > 1 for who in backing.values())
