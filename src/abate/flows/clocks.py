"""The clocks: what is due, alarms that ring, limits that end, evidence whose date has come."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from abate.compliance import due as due_rules
from abate.compliance import preservation, removal_order
from abate.domain.action import Effect, Hold, HoldState
from abate.domain.errors import StoreError
from abate.domain.history import HistoryEvent, Step
from abate.domain.order import Deadline, OrderState, RemovalOrder
from abate.domain.work import Job, JobKind
from abate.extend.store import Transaction
from abate.flows import effects, floods, model_alarms, rule_alarms, rule_blocks
from abate.flows.kit import Kit

LEASE = timedelta(seconds=60)
RETRY = timedelta(hours=1)
"""When evidence that could not be destroyed is tried again."""

FINGERPRINTS = ("item.digest",)
"""Fields of an event record that say which bytes an item had: they go when the bytes do."""

Say = Callable[[str], None]


def due(kit: Kit) -> list[Deadline]:
    """Return every running deadline, the soonest first."""
    with kit.store.read() as tx:
        deadlines = [removal_order.deadline(order) for order in tx.orders.find(state=OrderState.RECEIVED.value)]
    return due_rules.soonest_first([one for one in deadlines if one])


def by_item(tx: Transaction) -> Mapping[str, Deadline]:
    """Return the soonest deadline of each item that an order names."""
    named = [(removal_order.deadline(order), order.items) for order in tx.orders.find(state=OrderState.RECEIVED.value)]
    running = [(deadline, item) for deadline, items in named if deadline for item in items]
    latest_first = sorted(running, key=lambda pair: pair[0].due, reverse=True)
    return {item: deadline for deadline, item in latest_first}


def set_alarms(tx: Transaction, order: RemovalOrder) -> None:
    """Write one job for each alarm of an order's running clock: one row (subject, alarm, due) any worker can claim."""
    for alarm in removal_order.alarms(order):
        tx.jobs.add(Job(key=alarm.key, kind=JobKind.ALARM, subject=order.id, run_at=alarm.due))


def ring(kit: Kit, *, worker: str, say: Say, limit: int = 100) -> int:
    """Ring the alarms that are due; an alarm of a clock that stopped rings for nobody. Returns how many were looked at.

    An alarm is said before it is marked as rung: a crash between the two rings it twice, never not at all.
    """
    with kit.store.write() as tx:
        jobs = tx.jobs.claim([JobKind.ALARM], worker=worker, limit=limit, lease=LEASE)
        now = kit.clock.now()
        told = {job.key: _told(tx, job, now) for job in jobs}
    rung = {key: sentence for key, sentence in told.items() if sentence}
    for sentence in rung.values():
        say(sentence)
    if jobs:
        with kit.store.write() as tx:
            for job in jobs:
                tx.jobs.finish(job.key, worker=worker)
                if job.key in rung:
                    what = _about(job)
                    tx.audit.append(at=now, tag=f"clock:{what}:rang", subject=job.subject, body={"alarm": job.key})
    return len(jobs)


def _about(job: Job) -> str:
    """Return what an alarm is about."""
    if job.key.startswith(rule_alarms.ALARM):
        return "rule"
    if job.key.startswith(model_alarms.ALARM):
        return "model"
    return "entry" if job.key.startswith(floods.ALARM) else "order"


def _told(tx: Transaction, job: Job, now: datetime) -> str:
    """Return what an alarm says; empty where there is nothing left to say."""
    if job.key.startswith(floods.ALARM):
        return floods.sentence(tx, job)
    if job.key.startswith(rule_alarms.ALARM):
        return rule_alarms.sentence(tx, job)
    if job.key.startswith(model_alarms.ALARM):
        return model_alarms.sentence(tx, job)
    return _sentence(job, tx.orders.get(job.subject), now)


def _sentence(job: Job, order: RemovalOrder, now: datetime) -> str:
    deadline = removal_order.deadline(order)
    if deadline is None or job.key not in {alarm.key for alarm in removal_order.alarms(order)}:
        return ""
    return f"{due_rules.describe(deadline, now)}: {deadline.text}"


def expire(kit: Kit, *, worker: str, limit: int = 100) -> int:
    """End the limits whose time is over and destroy the evidence whose date has come; return how many were looked at.

    Limits go first: evidence that cannot be destroyed must not keep anybody's post out of sight.
    """
    with kit.store.write() as tx:
        jobs = tx.jobs.claim([JobKind.EXPIRE], worker=worker, limit=limit, lease=LEASE)
    holds = [job for job in jobs if job.key.startswith("destroy:")]
    limits = [job for job in jobs if job not in holds]
    if limits:
        with kit.store.write() as tx:
            for job in limits:
                _end(kit, tx, job, worker)
    for job in holds:
        _destroy(kit, job, worker)
    return len(jobs)


def _end(kit: Kit, tx: Transaction, job: Job, worker: str) -> None:
    now = kit.clock.now()
    limit = tx.actions.get(job.subject)
    if limit.until is not None and limit.until > now:  # the store's clock runs before ours
        tx.jobs.postpone(job.key, worker=worker, run_at=limit.until, note="not over yet by this machine's clock")
        return
    for restore in effects.end_limits(kit, tx, limit.item, now):
        tx.audit.append(at=now, tag="clock:limit:ended", subject=restore.undoes, body={"item": limit.item})
    tx.jobs.finish(job.key, worker=worker)


def _destroy(kit: Kit, job: Job, worker: str) -> None:
    """Destroy the bytes, then record it: a crash between the two leaves a hold whose job runs again."""
    now = kit.clock.now()
    with kit.store.read() as tx:
        hold = tx.holds.get(job.subject)
    later, note = hold.expires_at, "its date was moved"
    if hold.expires_at <= now:
        try:
            if hold.sealed:
                kit.vault.destroy(hold.sealed)
        except StoreError as error:
            later, note = now + RETRY, str(error)
        else:
            with kit.store.write() as tx:
                _record_destroyed(kit, tx, hold, now)
                tx.jobs.finish(job.key, worker=worker)
            rule_blocks.forget(kit, hold.item)
            return
    with kit.store.write() as tx:
        tx.jobs.postpone(job.key, worker=worker, run_at=later, note=note)


def _record_destroyed(kit: Kit, tx: Transaction, hold: Hold, now: datetime) -> None:
    tx.holds.replace(preservation.destroy(hold, now))
    tx.audit.append(at=now, tag="clock:hold:destroyed", subject=hold.id, body={"sealed": hold.sealed})
    tx.history.append([HistoryEvent(at=now, step=Step.HELD, item=hold.item, detail=HoldState.DESTROYED.value)])
    if not tx.holds.find(item=hold.item, state=HoldState.HELD.value):
        _forget_content(kit, tx, hold.item, now)


def _forget_content(kit: Kit, tx: Transaction, item_id: str, now: datetime) -> None:
    """Delete what is left in the clear of an item that stays removed; its row remains, without content."""
    if not any(action.effect is Effect.REMOVE for action in effects.in_force(tx, item_id, now)):
        return
    item = tx.items.get(item_id)
    path = Path(item.path) if item.path else None
    if path is not None and path.is_relative_to((kit.settings.home / "media").absolute()):
        path.unlink(missing_ok=True)
    tx.items.replace(replace(item, text="", url="", path=""))
    tx.signals.forget(item_id)
    tx.rule_events.forget(item_id, fields=FINGERPRINTS)
