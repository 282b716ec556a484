"""The outbox's other half: claim what is due, send it outside any transaction, and record what came back.

Sending is at least once: a process may die between the platform's answer and our record of it. The same idempotency
key is sent again then, and the receiver drops the second.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from abate.action.carry_out import carry_out, give_up, try_again, wait_before
from abate.action.undo import is_obsolete, is_over, standing
from abate.domain.action import Action, ActionState, Effect
from abate.domain.errors import ConflictError, PartnerError
from abate.domain.history import Step
from abate.domain.item import Item
from abate.domain.work import Job, JobKind, JobState
from abate.extend.store import Transaction
from abate.flows import effects
from abate.flows.events import event_of
from abate.flows.kit import Kit

LEASE = timedelta(seconds=60)
_FLUSH_AFTER_S = 1.0
"""Answers are recorded together, but none waits longer than this for the others."""

Record = Callable[[Transaction], None]
"""Writes down what became of one job; the first thing it does is to check that the job is still ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    """A claimed job with what it is about."""

    job: Job
    worker: str
    action: Action
    item: Item
    others: Sequence[Action]


def deliver(kit: Kit, *, worker: str, limit: int = 20) -> int:
    """Send the actions that are due; return how many were claimed."""
    with kit.store.write() as tx:
        jobs = tx.jobs.claim([JobKind.DELIVER], worker=worker, limit=limit, lease=LEASE)
        tasks = [_task(tx, job, worker) for job in jobs]
    claimed = flushed = time.monotonic()
    waiting: list[Record] = []
    for task in tasks:
        if time.monotonic() - claimed > LEASE.total_seconds() / 2:
            # The platform is slow: the rest is given back untried, so that whoever claims it has a whole lease for it.
            waiting.append(partial(_again, task, kit.clock.now(), "waits its turn: the platform answers slowly"))
            continue
        waiting.append(_attempt(kit, task))
        if time.monotonic() - flushed > _FLUSH_AFTER_S:
            _flush(kit, waiting)
            flushed = time.monotonic()
    _flush(kit, waiting)
    return len(jobs)


def _task(tx: Transaction, job: Job, worker: str) -> _Task:
    action = tx.actions.get(job.subject)
    item = tx.items.get(action.item)
    return _Task(job=job, worker=worker, action=action, item=item, others=effects.of_item(tx, item.id))


def _flush(kit: Kit, waiting: list[Record]) -> None:
    if not waiting:
        return
    with kit.store.write() as tx:
        for record in waiting:
            # A lease that ran out while the platform was slow: the worker that took over records its own, same, answer.
            with suppress(ConflictError):
                record(tx)
    waiting.clear()


def _attempt(kit: Kit, task: _Task) -> Record:
    now, action = kit.clock.now(), task.action
    undone = next((other for other in task.others if other.id == action.undoes), None)
    if action.state is not ActionState.PENDING:
        return partial(_close, task, action)
    if undone is not None and undone.state is ActionState.PENDING:
        # The restore must not overtake what it takes back.
        return partial(_again, task, now + timedelta(seconds=1), "waits for the action that it takes back")
    if action.effect is Effect.RESTORE and _superseded(kit, action):
        why = "not sent: something decided since keeps the item out of sight"
        return partial(_close, task, replace(action, state=ActionState.CANCELLED, result=why))
    if is_obsolete(action, task.others, now):
        why = "its time was over before it left" if is_over(action, now) else "taken back before it left"
        return partial(_close, task, replace(action, state=ActionState.CANCELLED, result=why))
    return _send(kit, task)


def _superseded(kit: Kit, restore: Action) -> bool:
    """Say whether a limit or removal was written after ``restore``; read now, since the claim may be half a minute old.

    A restore that was refused once and comes back later would otherwise show what an order had removed meanwhile.
    """
    with kit.store.read() as tx:
        actions = effects.of_item(tx, restore.item)
    later = actions[[action.id for action in actions].index(restore.id) + 1 :]
    return bool(standing(later, kit.clock.now()))


def _send(kit: Kit, task: _Task) -> Record:
    try:
        done = carry_out(task.action, task.item, kit.connector)
    except PartnerError as error:
        tried = replace(task.action, tries=task.action.tries + 1)
        if tried.tries >= kit.settings.delivery_attempts:
            return partial(_give_up, replace(task, action=tried), str(error), kit.clock.now())
        later = kit.clock.now() + wait_before(tried.tries, task.job.key)
        return partial(_again, replace(task, action=tried), later, str(error))
    except ConflictError as error:
        return partial(_give_up, task, str(error), kit.clock.now())
    return partial(_delivered, task, replace(done, tries=done.tries + 1), kit.clock.now())


def _delivered(task: _Task, action: Action, now: datetime, tx: Transaction) -> None:
    tx.jobs.finish(task.job.key, worker=task.worker)
    tx.actions.replace(action)
    step = Step.UNDONE if action.effect is Effect.RESTORE else Step.ACTED
    tx.history.append([event_of(task.item, step, now, action.effect.value)])
    body = {"effect": action.effect.value, "item": action.item, "state": action.state.value, "by": action.connector}
    tx.audit.append(at=now, tag="system:action:delivered", subject=action.id, body=body)


def _give_up(task: _Task, reason: str, now: datetime, tx: Transaction) -> None:
    tx.jobs.bury(task.job.key, worker=task.worker, note=reason)
    tx.actions.replace(give_up(task.action, reason))
    tx.audit.append(at=now, tag="system:action:failed", subject=task.action.id, body={"tries": task.action.tries})


def _again(task: _Task, run_at: datetime, note: str, tx: Transaction) -> None:
    tx.jobs.postpone(task.job.key, worker=task.worker, run_at=run_at, note=note)
    tx.actions.replace(task.action)


def _close(task: _Task, action: Action, tx: Transaction) -> None:
    tx.jobs.finish(task.job.key, worker=task.worker)
    tx.actions.replace(action)


def dead_letters(kit: Kit) -> list[tuple[Action, str]]:
    """Return the actions that were given up, each with the last failure."""
    with kit.store.read() as tx:
        dead = tx.jobs.find(kind=JobKind.DELIVER.value, state=JobState.DEAD.value)
        return [(tx.actions.get(job.subject), job.note) for job in dead]


def retry(kit: Kit, action_id: str, *, by: str) -> Action:
    """Put a given-up action back, under the same idempotency key.

    :raises ConflictError: when it was not given up
    """
    with kit.store.write() as tx:
        again = replace(try_again(tx.actions.get(action_id)), tries=0)
        now = kit.clock.now()
        tx.actions.replace(again)
        earlier = [job for job in tx.jobs.find(subject=action_id) if job.kind is JobKind.DELIVER]
        key = f"{effects.delivery_key(action_id)}#{len(earlier)}"
        tx.jobs.add(Job(key=key, kind=JobKind.DELIVER, subject=action_id, run_at=now))
        tx.audit.append(at=now, tag="reviewer:action:retried", subject=action_id, body={"by": by})
        return again
