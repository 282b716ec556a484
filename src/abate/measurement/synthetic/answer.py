"""The treated unit beside what a mix of untreated ones did: effect, interval, weights, gaps and placebos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import NOT_CALIBRATED, Caveat, Footing, Json
from abate.measurement.synthetic.events import own_events
from abate.measurement.synthetic.fits import METHODS, Fit
from abate.measurement.synthetic.panel import Panel
from abate.measurement.synthetic.placebo import (
    FEW,
    Earlier,
    Margin,
    Placebos,
    Rank,
    in_space,
    in_time,
    leave_one_out,
    margin,
    rank_of,
)
from abate.measurement.synthetic.simplex import Floats
from abate.measurement.tables.columns import Interventions
from abate.numeric.intervals import Interval

_NAMES = {
    "sc": "synthetic control on outcomes alone, exact weights on the simplex",
    "sdid": "synthetic difference-in-differences (Arkhangelsky et al. 2021)",
    "did": "difference-in-differences against the mean of all donors",
}
_INTERVAL = "; interval from placebos in space, each divided by its own error before, Student's t"
_ASSUMPTIONS = {
    "sc": "without the treatment the treated unit would have gone on as the weighted donors did",
    "sdid": "without the treatment the treated unit would have moved in parallel to the weighted donors",
    "did": "without the treatment the treated unit would have moved in parallel to the mean of the donors",
}
_SHARED = (
    "the treatment did not reach the donors: nobody and nothing moved there from the treated unit",
    "nothing else struck the treated unit alone from the start on; an unknown event of its own ends up in the effect",
    "the treated unit errs as the donors do when they are treated in pretence",
    "placebo rank and interval ask different questions: the rank compares errors, the interval compares mean effects",
)
_POOR_LEVEL = 0.1
"""Error before, as a share of the mean outcome."""
_POOR_RATIO = 1.5
"""Error before, or its change from period to period, over the placebos' median: beyond it the interval does not hold"""
_HELD, _OWN_HELD = 0.9, 0.8
"""Shares of placebos before the start whose interval must contain zero: of all units, and of the treated one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Synthetic:
    """The answer of one comparison."""

    panel: Panel
    method: str
    fit: Fit
    reach: Margin | None
    rank: Rank | None
    placebos: Placebos | None
    earlier: Earlier
    without: dict[str, float]
    """Donor → the effect without it."""
    footing: Footing

    @property
    def interval(self) -> Interval | None:
        """Return the interval, ``None`` with fewer than two donors or where no placebo varies."""
        return None if self.reach is None else self.reach.around(self.fit.effect)

    @property
    def counterfactual(self) -> Floats:
        """Return what the donors say the treated unit would have done, shape ``(periods,)``."""
        return self.panel.treated_values - self.fit.gaps

    @property
    def relative(self) -> float | None:
        """Return the effect as a share of the counterfactual's mean after the start."""
        base = float(self.counterfactual[self.panel.before :].mean())
        return self.fit.effect / base if base > 0 else None

    @property
    def sentence(self) -> str:
        """Say it without claiming a cause."""
        side = "below" if self.fit.effect < 0 else "above"
        held = "" if self.interval is None else f" [{self.interval[0]:.3g}, {self.interval[1]:.3g}]"
        ranked = "" if self.rank is None else f"; {self.rank.rank} of {self.rank.units} by ratio of errors"
        start = self.panel.periods[self.panel.before]
        return (
            f"from {start} on {self.panel.treated} lay {abs(self.fit.effect):.3g} a period {side} what its donors "
            f"say{'' if not held else f', effect {self.fit.effect:.3g}{held}'}{ranked}"
        )

    def to_json(self) -> Json:
        """Return the contract's object."""
        periods, before = self.panel.periods, self.panel.before
        out = self.footing.to_json() | {
            "treated": self.panel.treated,
            "start": periods[before],
            "effect": number(self.fit.effect),
            "interval": pair(self.interval),
            "relative": number(self.relative),
            "minimum_detectable": None if self.reach is None else number(self.reach.minimum_detectable),
            "weights": dict(self.donors_by_weight()),
            "pre_rmse": number(self.fit.pre_rmse),
            "gaps": {period: float(gap) for period, gap in zip(periods, self.fit.gaps, strict=True)},
            "placebo": self._placebo_json(),
            "placebo_coverage": number(self.earlier.coverage),
            "in_time": [
                {"start": periods[one.place], "effect": number(one.effect), "interval": pair(one.interval)}
                for one in self.earlier.dates
            ],
            "leave_one_out": self._range_json(),
        }
        if self.fit.time_weights is not None:
            out["time_weights"] = dict(zip(periods, self.fit.time_weights.tolist(), strict=False))
        return out

    def donors_by_weight(self) -> list[tuple[str, float]]:
        """Return the donors that carry weight with it, the heaviest first."""
        pairs = zip(self.panel.donors, self.fit.weights.tolist(), strict=True)
        return sorted((one for one in pairs if one[1] > 0), key=lambda one: -one[1])

    def _placebo_json(self) -> Json | None:
        if self.rank is None or self.placebos is None:
            return None
        effects = zip(self.panel.donors, self.placebos.effects, strict=True)
        return {
            "rank": self.rank.rank,
            "units": self.rank.units,
            "p": self.rank.p,
            "standard_error": float(self.placebos.effects.std()),
            "effects": {name: float(effect) for name, effect in effects},
        }

    def _range_json(self) -> Json | None:
        if not self.without:
            return None
        lowest, highest = (
            min(self.without, key=self.without.__getitem__),
            max(self.without, key=self.without.__getitem__),
        )
        return {
            "interval": [self.without[lowest], self.without[highest]],
            "without": {"lowest": lowest, "highest": highest},
        }


