"""Times as people read them: a date, and how long is left until one."""

from datetime import UTC, datetime, timedelta


def written(moment: datetime) -> str:
    """Return ``2 Aug 2026, 14:05``, in UTC."""
    here = moment.astimezone(UTC)
    return f"{here.day} {here:%b %Y, %H:%M}"


def span(length: timedelta) -> str:
    """Return a length in its two largest units, without a sign: ``3 d 4 h``, ``41 min 09 s``."""
    seconds = int(abs(length.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s"


def urgency(due: datetime, now: datetime) -> str:
    """Return ``late``, ``soon`` (a quarter of an hour or less) or ``calm``: the class of a countdown."""
    left = due - now
    if left <= timedelta(0):
        return "late"
    return "soon" if left <= timedelta(minutes=15) else "calm"
