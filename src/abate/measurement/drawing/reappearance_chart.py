"""Returns as a picture: the share of operators with a next channel, by days since the loss."""

from abate.measurement.drawing.chart import Chart, Event, Point, Tick
from abate.measurement.lives.reappearance import Reappearance

_TICKS = 6


def reappearance_chart(result: Reappearance) -> Chart:
    """Draw the share back by each day up to the last that was asked, with the interval at each day that was asked."""
    last = float(max(one.days for one in result.incidence))
    asked = {float(one.days): one for one in result.incidence if one.value is not None}
    places = sorted({day for day, _ in result.curve if day <= last} | set(asked))
    points = []
    for place in places:
        row = asked.get(place)
        low, high = (None, None) if row is None or row.interval is None else row.interval
        points.append(
            Point(x=place, value=_at(result, place), low=low, high=high, label=f"{place:.0f} days after the loss")
        )
    return Chart(
        title="Share of operators with a next channel, by days since the loss",
        description="; ".join(result.sentences()[: len(result.incidence)]).capitalize() + ".",
        points=tuple(points),
        events=tuple(Event(x=place, label=f"{place:.0f} days") for place in asked),
        ticks=tuple(Tick(x=last * part / _TICKS, text=f"{last * part / _TICKS:.0f}") for part in range(_TICKS + 1)),
        step=True,
        top=1.0,
        share=True,
        x_name="days since the loss",
    )


def _at(result: Reappearance, day: float) -> float:
    return max(share for place, share in result.curve if place <= day)
