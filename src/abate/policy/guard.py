"""The guard over scores: what a model's word about a text may lead to, under the context that the text is read in.

A score alone puts an item before a person, and never more. It does so only where the model's conformal set holds
nothing but the class that it looks for, in a language on which it was calibrated. What reads as a report, as
counter-speech or as academic or legal text is spared: about one news story in three looks like abuse to a model that
was trained on abuse. And where this platform, or whoever it listens to, has said no to these very words, it has looked.

Names of designated organisations are no part of this: the text was scored and read without them.
"""

from collections.abc import Iterator

from abate.domain.bank import Match, Stance
from abate.domain.scan import Evidence, Reason
from abate.domain.signal import PROTECTED, Outlook, Score

RULE = "score"


def heard(evidence: Evidence) -> tuple[Reason, ...]:
    """Return a reason to put the item before a person for each score that is likely; none where it is spared."""
    if evidence.context.label in PROTECTED or any(_says_no_to_all(match) for match in evidence.matches):
        return ()
    return tuple(_reasons(evidence))


def _says_no_to_all(match: Match) -> bool:
    return match.stance is Stance.NEGATIVE and match.distance == 0


def _reasons(evidence: Evidence) -> Iterator[Reason]:
    for score in sorted(evidence.scores, key=lambda one: (-one.probability, one.name)):
        if score.outlook is Outlook.LIKELY:
            yield Reason(rule=RULE, text=_sentence(score, evidence))


def _sentence(score: Score, evidence: Evidence) -> str:
    read = f"in {evidence.language.code}" if evidence.language else "in a language nobody named"
    context = evidence.context.label.value.replace("_", " ")
    said = f"Model {score.name} gives {score.probability:.0%} {read}, context {context}"
    return f"{said}; a score orders the queue and decides nothing."
