"""How long content stays up once it is known: from the first sight, or from the opened case, to the action.

On the hourly grid, because the law counts in hours (one hour for a removal order). What was decided to stay up competes
with the action: it will never be acted on, and is not merely slow.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.measurement.footing import Json
from abate.measurement.lives.incidence import Incidence, cumulative_incidence
from abate.measurement.lives.kaplan_meier import Observed, risk_table
from abate.measurement.lives.spells import CENSORED, EVENT, Ends, Spells
from abate.measurement.tables.columns import Codes, Lifetimes
from abate.measurement.weeks import DAY, NO_TIME, Micros, to_micros

HOUR = DAY // 24
WITHIN = (1, 6, 24, 72, 168, 720)
"""Hours at which the share is told: the order's hour, a day, three, a week, a month."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeToAction:
    """The share acted on by each hour."""

    since: str
    """What the clock starts with."""
    subjects: int
    acted: Incidence
    kept: Incidence | None = None
    """The share that ended otherwise, where anything could: decided to stay up, or a competing removal."""

    def to_json(self) -> Json:
        """Return the median and the shares within some hours; ``median`` counts those never acted on too."""
        out: Json = {
            "unit": "hours",
            "from": self.since,
            "subjects": self.subjects,
            "acted": self.acted.ended,
            "median": self.acted.reaches(0.5),
            "within": _within(self.acted),
        }
        return out if self.kept is None else out | {"ended_otherwise": _within(self.kept)}

    def sentence(self) -> str:
        """Say how long it took."""
        half = self.acted.reaches(0.5)
        median = "fewer than half were ever acted on" if half is None else f"half were acted on within {half} hours"
        return f"from {self.since} to action: {median} ({self.acted.ended} of {self.subjects} acted on)"


def _within(incidence: Incidence) -> list[Json]:
    out: list[Json] = []
    for hours in WITHIN:
        interval = incidence.interval_at(hours)
        pair = None if interval is None else list(interval)
        out.append({"hours": hours, "value": incidence.at(hours), "interval": pair})
    return out


def from_first_sight(
    lifetimes: Lifetimes, spells: Spells, ends: Ends, until: datetime | None = None
) -> TimeToAction | None:
    """Measure from each subject's first sight to its removal; ``None`` for a table that knows no removal."""
    if lifetimes.removed is None:
        return None
    start, removed = lifetimes.first_seen[spells.rows], lifetimes.removed[spells.rows]
    end = np.where(removed == NO_TIME, lifetimes.last_seen[spells.rows], removed)
    if until is not None:
        end = np.minimum(end, to_micros(until))
    return measured("first seen", start, end, spells.cause, len(ends.causes))


def measured(since: str, start: Micros, end: Micros, cause: Codes, causes: int) -> TimeToAction:
    """Measure spans of time on the hourly grid; all arrays of shape ``(subjects,)``.

    :param end: when it was acted on, ended otherwise, or was last looked at
    :param cause: ``CENSORED``, ``EVENT`` for an action, more for the other ends
    :param causes: how many ends there are, 1 where nothing competes
    """
    hours = -(-np.maximum(end - start, 0) // HOUR)
    tables = [risk_table(Observed(exit=hours, event=cause == EVENT))]
    if causes > 1:
        tables.append(risk_table(Observed(exit=hours, event=(cause != EVENT) & (cause != CENSORED))))
    acted, *others = cumulative_incidence(tables)
    return TimeToAction(since=since, subjects=len(hours), acted=acted, kept=others[0] if others else None)
