"""The clocks: what is due, alarms that ring, limits that end, evidence whose date has come."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from abate.action.undo import end_limit
from abate.compliance import due as due_rules
from abate.compliance import preservation, removal_order
from abate.domain.action import Hold, HoldState
from abate.domain.history import HistoryEvent, Step
from abate.domain.order import Deadline, OrderState, RemovalOrder
from abate.domain.work import Job, JobKind
from abate.extend.store import Transaction
from abate.flows import effects
from abate.flows.kit import Kit

LEASE = timedelta(seconds=60)


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


def ring(kit: Kit, *, worker: str, limit: int = 100) -> list[str]:
    """Ring the alarms that are due; return one sentence each. An alarm of a clock that stopped rings for nobody."""
    with kit.store.write() as tx:
        jobs = tx.jobs.claim([JobKind.ALARM], worker=worker, limit=limit, lease=LEASE)
        sentences = [_ring_one(tx, job, kit.clock.now()) for job in jobs]
        for job in jobs:
            tx.jobs.finish(job.key, worker=worker)
    return [sentence for sentence in sentences if sentence]


def _ring_one(tx: Transaction, job: Job, now: datetime) -> str:
    order = tx.orders.get(job.subject)
    deadline = removal_order.deadline(order)
    if deadline is None or job.key not in {alarm.key for alarm in removal_order.alarms(order)}:
        return ""
    tx.audit.append(at=now, tag="clock:order:rang", subject=order.id, body={"alarm": job.key, "due": deadline.due})
    return f"{due_rules.describe(deadline, now)}: {deadline.text}"


def expire(kit: Kit, *, worker: str, limit: int = 100) -> int:
    """End the limits whose time is over and destroy the evidence whose date has come; return how many were looked at.

    Evidence is destroyed first and recorded after: a crash between the two leaves a hold whose job runs again.
    """
    with kit.store.write() as tx:
        jobs = tx.jobs.claim([JobKind.EXPIRE], worker=worker, limit=limit, lease=LEASE)
        holds = {job.key: tx.holds.get(job.subject) for job in jobs if job.key.startswith("destroy:")}
    now = kit.clock.now()
    for hold in holds.values():
        if hold.sealed and hold.expires_at <= now:
            kit.vault.destroy(hold.sealed)
    if jobs:
        with kit.store.write() as tx:
            for job in jobs:
                due = _destroyed(tx, holds[job.key], now) if job.key in holds else _ended(kit, tx, job.subject, now)
                if due is None:
                    tx.jobs.finish(job.key, worker=worker)
                else:
                    tx.jobs.postpone(job.key, worker=worker, run_at=due, note="its date was moved, or is not there yet")
    return len(jobs)


def _ended(kit: Kit, tx: Transaction, limit_id: str, now: datetime) -> datetime | None:
    """End a limit whose time is over; return when to look again where it is not."""
    limit = tx.actions.get(limit_id)
    if limit.until is not None and limit.until > now:  # the store's clock runs before ours
        return limit.until
    actions = effects.of_item(tx, limit.item)
    for restore in end_limit(limit, actions=actions, at=now, connector=kit.connector.name):
        effects.queue(tx, restore, now)
        tx.audit.append(at=now, tag="clock:limit:ended", subject=limit.id, body={"item": limit.item})
    return None


def _destroyed(tx: Transaction, hold: Hold, now: datetime) -> datetime | None:
    """Record that a hold's evidence is destroyed; return its date where that has been moved meanwhile."""
    if hold.expires_at > now:
        return hold.expires_at
    tx.holds.replace(preservation.destroy(hold, now))
    tx.audit.append(at=now, tag="clock:hold:destroyed", subject=hold.id, body={"sealed": hold.sealed})
    tx.history.append([HistoryEvent(at=now, step=Step.HELD, item=hold.item, detail=HoldState.DESTROYED.value)])
    return None
