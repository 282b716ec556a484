"""What is kept of sightings: counts by week, never rows, and what they say of themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.counting import instrument, weekly
from abate.measurement.counting.breaks import Series
from abate.measurement.counting.channels import Returns, Spans
from abate.measurement.counting.instrument import Change
from abate.measurement.counting.scope import Calendar, Extent, Mask, caveats_of
from abate.measurement.counting.weekly import NO_CHECK, WeekRow
from abate.measurement.footing import Caveat, Json
from abate.measurement.tables.columns import Codes, Interventions, Reading, Rows
from abate.measurement.weekly.collectors import HiddenTotals
from abate.measurement.weekly.nowcast import Ages, Triangle
from abate.measurement.weeks import Micros

Whole = npt.NDArray[np.int64]
NOTHING = -1
"""In place of a number that a row does not have."""

Source = tuple[tuple[str, int, int, str], ...]
"""Of each file that was read: its name, its size in bytes, when it was written in nanoseconds, and a checksum."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRows:
    """The weekly rows of one division; arrays of shape ``(weeks, cells)``, :data:`NOTHING` where there is none."""

    names: tuple[tuple[tuple[str, str], ...], ...]
    value: Whole
    total: Whole
    least: Whole
    """The lower end of the bounds, and ``most`` the upper one."""
    most: Whole
    missing: tuple[tuple[int, str], ...]
    """Places in the flattened arrays that have no value, and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptTriangle:
    """What was known at each age, or why that cannot be said; and of which weeks."""

    known: Triangle | str
    last: int
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptHidden(HiddenTotals):
    """A hidden total as it was told."""

    told: Json | None = None

    def to_json(self) -> Json | None:
        """Return the contract's ``hidden``."""
        return self.told


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """All that one measure has to say of the weeks, none of them missing and none provisional."""

    extent: Extent
    age: int
    """The age at which items are compared, in microseconds; 0 where they count from the first moment."""
    what: str
    method: str
    assumptions: tuple[str, ...]
    dated: bool
    rows: Mapping[str, KeptRows]
    """By the column that divides them; ``""`` for the whole."""
    series: Mapping[str, Series]
    panel: Series | None
    triangle: KeptTriangle | None
    """``None`` where nobody knows how late the sightings came in."""
    hidden: KeptHidden
    doubts: tuple[Caveat, ...] = ()
    whole: WeekRow | None = None
    """Of following: over all weeks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Channels:
    """When each channel was seen, and in which weeks it was active; arrays of shape ``(channels,)``."""

    platforms: tuple[str, ...]
    names: tuple[str, ...]
    platform: Codes
    channel: Codes
    first: Micros
    last: Micros
    begun: int
    """Number of the first week."""
    active: npt.NDArray[np.uint8]
    """Shape ``(weeks, channels / 8)``: a bit a channel."""

    def spans(self) -> Spans:
        """Return when each channel was first and last observed."""
        return Spans(platform=self.platform, channel=self.channel, first=self.first, last=self.last)

    def returns(self, silent: int) -> Returns:
        """Return when a channel was active again after at least so many silent weeks."""
        # The week from which on a channel that is seen again was silent for long enough; never for one not seen yet.
        due = np.full(len(self.first), np.iinfo(np.int32).max, dtype=np.int32)
        found: list[tuple[Rows, Rows]] = []
        for week, packed in enumerate(self.active):
            there = np.unpackbits(packed, count=len(due)).view(bool)
            back = np.flatnonzero(there & (due <= week))
            found.append((back, week - due[back].astype(np.int64) + silent))
            # As a sum, because a choice cell by cell takes seven times as long.
            due += there * (np.int32(week + silent + 1) - due)
        who, gap = (np.concatenate(parts) for parts in zip(*found, strict=True))
        weeks = np.repeat(np.arange(len(found)), [len(back) for back, _ in found]) + self.begun
        return Returns(platform=self.platform[who], channel=self.channel[who], week=weeks, silent=gap)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollup:
    """What is kept of one table of sightings."""

    source: Source
    reading: Reading
    since: int
    """The first observation, in microseconds."""
    weeks: Rows
    """The numbers of the weeks in which anything was seen."""
    versions: tuple[Change, ...]
    columns: tuple[str, ...]
    """Of those by which a count can be divided, the ones that the table has."""
    measures: Mapping[str, Measure | str]
    """By name; a sentence where the table cannot answer."""
    channels: Channels

    def measure(self, name: str) -> Measure:
        """Return what a measure has to say.

        :raises InputError: where the table could not answer either
        """
        found = self.measures[name]
        if isinstance(found, str):
            raise InputError(found, where=self.reading.file)
        return found


class KeptSeen:
    """What the sightings said of themselves."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup, self.since = rollup, rollup.since

    def changes(self, interventions: Interventions | None) -> tuple[Change, ...]:
        """Return the changes of instrument."""
        return instrument.all_changes(self._rollup.versions, interventions)

    def caveats(self, weeks: Calendar) -> list[Caveat]:
        """Return what a reader of any weekly count has to know about how the rows came in."""
        return caveats_of(self._rollup.reading, self._rollup.weeks, self.since, weeks)


