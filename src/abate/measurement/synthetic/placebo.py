"""Placebos: the same method where nothing was done, on other units and at other dates, and the interval they give.

A placebo effect is compared after division by how well its own unit was fitted before. Without that a donor that no mix
of others can imitate widens the interval of a treated unit that was fitted closely, and a treated unit that was fitted
badly gets the narrow interval of the others: with a treated unit outside the range of its donors the undivided interval
covered 38 to 75 % of the time instead of 95, the divided one 83 to 99 %, at two thirds of the width for synthetic
control where the fit is good.
"""

from dataclasses import dataclass

import numpy as np

from abate.measurement.synthetic.fits import Fit, Method
from abate.measurement.synthetic.panel import Panel
from abate.measurement.synthetic.simplex import Floats
from abate.numeric.intervals import LEVEL, Interval

FEW = 20
"""With fewer placebos no rank among them can be as rare as one in twenty."""
POWER = 0.8
_STEADYING = 1.0
"""Share of the placebos' median squared error added to each: a fit perfect by chance would divide by nothing."""
_MOST_DATES = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Placebos:
    """Each donor treated in turn, with the other donors as its own; the treated unit serves none of them."""

    effects: Floats
    """Shape ``(donors,)``."""
    pre_rmse: Floats
    post_rmse: Floats
    restlessness: Floats

    def without(self, place: int) -> "Placebos":
        """Return all but one."""
        return Placebos(
            effects=np.delete(self.effects, place),
            pre_rmse=np.delete(self.pre_rmse, place),
            post_rmse=np.delete(self.post_rmse, place),
            restlessness=np.delete(self.restlessness, place),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rank:
    """Where the treated unit stands among the placebos by post over pre RMSPE (Abadie, Diamond, Hainmueller 2010)."""

    rank: int
    """1 is the largest ratio; placebos as large count against the treated unit."""
    units: int

    @property
    def p(self) -> float:
        """Return the permutation p-value."""
        return self.rank / self.units


@dataclass(frozen=True, kw_only=True, slots=True)
class Margin:
    """How far chance reaches."""

    error: float
    """One standard error."""
    freedom: int

    @property
    def half_width(self) -> float:
        """Return half the interval's width."""
        return self.error * _student(self.freedom, (1 + LEVEL) / 2)

    @property
    def minimum_detectable(self) -> float:
        """Return the effect whose interval would leave out zero four times in five."""
        return self.half_width + self.error * _student(self.freedom, POWER)

    def around(self, effect: float) -> Interval:
        """Return the interval."""
        return effect - self.half_width, effect + self.half_width


@dataclass(frozen=True, kw_only=True, slots=True)
class InTime:
    """The method applied to a date before the treatment, on the periods before the treatment only."""

    place: int
    """The first period that is treated in pretence."""
    effect: float
    interval: Interval | None

    @property
    def holds(self) -> bool:
        """Return whether the interval contains zero, as it should."""
        return self.interval is not None and self.interval[0] <= 0 <= self.interval[1]


def in_space(method: Method, donors: Floats, before: int) -> Placebos | None:
    """Treat each donor in turn.

    :param donors: shape ``(donors, periods)``
    :return: ``None`` with one donor: it has nobody to be compared with
    """
    if len(donors) < 2:  # noqa: PLR2004 - a placebo needs another donor
        return None
    fits = [method(np.delete(donors, place, axis=0), donors[place], before) for place in range(len(donors))]
    return Placebos(
        effects=np.array([fit.effect for fit in fits]),
        pre_rmse=np.array([fit.pre_rmse for fit in fits]),
        post_rmse=np.array([fit.post_rmse for fit in fits]),
        restlessness=np.array([fit.restlessness for fit in fits]),
    )


def rank_of(fit: Fit, placebos: Placebos) -> Rank:
    """Rank the treated unit's ratio of errors after and before among the placebos'."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = placebos.post_rmse / placebos.pre_rmse
        own = np.float64(fit.post_rmse) / np.float64(fit.pre_rmse)
    # No error before and none after is no sign of an effect.
    ratios, own = np.nan_to_num(ratios, nan=0.0, posinf=np.inf), np.nan_to_num(own, nan=0.0, posinf=np.inf)
    return Rank(rank=1 + int((ratios >= own).sum()), units=len(ratios) + 1)


def margin(pre_rmse: float, placebos: Placebos) -> Margin | None:
    """Return the margin of a unit that was fitted with this error before, or ``None`` where no placebo varies."""
    steady = _STEADYING * float(np.median(placebos.pre_rmse**2))
    scale = np.sqrt(placebos.pre_rmse**2 + steady)
    own = float(np.sqrt(pre_rmse**2 + steady))
    if own == 0 or not (scale > 0).all():
        scale, own = np.ones_like(scale), 1.0
    count = len(scale)
    if count < 2:  # noqa: PLR2004 - one number has no spread
        return None
    spread = float((placebos.effects / scale).std(ddof=1))
    error = own * spread * float(np.sqrt(1 + 1 / count))
    return Margin(error=error, freedom=count - 1) if error > 0 else None


def held_in_space(placebos: Placebos) -> Floats:
    """Return, for each placebo, 1 where the interval that the others give it contains its true effect, zero."""
    held = []
    for place, effect in enumerate(placebos.effects):
        reach = margin(float(placebos.pre_rmse[place]), placebos.without(place))
        if reach is not None:
            held.append(float(abs(effect) <= reach.half_width))
    return np.array(held)


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """What the dates before the treatment say."""

    dates: tuple[InTime, ...]
    """The treated unit at each date."""
    coverage: float | None
    """Share of all units and dates whose interval contained zero; ``None`` without a date that can be tried."""

    @property
    def own_coverage(self) -> float | None:
        """Return the share of dates at which the treated unit's interval contained zero."""
        return sum(one.holds for one in self.dates) / len(self.dates) if self.dates else None


def in_time(method: Method, panel: Panel) -> Earlier:
    """Move the treatment to earlier dates, for the treated unit and for every donor.

    At least a third of the periods before are left to fit on, and the pretended period after is as long as the true
    one or a quarter of those before. Above two dozen dates an even choice of them is tried.
    """
    dates, held = [], []
    for place in _dates(panel):
        end = min(place + len(panel.periods) - panel.before, panel.before)
        donors, treated = panel.donor_values[:, :end], panel.treated_values[:end]
        fit, placebos = method(donors, treated, place), in_space(method, donors, place)
        reach = None if placebos is None else margin(fit.pre_rmse, placebos)
        dates.append(
            InTime(place=place, effect=fit.effect, interval=None if reach is None else reach.around(fit.effect))
        )
        if placebos is not None:
            held += [*held_in_space(placebos), float(dates[-1].holds)]
    return Earlier(dates=tuple(dates), coverage=float(np.mean(held)) if held else None)


def _dates(panel: Panel) -> list[int]:
    after = len(panel.periods) - panel.before
    shortest = min(after, max(1, panel.before // 4))
    first, last = max(2, -(-panel.before // 3)), panel.before - shortest
    if last < first:
        return []
    return sorted({round(place) for place in np.linspace(first, last, min(_MOST_DATES, last - first + 1))})


def leave_one_out(method: Method, panel: Panel, fit: Fit) -> dict[str, float]:
    """Return the effect without each donor that has weight; empty with one donor."""
    if len(panel.donors) < 2:  # noqa: PLR2004 - without the only donor there is nothing
        return {}
    return {
        name: method(np.delete(panel.donor_values, place, axis=0), panel.treated_values, panel.before).effect
        for place, name in enumerate(panel.donors)
        if fit.weights[place] > 0
    }


def _student(freedom: int, share: float) -> float:
    from scipy.special import stdtrit  # heavy: only where a number is asked for

    return float(stdtrit(freedom, share))
