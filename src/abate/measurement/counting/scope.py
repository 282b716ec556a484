"""Which sightings count, and in which week: the snapshot, the panel, the time of each row, the reporting lag."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.footing import Caveat
from abate.measurement.tables.columns import Checks, Reading, Sightings, Words
from abate.measurement.weeks import (
    DAY,
    NO_TIME,
    SECOND,
    WEEK,
    Micros,
    to_micros,
    to_moment,
    week_of,
    week_start,
    weeks_of,
)

_LAG_QUANTILE = 0.95
_LAG_SAMPLE = 2_000_000
_RETROSPECTIVE = 4.0
"""Posts that span this many times longer than their observation were collected afterwards."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The weeks of an answer."""

    first: int
    """Number of the first week."""
    count: int
    snapshot: int
    """Microseconds: nothing observed later counts."""
    lag: int
    """The 95th percentile of the reporting lag, in microseconds; 0 when unknown."""
    retrospective: bool

    def provisional(self) -> Mask:
        """Return, for each week, whether the snapshot lies less than the lag after its end, shape ``(count,)``."""
        ends = np.array([week_start(self.first + place + 1) for place in range(self.count)], dtype=np.int64)
        return ends + self.lag > self.snapshot


def within(sightings: Sightings, until: datetime | None, panel: frozenset[str] | None) -> Sightings:
    """Keep what was observed by ``until`` on the panel's channels.

    :raises InputError: when nothing remains
    """
    keep: Mask | None = None
    if until is not None:
        keep = sightings.observed_at <= to_micros(until)
    if panel is not None:
        wanted = np.array([name in panel for name in sightings.channel.names], dtype=bool)
        of_panel = np.append(wanted, np.False_)[sightings.channel.codes]
        keep = of_panel if keep is None else keep & of_panel
    if keep is not None and not keep.all():
        sightings = take(sightings, keep)
    if not len(sightings):
        msg = "no sighting remains; check --until and --panel against the table"
        raise InputError(msg, where=sightings.reading.file)
    return sightings


def take(sightings: Sightings, keep: Mask) -> Sightings:
    """Return the rows under a mask of shape ``(rows,)``."""
    kept: dict[str, Any] = {}
    for column in fields(sightings):
        values = getattr(sightings, column.name)
        if isinstance(values, Words):
            kept[column.name] = Words(codes=values.codes[keep], names=values.names)
        elif isinstance(values, np.ndarray):
            kept[column.name] = values[keep]
    return replace(sightings, **kept)


def counted_at(sightings: Sightings, *, per_reader: bool = False) -> Micros:
    """Return the time by which each row counts: ``posted_at`` where known, else the item's first ``observed_at``.

    :param per_reader: take the first observation of an item *by a reader* instead, for the audience
    """
    if sightings.posted_at is None:
        at, late = sightings.observed_at.copy(), np.ones(len(sightings), dtype=bool)
    else:
        late = sightings.posted_at == NO_TIME
        # A posting time after its observation is a wrong clock; the observation bounds it.
        at = np.minimum(sightings.posted_at, sightings.observed_at)
        at[late] = sightings.observed_at[late]
    if sightings.item is None or not late.any():
        return at
    rows = np.flatnonzero(sightings.item.codes >= 0)
    key = keys(sightings, ("platform", "item", "audience") if per_reader else ("platform", "item"))[rows]
    # Rows with a known posting time come first, so that they set the item's time; then the earliest observation.
    order = np.lexsort((at[rows], late[rows], key))
    firsts = np.flatnonzero(np.diff(key[order], prepend=-1))
    first_at = np.repeat(at[rows][order][firsts], np.diff(firsts, append=len(order)))
    settled = np.empty(len(rows), dtype=np.int64)
    settled[order] = first_at
    at[rows] = np.where(late[rows], settled, at[rows])
    return at


def keys(sightings: Sightings, columns: Sequence[str]) -> Micros:
    """Join word columns into one whole number a row, shape ``(rows,)``; a missing cell counts as a value of its own.

    :raises InputError: when the joined numbers do not fit 63 bits
    """
    key = np.zeros(len(sightings), dtype=np.int64)
    bound = 1
    for name in columns:
        column: Words | None = getattr(sightings, name)
        if column is None:
            continue
        size = len(column.names) + 1
        bound *= size
        if bound > 1 << 62:
            msg = f"too many different values of {', '.join(columns)} together; measure one platform at a time"
            raise InputError(msg, where=sightings.reading.file)
        key *= size
        key += column.codes
        key += 1
    return key


