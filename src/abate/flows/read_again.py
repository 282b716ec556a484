"""Items that were taken in before signals were kept: what can still be read of them is read again, and kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from abate.domain.retro import KeptSignal
from abate.flows.kit import Kit
from abate.flows.pipeline import Signalled, signals_of

_TOGETHER = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadAgain:
    """What came of it."""

    kept: int = 0
    """Items whose signals are kept now."""
    lost: int = 0
    """Items whose file is gone or cannot be read, or that never had anything to read."""


def read_again(kit: Kit, progress: Callable[[ReadAgain], None] = lambda _: None) -> ReadAgain:
    """Read every item without kept signals once more. It can be stopped anywhere, and asked again."""
    found, after = ReadAgain(), 0
    while True:
        with kit.store.read() as tx:
            places = tx.signals.items_without(after=after, limit=_TOGETHER)
            items = [tx.items.get(name) for _, name in places]
        if not places:
            return found
        after = places[-1][0]
        found = _keep(kit, found, list(signals_of(kit, items)))
        progress(found)


def _keep(kit: Kit, found: ReadAgain, signalled: list[Signalled]) -> ReadAgain:
    lost = sum(not one.signals or any(problem.step == "read" for problem in one.not_scanned) for one in signalled)
    with kit.store.write() as tx:
        known = tx.signals.of_items([one.item.id for one in signalled])  # somebody else may do the same
        new = [one for one in signalled if one.item.id not in known]
        tx.signals.append(KeptSignal(item=one.item.id, signal=kept) for one in new for kept in one.signals + one.turned)
    return replace(found, kept=found.kept + len(signalled) - lost, lost=found.lost + lost)
