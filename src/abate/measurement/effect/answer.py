"""The answer about one outcome, and about several."""

from collections.abc import Mapping
from dataclasses import dataclass

from abate.measurement.answer import Estimate, number, pair
from abate.measurement.effect.placebo import Placebos
from abate.measurement.footing import Footing, Json
from abate.numeric.intervals import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """One period of the series."""

    label: str
    observed: float | None
    predicted: float | None
    """Before the start one step ahead; from the start on, what would have been."""
    interval: Interval | None
    after: bool

    def to_json(self) -> Json:
        """Return the row."""
        return {
            "time": self.label,
            "observed": number(self.observed),
            "predicted": number(self.predicted),
            "interval": pair(self.interval),
            "after": self.after,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class PreFit:
    """How well the model foretold the time before the start, one step ahead."""

    r2: float | None
    """Share of the variance foretold; below zero it does worse than the mean."""
    rmse: float
    """In the outcome's unit (of its logarithm after ``--log``)."""

    def to_json(self) -> Json:
        """Return both."""
        return {"r2": number(self.r2), "rmse": number(self.rmse)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What changed at the start, per period over the whole time after it, in the outcome's unit."""

    outcome: str
    start: str
    effect: Estimate
    relative: Estimate
    cumulative: Estimate
    predicted: float
    periods: int
    """Seen periods after the start."""
    p: float
    """Twice the chance, given model and data, that the effect has the other sign."""
    placebos: Placebos
    minimum_detectable: float
    minimum_detectable_relative: float | None
    sensitivity: Mapping[str, Estimate]
    fit: PreFit
    rows: tuple[Period, ...]
    settings: Mapping[str, object]
    """What was used: level prior, order of the errors, calendar, trend, logarithm."""
    step: Estimate | None
    slope: Estimate | None
    footing: Footing
    q: float | None = None
    """Among several outcomes: the p-value adjusted for the false discovery rate (Benjamini and Hochberg 1995)."""

    def to_json(self) -> Json:
        """Return the contract's object."""
        head = self.footing.to_json() | {
            "outcome": self.outcome,
            "start": self.start,
            "effect": number(self.effect.value),
            "interval": pair(self.effect.interval),
            "relative": number(self.relative.value),
            "relative_interval": pair(self.relative.interval),
            "cumulative": number(self.cumulative.value),
            "cumulative_interval": pair(self.cumulative.interval),
            "predicted": number(self.predicted),
            "periods": self.periods,
            "p": number(self.p),
            "placebo_coverage": number(self.placebos.coverage),
            "placebos": self.placebos.to_json(self.effect.value or 0.0),
            "minimum_detectable": number(self.minimum_detectable),
            "minimum_detectable_relative": number(self.minimum_detectable_relative),
            "sensitivity": {name: one.to_json() for name, one in self.sensitivity.items()},
            "fit": self.fit.to_json(),
            "settings": dict(self.settings),
        }
        for name, part in (("step", self.step), ("slope", self.slope)):
            if part is not None:
                head |= {name: number(part.value), f"{name}_interval": pair(part.interval)}
        if self.q is not None:
            head["q"] = number(self.q)
        return head | {"rows": [row.to_json() for row in self.rows]}

    @property
    def sentence(self) -> str:
        """Say it without claiming a cause."""
        value, interval = self.effect.value, self.effect.interval
        assert value is not None
        assert interval is not None
        found = not interval[0] <= 0 <= interval[1]
        share = ""
        if self.relative.value is not None and self.relative.interval is not None:
            low, high = self.relative.interval
            share = f", {self.relative.value:+.1%} [{low:+.1%}, {high:+.1%}]"
        told = (
            f"since {self.start} {self.outcome} was {value:+.4g} [{interval[0]:.4g}, {interval[1]:.4g}] per period "
            f"beside what the time before leads to expect{share}"
        )
        least = f"an effect below {self.minimum_detectable:.3g} would mostly have been missed"
        trust = "; the interval is not calibrated" if self.footing.calibrated is False else ""
        return f"{told}{trust}" if found else f"{told}: not distinguishable from none; {least}{trust}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """Several outcomes of one intervention."""

    outcomes: Mapping[str, Effect]
    footing: Footing

    def to_json(self) -> Json:
        """Return ``{"outcomes": {…}}`` below the common footing."""
        return self.footing.to_json() | {"outcomes": {name: one.to_json() for name, one in self.outcomes.items()}}
