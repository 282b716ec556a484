"""What a score may lead to: a person at most, and not where the text is read as protected speech."""

import pytest

from abate.domain.bank import SELF, Match, Stance
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import PROTECTED, Context, ContextLabel, Language, Outlook, Score
from abate.policy import guard
from abate.policy.builtin import propose

TEXT = Item(id="1", kind=Kind.TEXT, text="the lantern burns")
LIKELY = Score(name="ranker:abuse", probability=0.97, outlook=Outlook.LIKELY)
VERIFIED = frozenset({"sha256"})


def proposed(*scores: Score, **more):
    return propose(Evidence(item=TEXT, scores=scores, **more), VERIFIED)


def test_a_likely_score_puts_a_post_before_a_person_and_says_which_model_it_was():
    proposal = proposed(LIKELY, language=Language(code="en", confidence=0.9))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)
    (reason,) = proposal.reasons
    assert reason.rule == guard.RULE
    assert "ranker:abuse gives 97% in en, context unknown" in reason.text


@pytest.mark.parametrize("outlook", sorted(set(Outlook) - {Outlook.LIKELY}))
def test_a_score_that_cannot_tell_only_orders(outlook):
    assert proposed(Score(name="ranker:abuse", probability=1.0, outlook=outlook)).verdict is Verdict.NONE


@pytest.mark.parametrize("label", sorted(PROTECTED))
def test_protected_speech_is_spared_by_a_score_alone(label):
    assert proposed(LIKELY, context=Context(label=label, probability=0.8)).verdict is Verdict.NONE


@pytest.mark.parametrize("label", sorted(set(ContextLabel) - PROTECTED))
def test_other_speech_is_looked_at_whatever_it_seems_to_be_and_never_more(label):
    proposal = proposed(LIKELY, context=Context(label=label, probability=0.8))
    assert (proposal.verdict, proposal.automatic) == (Verdict.REVIEW, False)


def test_a_match_goes_before_a_person_though_its_context_is_protected():
    met = Match(bank="words", entry="e", signal_type="text", distance=0, sources=(SELF,))
    proposal = proposed(LIKELY, matches=(met,), context=Context(label=ContextLabel.REPORT, probability=1.0))
    assert proposal.verdict is Verdict.REVIEW
    assert [reason.rule for reason in proposal.reasons] == ["exact_but_no_proof"]


def test_a_match_and_a_score_are_told_together():
    met = Match(bank="words", entry="e", signal_type="text", distance=0, sources=(SELF,))
    assert [reason.rule for reason in proposed(LIKELY, matches=(met,)).reasons] == ["exact_but_no_proof", "score"]


def test_where_these_very_words_were_looked_at_and_found_harmless_a_score_says_nothing():
    harmless = Match(bank="words", entry="e", signal_type="text", distance=0, sources=(SELF,), stance=Stance.NEGATIVE)
    assert proposed(LIKELY, matches=(harmless,)).verdict is Verdict.NONE


def test_words_near_harmless_ones_are_not_those_words():
    harmless = Match(
        bank="words", entry="e", signal_type="near_text", distance=40, sources=(SELF,), stance=Stance.NEGATIVE
    )
    assert proposed(LIKELY, matches=(harmless,)).verdict is Verdict.REVIEW


def test_the_highest_score_is_told_first_and_a_nameless_language_is_said():
    lower = Score(name="a:abuse", probability=0.9, outlook=Outlook.LIKELY)
    first, second = proposed(lower, LIKELY).reasons
    assert "ranker:abuse" in first.text
    assert "a:abuse gives 90% in a language nobody named" in second.text


def test_a_caption_changes_nothing_about_what_happens_to_a_known_file():
    picture = Item(id="2", kind=Kind.PHOTO, text="reported by the harbour gazette")
    met = Match(bank="files", entry="e", signal_type="sha256", distance=0, sources=(SELF,))
    read = Context(label=ContextLabel.REPORT, probability=1.0)
    plain = propose(Evidence(item=picture, matches=(met,)), VERIFIED)
    captioned = propose(Evidence(item=picture, matches=(met,), scores=(LIKELY,), context=read), VERIFIED)
    assert plain.automatic
    assert (captioned.verdict, captioned.automatic) == (plain.verdict, plain.automatic)
