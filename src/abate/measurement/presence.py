"""Presence: how many channels were active in each week, by subgroup, and what coincided with the interventions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.measurement.counting import weekly
from abate.measurement.counting.breaks import Break, Series
from abate.measurement.counting.scope import Calendar, Mask, calendar, counted_at, within
from abate.measurement.counting.weekly import NOT_COMPUTED, WeekRow
from abate.measurement.footing import Footing, Json
from abate.measurement.tables.columns import Checks, Interventions, Sightings
from abate.measurement.weeks import Micros

COLUMNS = ("posted_at", "item", "collector_version")
"""What presence reads besides the columns it needs and those of ``by``."""

_METHOD = "distinct active channels a week, counted exactly"
_ASSUMPTIONS = (
    "a channel is active in a week when something of it was posted then (first observed, where the posting is undated)",
    "channels are told apart within a platform; the same name on two platforms is two channels",
    "what was never seen is not in here: this is observed presence, not the hidden total",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """Active channels a week."""

    rows: tuple[WeekRow, ...]
    breaks: tuple[Break, ...]
    footing: Footing

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {
            "rows": [row.to_json() for row in self.rows],
            "breaks": [one.to_json() for one in self.breaks],
            "not_computed": list(NOT_COMPUTED),
        }


def presence(  # noqa: PLR0913 - the flags of the command, each given by name
    sightings: Sightings,
    checks: Checks | None = None,
    interventions: Interventions | None = None,
    *,
    by: Sequence[str] = (),
    until: datetime | None = None,
    seed: int = 0,
    panel: frozenset[str] | None = None,
    suppress_below: int | None = None,
) -> Presence:
    """Count the active channels of each week.

    :param checks: where given, a week without a check that saw anything is missing, not zero
    :param interventions: marked in ``breaks`` with the change that coincided with each
    :param by: ``platform``, ``group``, ``language``, ``country`` or ``kind``
    :param until: the snapshot; default the latest observation
    :param seed: of the block bootstrap behind the intervals of ``breaks``
    :param panel: count these channels only
    :param suppress_below: hide cells of subgroups above zero and below this
    :raises abate.domain.errors.InputError: for an unknown ``by``, or when no sighting remains
    """
    sightings = within(sightings, until, panel)
    at = counted_at(sightings)
    weeks = calendar(sightings, at, checks, until)
    missing, found = weekly.missing_weeks(weeks, checks)
    rows = _rows(sightings, at, weeks, missing, by)
    rows = [weekly.suppress(row, suppress_below) for row in rows]
    series_of = {} if interventions is None else _series(sightings, at, weeks, missing)
    marked = weekly.mark(interventions, series_of, weeks, "presence", seed)
    joined = weekly.all_caveats(sightings, weeks, found, marked.caveats, weekly.small_cells(rows, suppress_below))
    footing = weekly.footing(_METHOD, _ASSUMPTIONS, joined, seed)
    return Presence(rows=tuple(rows), breaks=marked.breaks, footing=footing)


def _rows(sightings: Sightings, at: Micros, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
    division = weekly.divide(sightings, by)
    unit, size = weekly.units(sightings, ("platform", "channel"))
    counted = weekly.count_weekly(at, weeks, division, unit, size)
    provisional = weeks.provisional()
    return [
        WeekRow(
            week=weeks.first + place,
            by=name,
            value=None if missing[place] else int(counted[place, cell]),
            provisional=bool(provisional[place]),
            missing=weekly.NO_CHECK if missing[place] else "",
        )
        for place in range(weeks.count)
        for cell, name in enumerate(division.names)
    ]


def _series(sightings: Sightings, at: Micros, weeks: Calendar, missing: Mask) -> dict[str, Series]:
    """Return platform → weekly values, and the whole under the empty name."""
    unit, size = weekly.units(sightings, ("platform", "channel"))
    division = weekly.divide(sightings, ("platform",))
    counted = weekly.count_weekly(at, weeks, division, unit, size)
    provisional = weeks.provisional()
    # A channel lies on one platform, so the platforms add up to the whole.
    out = {"": weekly.series(counted.sum(axis=1, dtype=np.int64), missing, provisional)}
    for cell, name in enumerate(division.names):
        out[name[0][1]] = weekly.series(counted[:, cell], missing, provisional)
    return out
