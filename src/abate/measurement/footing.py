"""What every answer carries besides its number: method, assumptions, warnings with stable codes, and a seed.

The shape is fixed for those who script against it: ``schema`` 1, ``level`` 0.95, ``calibrated`` null where an interval
is given whose coverage nobody checked on data like these.
"""

import math
from dataclasses import dataclass

from abate.numeric.intervals import LEVEL

SCHEMA = 1


Json = dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caveat:
    """A warning that travels with an answer."""

    code: str
    """Stable, so that a script may act on it."""
    text: str

    def to_json(self) -> Json:
        """Return the pair as the contract writes it."""
        return {"code": self.code, "text": self.text}


NOT_CALIBRATED = Caveat(
    code="not-calibrated",
    text="the interval's coverage was not checked on series like this one; read it as a rough guide",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Footing:
    """What an answer stands on."""

    method: str
    assumptions: tuple[str, ...]
    caveats: tuple[Caveat, ...] = ()
    calibrated: bool | None = None
    seed: int | None = None
    """Given only where something random was used."""

    def to_json(self) -> Json:
        """Return the keys that stand first in every result."""
        head: Json = {
            "schema": SCHEMA,
            "method": self.method,
            "level": LEVEL,
            "calibrated": self.calibrated,
            "assumptions": list(self.assumptions),
            "warnings": [caveat.to_json() for caveat in self.caveats],
        }
        return head if self.seed is None else head | {"seed": self.seed}


def finite(value: float) -> float | None:
    """Return the value, or ``None`` for what JSON has no number for."""
    return float(value) if math.isfinite(value) else None
