"""Answers turned into charts: what stands on which axis, and the sentence for who cannot see it."""

from collections.abc import Sequence
from datetime import date, timedelta

from abate.measurement.counting.breaks import Break
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.drawing.chart import Chart, Event, Point, Tick
from abate.measurement.following import Following
from abate.measurement.presence import Presence
from abate.measurement.survival import GroupSurvival, Survival
from abate.measurement.weeks import monday

_TICKS = 6


def presence_chart(result: Presence, *, by: Sequence[tuple[str, str]] = ()) -> Chart:
    """Draw active channels a week.

    :param by: the subgroup to draw, where the answer was divided
    """
    return _weekly(
        "Active channels a week", "channels", [row for row in result.rows if row.by == tuple(by)], result.breaks
    )


def following_chart(result: Following, *, by: Sequence[tuple[str, str]] = ()) -> Chart:
    """Draw the distinct audience a week; where only follower counts exist, their sum with the range as band."""
    rows = [row for row in result.rows if row.by == tuple(by)]
    return _weekly("Distinct audience a week", "people", rows, result.breaks)


def survival_chart(result: Survival, *, group: str | None = None) -> Chart:
    """Draw the survival curve of all, or of one group."""
    drawn: GroupSurvival = result.whole if group is None else result.groups[group]
    curve = drawn.curve
    steps = zip(curve.days, curve.survival, curve.low, curve.high, strict=True)
    points = tuple(
        Point(x=float(day), value=float(share), low=float(low), high=float(high)) for day, share, low, high in steps
    )
    half = "not reached" if curve.median is None else f"{curve.median} days"
    return Chart(
        title="Share still there by age in days",
        description=f"Survival of {drawn.subjects} subjects, {drawn.events} removed; half-life {half}.",
        points=points,
        events=() if curve.median is None else (Event(x=float(curve.median), label=f"half-life {half}"),),
        ticks=_day_ticks(points[0].x, points[-1].x),
        step=True,
        top=1.0,
    )


def _weekly(title: str, unit: str, rows: Sequence[WeekRow], breaks: Sequence[Break]) -> Chart:
    points = tuple(_point(row) for row in rows)
    return Chart(
        title=title,
        description=_sentence(unit, rows, breaks),
        points=points,
        events=tuple(Event(x=float(one.week), label=_label(one)) for one in _inside(breaks, rows)),
        ticks=tuple(
            Tick(x=float(row.week), text=_month(monday(row.week))) for row in rows[:: max(len(rows) // _TICKS, 1)]
        ),
    )


def _point(row: WeekRow) -> Point:
    low, high = (None, None) if row.bounds is None else row.bounds
    value = row.value if row.value is not None else row.total
    return Point(x=float(row.week), value=value, low=low, high=high, provisional=row.provisional)


def _inside(breaks: Sequence[Break], rows: Sequence[WeekRow]) -> list[Break]:
    """Leave out what lies outside the weeks: one old intervention would squeeze the curve into a corner."""
    return [one for one in breaks if rows and rows[0].week <= one.week <= rows[-1].week]


def _label(one: Break) -> str:
    return one.kind if one.ratio is None else f"{one.kind} ×{one.ratio:.2f}"


def _month(day: date) -> str:
    return day.isoformat() if day.day <= timedelta(days=7).days and day.month == 1 else f"{day:%m-%d}"


def _sentence(unit: str, rows: Sequence[WeekRow], breaks: Sequence[Break]) -> str:
    points = [(row.week, value) for row in rows if (value := _point(row).value) is not None]
    if not points:
        return f"No week has a value for {unit}."
    highest = max(points, key=lambda pair: pair[1])
    start, end = points[0], points[-1]
    told = (
        f"{start[1]:.0f} {unit} in the week of {monday(start[0])}, at most {highest[1]:.0f} in that of "
        f"{monday(highest[0])}, {end[1]:.0f} in that of {monday(end[0])}."
    )
    return " ".join([told, *(f"{one.sentence[0].upper()}{one.sentence[1:]}." for one in _inside(breaks, rows))])


def _day_ticks(first: float, last: float) -> tuple[Tick, ...]:
    every = max(round((last - first) / _TICKS / 5) * 5, 1)
    days = range(int(first), int(last) + 1, every)
    return tuple(Tick(x=float(day), text=str(day)) for day in days)
