"""What a rule set's hits come to beside the built-in rules: never automatic, and never above what lies under them.

The built-in proposal is not made milder, nor does its automatic limit come to rest on anything but its own proof. A
hit adds its reason, and puts the item before a person at least, if its rule proposes anything. Above that it goes only
where

- every field that the rule reads speaks of files (``fields.Info.most``, through ``reach``),
- the item is a file, and no match that is left comes from words or addresses,
- and neither an objection, nor a dispute, nor a bank's ceiling leaves any of its matches less.

A rule that reads a score or a context spares what the context protects, and words that this platform has looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from abate.domain.scan import Evidence, Proposal, Reason, Verdict
from abate.domain.signal import PROTECTED
from abate.policy import builtin, ceilings
from abate.policy.objections import NEVER_AUTOMATIC, says_no, weights
from abate.policy.rules.event import Event
from abate.policy.rules.explain import because
from abate.policy.rules.live import Live
from abate.policy.rules.reach import is_guarded, proposes
from abate.policy.rules.tree import Rule

PREFIX = "rules/"
"""Stands before the name of an operator's rule in a reason, so that none is taken for a built-in one."""

_WORDS = frozenset(NEVER_AUTOMATIC) - {"md5"}
"""Signal types that are read off words and addresses."""


def propose(evidence: Evidence, verified_types: frozenset[str], live: Live, event: Event) -> Proposal:
    """Say what the built-in rules and those of an operator would do with an item.

    :param event: the record of ``evidence``, its windows with it
    """
    hits = [hit(rule, event, evidence, verified_types) for rule in live.firing(event)]
    return joined(builtin.propose(evidence, verified_types), hits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A rule that fired, and what that comes to for this item."""

    rule: Rule
    verdict: Verdict
    reason: Reason


def most_of(evidence: Evidence, verified_types: frozenset[str]) -> Verdict:
    """Return the most that any rule of an operator may propose for an item."""
    left = [
        (match, weight.most)
        for match, weight in zip(evidence.matches, weights(evidence, verified_types), strict=True)
        if weight.most is not Verdict.NONE
    ]
    words = any(match.signal_type in _WORDS for match, _ in left)
    if not left or words or evidence.item.kind not in builtin.FILE_KINDS:
        return Verdict.REVIEW
    # A rule counts over all of them, so what holds one back holds the rule back.
    return min((most for _, most in left), key=lambda most: most.severity)


def hit(rule: Rule, event: Event, evidence: Evidence, verified_types: frozenset[str]) -> Hit:
    """Return what it comes to that ``rule`` fired on ``event``, the record of ``evidence``."""
    most = most_of(evidence, verified_types)
    spared = is_guarded(rule) and _is_spared(evidence)
    verdict, _ = ceilings.under(proposes(rule), Verdict.NONE if spared else most, automatic=False)
    text = because(rule, event)
    if spared:
        text = f"{text} It is spared: it reads as protected speech, or was looked at before."
    return Hit(rule=rule, verdict=verdict, reason=Reason(rule=f"{PREFIX}{rule.name}", text=text))


def _is_spared(evidence: Evidence) -> bool:
    noes = (match for match in evidence.matches if match.distance == 0)
    return evidence.context.label in PROTECTED or any(says_no(match) for match in noes)


def joined(proposal: Proposal, hits: Iterable[Hit]) -> Proposal:
    """Return the built-in ``proposal`` with what the hits of rules add to it."""
    told = sorted((one for one in hits if one.verdict is not Verdict.NONE), key=lambda one: -one.verdict.severity)
    if not told:
        return proposal
    strongest = max((proposal.verdict, told[0].verdict), key=lambda verdict: verdict.severity)
    reasons = (*proposal.reasons, *(one.reason for one in told[: builtin.MAX_REASONS]))
    if len(told) > builtin.MAX_REASONS:
        reasons = (*reasons, Reason(rule=f"{PREFIX}more", text=f"And {len(told) - builtin.MAX_REASONS} more rules."))
    automatic = proposal.automatic and strongest is proposal.verdict
    return replace(proposal, verdict=strongest, automatic=automatic, reasons=reasons)
