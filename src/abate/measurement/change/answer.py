"""The answer: where the level of a series changed, by how much, and how readily that would be claimed of chance."""

from dataclasses import dataclass

from abate.measurement.answer import number, pair
from abate.measurement.footing import Footing, Json
from abate.numeric.intervals import Interval

Label = int | float | str
"""A row, a number of the time column, or a date as the file writes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangePoint:
    """The first period of a new level."""

    label: Label
    place: int
    """Among the periods with a value."""
    between: tuple[Label, Label]
    """The first and the last period that may begin the level."""
    size: float
    """Mean of the level minus that of the one before, in the outcome's unit."""
    interval: Interval | None

    def to_json(self) -> Json:
        """Return the row of ``changes``."""
        return {
            "point": self.label,
            "between": list(self.between),
            "size": number(self.size),
            "size_interval": pair(self.interval),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A stretch without a change."""

    first: Label
    last: Label
    periods: int
    """With a value."""
    mean: float

    def to_json(self) -> Json:
        """Return the row of ``levels``."""
        return {"first": self.first, "last": self.last, "periods": self.periods, "mean": number(self.mean)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Every change of one outcome's level."""

    outcome: str
    changes: tuple[ChangePoint, ...]
    levels: tuple[Level, ...]
    false_alarm: float
    """Share of resampled series without a change in which one would be claimed."""
    p: float
    """Chance that a series without a change looks as much like one with changes."""
    p_wandering: float | None
    """The same among series that wander slowly under noise; ``None`` where no change is claimed."""
    penalty: float
    """Gain in twice the log likelihood that a change has to bring."""
    penalties: tuple[float, float]
    """Penalties on the sum of squares, in squared units, between which just these changes are the best."""
    autocorrelation: float
    """The sum of the autoregressive weights of what is left around the levels."""
    labels: tuple[Label, ...]
    """Of every row, also of those without a value."""
    values: tuple[float | None, ...]
    footing: Footing

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {
            "outcome": self.outcome,
            "points": [one.label for one in self.changes],
            "false_alarm": number(self.false_alarm),
            "p": number(self.p),
            "p_wandering": number(self.p_wandering),
            "changes": [one.to_json() for one in self.changes],
            "levels": [one.to_json() for one in self.levels],
            "penalty": number(self.penalty),
            "squares_penalty": pair(self.penalties),
            "autocorrelation": number(self.autocorrelation),
        }

    @property
    def sentence(self) -> str:
        """Say it without claiming a cause."""
        rough = " (not calibrated)" if self.footing.calibrated is False else ""
        if not self.changes:
            return (
                f"no change in the level of {self.outcome} can be told from chance{rough}: a series without one looks "
                f"as much like it in {self.p:.0%} of cases"
            )
        told = "; ".join(self._told(one) for one in self.changes)
        count = "one change" if len(self.changes) == 1 else f"{len(self.changes)} changes"
        return f"{count} in the level of {self.outcome}{rough}: {told}"

    def _told(self, one: ChangePoint) -> str:
        first, last = one.between
        where = "" if first == last else f" (between {first} and {last})"
        held = "" if one.interval is None else f" [{one.interval[0]:.4g}, {one.interval[1]:.4g}]"
        return f"from {one.label}{where} by {one.size:+.4g}{held}"
