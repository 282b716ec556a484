"""Weekly answers as charts: the weeks, what was done, and what the provisional weeks will come to."""

from collections.abc import Sequence

from abate.measurement.counting.breaks import Break
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.drawing.shapes import Chart, Event, Kind, Point, Series, Tick
from abate.measurement.weekly.nowcast import Nowcast
from abate.measurement.weekly.weekly_answer import Beside
from abate.measurement.weeks import monday

_TICKS = 5
_MOST_LINES = 6

Cell = tuple[tuple[str, str], ...]


def weekly_chart(
    title: str, unit: str, rows: Sequence[WeekRow], beside: Beside, by: Sequence[tuple[str, str]] = ()
) -> Chart:
    """Draw the weeks: one line, or the largest subgroups where the answer was divided.

    :param by: of a divided answer, this subgroup only
    """
    cells = [cell for cell in _by_size(rows) if not by or cell == tuple(by)]
    drawn = [[row for row in rows if row.by == cell] for cell in cells[:_MOST_LINES]] or [[]]
    lines = [Series(name=_name(part), points=tuple(_point(row) for row in part)) for part in drawn]
    whole = drawn[0]
    more = lines[1:] if len(lines) > 1 else _young(beside.nowcast) if cells == [()] else []
    return Chart(
        title=title,
        description=_sentence(unit, whole, beside.breaks, of=_name(whole) if whole and whole[0].by else ""),
        unit=unit,
        x_name="week",
        points=lines[0].points,
        name=lines[0].name,
        more=tuple(more),
        events=tuple(Event(x=float(one.week), label=_label(one)) for one in _inside(beside.breaks, whole)),
        ticks=tuple(
            Tick(x=float(row.week), text=monday(row.week).isoformat()) for row in whole[:: max(len(whole) // _TICKS, 1)]
        ),
    )


def _by_size(rows: Sequence[WeekRow]) -> list[Cell]:
    sizes: dict[Cell, float] = {}
    for row in rows:
        sizes[row.by] = sizes.get(row.by, 0.0) + (_point(row).value or 0.0)
    return sorted(sizes, key=lambda cell: (-sizes[cell], cell))


def _name(rows: Sequence[WeekRow]) -> str:
    return " · ".join(value or "none" for _, value in rows[0].by) or "measured" if rows else "measured"


def _young(nowcast: Nowcast) -> list[Series]:
    """Return what the provisional weeks will come to, as a line that nobody takes for something seen."""
    points = [
        Point(
            x=float(row.week),
            value=row.value,
            low=row.interval[0],
            high=row.interval[1],
            provisional=True,
            label=f"week of {monday(row.week)}",
        )
        for row in nowcast.weeks
        if row.interval is not None
    ]
    return [Series(name="nowcast", points=tuple(points), kind=Kind.COUNTERFACTUAL)] if points else []


def _point(row: WeekRow) -> Point:
    low, high = (None, None) if row.bounds is None else row.bounds
    value = row.value if row.value is not None else row.total
    label = f"week of {monday(row.week)}"
    return Point(x=float(row.week), value=value, low=low, high=high, provisional=row.provisional, label=label)


def _inside(breaks: Sequence[Break], rows: Sequence[WeekRow]) -> list[Break]:
    """Leave out what lies outside the weeks: one old intervention would squeeze the curve into a corner."""
    return [one for one in breaks if rows and rows[0].week <= one.week <= rows[-1].week]


def _label(one: Break) -> str:
    return one.kind if one.ratio is None else f"{one.kind} ×{one.ratio:.2f}"


def _sentence(unit: str, rows: Sequence[WeekRow], breaks: Sequence[Break], *, of: str) -> str:
    points = [(row.week, value) for row in rows if (value := _point(row).value) is not None]
    if not points:
        return f"No week has a value for {unit}."
    highest = max(points, key=lambda pair: pair[1])
    start, end = points[0], points[-1]
    told = (
        f"{start[1]:.0f} {unit} in the week of {monday(start[0])}, at most {highest[1]:.0f} in that of "
        f"{monday(highest[0])}, {end[1]:.0f} in that of {monday(end[0])}."
    )
    told = f"{of}: {told}" if of else told
    return " ".join([told, *(f"{one.sentence[0].upper()}{one.sentence[1:]}." for one in _inside(breaks, rows))])
