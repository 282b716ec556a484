"""Which sightings count, and in which week: the snapshot, the panel, the time of each row, the reporting lag."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import dense
from abate.measurement.counting.first_times import bounded, settle_items
from abate.measurement.counting.remembered import remembered
from abate.measurement.footing import Caveat
from abate.measurement.tables.columns import Checks, Codes, Reading, Sightings, Words
from abate.measurement.weeks import (
    DAY,
    NO_TIME,
    SECOND,
    WEEK,
    Micros,
    monday,
    to_micros,
    to_moment,
    week_of,
    week_start,
    weeks_of,
)

_LAG_QUANTILE = 0.95
_LAG_SAMPLE = 2_000_000
_TABLE_LIMIT = 1 << 24
_RETROSPECTIVE = 4.0
"""Posts that span this many times longer than their observation were collected afterwards."""

_SILENT = 104
"""Weeks without any sighting, beside the first or the last of them, from which on that one's date is doubted."""

_LOT, _LOW, _HALF = np.uint64(0x9E3779B1), np.uint64(0xFFFFFFFF), np.uint64(32)
"""The golden ratio of 2^32, by which lots fall evenly, and the two halves of a word."""

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
    age: int = 0
    """The age at which items are compared, in microseconds; 0 where they count from the first moment."""

    def provisional(self) -> Mask:
        """Return, for each week, whether the snapshot lies less than lag or age after its end, shape ``(count,)``."""
        ends = np.array([week_start(self.first + place + 1) for place in range(self.count)], dtype=np.int64)
        # A snapshot at the last microsecond of a Sunday, as a bare --until date gives, ends the week.
        return ends - 1 + max(self.lag, self.age) > self.snapshot


