"""An effect as a picture: what was seen beside what would have been, with its band from the start on."""

from abate.measurement.drawing.chart import Chart, Event, Kind, Point, Series, Tick
from abate.measurement.effect.answer import Effect, Period

_TICKS = 6


def effect_chart(result: Effect) -> Chart:
    """Draw the outcome and its counterfactual."""
    places = list(enumerate(result.rows))
    begin = next(place for place, row in places if row.after)
    every = max(-(-len(places) // _TICKS), 1)
    return Chart(
        title=f"{result.outcome}, and what would have been",
        description=f"{result.sentence[0].upper()}{result.sentence[1:]}.",
        points=tuple(Point(x=float(place), value=row.observed, label=row.label) for place, row in places),
        events=(Event(x=float(begin), label=f"start {result.start}"),),
        ticks=tuple(Tick(x=float(place), text=row.label) for place, row in places[::every]),
        name="seen",
        more=(
            Series(
                name="would have been",
                points=tuple(_expected(place, row) for place, row in places),
                kind=Kind.COUNTERFACTUAL,
            ),
        ),
        x_name="time",
    )


def _expected(place: int, row: Period) -> Point:
    low, high = (None, None) if row.interval is None else row.interval
    return Point(x=float(place), value=row.predicted, low=low, high=high, label=row.label)
