"""How far a rule may lead, read off the fields it looks at. No ceiling of its author's can raise it."""

from collections.abc import Iterator

from abate.domain.verdict import Verdict
from abate.policy.rules import fields
from abate.policy.rules.fields import Info
from abate.policy.rules.tree import Field, Node, Rule, Window, walk


def read(when: Node) -> Iterator[tuple[Info, Node]]:
    """Go through the rows of the fields that ``when`` reads, those of its windows with them, and where it does."""
    for node in walk(when):
        if isinstance(node, Field):
            yield fields.BY_NAME[node.name], node
        if isinstance(node, Window):
            yield fields.BY_NAME[node.by], node
            if node.of is not None:
                yield fields.BY_NAME[node.of], node


def weakest(when: Node) -> tuple[Info, Node] | None:
    """Return the field that allows least, and where it stands; ``None`` where no field is read."""
    return min(read(when), key=lambda pair: pair[0].most.severity, default=None)


def most(when: Node) -> Verdict:
    """Return the most that a rule with this condition may propose."""
    found = weakest(when)
    return Verdict.NONE if found is None else found[0].most


def proposes(rule: Rule) -> Verdict:
    """Return what ``rule`` may propose: under its own ceiling and under what it reads, whoever built it."""
    return rule.then.at_most(rule.ceiling).at_most(most(rule.when)).at_most(Verdict.LIMIT)


def is_guarded(rule: Rule) -> bool:
    """Say whether ``rule`` reads what a model thinks, so that protected speech is spared by it."""
    return any(info.guarded for info, _ in read(rule.when))
