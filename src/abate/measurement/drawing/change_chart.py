"""Changes of level as a picture: what was seen, and the levels it is cut into."""

from abate.measurement.change.answer import Changes
from abate.measurement.drawing.chart import Chart, Event, Point, Series, Tick

_TICKS = 6


def change_chart(result: Changes) -> Chart:
    """Draw the outcome, its levels, and a line where each begins."""
    names = tuple(map(str, result.labels))
    every = max(-(-len(names) // _TICKS), 1)
    begins = [result.labels.index(level.first) for level in result.levels]
    means = [level.mean for level in result.levels]
    at = [sum(begin <= place for begin in begins[1:]) for place in range(len(names))]
    return Chart(
        title=f"{result.outcome}, and its levels",
        description=f"{result.sentence[0].upper()}{result.sentence[1:]}.",
        points=tuple(
            Point(x=float(place), value=value, label=names[place]) for place, value in enumerate(result.values)
        ),
        events=tuple(Event(x=float(begin), label=f"change {names[begin]}") for begin in begins[1:]),
        ticks=tuple(Tick(x=float(place), text=names[place]) for place in range(0, len(names), every)),
        name="seen",
        more=(
            Series(
                name="level",
                points=tuple(
                    Point(x=float(place), value=means[level], label=names[place]) for place, level in enumerate(at)
                ),
            ),
        ),
        x_name="time",
    )
