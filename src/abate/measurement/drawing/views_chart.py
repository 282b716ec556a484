"""Views before removal as a picture: the median of each month, between its quartiles."""

from abate.measurement.drawing.chart import Chart, Point, Tick
from abate.measurement.lives.views_before_removal import ViewsBeforeRemoval, ViewsOf

_TICKS = 6


def views_chart(result: ViewsBeforeRemoval) -> Chart:
    """Draw the median views at removal by group, in the order of their names, with the quartiles as band.

    The band is where half of the removed content lay; it is no interval of the median.
    """
    shown = [(name, one) for name, one in result.groups.items() if one.known] or [("all", result.whole)]
    points = tuple(_point(place, name, one) for place, (name, one) in enumerate(shown))
    every = max(-(-len(shown) // _TICKS), 1)
    middle = result.whole.quartiles[1].value
    return Chart(
        title="Views when it was removed: median, and the middle half",
        description=f"{result.whole.known} removed items; half of them had been seen {middle or 0:.0f} times or less.",
        points=points,
        ticks=tuple(Tick(x=float(place), text=shown[place][0]) for place in range(0, len(shown), every)),
        unit="views",
        x_name="month",
    )


def _point(place: int, name: str, one: ViewsOf) -> Point:
    low, middle, high = (quartile.value for quartile in one.quartiles)
    label = f"{name}, {one.known} removed"
    return Point(x=float(place), value=middle, low=low, high=high, label=label)
