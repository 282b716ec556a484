"""A simulated world with known truth, and what one run of a measure on it said."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Replicate:
    """One simulated world, measured."""

    truth: float
    value: float
    low: float
    high: float
    labelled: bool = False
    """The answer itself said "not calibrated"; such intervals are counted apart, as a reader was warned."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A kind of world in which a measure has to hold what its interval promises."""

    name: str
    """``measure-situation``, stable: it seeds the replicates."""
    covers: tuple[str, ...]
    """Source files whose change makes the record stale, relative to ``src/abate``."""
    replicate: Callable[[np.random.Generator], Replicate]
    """Make one world and measure it; everything random comes from the generator."""
    exact: bool = False
    """The method may cover more often than it says, by construction."""
    null: bool = False
    """There is no effect: beside coverage, the share of intervals that exclude zero is held to 5 %."""
    outside: bool = False
    """The world breaks an assumption that the answer states, and that the data cannot tell: coverage is published as a
    warning, and is no promise."""
    repetitions: int = 1000
    """Of the long form; fewer only where one world takes more than a second, with the reason beside it."""
