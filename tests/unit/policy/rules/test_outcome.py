"""Rules that try to write around the ceilings, and what becomes of them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from abate.domain.bank import SELF, EntryState, Match, Stance
from abate.domain.item import Item, Kind
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.scan import Evidence, Proposal, Reason
from abate.domain.signal import PROTECTED, Context, ContextLabel, Mention, Outlook, Score
from abate.domain.verdict import Verdict
from abate.policy import builtin
from abate.policy.rules import fields, outcome, reach
from abate.policy.rules.check import rules
from abate.policy.rules.errors import RuleError
from abate.policy.rules.event import record
from abate.policy.rules.live import compiled
from abate.policy.rules.tree import Compare, Field, Literal, Not, Rule, Type

VERIFIED = frozenset({"sha256"})
PHOTO = Item(id="1", kind=Kind.PHOTO, account="ash", text="the lantern burns")
TEXT = Item(id="2", kind=Kind.TEXT, text="the lantern burns")
FILE = Match(bank="films", entry="e", signal_type="sha256", distance=0, sources=(SELF,))
LOOSE = replace(FILE, sources=("one",))
AT = datetime(2026, 3, 29, tzinfo=UTC)


def rule(when, then="review", more=""):
    return rules(f'rule(name="x", when={when}, then={then}, because="Seen.", owner="o"{more})').rules[0]


def forged(when, then=Verdict.REMOVE):
    """A rule that no checker saw, as code of ours might build it by mistake."""
    return Rule(name="x", when=when, then=then, because="b", owner="o", ceiling=Verdict.REMOVE)


def proposed(evidence, *found):
    return outcome.propose(evidence, VERIFIED, compiled(found), record(evidence, VERIFIED))


LIMIT = rule('"films" in matches.banks', "limit")


def test_a_rule_over_matches_of_files_may_propose_a_limit_which_a_person_agrees_to():
    proposal = proposed(Evidence(item=PHOTO, matches=(LOOSE,)), LIMIT)
    assert (proposal.verdict, proposal.automatic) == (Verdict.LIMIT, False)
    assert [reason.rule for reason in proposal.reasons] == ["unconfirmed_file", "rules/x"]


def test_what_is_automatic_is_so_by_the_built_in_proof_alone():
    evidence = Evidence(item=PHOTO, matches=(FILE,))
    assert builtin.propose(evidence, VERIFIED).automatic
    for added in (LIMIT, rule("item.views < 1"), rule("mentions.count > 0", "none")):
        proposal = proposed(evidence, added)
        assert (proposal.verdict, proposal.automatic) == (Verdict.LIMIT, True)
    assert not proposed(Evidence(item=PHOTO, matches=(LOOSE,)), LIMIT, LIMIT, LIMIT).automatic


def test_a_stronger_word_of_a_rule_is_never_automatic():
    base = Proposal(verdict=Verdict.REVIEW, automatic=True)
    hit = outcome.Hit(rule=LIMIT, verdict=Verdict.LIMIT, reason=Reason(rule="rules/x", text="t"))
    assert outcome.joined(base, [hit]) == Proposal(verdict=Verdict.LIMIT, automatic=False, reasons=(hit.reason,))


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(item=PHOTO),
        Evidence(item=TEXT, matches=(LOOSE,)),
        Evidence(item=PHOTO, matches=(LOOSE, replace(LOOSE, signal_type="near_text"))),
        Evidence(item=PHOTO, matches=(LOOSE, replace(LOOSE, state=EntryState.QUARANTINED))),
        Evidence(item=PHOTO, matches=(replace(LOOSE, ceiling=Verdict.REVIEW),)),
        Evidence(
            item=PHOTO,
            matches=(
                replace(LOOSE, opinions=(Opinion(id="o", entry="e", source="two", word=OpinionWord.DISPUTE, at=AT),)),
            ),
        ),
        Evidence(
            item=PHOTO,
            matches=(
                LOOSE,
                Match(bank="n", entry="n", signal_type="pdq", distance=9, stance=Stance.NEGATIVE, sources=("a",)),
            ),
        ),
    ],
    ids=["no match", "a text", "words matched too", "set aside", "bank says review", "disputed", "something says no"],
)
def test_whatever_speaks_against_a_limit_makes_it_a_review(evidence):
    assert outcome.most_of(evidence, VERIFIED) is Verdict.REVIEW
    proposal = proposed(evidence, LIMIT, rule("matches.count < 1", "limit"))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)


@pytest.mark.parametrize("info", fields.TABLE, ids=lambda info: info.name)
def test_no_rule_proposes_more_than_its_weakest_field_whoever_built_it(info):
    asked = Field(type=info.type, name=info.name, key="k" if info.key else None)
    strong = Compare(
        type=Type.BOOL,
        operator=">",
        left=Field(type=Type.NUMBER, name="matches.count"),
        right=Literal(type=Type.NUMBER, value=0.0),
    )
    for when in (asked, Not(type=Type.BOOL, operand=asked), replace(strong, left=asked), replace(strong, right=asked)):
        verdict = reach.proposes(forged(when))
        assert verdict.severity <= info.most.severity
        assert verdict is not Verdict.REMOVE
        assert verdict in {Verdict.NONE, Verdict.REVIEW, Verdict.LIMIT}


def test_a_rule_that_reads_nothing_proposes_nothing():
    assert reach.proposes(forged(Literal(type=Type.BOOL, value=True))) is Verdict.NONE


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ("mentions.count > 0", "review"),
        ("mentions.count > 0 and matches.count > 0", "limit"),
        ('"ours" in mentions.lists or matches.same_file > 0', "review"),
        ("(1 if mentions.count > 0 else 0) == 1", "review"),
        ("has(mentions.count)", "review"),
        ("mentions.count * 0 + matches.count > 0", "limit"),
        ('score("m:a") > 0.99', "limit"),
        ('context.label == "endorsement"', "limit"),
        ('contains(item.text, "a") and matches.same_file > 0', "limit"),
        ('matches.same_file > 0 and language.code == "en"', "limit"),
        ('matches.same_file > 0 and count(item.account, "1h") > 3', "limit"),
        ('matches.same_file > 0 and count_distinct(item.digest, item.account, "1h") > 3', "limit"),
        ('sum(item.views, item.channel, "1h") > 1e6', "limit"),
        ("matches.same_file > 0", "remove"),
        ("account.removed > 3", "limit"),
    ],
)
def test_rules_that_try_are_refused_at_save(when, then):
    with pytest.raises(RuleError, match=r"at most|no offence|a person does"):
        rule(when, then)


def test_a_mention_may_be_noted_and_adds_nothing_to_a_proposal():
    named = Mention(name="Order of the Grey Lantern", list="ours", ref="1", start=0, end=1)
    proposal = proposed(Evidence(item=TEXT, mentions=(named,)), rule("mentions.count > 0", "none"))
    assert proposal == Proposal(verdict=Verdict.NONE)


def test_a_ceiling_of_its_author_holds():
    assert reach.proposes(rule("matches.count > 0", "limit", ", ceiling=review")) is Verdict.REVIEW


SCORED = (Score(name="m:a", probability=0.97, outlook=Outlook.LIKELY),)


@pytest.mark.parametrize("when", ['score("m:a") > 0.9', "context.probability > 0.5"])
@pytest.mark.parametrize("label", sorted(set(ContextLabel)))
def test_protected_speech_is_spared_by_a_rule_over_scores_or_context(when, label):
    evidence = Evidence(item=TEXT, scores=SCORED, context=Context(label=label, probability=0.8))
    found = outcome.hit(rule(when), record(evidence, VERIFIED), evidence, VERIFIED)
    assert found.verdict is (Verdict.NONE if label in PROTECTED else Verdict.REVIEW)
    assert ("spared" in found.reason.text) == (label in PROTECTED)


def test_where_these_very_words_were_looked_at_a_score_says_nothing_and_other_rules_still_do():
    harmless = Match(bank="words", entry="e", signal_type="text", distance=0, sources=(SELF,), stance=Stance.NEGATIVE)
    evidence = Evidence(item=TEXT, scores=SCORED, matches=(harmless,))
    assert proposed(evidence, rule('score("m:a") > 0.9')).verdict is Verdict.NONE
    assert proposed(evidence, rule('contains(item.text, "lantern")')).verdict is Verdict.REVIEW


def test_an_item_that_only_a_rule_speaks_of_goes_before_a_person_with_the_reason():
    proposal = proposed(Evidence(item=TEXT), rule('contains(item.text, "lantern")'))
    assert proposal == Proposal(verdict=Verdict.REVIEW, reasons=(Reason(rule="rules/x", text="Seen."),))


def test_a_dozen_reasons_are_told_and_the_rest_counted():
    many = [rule('contains(item.text, "lantern")')] * 20
    reasons = proposed(Evidence(item=TEXT), *many).reasons
    assert len(reasons) == builtin.MAX_REASONS + 1
    assert reasons[-1].text == "And 8 more rules."
