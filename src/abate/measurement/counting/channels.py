"""Each channel over time: when it was first and last seen, and when it was active again after a silence.

What survival and reappearance start from where nobody keeps a table of lifetimes. A channel that fell silent was not
therefore removed: nobody looked, or nobody posted. Only a check can tell.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import Numbers
from abate.measurement.counting.joined import renumbered
from abate.measurement.counting.remembered import remembered
from abate.measurement.counting.scope import counted_at, ends_of
from abate.measurement.counting.weekly import places_of, units
from abate.measurement.tables.columns import Codes, Rows, Sightings
from abate.measurement.weeks import Micros, week_of

SILENT = 4
"""Weeks without activity after which a channel that is active again counts as back."""
_CHANNEL = ("platform", "channel")
_TOO_MANY = 1 << 31
"""From this many possible channels on their numbers have gaps."""
_TABLE_LIMIT = 1 << 30

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """One row a channel; all arrays of shape ``(channels,)``, in no order that means anything."""

    platform: Codes
    """Places in the names of the sightings' column, as ``channel``."""
    channel: Codes
    first: Micros
    last: Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Returns:
    """One row a return; all arrays of shape ``(returns,)``."""

    platform: Codes
    channel: Codes
    week: Rows
    """Number of the week in which the channel was active again."""
    silent: Rows
    """How many weeks it had been silent."""


def first_and_last(sightings: Sightings) -> Spans:
    """Return when each channel was first and last observed."""
    channel, size = _channels(sightings)
    first, last = np.full(size, np.iinfo(np.int64).max), np.full(size, np.iinfo(np.int64).min)
    if len(sightings) < distinct.KERNEL_FROM:
        np.minimum.at(first, channel, sightings.observed_at)
        np.maximum.at(last, channel, sightings.observed_at)
    else:
        from abate.measurement.counting.distinct_kernel import spans  # numba: for millions of rows only

        spans(channel, sightings.observed_at, first, last)
    row = _some_row(sightings, channel, size)
    return Spans(platform=sightings.platform.codes[row], channel=sightings.channel.codes[row], first=first, last=last)


def returns(sightings: Sightings, silent: int = SILENT) -> Returns:
    """Return when a channel was active again after at least so many silent weeks.

    A week counts as active as it does for presence: by posting time, or by the item's first observation.

    :param silent: 1 or more
    """
    week, begun, weeks = _weeks(sightings)
    channel, size = _channels(sightings)
    if size * weeks > _TABLE_LIMIT:
        found = _gaps_of(*np.divmod(np.unique(channel.astype(np.int64) * weeks + week), weeks), silent)
    else:
        found = _gaps_in_table(_marked(channel, week, size, weeks), silent, len(channel))
    who, active, gap = found
    row = _some_row(sightings, channel, size)[who]
    return Returns(
        platform=sightings.platform.codes[row],
        channel=sightings.channel.codes[row],
        week=active + begun,
        silent=gap,
    )


def active_weeks(sightings: Sightings) -> tuple[int, Flags]:
    """Return the number of the first week, and in which weeks each channel was active, shape ``(weeks, channels)``.

    The channels come in the order of :func:`first_and_last`.

    :raises InputError: when channels and weeks are too many for a table
    """
    week, begun, weeks = _weeks(sightings)
    channel, size = _channels(sightings)
    if size * weeks > _TABLE_LIMIT:
        msg = f"{size} channels in {weeks} weeks are too many to be kept; ask the table itself"
        raise InputError(msg, where=sightings.reading.file)
    return begun, _marked(channel, week, size, weeks)


def _weeks(sightings: Sightings) -> tuple[Numbers, int, int]:
    """Return the week of each row, counted from the first; the number of that one, and how many there are."""
    at = counted_at(sightings)
    begun, ended = (week_of(end) for end in ends_of(sightings, at))
    weeks = ended - begun + 1
    return places_of(sightings, at, begun, weeks), begun, weeks


def _marked(channel: Numbers, week: Numbers, size: int, weeks: int) -> Flags:
    there = np.zeros((weeks, size), dtype=bool)
    if len(channel) < distinct.KERNEL_FROM:
        there[week, channel] = True
        return there
    from abate.measurement.counting.distinct_kernel import mark  # numba: for millions of rows only

    # Rows come week after week, so that the flags of a few weeks are in the cache together.
    mark(week, channel, there)
    return there


def _gaps_in_table(there: Flags, silent: int, rows: int) -> tuple[Rows, Rows, Rows]:
    """Do what :func:`_gaps_of` does from flags of shape ``(weeks, channels)`` that as many rows have set."""
    if rows < distinct.KERNEL_FROM:
        who, active = np.nonzero(there.T)
        return _gaps_of(who, active, silent)
    from abate.measurement.counting.distinct_kernel import gaps  # numba: for millions of rows only

    found = np.empty((3, min(rows, there.size // (silent + 1) + 1)), dtype=np.int64)
    count = gaps(there, silent, np.full(there.shape[1], -1), *found)
    return found[0, :count], found[1, :count], found[2, :count]


def _gaps_of(who: Rows, active: Rows, silent: int) -> tuple[Rows, Rows, Rows]:
    """Return who was back, in which week, and after how many silent ones.

    :param who: a row for each channel and week, in their order
    """
    gap = np.diff(active) - 1
    back = np.flatnonzero((np.diff(who) == 0) & (gap >= silent))
    return who[back + 1], active[back + 1], gap[back]


def _channels(sightings: Sightings) -> tuple[Numbers, int]:
    """Return the channel of each row as numbers from 0 without gaps, and how many there are."""
    channel, size = units(sightings, _CHANNEL)
    if size < _TOO_MANY:
        return channel, size
    return remembered(sightings, ("channels",), lambda: renumbered(channel))


def _some_row(sightings: Sightings, channel: Numbers, size: int) -> Rows:
    """Return a row of each channel: all of its rows name it alike."""

    def last() -> Rows:
        row = np.zeros(size, dtype=np.int64)
        if len(channel) < distinct.KERNEL_FROM:
            row[channel] = np.arange(len(channel))
        else:
            from abate.measurement.counting.distinct_kernel import last_rows  # numba: for millions of rows only

            last_rows(channel, row)
        return row

    return remembered(sightings, ("row of each channel",), last)
