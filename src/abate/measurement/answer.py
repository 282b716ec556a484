"""What every measure answers with: numbers that know their interval, on a footing, ready to be written as JSON."""

from dataclasses import dataclass
from typing import Protocol

from abate.measurement.footing import Footing, Json, finite
from abate.numeric.intervals import Interval


class Answer(Protocol):
    """The answer of one measure."""

    @property
    def footing(self) -> Footing:
        """Return what the answer stands on."""
        ...

    def to_json(self) -> Json:
        """Return the contract's object, with the keys of the footing first; no NaN and no infinity in it."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number with its interval."""

    value: float | None
    """``None`` where it cannot be estimated."""
    interval: Interval | None = None

    def to_json(self) -> Json:
        """Return ``{"value", "interval"}``."""
        return {"value": number(self.value), "interval": pair(self.interval)}


def number(value: float | None) -> float | None:
    """Return the value, or ``None`` for what JSON has no number for."""
    return None if value is None else finite(value)


def pair(interval: Interval | None) -> list[float | None] | None:
    """Return an interval as a list of two; an open side is ``None``."""
    return None if interval is None else [finite(interval[0]), finite(interval[1])]
