"""What presence, following and reach print beside their weeks: nowcast, breaks, the hidden total, the fixed panel.

Each of the three says only what it counts; everything that guards the number against being misread is here once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from abate.measurement.counting import instrument
from abate.measurement.counting.breaks import Break, Series, break_caveats, find_breaks
from abate.measurement.counting.instrument import PanelBeside
from abate.measurement.counting.scope import Calendar, Mask, caveats, reading_caveats
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.tables.columns import Interventions, Sightings
from abate.measurement.weekly.collectors import HiddenTotals, hidden_totals, unknown
from abate.measurement.weekly.nowcast import Ages, Nowcast, Triangle, none, nowcast
from abate.measurement.weeks import NO_TIME, Micros

COLUMNS = ("posted_at", "item", "collector", "collector_version", "seed_panel")
"""What every weekly measure reads besides the columns it needs and those of ``by``."""


class Counter(Protocol):
    """What one weekly measure counts."""

    @property
    def table(self) -> Sightings:
        """Return the rows that tell of it."""
        ...

    @property
    def at(self) -> Micros:
        """Return the time by which each row counts, shape ``(rows,)``."""
        ...

    @property
    def what(self) -> str:
        """Return what is counted, for sentences."""
        ...

    @property
    def method(self) -> str:
        """Return how, for the head of the answer."""
        ...

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Return what is taken for granted."""
        ...

    @property
    def lists_of(self) -> tuple[str, ...] | str:
        """Return the columns that name what collectors catch, or why there is no hidden total."""
        ...

    def only(self, keep: Mask) -> "Counter":
        """Return the same for a part of the rows."""
        ...

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        """Return a row for each week and subgroup."""
        ...

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        """Return platform → weekly values, and the whole under the empty name; NaN where not comparable."""
        ...

    def triangle(self, ages: Ages) -> Triangle | str:
        """Return what was known at each age, or why that cannot be said."""
        ...


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

    sightings: Sightings
    weeks: Calendar
    missing: Mask
    found: Sequence[Caveat]
    """What the reading and the checks have to say."""
    interventions: Interventions | None
    seed: int


def beside(counter: Counter, scope: Scope, more: Sequence[Caveat]) -> Beside:
    """Work out what stands beside the weeks.

    :param more: warnings of the measure's own
    """
    weeks, interventions = scope.weeks, scope.interventions
    changed = instrument.changes(scope.sightings, interventions)
    panel = instrument.of_panel(counter.table) if changed else None
    needed = interventions is not None or panel is not None
    series_of = counter.weekly(weeks, scope.missing) if needed else {}
    breaks = () if interventions is None else find_breaks(interventions, series_of, weeks.first, counter.what)
    breaks = tuple(
        replace(one, what=f"{one.what} on {one.platform}") if one.platform in series_of else one for one in breaks
    )
    young = _nowcast(counter, scope)
    lists = counter.lists_of
    hidden = unknown(lists) if isinstance(lists, str) else hidden_totals(counter.table, counter.at, weeks, lists)
    joined = [
        *caveats(scope.sightings, weeks),
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
        panel=None if panel is None else _panel(counter, panel, changed, scope, series_of[""]),
        footing=Footing(
            method=counter.method,
            assumptions=counter.assumptions,
            caveats=tuple(dict.fromkeys(joined)),
            calibrated=_calibrated(breaks, young),
            seed=scope.seed,
        ),
    )


def _panel(
    counter: Counter, rows: Mask, changed: tuple[instrument.Change, ...], scope: Scope, everything: Series
) -> PanelBeside:
    mine = counter.only(rows).weekly(scope.weeks, scope.missing)[""]
    return instrument.beside(changed, mine, everything, scope.weeks.first)


def _nowcast(counter: Counter, scope: Scope) -> Nowcast:
    weeks, table = scope.weeks, counter.table
    young = [weeks.first + int(place) for place in np.flatnonzero(weeks.provisional() & ~scope.missing)]
    if not young:
        return Nowcast()
    if table.posted_at is None or not (table.posted_at != NO_TIME).any():
        return none("the sightings carry no posting time, so nobody knows how late they came in")
    if weeks.retrospective:
        return none("the sightings were collected afterwards, so nobody knows how late they would have come in")
    ages = Ages(weeks=weeks, since=int(scope.sightings.observed_at.min()))
    known = counter.triangle(ages)
    return none(known) if isinstance(known, str) else nowcast(known, young, ages)


def _calibrated(breaks: Sequence[Break], young: Nowcast) -> bool | None:
    """Return whether every interval whose coverage can be judged was judged well; ``None`` where none can."""
    judged: list[bool | None] = [one.calibrated for one in breaks if one.calibrated is not None]
    if any(row.interval is not None for row in young.weeks):
        judged.append(young.calibrated)
    if any(one is False for one in judged):
        return False
    return True if judged and None not in judged else None
