"""Charts as SVG text: lines or steps with their intervals, marked events, gaps where nothing is known.

Nothing in a chart comes from outside: no script, no link, no font. All colours are CSS classes, so that a page with a
strict content security policy styles them from its own sheet; ``standalone=True`` puts the same rules inside for a file
that must look right alone. Each point says its values when pointed at (an SVG title, which needs no script either).
Text keeps its own direction, and the drawing never mirrors, on right-to-left pages too: time runs left to right on this
axis, and says so with its labels.
"""

import math
from collections.abc import Iterator

from abate.measurement.drawing.lettering import isolated, lettered
from abate.measurement.drawing.plane import Frame, Margins, frame_of, path, round_up, runs
from abate.measurement.drawing.shapes import Chart, Event, Kind, Point, Series, Tick
from abate.measurement.drawing.style import CLASSES, HUES, STYLE

__all__ = ["CLASSES", "STYLE", "Chart", "Event", "Kind", "Point", "Series", "Tick", "hover", "render", "round_up"]

_TITLE_AT, _LABELS_AT = 16, 36
_LABEL_ROWS = 3
_LABEL_STEP = 15
_LETTER = 6.6
"""Rough width of a letter at 12 px: enough to turn a label round before the edge and to keep two apart."""
_LEGEND_HEIGHT = 20
_HIT = 7
_MOST_HITS = 400
"""Of one series; beyond it two would share a pixel."""


def render(chart: Chart, *, standalone: bool = True, width: int = 720, height: int = 320, name: str = "chart") -> str:
    """Draw the chart.

    :param standalone: put the default style inside; without it, the text holds no style element or attribute
    :param width: in pixels of the view box; the picture scales to its place
    :param name: prefix of the ids inside, unique on the page
    :raises ValueError: when there is no point to draw
    """
    if not any(series.points for series in chart.all_series()):
        msg = "a chart needs at least one point"
        raise ValueError(msg)
    legend = list(_legend(chart, width))
    rows = 1 + max((row for _, row in legend), default=-1)
    bottom = 32 + _LEGEND_HEIGHT * rows
    labels = _label_rows(chart, frame_of(chart, width, height, Margins(bottom=bottom)))
    top = _LABELS_AT + _LABEL_STEP * max(labels, default=-1) + 6
    frame = frame_of(chart, width, height, Margins(top=max(top, _TITLE_AT + 16), bottom=bottom))
    parts = [
        head(chart, width, height, name),
        *((f"<style>{STYLE}</style>",) if standalone else ()),
        f'<text class="title" x="{frame.margins.left}" y="{_TITLE_AT}">{isolated(chart.title)}</text>',
        *_axes(chart, frame),
        *curves(chart, frame),
        *_events(chart, frame),
        *(text.format(y=height - _LEGEND_HEIGHT * (rows - row) + 12) for text, row in legend),
        *hits(chart, frame),
        "</svg>",
    ]
    return "\n".join(parts)


def head(chart: Chart, width: int, height: int, name: str, extra: str = "") -> str:
    """Open the drawing, with its name and description for who cannot see it."""
    mark = lettered(name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="abate-chart{extra}" viewBox="0 0 {width} {height}" role="img" '
        f'direction="ltr" aria-labelledby="{mark}-title {mark}-desc">'
        f'<title id="{mark}-title">{lettered(chart.title)}</title>'
        f'<desc id="{mark}-desc">{lettered(chart.description)}</desc>'
    )


def _axes(chart: Chart, frame: Frame) -> Iterator[str]:
    left, right = frame.x(frame.first), frame.width - frame.margins.right
    for quarter in range(5):
        value = frame.bottom + (frame.top - frame.bottom) * quarter / 4
        y = frame.y(value)
        yield f'<path class="grid" d="M{left:.1f} {y:.1f}H{right}"/>'
        shown = _value(chart, value)
        yield f'<text class="label" x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{shown}</text>'
    yield f'<path class="axis" d="M{left:.1f} {frame.y(max(frame.bottom, 0.0)):.1f}H{right}"/>'
    foot = frame.height - frame.margins.bottom
    for place, tick in enumerate(chart.ticks):
        x = frame.x(tick.x)
        yield f'<path class="axis" d="M{x:.1f} {foot:.1f}v5"/>'
        over = x + len(tick.text) * _LETTER / 2 - frame.width
        side = f'x="{frame.width - 2}" text-anchor="end"' if over > 0 else f'x="{x:.1f}" text-anchor="middle"'
        look = "label" if (len(chart.ticks) - place) % 2 else "label between"
        yield f'<text class="{look}" {side} y="{foot + 19:.1f}">{isolated(tick.text)}</text>'


def curves(chart: Chart, frame: Frame) -> Iterator[str]:
    """Draw bands below and lines above, what was seen on top of what is foretold."""
    drawn = [(series, look) for series, look in zip(chart.all_series(), looks(chart), strict=True)][::-1]
    for series, look in drawn:
        yield from _bands(series, frame, look, step=chart.step)
    for series, look in drawn:
        yield from _lines(series, frame, look, step=chart.step)


