"""A proposal in words: what would happen, then why, one sentence a line."""

from abate.domain.scan import Proposal, Verdict

_HEADLINES = {
    Verdict.NONE: "Nothing is proposed.",
    Verdict.REVIEW: "Proposed: a person looks at it.",
    Verdict.LIMIT: "Proposed: limit it, once a person agrees.",
    Verdict.REMOVE: "Proposed: remove it, once a person agrees.",
}
_AUTOMATIC = (
    "Proposed: limit it for at most 24 hours without waiting for a person; it can be undone and complained about."
)


def explain(proposal: Proposal) -> tuple[str, ...]:
    """Return the lines, safe to print: names in them come from other people's lists."""
    headline = _AUTOMATIC if proposal.automatic else _HEADLINES[proposal.verdict]
    return (headline, *(f"{printable(reason.text)} [{printable(reason.rule)}]" for reason in proposal.reasons))


def printable(untrusted_text: str) -> str:
    """Return the text with every control and direction mark made visible, so that it cannot steer a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in untrusted_text)
