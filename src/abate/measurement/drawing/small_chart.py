"""A chart the size of a sentence: the curve, what it is held against, when something was done, and its two ends."""

from collections.abc import Iterator

from abate.measurement.drawing.chart import curves, head, hits
from abate.measurement.drawing.lettering import isolated
from abate.measurement.drawing.plane import Frame, Margins, frame_of
from abate.measurement.drawing.shapes import Chart

WIDTH, HEIGHT = 320, 124
_MARGINS = Margins(left=30, right=6, top=10, bottom=18)


def small_chart(chart: Chart, *, name: str) -> str:
    """Draw the chart small, without style of its own.

    :param name: prefix of the ids inside, unique on the page
    :raises ValueError: when there is no point to draw
    """
    if not any(series.points for series in chart.all_series()):
        msg = "a chart needs at least one point"
        raise ValueError(msg)
    frame = frame_of(chart, WIDTH, HEIGHT, _MARGINS)
    parts = [head(chart, WIDTH, HEIGHT, name, " small"), *_ground(chart, frame), *curves(chart, frame)]
    foot = HEIGHT - _MARGINS.bottom
    parts += [f'<path class="event" d="M{frame.x(one.x):.1f} {_MARGINS.top}V{foot}"/>' for one in chart.events]
    return "\n".join([*parts, *hits(chart, frame), "</svg>"])


def _ground(chart: Chart, frame: Frame) -> Iterator[str]:
    left, right = _MARGINS.left, WIDTH - _MARGINS.right
    for value in sorted({frame.bottom, 0.0 if frame.bottom < 0 else (frame.bottom + frame.top) / 2, frame.top}):
        y = frame.y(value)
        shown = f"{100 * value:.0f}%" if chart.share else f"{value:.3g}"
        yield f'<path class="grid" d="M{left} {y:.1f}H{right}"/>'
        yield f'<text class="label" x="{left - 5}" y="{y + 4:.1f}" text-anchor="end">{shown}</text>'
    foot = HEIGHT - _MARGINS.bottom
    yield f'<path class="axis" d="M{left} {frame.y(max(frame.bottom, 0.0)):.1f}H{right}"/>'
    for tick, x, anchor in zip(
        (chart.ticks[0], chart.ticks[-1]) if len(chart.ticks) > 1 else (),
        (left, right),
        ("start", "end"),
        strict=False,
    ):
        yield f'<text class="label" x="{x}" y="{foot + 14}" text-anchor="{anchor}">{isolated(tick.text)}</text>'
