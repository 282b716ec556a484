"""Has it fallen since a date? The mean of the settled weeks after, beside that of the weeks before.

The comparison and its interval are those of :mod:`abate.measurement.counting.persistence`: neighbouring weeks are
alike, and how much so is summed over instead of guessed. What differs from the breaks of a weekly count is that a plan
can settle the windows, and that the latest weeks can be compared too: what fell may have come back since.

It describes; it compares with nothing that was left alone. Cause needs ``abate measure effect`` or ``synthetic``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.counting.breaks import Series
from abate.measurement.counting.distinct import Whole
from abate.measurement.counting.persistence import CONTEXT, Compared, compare
from abate.measurement.counting.persistence import Side as Weeks
from abate.measurement.counting.scope import Mask
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.footing import NOT_CALIBRATED, Caveat, Footing, Json
from abate.measurement.weeks import monday
from abate.numeric.intervals import Interval

FEWEST = 4
"""Settled weeks that each side needs."""
_METHOD = "mean of the settled weeks after over that of the weeks before; interval over every autocorrelation"
_ASSUMPTIONS = (
    "the logarithms of the weekly counts scatter around one level a side, with a slope that both have in common",
    "provisional weeks, weeks without a check and weeks of the event itself are left out",
    "this is a comparison with before, not with what would have happened otherwise",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """The event since which is asked."""

    first: int
    """Week number."""
    last: int
    kind: str
    platform: str
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which weeks are compared, settled before they are looked at."""

    before: int = 8
    after: int = 8
    """0 for all settled weeks."""
    latest: bool = False
    """Take the last settled weeks instead of those that follow the event."""
    leave_out: Collection[int] = ()
    """Week numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """The weeks of one side."""

    first: int
    last: int
    values: Series
    """Settled values only."""

    @property
    def mean(self) -> float:
        """Return the mean of the settled weeks."""
        return float(self.values.mean())

    def to_json(self) -> Json:
        """Return first and last Monday, how many weeks were settled, and their mean."""
        return {
            "first": monday(self.first).isoformat(),
            "last": monday(self.last).isoformat(),
            "weeks": len(self.values),
            "mean": self.mean,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """The change since an event, or between the first and the last weeks where nothing was marked."""

    what: str
    mark: Mark | None
    before: Side
    after: Side
    relative: float | None
    """-0.63 for a fall by 63 %; ``None`` where the weeks before hold nothing."""
    interval: Interval | None
    p: float | None
    """Two-sided, that the mean did not change."""
    autocorrelation: float | None
    """Of neighbouring weeks."""
    footing: Footing

    def to_json(self) -> Json:
        """Return the answer."""
        event = None
        if self.mark is not None:
            event = {"date": self.mark.day.isoformat(), "kind": self.mark.kind, "platform": self.mark.platform}
        return self.footing.to_json() | {
            "what": self.what,
            "event": event,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "relative": number(self.relative),
            "relative_interval": pair(self.interval),
            "p": number(self.p),
            "autocorrelation": number(self.autocorrelation),
        }


def since(rows: Sequence[WeekRow], mark: Mark | None, window: Window, *, what: str) -> Since:
    """Compare the weeks after with the weeks before.

    :param rows: consecutive weeks of one group
    :raises InputError: when a side has fewer than four settled weeks
    """
    first, values = _settled(rows, window)
    before, after = _sides(first, values, mark, window)
    for side, name in ((before, "before"), (after, "after")):
        if len(side.values) < FEWEST:
            msg = f"only {len(side.values)} settled weeks {name}; at least {FEWEST} are needed on each side"
            raise InputError(msg)
    found = _compared(first, values, before, after)
    return Since(
        what=what,
        mark=mark,
        before=before,
        after=after,
        relative=None if found is None else found.ratio - 1,
        interval=None if found is None else (found.interval[0] - 1, found.interval[1] - 1),
        p=None if found is None else found.p,
        autocorrelation=None if found is None else found.autocorrelation,
        footing=_footing(found),
    )


def _footing(found: Compared | None) -> Footing:
    calibrated = None if found is None else found.calibrated
    caveats = () if calibrated else (NOT_CALIBRATED if found is None else _rough(found),)
    return Footing(method=_METHOD, assumptions=_ASSUMPTIONS, caveats=caveats, calibrated=calibrated)


def _rough(found: Compared) -> Caveat:
    text = (
        f"with {found.weeks} settled weeks whose neighbours have an autocorrelation of {found.autocorrelation:.2f}, "
        "the interval may be too narrow; read it as a rough guide"
    )
    return Caveat(code=NOT_CALIBRATED.code, text=text)


def _compared(first: int, values: Series, before: Side, after: Side) -> Compared | None:
    """Compare the sides, learning from up to a year around them how alike neighbouring weeks are."""
    if before.mean <= 0:
        return None
    places = np.arange(len(values)) + first
    usable = np.isfinite(values)
    early = usable & (places <= before.last) & (places > before.last - CONTEXT)
    late = usable & (places >= after.first) & (places < max(after.first + CONTEXT, after.last + 1)) & ~early
    return compare(
        _weeks(places, values, early, before),
        _weeks(places, values, late, after),
    )


def _weeks(places: Whole, values: Series, there: Mask, side: Side) -> Weeks:
    week = places[there]
    window = (week >= side.first) & (week <= side.last)
    return Weeks(week=week.astype(np.float64), value=values[there], window=window)


def _settled(rows: Sequence[WeekRow], window: Window) -> tuple[int, Series]:
    """Return the first week's number and the weekly values, NaN where a week does not count."""
    out = [
        float("nan")
        if row.provisional or row.suppressed or row.missing or row.week in window.leave_out or _count(row) is None
        else float(_count(row) or 0)
        for row in rows
    ]
    return (rows[0].week if rows else 0), np.array(out, dtype=np.float64)


def _count(row: WeekRow) -> int | None:
    return row.value if row.value is not None else row.total


def _sides(first: int, values: Series, mark: Mark | None, window: Window) -> tuple[Side, Side]:
    if mark is None:
        usable = np.flatnonzero(np.isfinite(values))
        half = min(window.before, len(usable) // 2)
        early, late = usable[:half], usable[len(usable) - half :]
        return _side(first, values, early), _side(first, values, late)
    start, stop = mark.first - first, mark.last - first + 1
    end = stop + window.after if window.after and not window.latest else len(values)
    early = np.arange(max(start - window.before, 0), max(min(start, len(values)), 0))
    late = np.arange(max(stop, 0), max(min(end, len(values)), 0))
    if window.latest:
        late = late[np.isfinite(values[late])][-window.after :]
    return _side(first, values, early), _side(first, values, late)


def _side(first: int, values: Series, places: Whole) -> Side:
    kept = places[np.isfinite(values[places])]
    if not len(kept):
        return Side(first=first, last=first, values=np.empty(0))
    return Side(first=first + int(kept[0]), last=first + int(kept[-1]), values=values[kept])
