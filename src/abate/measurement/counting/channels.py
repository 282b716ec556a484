"""Each channel over time: when it was first and last seen, and when it was active again after a silence.

What survival and reappearance start from where nobody keeps a table of lifetimes. A channel that fell silent was not
therefore removed: nobody looked, or nobody posted. Only a check can tell.
"""

from dataclasses import dataclass

import numpy as np

from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import Numbers, week_places
from abate.measurement.counting.joined import renumbered
from abate.measurement.counting.remembered import remembered
from abate.measurement.counting.scope import counted_at
from abate.measurement.counting.weekly import units
from abate.measurement.tables.columns import Codes, Rows, Sightings
from abate.measurement.weeks import Micros, week_of

SILENT = 4
"""Weeks without activity after which a channel that is active again counts as back."""
_CHANNEL = ("platform", "channel")
_TOO_MANY = 1 << 31
"""From this many possible channels on their numbers have gaps."""
_TABLE_LIMIT = 1 << 30


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
    at = counted_at(sightings)
    begun = week_of(int(at.min()))
    weeks = week_of(int(at.max())) - begun + 1
    week = week_places(at, begun, weeks)
    channel, size = _channels(sightings)
    if size * weeks <= _TABLE_LIMIT:
        there = np.zeros((size, weeks), dtype=bool)
        if len(sightings) < distinct.KERNEL_FROM:
            there[channel, week] = True
        else:
            from abate.measurement.counting.distinct_kernel import mark  # numba: for millions of rows only

            mark(channel, week, there)
        who, active = np.nonzero(there)
    else:
        who, active = np.divmod(np.unique(channel.astype(np.int64) * weeks + week), weeks)
    gap = np.diff(active) - 1
    back = np.flatnonzero((np.diff(who) == 0) & (gap >= silent))
    row = _some_row(sightings, channel, size)[who[back + 1]]
    return Returns(
        platform=sightings.platform.codes[row],
        channel=sightings.channel.codes[row],
        week=active[back + 1] + begun,
        silent=gap[back],
    )


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
        row[channel] = np.arange(len(channel))
        return row

    return remembered(sightings, ("row of each channel",), last)
