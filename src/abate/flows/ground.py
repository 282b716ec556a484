"""What a page of claims stands on: the tables of one question, read once, and the date since which is asked."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from abate.domain.errors import InputError
from abate.flows.kit import Asking
from abate.flows.sources import Source, checks_of, interventions_of, lifetimes_of, sightings_of
from abate.measurement.counting.breaks import span
from abate.measurement.counting.scope import Mask, take
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.since import FEWEST, Mark, Window
from abate.measurement.tables.columns import Checks, Interventions, Lifetimes, Sightings, Words, encode
from abate.measurement.weekly.following import Following, following
from abate.measurement.weekly.presence import Presence, presence
from abate.measurement.weeks import NO_TIME, Micros, to_micros, to_moment, week_of

MONTH = "month of removal"
"""Name of the column by which views at removal are told apart."""
_INSTRUMENT = "collector"
_LONG_ENOUGH = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What is settled before the outcome is read."""

    until: datetime | None = None
    seed: int = 0
    start: datetime | None = None
    """Since when; by default the latest intervention with settled weeks on both sides."""
    before: int = 8
    after: int = 8
    """Weeks; 0 for all that are settled."""
    leave_out_weeks: frozenset[int] = frozenset()
    exclude_channels: frozenset[str] = frozenset()
    exclude_platforms: frozenset[str] = frozenset()
    controls: tuple[str, ...] | None = None
    """Platforms that were left alone; by default all others without an intervention of their own."""
    unseen: tuple[str, ...] = ()
    """Platforms that matter and are not observed, as the analyst names them."""

    @property
    def window(self) -> Window:
        """Return which weeks are compared."""
        return Window(before=self.before, after=self.after, leave_out=self.leave_out_weeks)


@dataclass(kw_only=True)
class Ground:
    """The tables of one question. Each is read when it is first asked for."""

    kit: Asking
    source: Source = field(default_factory=Source)
    scope: Scope = field(default_factory=Scope)

    @cached_property
    def sightings(self) -> Sightings:
        """Return the sightings without what the plan excludes.

        :raises InputError: when the file cannot be read, or the store holds none yet
        """
        table = sightings_of(self.kit, self.source)
        if self.source.sightings is None and not len(table):
            msg = "nothing was matched yet, so that the store holds no sighting"
            raise InputError(msg)
        keep = ~(
            _named(table.channel, self.scope.exclude_channels) | _named(table.platform, self.scope.exclude_platforms)
        )
        return table if keep.all() else take(table, keep)

    @cached_property
    def checks(self) -> Checks | None:
        """Return the checks, where there are any."""
        return checks_of(self.kit, self.source)

    @cached_property
    def interventions(self) -> Interventions | None:
        """Return what was done, where anything is on record."""
        return interventions_of(self.kit, self.source)

    @cached_property
    def lifetimes(self) -> Lifetimes:
        """Return the lifetimes of channels without what the plan excludes."""
        return self._kept(lifetimes_of(self.kit, self.source))

    @cached_property
    def content_lifetimes(self) -> Lifetimes:
        """Return the lifetimes of items where the store knows them, else those of the file; each with its month."""
        own = self.source.lifetimes is None and self.source.sightings is None
        table = self.kit.tables.current(self.kit.store).item_lifetimes if own else self.lifetimes
        return replace(table, more={**table.more, MONTH: _months(table.removed, len(table))})

    def _kept(self, table: Lifetimes) -> Lifetimes:
        """Leave out the channels and platforms that the plan excludes."""
        keep = ~(
            _named(table.subject, self.scope.exclude_channels) | _named(table.platform, self.scope.exclude_platforms)
        )
        return table if keep.all() else _rows_of(table, keep)

    @cached_property
    def presence(self) -> Presence:
        """Return active channels a week."""
        scope = self.scope
        return presence(self.sightings, self.checks, self.interventions, until=scope.until, seed=scope.seed)

    @cached_property
    def by_platform(self) -> Presence:
        """Return active channels a week by platform."""
        return presence(self.sightings, self.checks, by=("platform",), until=self.scope.until, seed=self.scope.seed)

    @cached_property
    def following(self) -> Following:
        """Return the distinct audience a week."""
        scope = self.scope
        return following(self.sightings, self.checks, self.interventions, until=scope.until, seed=scope.seed)

    @cached_property
    def mark(self) -> Mark | None:
        """Return the event since which is asked; ``None`` where nothing was done."""
        if self.interventions is None:
            return None if self.scope.start is None else _planned(self.scope.start)
        if self.scope.start is not None:
            return _at(self.interventions, self.scope.start) or _planned(self.scope.start)
        return chosen_mark(self.interventions, self.presence.rows)


def _rows_of(table: Lifetimes, keep: Mask) -> Lifetimes:
    kept: dict[str, Any] = {}
    for column in fields(table):
        values = getattr(table, column.name)
        if isinstance(values, Words):
            kept[column.name] = _words(values, keep)
        elif isinstance(values, np.ndarray):
            kept[column.name] = values[keep]
    more = {name: _words(column, keep) for name, column in table.more.items()}
    return replace(table, **kept, more=more)


def _words(column: Words, keep: Mask) -> Words:
    return Words(codes=column.codes[keep], names=column.names)


def _months(removed: Micros | None, rows: int) -> Words:
    """Return the month of each removal as ``2026-05``; empty where nothing was removed."""
    if removed is None:
        return encode([""] * rows)
    return encode("" if at == NO_TIME else f"{to_moment(int(at)):%Y-%m}" for at in removed)


def _named(column: Words, names: Collection[str]) -> Mask:
    of = np.array([name in names for name in column.names], dtype=bool)
    return np.append(of, np.False_)[column.codes]


def chosen_mark(interventions: Interventions, rows: tuple[WeekRow, ...]) -> Mark | None:
    """Return the latest intervention with eight settled weeks after it and four before, or with four on each side.

    The rule looks at which weeks are settled and never at what was counted in them.
    """
    settled = {row.week for row in rows if not row.provisional and not row.missing}
    marks = [_mark(interventions, row) for row in range(len(interventions)) if not is_instrument(interventions, row)]
    for enough in (_LONG_ENOUGH, FEWEST):
        for mark in sorted(marks, key=lambda one: (one.first, one.platform, one.kind), reverse=True):
            before = sum(1 for week in settled if week < mark.first)
            after = sum(1 for week in settled if week > mark.last)
            if before >= FEWEST and after >= enough:
                return mark
    return None


def is_instrument(interventions: Interventions, row: int) -> bool:
    """Say whether a row is a change of the collector and nothing that was done to anybody."""
    return interventions.kind.text(row).startswith(_INSTRUMENT)


def _mark(interventions: Interventions, row: int) -> Mark:
    first, last = span(interventions, row)
    return Mark(
        first=first,
        last=last,
        kind=interventions.kind.text(row),
        platform=interventions.platform.text(row),
        day=to_moment(int(interventions.date[row])).date(),
    )


def _at(interventions: Interventions, start: datetime) -> Mark | None:
    """Return the intervention of the week that the plan names."""
    wanted = week_of(to_micros(start))
    marks = [_mark(interventions, row) for row in range(len(interventions)) if not is_instrument(interventions, row)]
    mark = next((one for one in marks if one.first == wanted), None)
    return None if mark is None else replace(mark, day=start.date())


def _planned(start: datetime) -> Mark:
    week = week_of(to_micros(start))
    return Mark(first=week, last=week, kind="event that the plan names", platform="all platforms", day=start.date())
