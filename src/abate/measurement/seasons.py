"""What a calendar puts into a series: weekdays, and Ramadan, which moves some eleven days a year.

Ramadan is taken from the tabular (civil) Hijri calendar, whole-number arithmetic with eleven leap years in thirty
(Dershowitz and Reingold, *Calendrical Calculations*, 2018, chapter 7). Where a month is begun by seeing the moon it may
differ by a day, which is nothing to a weekly share and little to a daily one.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError

CALENDARS = ("weekday", "ramadan")
"""The names that :func:`regressors` knows."""
WEEKDAYS = ("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The columns of ``weekday``; Monday is what they are compared with."""

_DAYS = 7
_RAMADAN, _SHAWWAL = 9, 10
_EPOCH = 227_015
"""1 Muharram 1 of the civil count, 16 July 622 (Julian), as a proleptic ordinal."""
_MEAN_YEAR = 10_631 / 30


def hijri_start(year: int, month: int) -> date:
    """Return the day on which a month of the tabular Hijri calendar begins.

    :param year: 1 or later
    :param month: 1 to 12
    """
    before = 29 * (month - 1) + (6 * month - 1) // 11 + 354 * (year - 1) + (3 + 11 * year) // 30
    return date.fromordinal(_EPOCH + before)


def ramadan(year: int) -> tuple[date, date]:
    """Return the first and the last day of Ramadan of a Hijri year."""
    return hijri_start(year, _RAMADAN), hijri_start(year, _SHAWWAL) - timedelta(days=1)


def ramadan_share(start: date, days: int) -> float:
    """Return the share of the days from ``start`` on that lie in Ramadan.

    :param days: 1 or more
    """
    end = start + timedelta(days=days - 1)
    about = int((start.toordinal() - _EPOCH) / _MEAN_YEAR)
    last = int((end.toordinal() - _EPOCH) / _MEAN_YEAR) + 2
    shared = 0
    for year in range(max(about, 1), last + 1):
        first_day, last_day = ramadan(year)
        shared += max((min(end, last_day) - max(start, first_day)).days + 1, 0)
    return shared / days


def columns(names: Sequence[str], step_days: int) -> tuple[str, ...]:
    """Return what the columns of :func:`regressors` are called.

    :raises InputError: for a calendar that is not known
    """
    for name in names:
        if name not in CALENDARS:
            msg = f"--calendar {name}: choose from {', '.join(CALENDARS)}"
            raise InputError(msg)
    weekdays = () if step_days % _DAYS == 0 else WEEKDAYS
    return tuple(column for name in names for column in (weekdays if name == "weekday" else (name,)))


def regressors(dates: Sequence[date], names: tuple[str, ...], step_days: int) -> npt.NDArray[np.float64]:
    """Return the calendar as columns to regress on, shape ``(len(dates), k)``, named by :func:`columns`.

    ``weekday`` gives six columns, the share of the period that is a Tuesday, …, a Sunday; none for whole weeks, which
    hold each day alike. ``ramadan`` gives one, the share of the period's days that lie in Ramadan.

    :param dates: the first day of each period
    :param step_days: the length of a period in days, 1 or more
    :raises InputError: for a calendar that is not known
    """
    parts = [np.empty((len(dates), 0))]
    wanted = columns(names, step_days)
    for name in names:
        if name == "ramadan":
            parts.append(np.array([[ramadan_share(day, step_days)] for day in dates]).reshape(len(dates), 1))
        elif WEEKDAYS[0] in wanted:
            parts.append(_weekday_shares(dates, step_days))
    return np.concatenate(parts, axis=1)


def _weekday_shares(dates: Sequence[date], step_days: int) -> npt.NDArray[np.float64]:
    shares = np.zeros((len(dates), _DAYS))
    for row, day in enumerate(dates):
        for place in range(step_days):
            shares[row, (day.weekday() + place) % _DAYS] += 1 / step_days
    return shares[:, 1:]