class KeptTold:
    """What a measure said."""

    def __init__(self, rollup: Rollup, measure: Measure) -> None:
        self._rollup, self._measure = rollup, measure
        self.what, self.method, self.assumptions = measure.what, measure.method, measure.assumptions
        self.dated = measure.dated

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        """Return a row for each week and subgroup."""
        weekly.refuse_by(by, self._rollup.columns, self._rollup.reading.file)
        if len(by) > 1:
            refuse(f"--by {','.join(by)}", "columns are kept one at a time", self._rollup)
        kept = self._measure.rows["".join(by)]
        why = dict(kept.missing)
        provisional = weeks.provisional()
        return [
            replace(row, missing=NO_CHECK, value=None, total=None, bounds=None) if missing[place] else row
            for place in range(weeks.count)
            for row in _week(kept, why, place, weeks.first + place, young=bool(provisional[place]))
        ]

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        """Return platform → weekly values, and the whole under the empty name; NaN where not comparable."""
        return {name: _masked(series, weeks, missing) for name, series in self._measure.series.items()}

    def triangle(self, ages: Ages) -> Triangle | str:
        """Return what was known at each age, or why that cannot be said."""
        kept = self._measure.triangle
        if kept is None or (kept.last, kept.start) != (ages.last, ages.start):
            refuse("--checks", "checks that end in another week than the sightings have no nowcast", self._rollup)
        return kept.known

    def panel(self, weeks: Calendar, missing: Mask) -> Series | None:
        """Return the weekly values of the fixed panel; ``None`` where there is none."""
        return None if self._measure.panel is None else _masked(self._measure.panel, weeks, missing)

    def hidden(self, weeks: Calendar) -> HiddenTotals:
        """Return how many there were whom no collector saw."""
        del weeks
        return self._measure.hidden


def refuse(option: str, why: str, rollup: Rollup) -> NoReturn:
    """Refuse a question that a roll-up cannot answer.

    :raises InputError: always, with the table that can
    """
    named = ", ".join(name for name, *_ in rollup.source)
    msg = f"{option}: {why} in a roll-up; name the table itself ({named}) with --sightings"
    raise InputError(msg)


def _week(kept: KeptRows, why: Mapping[int, str], place: int, week: int, *, young: bool) -> Iterator[WeekRow]:
    cells = len(kept.names)
    for cell, name in enumerate(kept.names):
        least, most = int(kept.least[place, cell]), int(kept.most[place, cell])
        yield WeekRow(
            week=week,
            by=name,
            value=_number(kept.value[place, cell]),
            total=_number(kept.total[place, cell]),
            bounds=None if most == NOTHING else (least, most),
            missing=why.get(place * cells + cell, ""),
            provisional=young,
        )


def _number(value: np.int64) -> int | None:
    return None if value == NOTHING else int(value)


def _masked(series: Series, weeks: Calendar, missing: Mask) -> Series:
    return np.where(missing | weeks.provisional(), np.nan, series[: weeks.count])
