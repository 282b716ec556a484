"""The worker: one tick does all that waits, in the order of what the law wants soonest."""

import threading
from collections.abc import Callable
from datetime import timedelta

from abate.domain.work import JobKind, JobState
from abate.flows import clocks, delivery, orders, rule_blocks
from abate.flows.clocks import Say
from abate.flows.kit import Kit
from abate.flows.lane import Lane
from abate.flows.rules import alarm, pruning
from abate.flows.training import tending

LATE = timedelta(seconds=30)
"""An alarm that waits longer than this means that no worker runs: ``/ready`` fails."""


Step = Callable[[], int]


def tick(kit: Kit, *, worker: str, say: Say = lambda _: None, limit: int = 100) -> int:
    """Do everything that waits, once; return how many jobs were done."""
    return sum(step() for step in _steps(kit, worker, say, limit).values())


def _steps(kit: Kit, worker: str, say: Say, limit: int) -> dict[str, Step]:
    return {
        "ring": lambda: clocks.ring(kit, worker=worker, say=say, limit=limit),
        "deliver": lambda: delivery.deliver(kit, worker=worker, limit=limit),
        "settle": lambda: len(orders.settle(kit)),
        "expire": lambda: clocks.expire(kit, worker=worker, limit=limit),
        "rules": lambda: alarm.tend(kit),
        "prune": lambda: pruning.prune(kit),
        "rule files": lambda: rule_blocks.tidy(kit),
        "models": lambda: tending.tend(kit),
    }


def run(kit: Kit, stop: threading.Event, *, worker: str, say: Say, pause_s: float = 1.0) -> None:
    """Tick until ``stop`` is set. What fails is said and tried again; it stops none of the other steps.

    What is not urgent has a lane of its own, which is only looked after here: a clock of the law does not wait for it.
    """
    lane = Lane(kit)
    steps = _steps(kit, worker, say, 100) | {"retro": lane.tend}
    try:
        while not stop.is_set():
            busy = sum(_outlived(name, step, say) for name, step in steps.items())
            stop.wait(0 if busy else pause_s)
    finally:
        lane.close()


def _outlived(name: str, step: Step, say: Say) -> int:
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - a process edge: no fault of one step may stop the clock of the law
        say(f"{name}: {str(error) or type(error).__name__}; trying again")
        return 0


def is_late(kit: Kit) -> bool:
    """Say whether an alarm waits that a running worker would have rung."""
    now = kit.store.now()
    with kit.store.read() as tx:
        ready = tx.jobs.find(kind=JobKind.ALARM.value, state=JobState.READY.value, limit=1)
    return bool(ready) and ready[0].run_at < now - LATE
