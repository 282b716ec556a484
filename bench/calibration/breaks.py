"""Interventions marked on a weekly count: does the interval of the ratio hold, however alike neighbouring weeks are?

Counts of a mean that falls to 60 % (or not at all) on top of an autoregression of logs; the truth is the ratio of the
two means, which nobody's sixteen weeks show exactly.
"""

from functools import partial

import numpy as np

from abate.measurement.counting.breaks import compared
from bench.calibration.scenario import Replicate, Scenario

_COVERS = ("measurement/counting/breaks.py", "measurement/counting/persistence.py")
_SPREAD = 0.2


def _alike(weeks: int, phi: float, draw: np.random.Generator) -> np.ndarray:
    noise = draw.normal(size=weeks)
    noise[1:] *= np.sqrt(1 - phi**2)
    for week in range(1, weeks):
        noise[week] += phi * noise[week - 1]
    return noise


def _once(
    draw: np.random.Generator, *, phi: float, mean: float, effect: float = 0.6, weeks: int = 104, slope: float = 0.0
) -> Replicate:
    middle = weeks // 2
    level = np.full(weeks, mean) * np.exp(slope * (np.arange(weeks) - middle))
    level[middle:] *= effect
    truth = float(np.log(level[middle + 1 : middle + 9].mean() / level[middle - 8 : middle].mean()))
    counts = draw.poisson(level * np.exp(_SPREAD * _alike(weeks, phi, draw) - _SPREAD**2 / 2)).astype(float)
    found = compared(counts, 0, middle, middle)
    if found is None:  # nothing at all in the weeks before: the command prints no interval
        return Replicate(truth=truth, value=truth, low=truth - 99, high=truth + 99, labelled=True)
    low, high = (float(np.log(max(end, 1e-6))) for end in found.interval)
    value = float(np.log(max(found.ratio, 1e-6)))
    return Replicate(truth=truth, value=value, low=low, high=high, labelled=not found.calibrated)


def _scenario(name: str, *, null: bool = False, **world: float) -> Scenario:
    return Scenario(name=f"breaks-{name}", covers=_COVERS, replicate=partial(_once, **world), null=null)


SCENARIOS = (
    _scenario("white", phi=0.0, mean=40),
    _scenario("phi-3", phi=0.3, mean=400),
    _scenario("phi-6", phi=0.6, mean=400),
    _scenario("phi-8", phi=0.8, mean=400),
    _scenario("phi-6-counting-noise", phi=0.6, mean=40),
    _scenario("phi-8-counting-noise", phi=0.8, mean=40),
    _scenario("small-counts", phi=0.3, mean=4),
    _scenario("drift", phi=0.3, mean=40, slope=0.01),
    _scenario("forty-weeks", phi=0.6, mean=100, weeks=40),
    _scenario("seventeen-weeks", phi=0.6, mean=100, weeks=17),
    _scenario("null-white", phi=0.0, mean=40, effect=1.0, null=True),
    _scenario("null-phi-6", phi=0.6, mean=100, effect=1.0, null=True),
    _scenario("null-phi-8", phi=0.8, mean=100, effect=1.0, null=True),
)