def calendar(sightings: Sightings, at: Micros, checks: Checks | None, until: datetime | None) -> Calendar:
    """Lay out the weeks from the first sighting to the last sighting, the last check, or ``until`` where it was given.

    The snapshot is ``until``, else the latest sighting or check.

    :param at: the times that count; may be those of a part of the sightings
    """
    looked = np.empty(0, dtype=np.int64) if checks is None else checks.checked_at
    latest = max(int(sightings.observed_at.max()), int(looked.max(initial=NO_TIME)))
    snapshot = latest if until is None else to_micros(until)
    looked = looked[looked <= snapshot]
    first = week_of(int(at.min()))
    last = week_of(max(int(at.max()), int(looked.max(initial=NO_TIME))))
    if until is not None:
        # A snapshot on Monday at midnight ends the week before; it does not begin an empty one.
        last = max(last, week_of(snapshot - 1))
    retrospective = _collected_afterwards(sightings, at)
    lag = 0 if retrospective else reporting_lag(sightings)
    return Calendar(first=first, count=last - first + 1, snapshot=snapshot, lag=lag, retrospective=retrospective)


def reporting_lag(sightings: Sightings) -> int:
    """Return the 95th percentile of ``observed_at - posted_at`` in microseconds; 0 where no row has both.

    Above two million rows every n-th row is taken: the percentile of a sample that large is known to the minute. As
    slow reports of the last weeks have not come in yet, the lag is rather under- than overestimated.
    """
    if sightings.posted_at is None:
        return 0
    step = len(sightings) // _LAG_SAMPLE + 1
    posted, observed = sightings.posted_at[::step], sightings.observed_at[::step]
    known = posted != NO_TIME
    if not known.any():
        return 0
    return int(np.quantile(np.maximum(observed[known] - posted[known], 0), _LAG_QUANTILE))


def _collected_afterwards(sightings: Sightings, at: Micros) -> bool:
    if sightings.posted_at is None:
        return False
    posted, observed = int(at.max() - at.min()), int(sightings.observed_at.max() - sightings.observed_at.min())
    return posted > 4 * WEEK and posted > _RETROSPECTIVE * max(observed, SECOND)


def unchecked_weeks(weeks: Calendar, checks: Checks) -> Mask:
    """Return the weeks without a check that saw anything, shape ``(count,)``; a check that failed saw nothing."""
    failed = checks.result.code_of("error")
    place = weeks_of(checks.checked_at[checks.result.codes != failed]) - weeks.first
    missing = np.ones(weeks.count, dtype=bool)
    missing[place[(place >= 0) & (place < weeks.count)]] = False
    return missing


def caveats(sightings: Sightings, weeks: Calendar) -> list[Caveat]:
    """Return what a reader of any weekly count has to know about how the rows came in."""
    out = list(reading_caveats(sightings.reading))
    if weeks.retrospective:
        text = "the posts span far longer than their observation: what was removed before the collection is not here"
        out.append(Caveat(code="retrospective-capture", text=text))
    if weeks.lag and weeks.provisional().any():
        days, end = weeks.lag / DAY, to_moment(weeks.snapshot).date()
        slow = f"1 in 20 sightings comes in more than {days:.1f} days after posting"
        text = f"{slow}; weeks that young at {end} are provisional"
        out.append(Caveat(code="reporting-lag", text=text))
    if sightings.collector_version is not None and _several(sightings.collector_version):
        text = "sightings come from more than one collector version; a step may be the instrument's"
        out.append(Caveat(code="instrument-change", text=text))
    return out


def reading_caveats(reading: Reading) -> list[Caveat]:
    """Return what reading a file left out or assumed."""
    out = []
    if reading.naive_times:
        text = f"{reading.file}: {reading.naive_times} times carry no offset and were read as UTC"
        out.append(Caveat(code="naive-time", text=text))
    if reading.skipped:
        first = reading.problems[0]
        text = f"{reading.skipped} of {reading.rows} rows were left out; the first: {first.where}: {first.text}"
        out.append(Caveat(code="rows-skipped", text=text))
    return out


def _several(column: Words) -> bool:
    return len(np.unique(column.codes[column.codes >= 0])) > 1
