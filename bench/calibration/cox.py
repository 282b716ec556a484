"""Cox: a known factor under late sight, ties by the week, few ends, and columns that say nothing."""

from collections.abc import Callable

import numpy as np

from abate.measurement.lives.survival import survival
from bench.calibration.scenario import Replicate, Scenario
from bench.calibration.survival import YEAR, lifetimes

COVERS = ("measurement/lives/cox.py", "measurement/lives/cox_columns.py", "measurement/lives/spells.py")


def _replicate(
    size: int, effect: float, *, grid: float = 1.0, columns: int = 1
) -> Callable[[np.random.Generator], Replicate]:
    def replicate(draw: np.random.Generator) -> Replicate:
        kind = (draw.random(size) < 0.4).astype(int)
        score = draw.normal(0, 1, size).round(3)
        rate = np.exp(effect * kind + (0.3 * score if columns > 1 else 0)) / 80
        created = draw.uniform(-60, YEAR, size)
        seen = np.maximum(created, 0) + draw.uniform(0, 40, size) * (draw.random(size) < 0.7)
        ended = created + np.maximum(np.ceil(draw.exponential(1 / rate) / grid) * grid, grid)
        words = np.where(kind == 1, "b", "a")
        table = lifetimes(created, seen, ended, kind=words, score=score)
        answer = survival(table, cox=("kind", "score")[:columns], given_alive_at=14)
        one = answer.cox.coefficients[0]
        assert one.name == "kind=b"
        low, high = one.interval or (-1e9, 1e9)
        labelled = one.value is None or answer.footing.calibrated is None
        value = np.nan_to_num(one.value) if one.value is not None else 0.0
        return Replicate(truth=effect, value=value, low=low, high=high, labelled=labelled)

    return replicate


SCENARIOS = (
    Scenario(name="cox-late-sight", covers=COVERS, replicate=_replicate(300, 0.7)),
    Scenario(name="cox-two-columns", covers=COVERS, replicate=_replicate(300, 0.7, columns=2)),
    Scenario(name="cox-null", covers=COVERS, replicate=_replicate(300, 0.0), null=True),
    Scenario(name="cox-few", covers=COVERS, replicate=_replicate(60, 0.7)),
    Scenario(name="cox-ties", covers=COVERS, replicate=_replicate(300, 0.7, grid=7.0)),
)