def within(sightings: Sightings, until: datetime | None, panel: frozenset[str] | None) -> Sightings:
    """Keep what was observed by ``until`` on the panel's channels.

    :raises InputError: when nothing remains
    """
    if not len(sightings):
        msg = "nothing has been seen yet; scan something first, or name a table with --sightings"
        raise InputError(msg, where=sightings.reading.file)
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

    A posting time after its observation is a wrong clock; the observation bounds it. Where some rows of an item know
    its posting time, the others take the earliest of those.

    :param per_reader: take the first observation of an item *by a reader* instead, for the audience
    """
    at, unknown = remembered(sightings, ("bounded",), lambda: bounded(sightings.posted_at, sightings.observed_at))
    if sightings.item is None or not unknown:
        return at
    return remembered(
        sightings, ("counted at", per_reader), lambda: _settled(sightings, at.copy(), per_reader=per_reader)
    )


def _settled(sightings: Sightings, at: Micros, *, per_reader: bool) -> Micros:
    assert sightings.item is not None
    own = (sightings.platform, sightings.item, sightings.audience if per_reader else None)
    settle_items(at, sightings.posted_at, own, sightings.reading.file)
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


def ends_of(sightings: Sightings, at: Micros | None = None) -> tuple[int, int]:
    """Return the first and the last observation, or those of other times."""
    times = sightings.observed_at if at is None else at
    if len(times) != len(sightings):
        return int(times.min()), int(times.max())
    # The times are kept beside their ends, so that no others can come to have their identity.
    key = ("ends", id(times))
    _, first, last = remembered(sightings, key, lambda: (times, int(times.min()), int(times.max())))
    return first, last


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """What the weeks of an answer follow from; times in microseconds."""

    first: int
    """The first time that counts."""
    last: int
    latest: int
    """The last observation, whether or not it counts."""
    lag: int
    retrospective: bool

    def calendar(self, checks: Checks | None, until: datetime | None = None, *, age: int = 0) -> Calendar:
        """Lay out the weeks from the first sighting to the last one, the last check, or ``until`` where it was given.

        The snapshot is ``until``, else the latest sighting or check.

        :param age: at which items are compared, in microseconds
        """
        looked = np.empty(0, dtype=np.int64) if checks is None else checks.checked_at
        latest = max(self.latest, int(looked.max(initial=NO_TIME)))
        snapshot = latest if until is None else to_micros(until)
        looked = looked[looked <= snapshot]
        first = week_of(self.first)
        last = week_of(max(self.last, int(looked.max(initial=NO_TIME))))
        if until is not None:
            # A snapshot on Monday at midnight ends the week before; it does not begin an empty one.
            last = max(last, week_of(snapshot - 1))
        return Calendar(
            first=first,
            count=last - first + 1,
            snapshot=snapshot,
            lag=self.lag,
            retrospective=self.retrospective,
            age=age,
        )


def extent_of(sightings: Sightings, at: Micros, *, per_reader: bool = False) -> Extent:
    """Return how far sightings reach, and how late they came in.

    :param at: the times that count; may be those of a part of the sightings
    :param per_reader: the lag is that of each reader instead of the item's first observation
    """
    first, last = ends_of(sightings, at)
    retrospective = _collected_afterwards(sightings, last - first)
    lag = 0 if retrospective else reporting_lag(sightings, per_reader=per_reader)
    return Extent(first=first, last=last, latest=ends_of(sightings)[1], lag=lag, retrospective=retrospective)


def calendar(
    sightings: Sightings, at: Micros, checks: Checks | None, until: datetime | None, *, per_reader: bool = False
) -> Calendar:
    """Lay out the weeks of sightings; parameters as of :func:`extent_of` and :meth:`Extent.calendar`."""
    return extent_of(sightings, at, per_reader=per_reader).calendar(checks, until)


def reporting_lag(sightings: Sightings, *, per_reader: bool = False) -> int:
    """Return the 95th percentile of ``observed_at - posted_at`` in microseconds; 0 where no row has both.

    An item counts with its first observation: a second reading of its views is no late report. Above two million rows a
    part of the items is taken: the percentile of a sample that large is known to the minute. As slow reports of the
    last weeks have not come in yet, the lag is rather under- than overestimated.

    :param per_reader: every row counts, as each is the first that is heard of a reader
    """
    return remembered(sightings, ("lag", per_reader), lambda: _reporting_lag(sightings, per_reader=per_reader))


def _reporting_lag(sightings: Sightings, *, per_reader: bool) -> int:
    if sightings.posted_at is None:
        return 0
    step = len(sightings) // _LAG_SAMPLE + 1
    by_item = sightings.item is not None and not per_reader
    rows = _sample(sightings.item.codes, step) if sightings.item is not None and by_item else slice(None, None, step)
    posted, observed = sightings.posted_at[rows], sightings.observed_at[rows]
    keep = posted != NO_TIME
    if not keep.any():
        return 0
    # What was found lying there when watching began was not reported late.
    young = keep & (posted >= ends_of(sightings)[0])
    keep = young if young.any() else keep
    lag = np.maximum(observed - posted, 0)[keep]
    if by_item:
        lag = _first_of_items(sightings, rows, keep, lag, step)
    return int(np.quantile(lag, _LAG_QUANTILE))


def _sample(item: Codes, step: int) -> Micros | slice:
    """Return the rows of one item in ``step``, with those that have none where that is 1.

    Of each ``step`` items in a row one is taken as if by lot: numbers of items may repeat a pattern, and every sixth of
    them be of the same platform.
    """
    if step == 1:
        return slice(None)
    if len(item) < distinct.KERNEL_FROM:
        block = (item // step).astype(np.uint64)
        lot = (((block * _LOT) & _LOW) * np.uint64(step)) >> _HALF
        return np.flatnonzero((item >= 0) & (item % step == lot.astype(np.int64)))
    from abate.measurement.counting.distinct_kernel import drawn  # numba: for millions of rows only

    rows = np.empty(len(item), dtype=np.int32)
    return rows[: drawn(item, step, rows)].astype(np.int64)


def _first_of_items(sightings: Sightings, rows: Micros | slice, keep: Mask, lag: Micros, step: int) -> Micros:
    """Return the smallest lag of each item; a row without an item is one of its own.

    :param keep: which of the rows count
    :param lag: of those
    :param step: of each so many items in a row, one at most is here
    """
    assert sightings.item is not None
    item = sightings.item.codes[rows][keep].astype(np.int64)
    named = item >= 0
    width = len(sightings.item.names) // step + 1
    key = sightings.platform.codes[rows][keep][named] * width + item[named] // step
    bound = len(sightings.platform.names) * width
    if bound > _TABLE_LIMIT:
        key, found = dense(key, bound)
        bound = len(found)
    first = np.full(bound, np.iinfo(np.int64).max)
    np.minimum.at(first, key, lag[named])
    return np.concatenate([first[first < np.iinfo(np.int64).max], lag[~named]])


def _collected_afterwards(sightings: Sightings, posted: int) -> bool:
    """Say whether the times that count lie much further apart than the observations."""
    if sightings.posted_at is None:
        return False
    first, last = ends_of(sightings)
    observed = last - first
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
    seen = weeks_seen(sightings) if weeks.count > _SILENT else np.empty(0, dtype=np.int64)
    return caveats_of(sightings.reading, seen, ends_of(sightings)[0], weeks)


def caveats_of(reading: Reading, seen: Micros, since: int, weeks: Calendar) -> list[Caveat]:
    """Return the same from what is known of the rows.

    :param seen: the numbers of the weeks in which anything was seen, in order; looked at only where there are many
    :param since: the first observation, in microseconds
    """
    out = list(reading_caveats(reading))
    if weeks.retrospective:
        text = "the posts span far longer than their observation: what was removed before the collection is not here"
        out.append(Caveat(code="retrospective-capture", text=text))
    if weeks.lag and weeks.provisional().any():
        days, end = weeks.lag / DAY, to_moment(weeks.snapshot).date()
        slow = f"1 in 20 sightings comes in more than {days:.1f} days after posting"
        text = f"{slow}; weeks that young at {end} are provisional"
        out.append(Caveat(code="reporting-lag", text=text))
    if weeks.age and weeks.provisional().any():
        days, end = weeks.age / DAY, to_moment(weeks.snapshot).date()
        text = f"views are compared {days:.3g} days after posting; weeks with younger items at {end} are provisional"
        out.append(Caveat(code="reporting-lag", text=text))
    out += _far_apart(seen, weeks)
    began = week_of(since)
    if weeks.first < began and not weeks.retrospective:
        text = f"watching began in the week of {monday(began)}; of the weeks before only what lasted until then is here"
        out.append(Caveat(code="left-truncation", text=text))
    return out


def weeks_seen(sightings: Sightings) -> Micros:
    """Return the numbers of the weeks in which anything was seen, in order."""
    return remembered(sightings, ("weeks",), lambda: _weeks_seen(sightings.observed_at, *ends_of(sightings)))


def _weeks_seen(observed: Micros, begun: int, ended: int) -> Micros:
    """Return the numbers of the weeks in which anything was seen between two moments, in order."""
    first = week_of(begun)
    there = np.zeros(week_of(ended) - first + 1, dtype=bool)
    if len(observed) < distinct.KERNEL_FROM:
        there[weeks_of(observed) - first] = True
    else:
        from abate.measurement.counting.distinct_kernel import mark_weeks  # numba: for millions of rows only

        mark_weeks(observed, week_start(first), there)
    return np.flatnonzero(there) + first


def _far_apart(seen: Micros, weeks: Calendar) -> list[Caveat]:
    """Doubt a first or last sighting that lies years from all others: one mistyped year makes years of silence."""
    if weeks.count <= _SILENT or len(seen) == 1:
        return []
    ends = {"first": (seen[0], seen[1] - seen[0]), "last": (seen[-1], seen[-1] - seen[-2])}
    return [
        Caveat(
            code="far-apart",
            text=f"the {which} sightings, in the week of {monday(int(week))}, lie {gap} weeks from all others; "
            "is that date right? --until leaves later ones out",
        )
        for which, (week, gap) in ends.items()
        if gap > _SILENT
    ]


def reading_caveats(reading: Reading) -> list[Caveat]:
    """Return what reading a file left out or assumed."""
    out = []
    if reading.naive_times:
        many = "1 time carries" if reading.naive_times == 1 else f"{reading.naive_times} times carry"
        text = f"{reading.file}: {many} no offset and {'was' if reading.naive_times == 1 else 'were'} read as UTC"
        out.append(Caveat(code="naive-time", text=text))
    if reading.skipped:
        first = _first(reading, left_out=True)
        text = f"{reading.skipped} of {reading.rows} rows {'was' if reading.skipped == 1 else 'were'} left out{first}"
        out.append(Caveat(code="rows-skipped", text=text))
    if reading.emptied:
        first = _first(reading, left_out=False)
        many = "1 cell says" if reading.emptied == 1 else f"{reading.emptied} cells say"
        text = f"{many} nothing usable and {'counts' if reading.emptied == 1 else 'count'} as unknown{first}"
        out.append(Caveat(code="cells-emptied", text=text))
    return out


def _first(reading: Reading, *, left_out: bool) -> str:
    found = (problem for problem in reading.problems if problem.left_out == left_out)
    return next((f"; the first: {problem.where}: {problem.text}" for problem in found), "")
