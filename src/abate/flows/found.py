"""What was found so far while the evidence is gathered: answers, what is missing, and what is drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field

from abate.flows.ground import Ground
from abate.measurement.claims.evidence import Evidence, Missing
from abate.measurement.drawing.chart import Chart
from abate.measurement.drawing.heat_map import HeatMap
from abate.measurement.footing import Json

Drawn = Chart | HeatMap


@dataclass(kw_only=True)
class Found:
    """Everything by the name of its measure."""

    answers: dict[str, Json] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    charts: dict[str, Drawn] = field(default_factory=dict)

    @property
    def evidence(self) -> Evidence:
        """Return it as claims read it."""
        return Evidence(answers=dict(self.answers), missing=dict(self.missing))


Measure = Callable[[Ground, Found], Json]
"""From the ground and what was found so far to the measure's JSON; draws into ``found.charts``.

:raises InputError: when it cannot answer; the sentence becomes the grey row
"""
