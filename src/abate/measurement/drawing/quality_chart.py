"""Detection quality as a picture: precision, a place for each signal, bank and language."""

from abate.measurement.drawing.chart import Chart, Point, Tick
from abate.measurement.quality import Quality


def quality_chart(result: Quality) -> Chart | None:
    """Draw the precision of each signal, bank and language with its interval; ``None`` where none can be shown."""
    rows = [*result.signals.items(), *result.banks.items(), *result.languages.items()]
    shown = [(name, row.precision.estimate) for name, row in rows if row.precision.estimate.value is not None]
    if not shown:
        return None
    points: list[Point] = []
    for place, (name, share) in enumerate(shown):
        low, high = share.interval or (None, None)
        points.append(Point(x=float(place), value=share.value, low=low, high=high, label=name))
        # A gap behind each, because there is nothing between two signals that a line could stand for.
        points.append(Point(x=place + 0.5, value=None))
    told = "; ".join(f"{name} {100 * (share.value or 0):.0f} %" for name, share in shown)
    return Chart(
        title="Precision: decided as violating, of what was found",
        description=f"{told}.",
        points=tuple(points[:-1]),
        ticks=tuple(Tick(x=float(place), text=name) for place, (name, _) in enumerate(shown)),
        top=1.0,
        share=True,
        x_name="found by",
    )
