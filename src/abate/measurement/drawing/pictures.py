"""Answers turned into charts: what stands on which axis, and the sentence for who cannot see it."""

from collections.abc import Sequence
from datetime import timedelta

from abate.measurement.drawing.chart import Chart, Event, Point, Series, Tick
from abate.measurement.drawing.weekly_chart import weekly_chart
from abate.measurement.lives.survival import GroupSurvival, Survival
from abate.measurement.weekly.following import Following
from abate.measurement.weekly.presence import Presence
from abate.measurement.weekly.reach import Reach

_TICKS = 6


def presence_chart(result: Presence, *, by: Sequence[tuple[str, str]] = ()) -> Chart:
    """Draw active channels a week.

    :param by: the subgroup to draw, where the answer was divided; the largest ones otherwise
    """
    return weekly_chart("Active channels a week", "channels", result.rows, result.beside, by)


def following_chart(result: Following, *, by: Sequence[tuple[str, str]] = ()) -> Chart:
    """Draw the distinct audience a week; where only follower counts exist, their sum with the range as band."""
    return weekly_chart("Distinct audience a week", "people", result.rows, result.beside, by)


def reach_chart(result: Reach, *, by: Sequence[tuple[str, str]] = ()) -> Chart:
    """Draw views a week at an equal age."""
    days = result.age / timedelta(days=1)
    return weekly_chart(f"Views within {days:g} days, by week of posting", "views", result.rows, result.beside, by)


def survival_chart(result: Survival, *, group: str | None = None) -> Chart:
    """Draw the survival curve of all, or of one group."""
    drawn: GroupSurvival = result.whole if group is None else result.groups[group]
    points = _steps(drawn)
    half = _half_life(drawn)
    return Chart(
        title="Share still there by age in days",
        description=f"Survival of {drawn.subjects} subjects, {drawn.events} removed; half-life {half}.",
        points=points,
        events=() if drawn.curve.median is None else (Event(x=float(drawn.curve.median), label=f"half-life {half}"),),
        ticks=_day_ticks(points[0].x, points[-1].x),
        step=True,
        top=1.0,
        share=True,
        x_name="age in days",
    )


def survival_groups_chart(result: Survival, *, most: int = 6) -> Chart:
    """Draw the curve of each group beside the others, the last ``most`` in the order of their names.

    :raises ValueError: when the answer was not divided
    """
    shown = list(result.groups.items())[-most:]
    if not shown:
        msg = "the answer was not divided into groups"
        raise ValueError(msg)
    lines = [Series(name=f"{name} ({one.subjects})", points=_steps(one)) for name, one in shown]
    halves = "; ".join(f"{name or 'none'}: half-life {_half_life(one)}" for name, one in shown)
    last = max(series.points[-1].x for series in lines)
    return Chart(
        title="Share still there by age in days",
        description=f"One survival curve for each group, with how many subjects it has. {halves}.",
        points=lines[0].points,
        name=lines[0].name,
        more=tuple(lines[1:]),
        ticks=_day_ticks(min(series.points[0].x for series in lines), last),
        step=True,
        top=1.0,
        share=True,
        x_name="age in days",
    )


def _steps(drawn: GroupSurvival) -> tuple[Point, ...]:
    curve = drawn.curve
    steps = zip(curve.days, curve.survival, curve.low, curve.high, strict=True)
    return tuple(
        Point(x=float(day), value=float(share), low=float(low), high=float(high), label=f"day {int(day)}")
        for day, share, low, high in steps
    )


def _half_life(drawn: GroupSurvival) -> str:
    return "not reached" if drawn.curve.median is None else f"{drawn.curve.median} days"


def _day_ticks(first: float, last: float) -> tuple[Tick, ...]:
    every = max(round((last - first) / _TICKS / 5) * 5, 1)
    days = range(int(first), int(last) + 1, every)
    return tuple(Tick(x=float(day), text=str(day)) for day in days)