def synthetic(
    panel: Panel, method: str = "sc", *, interventions: Interventions | None = None, keep: bool = False, where: str = ""
) -> Synthetic:
    """Compare the treated unit with a mix of its donors.

    :param method: ``sc``, ``sdid`` or ``did``
    :param interventions: donors with an event of their own in the panel's window are left out and named
    :param keep: name such donors, but keep them
    :param where: the file, for errors
    :raises InputError: for an unknown method, or when no donor is left
    """
    if method not in METHODS:
        msg = f"--method {method}: choose sc (synthetic control), sdid (synthetic DiD) or did"
        raise InputError(msg)
    found = list(panel.caveats)
    if interventions is not None:
        events = own_events(panel, interventions)
        found += [*reading_caveats(interventions.reading), *events.caveats(panel.treated, kept=keep)]
        if events.donors and not keep:
            panel = panel.keeping([name for name in panel.donors if name not in events.donors], where)
    unit, shift = _scale(panel)
    scaled = _moved(panel, unit, shift)
    return _answer(panel, scaled, method, unit, found)


def _scale(panel: Panel) -> tuple[float, float]:
    """Return the spread and the middle of all values: every method here is indifferent to both, rounding is not."""
    values = np.vstack([panel.donor_values, panel.treated_values])
    shift = float(np.median(values))
    return float(np.abs(values - shift).max()) or 1.0, shift


def _moved(panel: Panel, unit: float, shift: float) -> Panel:
    return replace(
        panel,
        donor_values=(panel.donor_values - shift) / unit,
        treated_values=(panel.treated_values - shift) / unit,
    )


def _answer(panel: Panel, scaled: Panel, name: str, unit: float, found: list[Caveat]) -> Synthetic:
    method = METHODS[name]
    fit = method(scaled.donor_values, scaled.treated_values, scaled.before)
    placebos = in_space(method, scaled.donor_values, scaled.before)
    reach = None if placebos is None else margin(fit.pre_rmse, placebos)
    earlier = in_time(method, scaled)
    answer = Synthetic(
        panel=panel,
        method=name,
        fit=replace(fit, gaps=fit.gaps * unit),
        reach=None if reach is None else replace(reach, error=reach.error * unit),
        rank=None if placebos is None else rank_of(fit, placebos),
        placebos=None if placebos is None else _grown(placebos, unit),
        earlier=_grown_dates(earlier, unit),
        without={donor: effect * unit for donor, effect in leave_one_out(method, scaled, fit).items()},
        footing=Footing(method="", assumptions=()),
    )
    return replace(answer, footing=_footing(answer, found))


