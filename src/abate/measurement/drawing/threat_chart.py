"""Incidents and presence as a picture: at each lag, how many times as many incidents went with one more of it."""

import math

from abate.measurement.drawing.chart import Chart, Kind, Point, Series, Tick
from abate.measurement.threat.answer import Threat

_MOST = 50.0
"""Of a coefficient: beyond it a factor is no number any more."""


def threat_chart(result: Threat) -> Chart:
    """Draw the factor at each lag with its interval, beside the line of one, which is none."""
    lags = result.fit.lags
    return Chart(
        title=f"Incidents for each further {result.unit}, by lag",
        description=f"{result.sentence[0].upper()}{result.sentence[1:]}.",
        points=tuple(
            Point(
                x=float(one.lag),
                value=_factor(one.coefficient),
                low=_factor(one.interval[0]),
                high=_factor(one.interval[1]),
                label=f"lag {one.lag}",
            )
            for one in lags
        ),
        name="times as many incidents",
        more=(
            Series(
                name="no association",
                kind=Kind.COUNTERFACTUAL,
                points=tuple(Point(x=float(one.lag), value=1.0, label=f"lag {one.lag}") for one in lags),
            ),
        ),
        ticks=tuple(Tick(x=float(one.lag), text=str(one.lag)) for one in lags),
        unit="times",
        x_name="lag",
    )


def _factor(coefficient: float) -> float:
    return math.exp(min(max(coefficient, -_MOST), _MOST))
