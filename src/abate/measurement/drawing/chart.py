"""Charts as SVG text: a line or step curve with its interval, marked events, gaps where nothing is known.

Nothing in a chart comes from outside: no script, no link, no font. All colours are CSS classes, so that a page with a
strict content security policy styles them from its own sheet; ``standalone=True`` puts the same rules inside for a file
that must look right alone. Text keeps its own direction, and the drawing never mirrors, on right-to-left pages too:
time runs left to right on this axis, and says so with its labels.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

CLASSES = (
    "abate-chart",
    "axis",
    "grid",
    "band",
    "line",
    "provisional",
    "dot",
    "event",
    "event-label",
    "label",
    "title",
)
"""Every class name a chart uses; ``STYLE`` has a rule for each."""

STYLE = """
.abate-chart{--ink:#1b1f24;--quiet:#5c6570;--rule:#d8dde3;--curve:#0b5cad;--mark:#9a3b00;font:12px system-ui,sans-serif}
@media (prefers-color-scheme:dark){
.abate-chart{--ink:#e8ebee;--quiet:#a5afb9;--rule:#39414a;--curve:#7ab8ff;--mark:#ffb27a}}
.abate-chart .axis{stroke:var(--quiet);fill:none}.abate-chart .grid{stroke:var(--rule);fill:none}
.abate-chart .band{fill:var(--curve);fill-opacity:.18}.abate-chart .line{stroke:var(--curve);stroke-width:2;fill:none}
.abate-chart .provisional{stroke-dasharray:4 4}.abate-chart .dot{fill:var(--curve)}
.abate-chart .event{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:2 3}.abate-chart .event-label{fill:var(--mark)}
.abate-chart .label,.abate-chart .title{fill:var(--ink)}.abate-chart .title{font-weight:600}
"""

_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 72, 32
_TITLE_AT, _LABELS_AT = 16, 36
_LABEL_ROWS = 3
_LABEL_STEP = 15
_LETTER = 6.6
"""Rough width of a letter at 12 px: enough to turn a label round before the edge and to keep two apart."""
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One value."""

    x: float
    value: float | None
    """``None`` leaves a gap."""
    low: float | None = None
    high: float | None = None
    provisional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A vertical line with a label."""

    x: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A place on the horizontal axis with its text."""

    x: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """What is to be seen."""

    title: str
    description: str
    """One sentence that says what the picture shows, for who cannot see it."""
    points: tuple[Point, ...]
    """In ascending order of ``x``."""
    events: tuple[Event, ...] = ()
    ticks: tuple[Tick, ...] = ()
    step: bool = False
    """Draw steps, as a survival curve has, instead of straight lines."""
    top: float | None = None
    """The upper end of the vertical axis; by default a round number above the highest value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frame:
    width: int
    height: int
    first: float
    last: float
    top: float

    def x(self, value: float) -> float:
        share = (value - self.first) / (self.last - self.first or 1)
        return _LEFT + share * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return self.height - _BOTTOM - value / self.top * (self.height - _TOP - _BOTTOM)


def render(chart: Chart, *, standalone: bool = True, width: int = 720, height: int = 320, name: str = "chart") -> str:
    """Draw the chart.

    :param standalone: put the default style inside; without it, the text holds no style element or attribute
    :param width: in pixels of the view box; the picture scales to its place
    :param name: prefix of the ids inside, unique on the page
    :raises ValueError: when there is no point to draw
    """
    if not chart.points:
        msg = "a chart needs at least one point"
        raise ValueError(msg)
    frame = _frame(chart, width, height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="abate-chart" viewBox="0 0 {width} {height}" role="img" '
        f'direction="ltr" aria-labelledby="{escape(name)}-title {escape(name)}-desc">'
    )
    parts = [
        head,
        f'<title id="{escape(name)}-title">{escape(chart.title)}</title>',
        f'<desc id="{escape(name)}-desc">{escape(chart.description)}</desc>',
        *((f"<style>{STYLE}</style>",) if standalone else ()),
        f'<text class="title" x="{_LEFT}" y="{_TITLE_AT}">{_text(chart.title)}</text>',
        *_axes(chart, frame),
        *_bands(chart, frame),
        *_lines(chart, frame),
        *_events(chart, frame),
        "</svg>",
    ]
    return "\n".join(parts)


def _frame(chart: Chart, width: int, height: int) -> _Frame:
    places = [point.x for point in chart.points] + [event.x for event in chart.events]
    seen = [value for point in chart.points for value in (point.value, point.high) if value is not None]
    top = round_up(max(seen, default=1.0)) if chart.top is None else chart.top
    return _Frame(width=width, height=height, first=min(places), last=max(places), top=top)


def round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 6, 8, 10 times a power of ten; 1 for nothing above zero."""
    if value <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def _axes(chart: Chart, frame: _Frame) -> Iterator[str]:
    left, right, bottom = frame.x(frame.first), frame.width - _RIGHT, frame.y(0)
    for quarter in range(5):
        value = frame.top * quarter / 4
        y = frame.y(value)
        yield f'<path class="grid" d="M{left:.1f} {y:.1f}H{right}"/>'
        yield f'<text class="label" x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    yield f'<path class="axis" d="M{left:.1f} {bottom:.1f}H{right}"/>'
    for tick in chart.ticks:
        x = frame.x(tick.x)
        yield f'<path class="axis" d="M{x:.1f} {bottom:.1f}v5"/>'
        yield f'<text class="label" x="{x:.1f}" y="{bottom + 19:.1f}" text-anchor="middle">{_text(tick.text)}</text>'


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Cut the points where a value is missing."""
    for there, run in groupby(points, key=lambda point: point.value is not None):
        if there:
            yield list(run)


def _bands(chart: Chart, frame: _Frame) -> Iterator[str]:
    for run in _runs(chart.points):
        upper = [(point.x, point.high) for point in run if point.high is not None and point.low is not None]
        lower = [(point.x, point.low) for point in run if point.high is not None and point.low is not None]
        if len(upper) > 1:
            there, back = _path(upper, frame, step=chart.step), _path(lower, frame, step=chart.step)
            outline = "L".join(there + back[::-1])
            yield f'<path class="band" d="M{outline}Z"/>'


def _lines(chart: Chart, frame: _Frame) -> Iterator[str]:
    for run in _runs(chart.points):
        if len(run) == 1:
            yield f'<circle class="dot" cx="{frame.x(run[0].x):.1f}" cy="{frame.y(run[0].value or 0):.1f}" r="3"/>'
        settled = [point for point in run if not point.provisional]
        # The dashed part begins at the last settled point, so that the curve does not fall apart there.
        young = settled[-1:] + [point for point in run if point.provisional]
        for part, name in ((settled, "line"), (young, "line provisional")):
            if len(part) > 1:
                path = "L".join(_path([(point.x, point.value) for point in part], frame, step=chart.step))
                yield f'<path class="{name}" d="M{path}"/>'


def _path(places: Sequence[tuple[float, float | None]], frame: _Frame, *, step: bool) -> list[str]:
    out: list[str] = []
    before: float | None = None
    for x, value in places:
        y = frame.y(value or 0)
        if step and before is not None:
            out.append(f"{frame.x(x):.1f} {before:.1f}")
        out.append(f"{frame.x(x):.1f} {y:.1f}")
        before = y
    return out


def _events(chart: Chart, frame: _Frame) -> Iterator[str]:
    ends = [-math.inf] * _LABEL_ROWS
    for event in sorted(chart.events, key=lambda one: one.x):
        x, wide = frame.x(event.x), len(event.label) * _LETTER
        turned = x + wide + 4 > frame.width
        start = x - wide - 4 if turned else x + 4
        row = next((place for place, end in enumerate(ends) if end < start), _LABEL_ROWS - 1)
        ends[row] = start + wide
        y = _LABELS_AT + row * _LABEL_STEP
        yield f'<path class="event" d="M{x:.1f} {y - 8}V{frame.y(0):.1f}"/>'
        side = f'x="{x - 4:.1f}" text-anchor="end"' if turned else f'x="{x + 4:.1f}"'
        yield f'<text class="event-label" {side} y="{y}">{_text(event.label)}</text>'


def _text(text: str) -> str:
    """Escape a label and let it keep its own direction, whatever stands around it."""
    return f"{_ISOLATE}{escape(text)}{_END}"
