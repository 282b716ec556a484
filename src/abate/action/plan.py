"""From a decision to the actions it asks for. Pure.

* ``remove`` asks for a removal, ``limit`` for a limit, ``none`` for nothing, or for taking back what hides the item.
* A decision that reverses another takes back that decision's actions, and no other's.
* What the rules decided lasts at most :data:`AUTOMATIC_LIMIT` and is never a removal.
* An action's identifier follows from its decision alone, so planning twice gives the same actions, stored once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from abate.action.identity import action_id
from abate.action.undo import standing, take_back
from abate.domain.action import Action, Effect
from abate.domain.case import AUTOMATIC, Decision
from abate.domain.errors import InputError, RefusedError
from abate.domain.scan import Verdict

AUTOMATIC_LIMIT = timedelta(hours=24)
"""The longest that something is out of sight without a person having looked."""


def plan(
    decision: Decision, *, connector: str, actions: Iterable[Action] = (), limit_for: timedelta | None = None
) -> tuple[Action, ...]:
    """Return the actions that ``decision`` asks for.

    :param connector: the name of the connector in force
    :param actions: every earlier action on the item
    :param limit_for: how long a limit lasts; of a person's, ``None`` is until it is undone; of the rules', 24 hours
    :raises InputError: when the verdict is no decision, or ``limit_for`` is not above zero
    :raises RefusedError: when the rules would remove, or limit for longer than 24 hours
    """
    if decision.verdict is Verdict.REVIEW:
        msg = f"decision {decision.id} says 'review', which decides nothing; decide none, limit or remove"
        raise InputError(msg)
    if decision.verdict is Verdict.NONE:
        return _taken_back(decision, connector, actions)
    if decision.verdict is Verdict.REMOVE:
        _require_person(decision)
        return (_first(decision, Effect.REMOVE, connector, until=None),)
    return (_first(decision, Effect.LIMIT, connector, until=_until(decision, limit_for)),)


def _taken_back(decision: Decision, connector: str, actions: Iterable[Action]) -> tuple[Action, ...]:
    own = (action for action in actions if action.item == decision.item)
    # What hides the item counts by all its actions; what is taken back of it, by the decision that is reversed.
    meant = (a for a in standing(own, decision.at) if not decision.reverses or a.decision == decision.reverses)
    return tuple(take_back(a, decision=decision.id, at=decision.at, connector=connector) for a in meant)


def _first(decision: Decision, effect: Effect, connector: str, *, until: datetime | None) -> Action:
    return Action(
        id=action_id(decision.id, effect, connector),
        decision=decision.id,
        item=decision.item,
        effect=effect,
        connector=connector,
        created_at=decision.at,
        until=until,
    )


def _until(decision: Decision, limit_for: timedelta | None) -> datetime | None:
    if limit_for is not None and limit_for <= timedelta():
        msg = f"a limit of {limit_for} ends before it starts; give a length above zero, or none"
        raise InputError(msg, where=f"decision {decision.id}")
    if decision.by != AUTOMATIC:
        return None if limit_for is None else decision.at + limit_for
    length = AUTOMATIC_LIMIT if limit_for is None else limit_for
    if length > AUTOMATIC_LIMIT:
        msg = f"decision {decision.id} would limit for {length} without a person; at most {AUTOMATIC_LIMIT} is allowed"
        raise RefusedError(msg)
    return decision.at + length


def _require_person(decision: Decision) -> None:
    if decision.by == AUTOMATIC:
        msg = f"decision {decision.id} would remove without a person; only a limit may be automatic"
        raise RefusedError(msg)