def _grown(placebos: Placebos, unit: float) -> Placebos:
    return Placebos(
        effects=placebos.effects * unit,
        pre_rmse=placebos.pre_rmse * unit,
        post_rmse=placebos.post_rmse * unit,
        restlessness=placebos.restlessness * unit,
    )


def _grown_dates(earlier: Earlier, unit: float) -> Earlier:
    dates = (
        replace(
            one,
            effect=one.effect * unit,
            interval=None if one.interval is None else (one.interval[0] * unit, one.interval[1] * unit),
        )
        for one in earlier.dates
    )
    return replace(earlier, dates=tuple(dates))


def _footing(answer: Synthetic, found: Sequence[Caveat]) -> Footing:
    caveats = [*found, *_poor_fit(answer), *_few(answer)]
    calibrated = _calibrated(answer)
    if not calibrated:
        caveats.append(_uncalibrated(answer))
    return Footing(
        method=_NAMES[answer.method] + _INTERVAL,
        assumptions=(_ASSUMPTIONS[answer.method], *_SHARED),
        caveats=tuple(caveats),
        calibrated=calibrated,
    )


def _poor_fit(answer: Synthetic) -> list[Caveat]:
    own = answer.fit.pre_rmse
    level = float(np.abs(answer.panel.treated_values[: answer.panel.before]).mean())
    texts = []
    if own > _POOR_LEVEL * level:
        texts.append(f"before the start the fit misses by {own:.3g} a period, against a mean outcome of {level:.3g}")
    texts += _unlike_donors(answer)
    return [Caveat(code="poor-fit", text=text) for text in texts]


def _unlike_donors(answer: Synthetic) -> list[str]:
    """Say in what the treated unit errs otherwise than the donors do when they are treated in pretence."""
    placebos, fit = answer.placebos, answer.fit
    if placebos is None:
        return []
    texts = []
    usual, steady = float(np.median(placebos.pre_rmse)), float(np.median(placebos.restlessness))
    if fit.pre_rmse > _POOR_RATIO * usual:
        texts.append(
            f"before the start the fit misses by {fit.pre_rmse:.3g} a period where the donors' own fits miss by "
            f"{usual:.3g}: no mix of them is like the treated unit"
        )
    if fit.restlessness > _POOR_RATIO * steady:
        texts.append(
            f"before the start the gap moves by {fit.restlessness:.3g} from one period to the next, the donors' by "
            f"{steady:.3g}: chance is larger in the treated unit than in those who show how large it is"
        )
    return texts


def _few(answer: Synthetic) -> list[Caveat]:
    count = len(answer.panel.donors)
    if count >= FEW:
        return []
    rarest = f"the smallest p that ranks can give is {1 / (count + 1):.2g}" if count > 1 else "no placebo is possible"
    return [Caveat(code="few-placebos", text=f"{count} donor{'s' if count > 1 else ''}: {rarest}")]


def _calibrated(answer: Synthetic) -> bool:
    coverage, own = answer.earlier.coverage, answer.earlier.own_coverage
    if answer.reach is None or coverage is None or own is None:
        return False
    if len(answer.panel.donors) < FEW or _unlike_donors(answer):
        return False
    return coverage >= _HELD and own >= _OWN_HELD


def _uncalibrated(answer: Synthetic) -> Caveat:
    """Say what the check before the start found, where there was one."""
    coverage, own = answer.earlier.coverage, answer.earlier.own_coverage
    if coverage is None or own is None:
        return NOT_CALIBRATED
    text = (
        f"on dates before the start the intervals contained zero {coverage:.0%} of the time ({own:.0%} for "
        f"{answer.panel.treated}), from {len(answer.panel.donors)} donors; read the interval as a rough guide"
    )
    return Caveat(code=NOT_CALIBRATED.code, text=text)
