"""How an order's clock ran: start, pauses, stop, elapsed. Part of the evidence kept for each order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from abate.compliance.removal_order import is_late, runs, spans
from abate.domain.order import ClockEventKind, RemovalOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """One standstill of the clock."""

    start: datetime
    end: datetime | None
    """When the clock ran again or the order was closed; ``None`` while the pause lasts."""
    reason: str
    """As the authority was told, with the article."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockReport:
    """How the clock ran."""

    started: datetime
    stopped: datetime | None
    elapsed: timedelta
    """Time that counts against the hour: of the present run, or of the last one."""
    total: timedelta
    """Time of all runs together."""
    pauses: tuple[Pause, ...]
    late: bool
    """Whether any run lasted longer than the law allows."""


def clock_report(order: RemovalOrder, now: datetime) -> ClockReport:
    """Return how the clock ran until ``now``."""
    lengths = runs(order, now)
    stops = (event.at for event in order.clock if event.kind is ClockEventKind.STOPPED)
    paused = spans(order, lambda event: event.kind is ClockEventKind.PAUSED)
    return ClockReport(
        started=order.clock[0].at,
        stopped=next(stops, None),
        elapsed=lengths[-1],
        total=sum(lengths, timedelta()),
        pauses=tuple(Pause(start=start.at, end=end, reason=start.reason) for start, end in paused),
        late=is_late(order, now),
    )
