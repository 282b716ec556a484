"""Carrying one action to the platform, and when to try again. The outbox itself is a flow's."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from abate.domain.action import Action, ActionState
from abate.domain.errors import ConflictError
from abate.domain.item import Item
from abate.extend.action import Connector

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
"""Short enough that a platform which comes back is reached several times within a removal order's hour."""

MAX_RESULT = 300
"""Characters of an answer that are kept."""


def carry_out(action: Action, item: Item, connector: Connector) -> Action:
    """Ask the platform, and return the action with what became of it: sent, or simulated.

    :raises PartnerError: from the connector; the action stays pending and is tried again
    :raises ConflictError: when it is not pending, or the item or the connector is another than the action's
    """
    _require_pending(action)
    if action.item != item.id:
        msg = f"action {action.id} is about item {action.item}, not {item.id}; read the item again"
        raise ConflictError(msg)
    if action.connector != connector.name:
        # What was planned as a rehearsal must not become real because the setting changed meanwhile, nor the reverse.
        planned = f"action {action.id} was planned for connector {action.connector!r}"
        msg = f"{planned}, and {connector.name!r} is in force; set that one again, or decide anew"
        raise ConflictError(msg)
    answer = connector.send(action, item)
    state = ActionState.SIMULATED if connector.simulated else ActionState.SENT
    return replace(action, state=state, result=_one_line(answer))


def give_up(action: Action, why: str) -> Action:
    """Return the action as failed, for the dead-letter page.

    :raises ConflictError: when it is not pending
    """
    _require_pending(action)
    return replace(action, state=ActionState.FAILED, result=_one_line(why))


def try_again(action: Action) -> Action:
    """Return a failed action as pending, because a person asked for it. Its identifier, and so its key, stays.

    :raises ConflictError: when it did not fail
    """
    if action.state is not ActionState.FAILED:
        msg = f"action {action.id} is {action.state}, not failed; there is nothing to try again"
        raise ConflictError(msg)
    return replace(action, state=ActionState.PENDING, result="")


def wait_before(attempts: int, key: str) -> timedelta:
    """Return how long to wait after ``attempts`` failed tries: doubling, capped, shortened by up to a quarter.

    The shortening follows from ``key``, so that a thousand actions that failed in one outage do not come back as one
    wave, and one retry is planned the same way twice.
    """
    doublings = min(max(attempts - 1, 0), 32)
    wait = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    spread = sha256(f"{key}:{attempts}".encode()).digest()[0] / 255
    return wait * (1 - spread / 4)


def _require_pending(action: Action) -> None:
    if action.state is not ActionState.PENDING:
        msg = f"action {action.id} is {action.state} already; nothing is to be sent"
        raise ConflictError(msg)


def _one_line(untrusted_answer: str) -> str:
    shown = "".join(sign if sign.isprintable() else " " for sign in untrusted_answer)
    return " ".join(shown.split())[:MAX_RESULT]
