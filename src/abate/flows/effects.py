"""The outbox: what a decision asks of the platform, committed with the decision and sent afterwards.

An action and the job that delivers it are written in the decision's transaction. A crash before the commit leaves
neither; a crash after it leaves both, and the job is claimed again when its lease runs out.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from abate.action.plan import plan
from abate.action.undo import end_limit, is_over, standing
from abate.domain.action import Action, ActionState, Effect
from abate.domain.case import AUTOMATIC, Decision, Ground
from abate.domain.errors import NotFoundError
from abate.domain.work import Job, JobKind, JobState
from abate.extend.store import Transaction
from abate.flows.kit import Kit


def delivery_key(action_id: str) -> str:
    """Key of the job that delivers an action: one action, one job, one idempotency key."""
    return f"deliver:{action_id}"


def put_out(kit: Kit, tx: Transaction, decision: Decision) -> list[Action]:
    """Write the actions of a decision, with their jobs, and return them.

    A reviewer's actions leave after the undo time; those of the rules, of an authority's order, and restores, at once.
    What a decision takes back before it left is cancelled instead of restored; a restore that a limit ending meanwhile
    still owes is then written.
    """
    written: list[Action] = []
    for planned in plan(decision, connector=kit.connector.name, actions=of_item(tx, decision.item)):
        if planned.undoes and _cancelled(tx, planned.undoes):
            written += end_limits(kit, tx, decision.item, decision.at)
            continue
        action = _back_to_the_limit(tx, planned, decision.at)
        queue(tx, action, decision.at + _wait(kit, decision, action))
        written.append(action)
    return written


def end_limits(kit: Kit, tx: Transaction, item_id: str, now: datetime) -> list[Action]:
    """Write the restores of an item's limits whose time is over, unless something else keeps it out of sight."""
    written = []
    for limit in of_item(tx, item_id):
        if limit.effect is Effect.LIMIT and is_over(limit, now):
            for restore in end_limit(limit, actions=of_item(tx, item_id), at=now, connector=kit.connector.name):
                queue(tx, restore, now)
                written.append(restore)
    return written


def _back_to_the_limit(tx: Transaction, action: Action, now: datetime) -> Action:
    """Make a restore a limit where one still stands.

    Platforms show an item again on any restore, and the limit's day is not over because a removal was taken back.
    """
    if action.effect is not Effect.RESTORE:
        return action
    limits = [a for a in in_force(tx, action.item, now) if a.effect is Effect.LIMIT and a.id != action.undoes]
    left = [limit.until for limit in limits if limit.until is not None]
    return replace(action, effect=Effect.LIMIT, until=max(left)) if left else action


def queue(tx: Transaction, action: Action, run_at: datetime) -> None:
    """Write an action with the job that delivers it and, for a limit with an end, the job that ends it."""
    tx.actions.add(action)
    tx.jobs.add(Job(key=delivery_key(action.id), kind=JobKind.DELIVER, subject=action.id, run_at=run_at))
    if action.until is not None:
        tx.jobs.add(Job(key=f"expire:{action.id}", kind=JobKind.EXPIRE, subject=action.id, run_at=action.until))


def of_item(tx: Transaction, item_id: str) -> list[Action]:
    """Return the actions on an item, without those that never left."""
    return [action for action in tx.actions.find(item=item_id) if action.state is not ActionState.CANCELLED]


def in_force(tx: Transaction, item_id: str, now: datetime) -> Iterable[Action]:
    """Return the limits and removals that stand."""
    return standing(of_item(tx, item_id), now)


def _wait(kit: Kit, decision: Decision, action: Action) -> timedelta:
    at_once = decision.by == AUTOMATIC or decision.ground is Ground.TCO_ART3 or action.undoes
    return timedelta(0) if at_once else timedelta(seconds=kit.settings.undo_seconds)


def _cancelled(tx: Transaction, action_id: str) -> bool:
    """Cancel an action that never left. Only a job nobody claimed proves that: a claimed one may be on the wire now."""
    action = tx.actions.get(action_id)
    try:
        job = tx.jobs.get(delivery_key(action_id))
    except NotFoundError:
        return False
    if action.state is not ActionState.PENDING or job.state is not JobState.READY or job.attempts:
        return False
    tx.jobs.cancel(job.key)
    tx.actions.replace(replace(action, state=ActionState.CANCELLED, result="taken back before it left"))
    return True
