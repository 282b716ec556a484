"""Caps that no rule can write around: what a match may propose, and how much happens without a person in any hour.

The first is what is left of a match once its bank and all that speaks against it were heard (``objections``). It is
applied to what a rule says, behind the rule's back.

A poisoned list, a broken hash or one angry sender must not be able to empty a platform over night. Above a cap the
work goes on, but to people. A cap of 0 means: no automatic action at all.

The caller reads the counts and adds to them in the same write transaction as the action; read outside it, two workers
would both be the last one under the cap.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from abate.domain.item import Item
from abate.domain.person import Answer
from abate.domain.scan import Proposal, Reason, Verdict

WINDOW = timedelta(hours=1)
"""How far back the counts reach."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The operator's caps on automatic actions. 0 or less is off."""

    per_account_hour: int
    per_hour: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Automatic actions within the last :data:`WINDOW`, before the one that is asked about."""

    account: int
    platform: int


def under(verdict: Verdict, most: Verdict, *, automatic: bool) -> tuple[Verdict, bool]:
    """Return what a rule's word about a match comes to under the most that the match may propose.

    Only a limit is ever automatic. Whatever speaks against a match leaves a review at most, and so a person.
    """
    left = verdict.at_most(most)
    return left, automatic and left is Verdict.LIMIT


def within(counts: Counts, limits: Limits) -> Answer:
    """Say whether one more automatic action stays under both caps."""
    if limits.per_account_hour <= 0 or limits.per_hour <= 0:
        # Said first and apart: a negative count, however it came about, must not make room under a cap of nothing.
        return Answer(allowed=False, reason="Automatic action is off: a cap is 0.")
    if counts.account >= limits.per_account_hour:
        return Answer(allowed=False, reason=_over("this account", counts.account, limits.per_account_hour))
    if counts.platform >= limits.per_hour:
        return Answer(allowed=False, reason=_over("the whole platform", counts.platform, limits.per_hour))
    return Answer(allowed=True, reason="Both hourly caps on automatic actions leave room.")


def _over(what: str, count: int, limit: int) -> str:
    return f"{count} automatic actions for {what} in the last hour reach the cap of {limit}: a person decides."


def capped(proposal: Proposal, answer: Answer) -> Proposal:
    """Return ``proposal``, made a review that says why where ``answer`` leaves no room for acting automatically."""
    if answer.allowed or not proposal.automatic:
        return proposal
    reasons = (Reason(rule="ceiling", text=answer.reason), *proposal.reasons)
    return replace(proposal, verdict=Verdict.REVIEW, automatic=False, reasons=reasons)


def account_key(item: Item) -> str:
    """Return the counter of the item's account. Items whose account is unknown share one cap per platform."""
    # The length keeps platform "a:b", account "c" apart from platform "a", account "b:c".
    return f"automatic:account:{len(item.platform)}:{item.platform}:{item.account}"


def platform_key(item: Item) -> str:
    """Return the counter of the item's platform."""
    return f"automatic:platform:{item.platform}"
