"""The outbox's other half: claim what is due, send it outside any transaction, and record what came back.

Sending is at least once: a process may die between the platform's answer and our record of it. The same idempotency
key is sent again then, and the receiver drops the second.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from abate.action.carry_out import carry_out, give_up, try_again, wait_before
from abate.action.undo import is_obsolete
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


def deliver(kit: Kit, *, worker: str, limit: int = 20) -> int:
    """Send the actions that are due; return how many were claimed."""
    with kit.store.write() as tx:
        jobs = tx.jobs.claim([JobKind.DELIVER], worker=worker, limit=limit, lease=LEASE)
    for job in jobs:
        _deliver(kit, job, worker)
    return len(jobs)


def _deliver(kit: Kit, job: Job, worker: str) -> None:
    now = kit.clock.now()
    with kit.store.read() as tx:
        action = tx.actions.get(job.subject)
        item = tx.items.get(action.item)
        others = effects.of_item(tx, item.id)
    undone = next((other for other in others if other.id == action.undoes), None)
    if action.state is not ActionState.PENDING:
        _close(kit, job, worker)
    elif undone is not None and undone.state is ActionState.PENDING:
        # The restore must not overtake what it takes back.
        _again(kit, job, worker, now + timedelta(seconds=1), "waits for the action that it takes back")
    elif is_obsolete(action, others, now):
        _close(kit, job, worker, replace(action, state=ActionState.CANCELLED, result="taken back before it was sent"))
    else:
        _send(kit, job, worker, action, item)


def _send(kit: Kit, job: Job, worker: str, action: Action, item: Item) -> None:
    try:
        done = carry_out(action, item, kit.connector)
    except PartnerError as error:
        _refused(kit, job, worker, action, str(error))
        return
    except ConflictError as error:
        _give_up(kit, job, worker, action, str(error))
        return
    try:
        with kit.store.write() as tx:
            tx.jobs.finish(job.key, worker=worker)
            _record(tx, done, item, kit.clock.now())
    except ConflictError:
        # Our lease ran out while the platform was slow; the worker that took over records its own, same, answer.
        return


def _record(tx: Transaction, action: Action, item: Item, now: datetime) -> None:
    tx.actions.replace(action)
    step = Step.UNDONE if action.effect is Effect.RESTORE else Step.ACTED
    tx.history.append([event_of(item, step, now, action.effect.value)])
    body = {"effect": action.effect.value, "item": item.id, "state": action.state.value, "connector": action.connector}
    tx.audit.append(at=now, tag="system:action:delivered", subject=action.id, body=body)


def _refused(kit: Kit, job: Job, worker: str, action: Action, reason: str) -> None:
    if job.attempts < kit.settings.delivery_attempts:
        _again(kit, job, worker, kit.clock.now() + wait_before(job.attempts, job.key), reason)
    else:
        _give_up(kit, job, worker, action, reason)


def _give_up(kit: Kit, job: Job, worker: str, action: Action, reason: str) -> None:
    with kit.store.write() as tx:
        tx.jobs.bury(job.key, worker=worker, note=reason)
        tx.actions.replace(give_up(action, reason))
        body = {"attempts": job.attempts}
        tx.audit.append(at=kit.clock.now(), tag="system:action:failed", subject=action.id, body=body)


def _again(kit: Kit, job: Job, worker: str, run_at: datetime, note: str) -> None:
    with kit.store.write() as tx:
        tx.jobs.postpone(job.key, worker=worker, run_at=run_at, note=note)


def _close(kit: Kit, job: Job, worker: str, action: Action | None = None) -> None:
    with kit.store.write() as tx:
        tx.jobs.finish(job.key, worker=worker)
        if action is not None:
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
        again = try_again(tx.actions.get(action_id))
        now = kit.clock.now()
        tx.actions.replace(again)
        earlier = [job for job in tx.jobs.find(subject=action_id) if job.kind is JobKind.DELIVER]
        key = f"{effects.delivery_key(action_id)}#{len(earlier)}"
        tx.jobs.add(Job(key=key, kind=JobKind.DELIVER, subject=action_id, run_at=now))
        tx.audit.append(at=now, tag="reviewer:action:retried", subject=action_id, body={"by": by})
        return again
