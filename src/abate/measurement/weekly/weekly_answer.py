"""What presence, following and reach print beside their weeks: nowcast, breaks, the hidden total, the fixed panel.

Each of the three says only what it counts; everything that guards the number against being misread is here once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from abate.measurement.counting import instrument
from abate.measurement.counting.breaks import Break, break_caveats, find_breaks
from abate.measurement.counting.instrument import PanelBeside
from abate.measurement.counting.scope import Calendar, Mask, reading_caveats
from abate.measurement.counting.weekly import WeekRow, missing_weeks
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.tables.columns import Checks, Interventions
from abate.measurement.weekly.collectors import HiddenTotals
from abate.measurement.weekly.nowcast import Ages, Nowcast, none, nowcast
from abate.measurement.weekly.seen import Seen, Told

COLUMNS = ("posted_at", "item", "collector", "collector_version", "seed_panel")
"""What every weekly measure reads besides the columns it needs and those of ``by``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Everything that stands beside the weeks."""

    nowcast: Nowcast
    breaks: tuple[Break, ...]
    hidden: HiddenTotals
    panel: PanelBeside | None
    """``None`` without a change of instrument, or without a fixed panel."""
    footing: Footing

    def to_json(self) -> Json:
        """Return the keys that all weekly measures share."""
        return {
            "nowcast": [one.to_json() for one in self.nowcast.weeks],
            "nowcast_trials": {"weeks": self.nowcast.trials, "held": self.nowcast.held},
            "breaks": [one.to_json() for one in self.breaks],
            "hidden": self.hidden.to_json(),
            "panel": None if self.panel is None else self.panel.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Weekly:
    """What every weekly answer has."""

    rows: tuple[WeekRow, ...]
    beside: Beside

    @property
    def breaks(self) -> tuple[Break, ...]:
        """Return the change that coincided with each intervention."""
        return self.beside.breaks

    @property
    def footing(self) -> Footing:
        """Return what the answer stands on."""
        return self.beside.footing


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The weeks of an answer, and what is known of them before anything is counted."""

    seen: Seen
    weeks: Calendar
    missing: Mask
    found: Sequence[Caveat]
    """What the reading and the checks have to say."""
    interventions: Interventions | None
    seed: int

    @classmethod
    def of(
        cls, seen: Seen, weeks: Calendar, checks: Checks | None, interventions: Interventions | None, seed: int
    ) -> "Scope":
        """Find which weeks are missing."""
        missing, found = missing_weeks(weeks, checks)
        return cls(seen=seen, weeks=weeks, missing=missing, found=found, interventions=interventions, seed=seed)


def beside(told: Told, scope: Scope, more: Sequence[Caveat]) -> Beside:
    """Work out what stands beside the weeks.

    :param more: warnings of the measure's own
    """
    weeks, interventions = scope.weeks, scope.interventions
    changed = scope.seen.changes(interventions)
    panel = told.panel(weeks, scope.missing) if changed else None
    needed = interventions is not None or panel is not None
    series_of = told.weekly(weeks, scope.missing) if needed else {}
    breaks = () if interventions is None else find_breaks(interventions, series_of, weeks.first, told.what)
    breaks = tuple(
        replace(one, what=f"{one.what} on {one.platform}") if one.platform in series_of else one for one in breaks
    )
    young, hidden = _nowcast(told, scope), told.hidden(weeks)
    joined = [
        *scope.seen.caveats(weeks),
        *scope.found,
        *(reading_caveats(interventions.reading) if interventions is not None else ()),
        *instrument.change_caveats(changed),
        *break_caveats(breaks),
        *young.caveats,
        *hidden.caveats,
        *more,
    ]
    return Beside(
        nowcast=young,
        breaks=breaks,
        hidden=hidden,
        panel=None if panel is None else instrument.beside(changed, panel, series_of[""], weeks.first),
        footing=Footing(
            method=told.method,
            assumptions=told.assumptions,
            caveats=tuple(dict.fromkeys(joined)),
            calibrated=_calibrated(breaks, young),
            seed=scope.seed,
        ),
    )


def _nowcast(told: Told, scope: Scope) -> Nowcast:
    weeks = scope.weeks
    young = [weeks.first + int(place) for place in np.flatnonzero(weeks.provisional() & ~scope.missing)]
    if not young:
        return Nowcast()
    if not told.dated:
        return none("the sightings carry no posting time, so nobody knows how late they came in")
    if weeks.retrospective:
        return none("the sightings were collected afterwards, so nobody knows how late they would have come in")
    ages = Ages(weeks=weeks, since=scope.seen.since)
    known = told.triangle(ages)
    return none(known) if isinstance(known, str) else nowcast(known, young, ages)


def _calibrated(breaks: Sequence[Break], young: Nowcast) -> bool | None:
    """Return whether every interval whose coverage can be judged was judged well; ``None`` where none can."""
    judged: list[bool | None] = [one.calibrated for one in breaks if one.calibrated is not None]
    if any(row.interval is not None for row in young.weeks):
        judged.append(young.calibrated)
    if any(one is False for one in judged):
        return False
    return True if judged and None not in judged else None
