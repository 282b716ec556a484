"""Aware times only: a time without an offset is refused at the door, because a clock of the law hangs on it."""

from datetime import UTC, datetime

from abate.domain.errors import InputError


def aware(moment: datetime, name: str) -> datetime:
    """Return ``moment`` in UTC.

    :param name: what the time is called where it came from, for the error
    :raises InputError: when it has no UTC offset, or lies outside the years 1 to 9999 there
    """
    if moment.utcoffset() is None:
        msg = f"{name} has no UTC offset; write it as 2026-03-29T01:30:00+01:00"
        raise InputError(msg)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        # The calendar's first and last day can be written with an offset that leads out of it: a hostile row, no crash.
        msg = f"{name} lies outside the years 1 to 9999 in UTC; leave it out or send the true time"
        raise InputError(msg) from error


def optional_aware(moment: datetime | None, name: str) -> datetime | None:
    """Like :func:`aware`, letting ``None`` through."""
    return None if moment is None else aware(moment, name)


def parse_time(text: str, name: str) -> datetime:
    """Read an ISO 8601 date-time with an offset, or a date (midnight UTC).

    :raises InputError: when it is neither, or has no offset
    """
    try:
        if len(text) == len("2026-03-29"):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return aware(datetime.fromisoformat(text), name)
    except ValueError as error:
        msg = f"{name} {text!r} is not an ISO date or date-time; write it as 2026-03-29T01:30:00+01:00"
        raise InputError(msg) from error
