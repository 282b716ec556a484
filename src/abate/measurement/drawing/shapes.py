"""What a chart is made of, before anybody draws it."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One value."""

    x: float
    value: float | None
    """``None`` leaves a gap."""
    low: float | None = None
    high: float | None = None
    provisional: bool = False
    label: str = ""
    """What the place on the horizontal axis is called when it is pointed at; the number itself where empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A vertical line with a label."""

    x: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A place on the horizontal axis with its text."""

    x: float
    text: str


class Kind(StrEnum):
    """What a further series is."""

    LINE = "line"
    COUNTERFACTUAL = "counterfactual"
    """What would have been, or is foretold: dashed and grey, so that nobody takes it for something seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """A further line of a chart."""

    name: str
    points: tuple[Point, ...]
    kind: Kind = Kind.LINE


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """What is to be seen."""

    title: str
    description: str
    """One sentence that says what the picture shows, for who cannot see it."""
    points: tuple[Point, ...]
    """In ascending order of ``x``."""
    events: tuple[Event, ...] = ()
    ticks: tuple[Tick, ...] = ()
    step: bool = False
    """Draw steps, as a survival curve has, instead of straight lines."""
    top: float | None = None
    """The upper end of the vertical axis; by default a round number above the highest value."""
    bottom: float | None = None
    """The lower end; by default zero, or a round number below the lowest value."""
    name: str = "measured"
    """Of the first series, where there are several."""
    more: tuple[Series, ...] = ()
    unit: str = ""
    """What is counted, for hover values and the head of the CSV."""
    x_name: str = "x"
    """Head of the first column of the CSV."""
    share: bool = False
    """The values are shares, shown in per cent."""

    def all_series(self) -> tuple[Series, ...]:
        """Return the first series and the further ones."""
        return (Series(name=self.name, points=self.points), *self.more)
