"""Threat: drifting series that have nothing to do with each other, and series joined by a known coefficient."""

from collections.abc import Callable

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.threat.association import associate
from bench.calibration.scenario import Replicate, Scenario

COVERS = ("measurement/threat/association.py", "measurement/threat/negative_binomial.py")
LAGS = (0, 1, 2, 3, 4)


def drifting(draw: np.random.Generator, weeks: int, likeness: float) -> np.ndarray:
    noise = draw.normal(size=weeks + 50)
    out = np.zeros(weeks + 50)
    for week in range(1, weeks + 50):
        out[week] = likeness * out[week - 1] + noise[week]
    return out[50:] * np.sqrt(1 - likeness**2)


def unrelated(weeks: int, likeness: float, level: float) -> Callable[[np.random.Generator], Replicate]:
    def replicate(draw: np.random.Generator) -> Replicate:
        exposure = 40 + 8 * drifting(draw, weeks, likeness)
        rate = np.exp(level + 0.4 * drifting(draw, weeks, likeness))
        return measured(draw, exposure, rate, 0.0)

    return replicate


def joined(weeks: int, likeness: float, coefficient: float) -> Callable[[np.random.Generator], Replicate]:
    def replicate(draw: np.random.Generator) -> Replicate:
        exposure = 40 + 8 * drifting(draw, weeks, likeness)
        rate = np.exp(0.7 + coefficient * (np.roll(exposure, 2) - 40))
        return measured(draw, exposure, rate, coefficient)

    return replicate


def measured(draw: np.random.Generator, exposure: np.ndarray, rate: np.ndarray, truth: float) -> Replicate:
    counts = draw.poisson(rate * draw.gamma(4, 0.25, len(rate))).astype(np.float64)
    try:
        found = associate(counts, exposure, LAGS)
    except InputError:
        # Too few incidents is an answer; it covers whatever is true and promises nothing.
        return Replicate(truth=truth, value=0.0, low=-1e3, high=1e3, labelled=True)
    one = found.strongest if truth == 0 else found.lags[2]
    return Replicate(truth=truth, value=one.coefficient, low=one.interval[0], high=one.interval[1])


SCENARIOS = (
    *(
        Scenario(
            name=f"threat-unrelated-{weeks}-weeks-likeness-{likeness}",
            covers=COVERS,
            replicate=unrelated(weeks, likeness, 0.7),
            exact=True,
            null=True,
        )
        for weeks in (60, 130)
        for likeness in (0.0, 0.5, 0.8)
    ),
    Scenario(
        name="threat-unrelated-few-incidents",
        covers=COVERS,
        replicate=unrelated(104, 0.5, -1.2),
        exact=True,
        null=True,
    ),
    Scenario(name="threat-joined-by-0.03", covers=COVERS, replicate=joined(104, 0.5, 0.03), exact=True),
)
