"""Synthetic control, synthetic DiD and DiD on panels that share drifting factors, each unit with its own errors."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from abate.measurement.synthetic.answer import synthetic
from abate.measurement.synthetic.fits import METHODS
from abate.measurement.synthetic.panel import Panel
from bench.calibration.scenario import Replicate, Scenario

Floats = npt.NDArray[np.float64]

COVERS = tuple(f"measurement/synthetic/{name}.py" for name in ("answer", "fits", "panel", "placebo", "simplex"))
LEVEL = 50.0


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    donors: int
    before: int = 60
    after: int = 15
    persistence: float = 0.8
    drift: float = 0.0
    """Of each unit's own random walk."""
    heavy: bool = False
    """Loadings of the factors with three degrees of freedom: now and then a unit no mix can imitate."""
    outside: bool = False
    """The treated unit lies far outside the donors."""
    noisy: float = 1.0
    effect: float = 0.0
    """As a share of the level."""


def errors(draw: np.random.Generator, units: int, periods: int, persistence: float) -> Floats:
    burn = 60
    steps = draw.normal(size=(units, periods + burn)) * np.sqrt(1 - persistence**2)
    out = np.zeros_like(steps)
    for period in range(1, periods + burn):
        out[:, period] = persistence * out[:, period - 1] + steps[:, period]
    return out[:, burn:]


def panel(world: World, draw: np.random.Generator) -> Panel:
    periods, units = world.before + world.after, world.donors + 1
    factors = np.cumsum(draw.normal(size=(3, periods)), axis=1) / 2
    loadings = draw.standard_t(3, size=(units, 3)) if world.heavy else draw.normal(size=(units, 3))
    if world.outside:
        loadings[0] = (2.5, -2.5, 2.5)
    own = errors(draw, units, periods, world.persistence)
    own[0] *= world.noisy
    own += np.cumsum(draw.normal(size=(units, periods)), axis=1) * world.drift
    values = LEVEL + 3 * draw.normal(size=(units, 1)) + loadings @ factors + own
    values[0, world.before :] += world.effect * LEVEL
    return Panel(
        treated="Harbourline",
        donors=tuple(f"donor {number}" for number in range(world.donors)),
        periods=tuple(str(period) for period in range(periods)),
        at=np.arange(periods, dtype=np.float64),
        dated=False,
        before=world.before,
        treated_values=values[0],
        donor_values=values[1:],
    )


def measured(world: World, method: str, draw: np.random.Generator) -> Replicate:
    answer = synthetic(panel(world, draw), method)
    assert answer.interval is not None
    low, high = answer.interval
    labelled = answer.footing.calibrated is not True
    return Replicate(truth=world.effect * LEVEL, value=answer.fit.effect, low=low, high=high, labelled=labelled)


def _scenario(name: str, method: str, world: World) -> Scenario:
    return Scenario(
        name=f"synthetic-{name}-{method}",
        covers=COVERS,
        replicate=partial(measured, world, method),
        null=world.effect == 0,
        # One world is forty panels at two dozen dates: .3 to 2 seconds.
        repetitions=400,
    )


SCENARIOS = tuple(
    _scenario(name, method, world)
    for method in METHODS
    for name, world in {
        "alike": World(donors=25, persistence=0.0),
        "persistent": World(donors=25),
        "drifting": World(donors=25, drift=0.3),
        "heavy": World(donors=25, heavy=True),
        "short": World(donors=38, before=19, after=12),
        "outside": World(donors=25, before=30, outside=True),
        "noisy": World(donors=25, before=30, noisy=2.5),
        "few": World(donors=8),
        "fall-30": World(donors=25, before=30, effect=-0.3),
    }.items()
)
