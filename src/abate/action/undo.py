"""Taking actions back: which still stand, what must not be sent any more, and the action that restores.

An action given up (``failed``) counts as standing: that no answer came does not prove that nothing was done, and
restoring what was never hidden harms nobody. A cancelled one never left.
"""

from collections.abc import Iterable
from datetime import datetime

from abate.action.identity import action_id
from abate.domain.action import Action, ActionState, Effect
from abate.domain.errors import ConflictError
from abate.domain.times import aware


def standing(actions: Iterable[Action], now: datetime) -> tuple[Action, ...]:
    """Return the limits and removals that are neither taken back nor over by their own date.

    :param actions: every action on one item
    """
    known = tuple(actions)
    undone = {action.undoes for action in known}
    return tuple(a for a in known if _hides(a) and a.id not in undone and not is_over(a, now))


def _hides(action: Action) -> bool:
    return action.effect is not Effect.RESTORE and action.state is not ActionState.CANCELLED


def is_over(action: Action, now: datetime) -> bool:
    """Say whether a limit has reached its end."""
    return action.until is not None and action.until <= aware(now, "now")


def is_obsolete(action: Action, actions: Iterable[Action], now: datetime) -> bool:
    """Say whether ``action`` must not be sent any more.

    A limit that failed at first and is tried again after its undo went through would hide the item for good.

    :param actions: every action on the same item
    """
    return any(other.undoes == action.id for other in actions) or is_over(action, now)


def take_back(action: Action, *, decision: str, at: datetime, connector: str) -> Action:
    """Return the action that undoes ``action``.

    :param decision: the decision that wants it undone
    :raises ConflictError: when ``action`` is itself an undo
    """
    if action.effect is Effect.RESTORE:
        msg = f"action {action.id} restores already and cannot be undone; decide the case anew to limit or remove"
        raise ConflictError(msg)
    return Action(
        id=action_id(decision, Effect.RESTORE, connector, undoes=action.id),
        decision=decision,
        item=action.item,
        effect=Effect.RESTORE,
        connector=connector,
        created_at=at,
        undoes=action.id,
    )


def end_limit(limit: Action, *, actions: Iterable[Action], at: datetime, connector: str) -> tuple[Action, ...]:
    """Return what to send when ``limit`` has reached its end: a restore, unless nothing is left to take back.

    Nothing is sent before the end, after an undo, or while another action keeps the item out of sight: many receivers
    show an item again on any restore.

    :param actions: every action on the item, ``limit`` among them
    """
    known = tuple(actions)
    undone = any(other.undoes == limit.id for other in known)
    if undone or not is_over(limit, at) or standing(known, at):
        return ()
    return (take_back(limit, decision=limit.decision, at=at, connector=connector),)
