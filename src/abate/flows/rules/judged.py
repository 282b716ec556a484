"""What became of items: when each first came before a person, and the decision that is in force now."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from abate.domain.case import AUTOMATIC, Decision, Ground
from abate.domain.history import Step
from abate.domain.scan import Verdict
from abate.extend.store import Transaction
from abate.measurement.weeks import to_micros

ORDERS = frozenset({Ground.TCO_ART3, Ground.DSA_ART9})
"""Grounds on which an authority decided and a person carried out: no judgement that a rule could be held against."""


class Outcome(StrEnum):
    """What people decided of an item, as it is in force now."""

    REMOVED = "removed"
    LIMITED = "limited"
    KEPT = "kept"
    ORDERED = "ordered"
    """An authority's order had it removed or limited."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What became of the items that ever came before a person."""

    outcomes: dict[str, Outcome]
    """Item → what was decided; those that nobody decided are absent."""
    opened: dict[str, int]
    """Item → when its first case was opened, in microseconds since 1970."""
    openings: tuple[int, ...]
    """When each case was opened, those of the same item with them."""


def judged(tx: Transaction) -> Judged:
    """Gather what became of items. What the rules did by themselves is no decision, and neither is what was undone."""
    openings = [(one.item, to_micros(one.at)) for one in tx.history.read(steps=(Step.OPENED,))]
    opened: dict[str, int] = {}
    for item, at in openings:
        opened[item] = min(at, opened.get(item, at))
    newest = in_force(tx.decisions.find())
    return Judged(
        outcomes={item: _outcome(decision) for item, decision in newest.items()},
        opened=opened,
        openings=tuple(at for _, at in openings),
    )


def in_force(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Return item → the newest decision of a person that nobody took back."""
    held = list(decisions)
    reversed_ = {one.reverses for one in held}
    newest: dict[str, Decision] = {}
    for one in held:
        if one.by == AUTOMATIC or one.reverses or one.id in reversed_:
            continue
        if one.item not in newest or newest[one.item].at <= one.at:
            newest[one.item] = one
    return newest


def _outcome(decision: Decision) -> Outcome:
    if decision.verdict is Verdict.NONE:
        return Outcome.KEPT
    if decision.ground in ORDERS:
        return Outcome.ORDERED
    return Outcome.REMOVED if decision.verdict is Verdict.REMOVE else Outcome.LIMITED
