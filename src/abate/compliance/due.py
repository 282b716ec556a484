"""What is due, soonest first. Knows only ``Deadline`` values: how long something takes stands with its instrument."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from abate.domain.order import Deadline
from abate.domain.times import aware

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def soonest_first(deadlines: Iterable[Deadline]) -> list[Deadline]:
    """Order deadlines by when they are due; those of one moment by subject and name, so that a list never flickers."""
    return sorted(deadlines, key=lambda d: (d.due, d.subject, d.name))


def remaining(deadline: Deadline, now: datetime) -> timedelta:
    """Return the time left; below zero when it is late."""
    return deadline.due - aware(now, "now")


def describe(deadline: Deadline, now: datetime) -> str:
    """Say in words how the deadline stands: ``41 minutes left``, ``12 minutes late``.

    Both are rounded down: words never promise a minute that is not there.
    """
    left = remaining(deadline, now)
    if not left:
        return "due now"
    return f"{_spoken(abs(left))} {'left' if left > timedelta() else 'late'}"


def _spoken(length: timedelta) -> str:
    if length < _MINUTE:
        return "less than a minute"
    if length < _HOUR:
        return _counted(length // _MINUTE, "minute")
    if length < _DAY:
        hours, rest = divmod(length, _HOUR)
        minutes = rest // _MINUTE
        return f"{_counted(hours, 'hour')} {_counted(minutes, 'minute')}" if minutes else _counted(hours, "hour")
    return _counted(length // _DAY, "day")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
