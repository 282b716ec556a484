"""Where values lie on the drawing: the frame, its round numbers, and paths through points with gaps."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from abate.measurement.drawing.shapes import Chart, Point


@dataclass(frozen=True, kw_only=True, slots=True)
class Margins:
    """What stays free around the plane, in pixels of the view box."""

    left: int = 56
    right: int = 16
    top: int = 72
    bottom: int = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """The plane: which values its edges are."""

    width: int
    height: int
    first: float
    last: float
    top: float
    bottom: float = 0.0
    margins: Margins = Margins()

    def x(self, value: float) -> float:
        """Return pixels from the left edge."""
        share = (value - self.first) / (self.last - self.first or 1)
        return self.margins.left + share * (self.width - self.margins.left - self.margins.right)

    def y(self, value: float) -> float:
        """Return pixels from the upper edge."""
        share = (value - self.bottom) / (self.top - self.bottom or 1)
        return self.height - self.margins.bottom - share * (self.height - self.margins.top - self.margins.bottom)


def frame_of(chart: Chart, width: int, height: int, margins: Margins) -> Frame:
    """Return the frame that holds every series and event of the chart."""
    points = [point for series in chart.all_series() for point in series.points]
    places = [point.x for point in points] + [event.x for event in chart.events]
    seen = [value for point in points for value in (point.value, point.low, point.high) if value is not None]
    lowest = min(seen, default=0.0)
    return Frame(
        width=width,
        height=height,
        first=min(places),
        last=max(places),
        top=round_up(max(seen, default=1.0)) if chart.top is None else chart.top,
        bottom=chart.bottom if chart.bottom is not None else -round_up(-lowest) if lowest < 0 else 0.0,
        margins=margins,
    )


def round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 6, 8, 10 times a power of ten; 1 for nothing above zero."""
    if value <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Cut the points where a value is missing."""
    for there, run in groupby(points, key=lambda point: point.value is not None):
        if there:
            yield list(run)


def path(places: Sequence[tuple[float, float | None]], frame: Frame, *, step: bool) -> list[str]:
    """Return the corners of a line through the places, each as ``x y``."""
    out: list[str] = []
    before: float | None = None
    for x, value in places:
        y = frame.y(value or 0)
        if step and before is not None:
            out.append(f"{frame.x(x):.1f} {before:.1f}")
        out.append(f"{frame.x(x):.1f} {y:.1f}")
        before = y
    return out
