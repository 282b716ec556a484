"""Displacement on platforms that move together and resemble their own last week, at the net and at the ratio."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from abate.measurement.displacement import Displacement, displacement
from abate.measurement.platform_weeks import Platforms
from bench.calibration.scenario import Replicate, Scenario

COVERS = ("measurement/displacement.py", "measurement/level_shift.py", "measurement/platform_weeks.py")
NAMES = ("Harbourline", "Quayside", "Tidewater")
LEVELS = np.array([120.0, 60.0, 30.0])


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    before: int = 52
    after: int = 26
    persistence: float = 0.5
    spread: float = 0.08
    """Of the level, week by week."""
    fall: float = 0.0
    """Share of its level that the treated platform loses."""
    moves: float = 0.0
    """Share of what was lost that turns up elsewhere."""
    counted: bool = False
    """Whole numbers with Poisson chance on top."""
    scale: float = 1.0
    walk: bool = False
    """Levels wander for good: nothing to return to."""
    slope: float = 0.0
    """Share of the level by which everything grows each week."""


def platforms(world: World, draw: np.random.Generator) -> tuple[Platforms, np.ndarray]:
    weeks, burn = world.before + world.after, 80
    own = draw.normal(size=(weeks + burn, len(NAMES)))
    steps = np.sqrt(0.3) * draw.normal(size=(weeks + burn, 1)) + np.sqrt(0.7) * own
    mood = np.zeros_like(steps)
    for week in range(1, weeks + burn):
        mood[week] = world.persistence * mood[week - 1] + steps[week] * np.sqrt(1 - world.persistence**2)
    mood = np.cumsum(steps, axis=0)[burn:] / 2 if world.walk else mood[burn:]
    level = np.tile(LEVELS * world.scale, (weeks, 1))
    lost = world.fall * level[0, 0]
    level[world.before :] += np.array([-lost, lost * world.moves * 0.6, lost * world.moves * 0.4])
    mean = level * (1 + world.spread * mood) + level * world.slope * np.arange(weeks)[:, None]
    values = draw.poisson(np.maximum(mean, 0)).astype(np.float64) if world.counted else mean
    truth = level[-1] - level[0]
    names = tuple(str(week) for week in range(weeks))
    return Platforms(names=NAMES, values=values, weeks=names, before=world.before), truth


def _asked(world: World, draw: np.random.Generator) -> tuple[Displacement, np.ndarray]:
    found, truth = platforms(world, draw)
    return displacement(found, treated=NAMES[0]), truth


def net(world: World, draw: np.random.Generator) -> Replicate:
    answer, truth = _asked(world, draw)
    assert answer.net_interval is not None
    low, high = answer.net_interval
    labelled = answer.footing.calibrated is not True
    return Replicate(truth=float(truth.sum()), value=answer.net, low=low, high=high, labelled=labelled)


def ratio(world: World, draw: np.random.Generator) -> Replicate:
    answer, truth = _asked(world, draw)
    share = float(truth[1:].sum() / -truth[0])
    if answer.ratio is None or answer.interval is None:
        # No ratio is printed where the fall may be none; the reader is told so, which is a label.
        return Replicate(truth=share, value=share, low=share, high=share, labelled=True)
    low, high = answer.interval
    labelled = answer.footing.calibrated is not True
    return Replicate(truth=share, value=answer.ratio, low=low, high=high, labelled=labelled)


_NULL = {
    "white": World(persistence=0.0),
    "alike-5": World(persistence=0.5),
    "alike-8": World(persistence=0.8),
    "short": World(before=20, after=8, persistence=0.8),
    "counted": World(counted=True, persistence=0.8, spread=0.15),
    "small": World(counted=True, persistence=0.8, spread=0.3, scale=0.15),
    "walk": World(walk=True),
    "growing": World(slope=0.01),
}
_FALLS = {
    "half-moves": World(fall=0.6, moves=0.5),
    "half-moves-alike-8": World(fall=0.6, moves=0.5, persistence=0.8),
    "nothing-moves": World(fall=0.6, counted=True, persistence=0.8),
    "short-half-moves": World(before=20, after=8, fall=0.6, moves=0.5),
    "all-moves": World(fall=0.3, moves=1.0, counted=True),
    "tenth-falls": World(fall=0.1, moves=0.5, persistence=0.8),
}

SCENARIOS = (
    *(
        Scenario(name=f"displacement-net-{name}", covers=COVERS, replicate=partial(net, world), null=True)
        for name, world in _NULL.items()
    ),
    *(
        Scenario(name=f"displacement-net-{name}", covers=COVERS, replicate=partial(net, world))
        for name, world in _FALLS.items()
    ),
    *(
        Scenario(name=f"displacement-ratio-{name}", covers=COVERS, replicate=partial(ratio, world))
        for name, world in _FALLS.items()
    ),
)
