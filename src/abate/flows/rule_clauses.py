"""Why rules put an item before a person, clause by clause, from what they could read when it came in."""

from dataclasses import dataclass

from abate.domain.case import Case
from abate.extend.store import Transaction
from abate.flows.rule_record import read_event
from abate.policy.rules import explain
from abate.policy.rules.check import rules
from abate.policy.rules.errors import RuleError
from abate.policy.rules.explain import Clause
from abate.policy.rules.outcome import PREFIX


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleClauses:
    """One rule's part in a case."""

    rule: str
    """Its reason's: ``rules/`` and its name."""
    version: str
    clauses: tuple[Clause, ...]


def of_case(tx: Transaction, case: Case) -> tuple[RuleClauses, ...]:
    """Return the clauses behind each reason of a case that a rule of the operator gave, in their order.

    What is not kept any more, or was written by a release whose rules this one does not read, is left out.
    """
    reasons = [reason.rule for reason in case.proposal.reasons if reason.rule.startswith(PREFIX)]
    event = tx.rule_events.of_items([case.item]).get(case.item) if reasons else None
    if event is None:
        return ()
    record = read_event(event)
    fired = [hit.rule for hit in tx.rule_hits.of_item(case.item) if hit.live and hit.event == event.seq]
    versions = {f"{PREFIX}{version.name}": version for version in tx.rules.get_many(fired)}
    found = []
    for reason in reasons:
        version = versions.get(reason)
        if version is not None:
            try:
                clauses = explain.clauses(rules(version.text, version.name).rules[0], record)
            except RuleError:
                continue
            found.append(RuleClauses(rule=reason, version=version.id, clauses=clauses))
    return tuple(found)
