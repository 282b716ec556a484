"""The worker: one tick does all that waits, in the order of what the law wants soonest."""

import threading
from collections.abc import Callable
from datetime import timedelta

from abate.domain.errors import StoreError
from abate.domain.work import JobKind, JobState
from abate.flows import clocks, delivery, orders
from abate.flows.kit import Kit

LATE = timedelta(seconds=30)
"""An alarm that waits longer than this means that no worker runs: ``/ready`` fails."""


def tick(kit: Kit, *, worker: str, say: Callable[[str], None] = lambda _: None, limit: int = 100) -> int:
    """Ring, deliver, settle and expire once; return how many jobs were done."""
    rung = clocks.ring(kit, worker=worker, limit=limit)
    for sentence in rung:
        say(sentence)
    delivered = delivery.deliver(kit, worker=worker, limit=limit)
    orders.settle(kit)
    return len(rung) + delivered + clocks.expire(kit, worker=worker, limit=limit)


def run(kit: Kit, stop: threading.Event, *, worker: str, say: Callable[[str], None], pause_s: float = 1.0) -> None:
    """Tick until ``stop`` is set. An outage of the store is said once a tick and outlived."""
    while not stop.is_set():
        try:
            busy = tick(kit, worker=worker, say=say)
        except StoreError as error:
            say(f"the store does not answer ({error}); trying again")
            busy = 0
        stop.wait(0 if busy else pause_s)


def is_late(kit: Kit) -> bool:
    """Say whether an alarm waits that a running worker would have rung."""
    with kit.store.read() as tx:
        ready = tx.jobs.find(kind=JobKind.ALARM.value, state=JobState.READY.value, limit=1)
    return bool(ready) and ready[0].run_at < kit.store.now() - LATE
