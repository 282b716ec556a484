"""What the worker does for the models in force with every tick: it lets the readers know, and looks once a day."""

from abate.flows import model_alarms
from abate.flows.kit import Kit


def tend(kit: Kit) -> int:
    """Let the readers know of open alarms, and look where nobody did for a day; returns 0: nothing waits for it."""
    if not kit.readers.classifiers:
        return 0
    model_alarms.hear(kit)
    now = kit.clock.now()
    with kit.store.read() as tx:
        due = model_alarms.is_due(tx, now)
    if due:
        from abate.flows.training.watch import look  # counts with arrays: once a day, and only where there is a model

        if look(kit, now):
            model_alarms.hear(kit)
    return 0
