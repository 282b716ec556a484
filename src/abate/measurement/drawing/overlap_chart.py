"""Overlap as a picture: a heat map of the Jaccard similarities."""

import math

from abate.measurement.drawing.heat_map import HeatMap
from abate.measurement.overlap import Overlap


def overlap_chart(result: Overlap) -> HeatMap:
    """Draw every pair; a dash where one of the two is suppressed."""
    places = range(len(result.names))
    values = tuple(
        tuple(value if math.isfinite(value) else None for value in row) for row in result.jaccard.values.tolist()
    )
    return HeatMap(
        title=f"Shared {result.what}s by {result.by}",
        description=f"{result.sentence[0].upper()}{result.sentence[1:]}. Similarity is not command.",
        names=result.names,
        values=values,
        intervals=tuple(tuple(result.interval(one, other) for other in places) for one in places),
    )