def looks(chart: Chart) -> list[str]:
    """Return the further classes of each series, each with a leading blank; a lone series needs none."""
    if not chart.more:
        return [""]
    out, hue = [], 0
    for series in chart.all_series():
        if series.kind is Kind.COUNTERFACTUAL:
            out.append(" counterfactual")
        else:
            out.append(f" hue-{hue % HUES + 1}")
            hue += 1
    return out


def _bands(series: Series, frame: Frame, look: str, *, step: bool) -> Iterator[str]:
    for run in runs(series.points):
        upper = [(point.x, point.high) for point in run if point.high is not None and point.low is not None]
        lower = [(point.x, point.low) for point in run if point.high is not None and point.low is not None]
        if len(upper) > 1:
            there, back = path(upper, frame, step=step), path(lower, frame, step=step)
            outline = "L".join(there + back[::-1])
            yield f'<path class="band{look}" d="M{outline}Z"/>'


def _lines(series: Series, frame: Frame, look: str, *, step: bool) -> Iterator[str]:
    for run in runs(series.points):
        if len(run) == 1:
            x, y = frame.x(run[0].x), frame.y(run[0].value or 0)
            yield f'<circle class="dot{look}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        settled = [point for point in run if not point.provisional]
        # The dashed part begins at the last settled point, so that the curve does not fall apart there.
        young = settled[-1:] + [point for point in run if point.provisional]
        for part, kind in ((settled, "line"), (young, "line provisional")):
            if len(part) > 1:
                corners = "L".join(path([(point.x, point.value) for point in part], frame, step=step))
                yield f'<path class="{kind}{look}" d="M{corners}"/>'


def hits(chart: Chart, frame: Frame) -> Iterator[str]:
    """Lay an invisible spot on each point that says its values when pointed at."""
    several = bool(chart.more)
    for series in chart.all_series():
        known = [point for point in series.points if point.value is not None]
        for point in known[:: len(known) // _MOST_HITS + 1]:
            x, y = frame.x(point.x), frame.y(point.value or 0)
            said = lettered(hover(chart, point, series.name if several else ""))
            yield f'<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="{_HIT}"><title>{said}</title></circle>'


def hover(chart: Chart, point: Point, name: str = "") -> str:
    """Return what a point says of itself: where it lies, its value and interval, and whether it may still change."""
    place = point.label or f"{point.x:g}"
    value = "–" if point.value is None else _value(chart, point.value)
    unit = f" {chart.unit}" if chart.unit else ""
    told = f"{f'{name}, ' if name else ''}{place}: {value}{unit}"
    if point.low is not None and point.high is not None:
        told += f" [{_value(chart, point.low)}, {_value(chart, point.high)}]"
    return f"{told}, provisional" if point.provisional else told


def _value(chart: Chart, value: float) -> str:
    return f"{100 * value:.4g} %" if chart.share else f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"  # noqa: PLR2004 - five digits want their comma


def _legend(chart: Chart, width: int) -> Iterator[tuple[str, int]]:
    """Yield the legend's parts, each with its row and a place for its height."""
    if not chart.more:
        return
    x, row, left = float(Margins().left), 0, Margins().left
    for series, look in zip(chart.all_series(), looks(chart), strict=True):
        wide = 26 + len(series.name) * _LETTER
        if x + wide > width and x > left:
            x, row = float(left), row + 1
        text = isolated(series.name).replace("{", "{{").replace("}", "}}")
        key = f'<path class="line{look}" transform="translate({x:.1f} {{y}})" d="M0 -4H18"/>'
        yield f'{key}<text class="legend" x="{x + 24:.1f}" y="{{y}}">{text}</text>', row
        x += wide + 14


def _events(chart: Chart, frame: Frame) -> Iterator[str]:
    foot = frame.height - frame.margins.bottom
    for event, row in zip(_in_order(chart), _label_rows(chart, frame), strict=True):
        x = frame.x(event.x)
        y = _LABELS_AT + row * _LABEL_STEP
        yield f'<path class="event" d="M{x:.1f} {y - 8}V{foot:.1f}"/>'
        side = f'x="{x - 4:.1f}" text-anchor="end"' if _turned(event, frame) else f'x="{x + 4:.1f}"'
        yield f'<text class="event-label" {side} y="{y}">{isolated(event.label)}</text>'


def _in_order(chart: Chart) -> list[Event]:
    return sorted(chart.events, key=lambda one: one.x)


def _turned(event: Event, frame: Frame) -> bool:
    """Say whether a label stands before its line, since behind it the picture ends."""
    return frame.x(event.x) + len(event.label) * _LETTER + 4 > frame.width


def _label_rows(chart: Chart, frame: Frame) -> list[int]:
    """Return the row in which each event's label finds a place beside those before it."""
    ends, out = [-math.inf] * _LABEL_ROWS, []
    for event in _in_order(chart):
        x, wide = frame.x(event.x), len(event.label) * _LETTER
        start = x - wide - 4 if _turned(event, frame) else x + 4
        row = next((place for place, end in enumerate(ends) if end < start), _LABEL_ROWS - 1)
        ends[row] = start + wide
        out.append(row)
    return out
