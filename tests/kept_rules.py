"""Versions of rules put straight into a store, in whatever state a test needs; their life is tested elsewhere."""

from dataclasses import replace
from itertools import count

from abate.domain.rule import RuleChange, RuleState, RuleStep, RuleVersion
from abate.policy.rules.check import rules

_numbers = count()


def keep(kit, text, state=RuleState.LIVE, *, share=100, replaces="", at=None):
    """Store each rule of a file as a version; return them in its order."""
    now = at or kit.clock.now()
    made = [
        RuleVersion(
            id=rule.version,
            name=rule.name,
            text=rule.text,
            created_at=now,
            created_by="kim",
            since=now,
            state=state,
            share=share if state is RuleState.LIVE else 0,
            replaces=replaces,
        )
        for rule in rules(text).rules
    ]
    with kit.store.write() as tx:
        tx.rules.put_many(made)
        for version in made:
            tx.rule_changes.add(_change(version))
    return made


def change(kit, version, **fields):
    """Store a version with other fields."""
    after = replace(version, **fields)
    with kit.store.write() as tx:
        tx.rules.replace(after)
        tx.rule_changes.add(_change(after))
    return after


def _change(version):
    return RuleChange(
        id=f"change-{next(_numbers)}",
        rule=version.id,
        name=version.name,
        step=RuleStep.SHARED,
        at=version.since,
        by="kim",
    )
