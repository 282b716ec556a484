"""Charts for a terminal: a sparkline in one line, and columns of blocks with the events below."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from abate.measurement.drawing.plane import Frame, Margins, frame_of
from abate.measurement.drawing.shapes import Chart, Point

_BLOCKS = " ▁▂▃▄▅▆▇█"
_EIGHTHS = len(_BLOCKS) - 1
_GAP = "·"
_YOUNG = "░"


def sparkline(values: Sequence[float | None]) -> str:
    """Draw one block a value, scaled from zero to the largest; a dot where there is none."""
    top = max((value for value in values if value is not None), default=0)
    return "".join(_GAP if value is None else _block(max(value, 0) / top if top > 0 else 0) for value in values)


def _block(share: float) -> str:
    """Return the block for a share of the height; zero still shows, as the lowest."""
    return _BLOCKS[1 + round(share * (_EIGHTHS - 1))]


def terminal_chart(chart: Chart, *, width: int = 72, height: int = 10) -> str:
    """Draw the chart with characters: a column a point, light where provisional, a dot where unknown, events by letter.

    :param width: characters in a line; a step curve fills it; of other points that share a column the last is drawn
    :param height: lines of the drawing, without title, axis and legend
    """
    frame = frame_of(replace(chart, more=()), width, height, Margins())
    top, bottom = frame.top, frame.bottom
    middle = bottom + (top - bottom) * (height // 2) / height
    labels = {height: f"{top:g}", height // 2: f"{middle:g}"}
    margin = max(map(len, (*labels.values(), f"{bottom:g}")))
    columns = (_steps if chart.step else _columns)(chart.points, max(width - margin - 1, 1))
    lines = [chart.title]
    lines += [
        f"{labels.get(row, ''):>{margin}}│" + "".join(_part(point, frame, row, height) for point in columns)
        for row in range(height, 0, -1)
    ]
    lines.append(f"{bottom:>{margin}g}└" + "─" * len(columns))
    return "\n".join(lines + _legend(chart, columns, margin) + _others(chart, width))


def _others(chart: Chart, width: int) -> list[str]:
    """Return each further series as one line, at a scale of its own."""
    names = max((len(series.name) for series in chart.more), default=0)
    room = max(width - names - 2, 1)
    drawn = [
        (series.name, (_steps if chart.step else _columns)(series.points, room))
        for series in chart.more
        if series.points
    ]
    return [f"{name:<{names}}  {sparkline([point.value for point in points])}" for name, points in drawn]


def _columns(points: Sequence[Point], most: int) -> list[Point]:
    if len(points) <= most:
        return list(points)
    return [points[(place + 1) * len(points) // most - 1] for place in range(most)]


def _steps(points: Sequence[Point], most: int) -> list[Point]:
    """Return what holds at evenly spaced places: a step lasts until the next, however far that is."""
    first, last = points[0].x, points[-1].x
    places = (first + (last - first) * column / max(most - 1, 1) for column in range(most))
    known = [point.x for point in points]
    return [replace(points[max(bisect_right(known, x) - 1, 0)], x=x) for x in places]


def _part(point: Point, frame: Frame, row: int, height: int) -> str:
    """Return the character of one column in one line."""
    if point.value is None:
        return _GAP if row == 1 else " "
    share = (point.value - frame.bottom) / (frame.top - frame.bottom or 1)
    eighths = round(share * height * _EIGHTHS) - (row - 1) * _EIGHTHS
    block = _BLOCKS[min(max(eighths, 0), _EIGHTHS)]
    return _YOUNG if point.provisional and block != " " else block


def _legend(chart: Chart, columns: Sequence[Point], margin: int) -> list[str]:
    marks = [" "] * len(columns)
    named = []
    for place, event in enumerate(sorted(chart.events, key=lambda one: one.x)):
        letter = chr(ord("a") + place % 26)
        nearest = min(range(len(columns)), key=lambda column: abs(columns[column].x - event.x))
        marks[nearest] = letter
        named.append(f"{letter} {event.label}")
    out = [" " * (margin + 1) + "".join(marks).rstrip()] if named else []
    if any(point.provisional for point in columns):
        named.append(f"{_YOUNG} provisional")
    if any(point.value is None for point in columns):
        named.append(f"{_GAP} no value")
    return out + ([" " * (margin + 1) + " · ".join(named)] if named else [])
