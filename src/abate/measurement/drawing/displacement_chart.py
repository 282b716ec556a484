"""Displacement as a picture: the treated platform, and the others together, week by week."""

import math

from abate.measurement.displacement import Displacement, levels
from abate.measurement.drawing.chart import Chart, Event, Point, Series, Tick
from abate.measurement.level_shift import Floats

_TICKS = 6


def displacement_chart(result: Displacement) -> Chart:
    """Draw the treated platform and the sum of the others."""
    weeks, before = result.platforms.weeks, result.platforms.before
    lines = {name: _points(values, weeks) for name, values in levels(result).items()}
    (name, points), *others = lines.items()
    every = max(-(-len(weeks) // _TICKS), 1)
    return Chart(
        title=f"{result.treated} and the other platforms",
        description=f"{result.sentence[0].upper()}{result.sentence[1:]}.",
        points=points,
        events=(Event(x=float(before), label=f"start {weeks[before]}"),),
        ticks=tuple(Tick(x=float(place), text=weeks[place]) for place in range(0, len(weeks), every)),
        name=name,
        more=tuple(Series(name=other, points=line) for other, line in others),
        x_name="week",
    )


def _points(values: Floats, weeks: tuple[str, ...]) -> tuple[Point, ...]:
    return tuple(
        Point(x=float(place), value=value if math.isfinite(value) else None, label=weeks[place])
        for place, value in enumerate(values.tolist())
    )
