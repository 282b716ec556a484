"""Presence: how many channels were active in each week, by subgroup, and what coincided with the interventions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.measurement.counting import weekly
from abate.measurement.counting.breaks import Series
from abate.measurement.counting.scope import Calendar, Mask, calendar, counted_at, take, within
from abate.measurement.counting.suppression import suppress
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.footing import Json
from abate.measurement.tables.columns import Checks, Interventions, Sightings
from abate.measurement.weekly import weekly_answer
from abate.measurement.weekly.first_reports import first_reported
from abate.measurement.weekly.nowcast import Ages, Triangle
from abate.measurement.weekly.seen import Counter, OfRows, SeenRows, Told
from abate.measurement.weekly.weekly_answer import Scope, Weekly
from abate.measurement.weeks import Micros

COLUMNS = weekly_answer.COLUMNS
"""What presence reads besides the columns it needs and those of ``by``."""

_CHANNEL = ("platform", "channel")


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence(Weekly):
    """Active channels a week."""

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {"rows": [row.to_json() for row in self.rows]} | self.beside.to_json()


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
    :param seed: printed with the answer; nothing here is random
    :param panel: count these channels only
    :param suppress_below: hide cells of subgroups above zero and below this, and what would give them away
    :raises abate.domain.errors.InputError: for an unknown ``by``, or when no sighting remains
    """
    sightings = within(sightings, until, panel)
    counter = channels_of(sightings)
    weeks = calendar(sightings, counter.at, checks, until)
    scope = Scope.of(SeenRows(sightings), weeks, checks, interventions, seed)
    return presence_told(OfRows(counter), scope, by, suppress_below)


def presence_told(told: Told, scope: Scope, by: Sequence[str], suppress_below: int | None) -> Presence:
    """Put the answer together from what is known."""
    rows = suppress(told.rows(scope.weeks, scope.missing, by), suppress_below)
    more = weekly.small_cells(rows, suppress_below)
    return Presence(rows=tuple(rows), beside=weekly_answer.beside(told, scope, more))


def channels_of(sightings: Sightings) -> Counter:
    """Return what presence counts among all rows."""
    return _Channels(sightings, counted_at(sightings))


class _Channels:
    """Distinct channels."""

    what = "presence"
    method = "distinct active channels a week, counted exactly; provisional weeks by the chain ladder"
    assumptions = (
        "a channel is active in a week when something of it was posted then (first observed, where it has no date)",
        "channels are told apart within a platform; the same name on two platforms is two channels",
        "what was never seen is not in the weeks: they are observed presence; the hidden total is a lower bound of all",
        "late reports come in as they did in the weeks before",
    )
    lists_of = _CHANNEL

    def __init__(self, table: Sightings, at: Micros) -> None:
        self.table = table
        self.at = at

    def only(self, keep: Mask) -> "_Channels":
        return _Channels(take(self.table, keep), self.at[keep])

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        division = weekly.divide(self.table, by)
        unit, size = weekly.units(self.table, _CHANNEL)
        counted = weekly.count_weekly(self.at, weeks, division, unit, size, self.table)
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

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        unit, size = weekly.units(self.table, _CHANNEL)
        division = weekly.divide(self.table, ("platform",))
        counted = weekly.count_weekly(self.at, weeks, division, unit, size, self.table)
        provisional = weeks.provisional()
        # A channel lies on one platform, so the platforms add up to the whole.
        out = {"": weekly.series(counted.sum(axis=1, dtype=np.int64), missing, provisional)}
        for cell, name in enumerate(division.names):
            out[name[0][1]] = weekly.series(counted[:, cell], missing, provisional)
        return out

    def triangle(self, ages: Ages) -> Triangle:
        unit, size = weekly.units(self.table, _CHANNEL)
        return first_reported(self.at, self.table.observed_at, unit, size, ages)
