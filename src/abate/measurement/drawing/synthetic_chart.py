"""The synthetic comparison as a picture: what was observed, and what the donors say it would have been."""

from abate.measurement.drawing.chart import Chart, Event, Kind, Point, Series, Tick
from abate.measurement.synthetic.answer import Synthetic

_TICKS = 6


def synthetic_chart(result: Synthetic) -> Chart:
    """Draw the treated unit and its counterfactual, with the interval of the mean effect around it after the start."""
    before, periods = result.panel.before, result.panel.periods
    every = max(-(-len(periods) // _TICKS), 1)
    values = enumerate(result.panel.treated_values)
    return Chart(
        title=f"{result.panel.treated} and what its donors say",
        description=f"{result.sentence[0].upper()}{result.sentence[1:]}.",
        points=tuple(Point(x=float(place), value=float(value), label=periods[place]) for place, value in values),
        events=(Event(x=float(before), label=f"start {periods[before]}"),),
        ticks=tuple(Tick(x=float(place), text=periods[place]) for place in range(0, len(periods), every)),
        name=result.panel.treated,
        more=(Series(name="what the donors say", points=_counterfactual(result), kind=Kind.COUNTERFACTUAL),),
        x_name="period",
    )


def _counterfactual(result: Synthetic) -> tuple[Point, ...]:
    half = None if result.reach is None else result.reach.half_width
    periods = result.panel.periods
    out = []
    for place, value in enumerate(result.counterfactual.tolist()):
        band = None if half is None or place < result.panel.before else (value - half, value + half)
        low, high = (None, None) if band is None else band
        out.append(Point(x=float(place), value=value, low=low, high=high, label=periods[place]))
    return tuple(out)
