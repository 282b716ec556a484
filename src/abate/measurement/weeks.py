"""Weeks as whole numbers: they start on Monday at 00:00 UTC and are printed as that Monday.

Times are int64 microseconds since 1970-01-01 UTC, so that fifty million of them are one array.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from abate.domain.times import aware

Micros = npt.NDArray[np.int64]
"""Shape ``(rows,)``, microseconds since 1970-01-01 UTC; ``NO_TIME`` where unknown."""

SECOND = 1_000_000
DAY = 86_400 * SECOND
WEEK = 7 * DAY
NO_TIME = int(np.iinfo(np.int64).min)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MONDAY = 4 * DAY
"""1970-01-01 was a Thursday."""


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC.

    :raises abate.domain.errors.InputError: when the moment has no offset
    """
    return (aware(moment, "time") - _EPOCH) // timedelta(microseconds=1)


def to_moment(micros: int) -> datetime:
    """Return the aware UTC time."""
    return _EPOCH + timedelta(microseconds=micros)


def week_of(micros: int) -> int:
    """Return the number of the week that holds this time."""
    return (micros - _FIRST_MONDAY) // WEEK


def weeks_of(micros: Micros) -> npt.NDArray[np.int64]:
    """Return the week number of each time, shape ``(rows,)``."""
    return (micros - _FIRST_MONDAY) // WEEK


def week_start(number: int) -> int:
    """Return the Monday 00:00 UTC of a week, in microseconds."""
    return number * WEEK + _FIRST_MONDAY


def monday(number: int) -> date:
    """Return the week's Monday."""
    return to_moment(week_start(number)).date()
