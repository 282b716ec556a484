"""Times as exports write them: seconds or microseconds since 1970, or ISO text, with an offset or without."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A time that could be read."""

    at: datetime
    """In UTC."""
    naive: bool = False
    """Whether it had no offset and was read as UTC."""


def since_epoch(value: object, *, unit: timedelta = timedelta(seconds=1)) -> Moment | None:
    """Read a number of units since 1970, also one written as text; nothing where it is none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        return Moment(at=_EPOCH + float(value) * unit if isinstance(value, str | float) else _EPOCH + value * unit)
    except (ValueError, OverflowError):
        return None


def iso(value: object) -> Moment | None:
    """Read ISO text, also with a blank between date and time; nothing where it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        if found.utcoffset() is None:
            return Moment(at=found.replace(tzinfo=UTC), naive=True)
        return Moment(at=found.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
