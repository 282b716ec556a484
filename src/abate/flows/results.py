"""The result of one item as JSON-able values, in the shape that others script against."""

from abate.domain.scan import Proposal, Scan
from abate.domain.signal import UNDETERMINED, Context, Language, Mention, Score
from abate.flows.provenance import match_json

Json = dict[str, object]


def result_json(one: Scan) -> Json:
    """Return the result of one item."""
    return {
        "item": one.item.id,
        "kind": one.item.kind.value,
        "language": language_json(one.language),
        "signals": [{"type": s.type, "value": s.value, "quality": s.quality} for s in one.signals],
        "matches": [match_json(match) for match in one.matches],
        "scores": [score_json(score) for score in one.scores],
        "context": context_json(one.context),
        "mentions": [mention_json(mention) for mention in one.mentions],
        "proposal": proposal_json(one.proposal),
        "not_scanned": [{"step": n.step, "reason": n.reason} for n in one.not_scanned],
    }


def proposal_json(proposal: Proposal) -> Json:
    """Return a proposal."""
    return {
        "action": proposal.verdict.value,
        "automatic": proposal.automatic,
        "reasons": [{"rule": r.rule, "text": r.text} for r in proposal.reasons],
    }


def mention_json(mention: Mention) -> Json:
    """Return a mention, with where it stands in the text."""
    return {
        "name": mention.name,
        "list": mention.list,
        "ref": mention.ref,
        "start": mention.start,
        "end": mention.end,
    }


def language_json(language: Language | None) -> Json:
    """Return a language; ``und`` where there is no text."""
    if language is None:
        return {"code": UNDETERMINED, "confidence": None}
    return {"code": language.code, "confidence": language.confidence}


def context_json(context: Context) -> Json:
    """Return how a text is read."""
    return {"label": context.label.value, "probability": context.probability}


def score_json(score: Score) -> Json:
    """Return a score, with what its conformal set holds."""
    return {"name": score.name, "probability": score.probability, "outlook": score.outlook.value}
