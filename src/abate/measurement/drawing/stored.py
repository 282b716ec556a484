"""Charts as JSON and back, so that a bundle can be drawn again without the tables behind it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from abate.domain.errors import InputError
from abate.measurement.drawing.heat_map import HeatMap
from abate.measurement.drawing.shapes import Chart, Event, Kind, Point, Series, Tick
from abate.measurement.footing import Json


def to_json(chart: Chart | HeatMap) -> Json:
    """Return the chart's values and words."""
    return {"kind": "heat-map" if isinstance(chart, HeatMap) else "chart", **asdict(chart)}


def from_json(untrusted: Mapping[str, Any]) -> Chart | HeatMap:
    """Return the chart that was stored.

    :raises InputError: when it is none
    """
    values = dict(untrusted)
    try:
        if values.pop("kind") == "heat-map":
            return _heat_map(values)
        points = tuple(Point(**point) for point in values.pop("points"))
        more = tuple(
            Series(name=one["name"], kind=Kind(one["kind"]), points=tuple(Point(**point) for point in one["points"]))
            for one in values.pop("more")
        )
        events = tuple(Event(**event) for event in values.pop("events"))
        ticks = tuple(Tick(**tick) for tick in values.pop("ticks"))
        return Chart(points=points, more=more, events=events, ticks=ticks, **values)
    except (KeyError, TypeError, ValueError) as error:
        msg = f"holds no chart ({type(error).__name__}); write the bundle anew"
        raise InputError(msg) from error


def _heat_map(values: dict[str, Any]) -> HeatMap:
    table = tuple(tuple(row) for row in values.pop("values"))
    intervals = tuple(
        tuple(None if pair is None else (pair[0], pair[1]) for pair in row) for row in values.pop("intervals")
    )
    return HeatMap(values=table, intervals=intervals, names=tuple(values.pop("names")), **values)
