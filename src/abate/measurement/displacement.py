"""Where did it go? The drop on one platform beside the rises on the others, and the net over all that were seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.footing import NOT_CALIBRATED, Caveat, Footing, Json
from abate.measurement.level_shift import Floats, Moved, Shift, moved
from abate.measurement.platform_weeks import Platforms
from abate.numeric.intervals import LEVEL, Interval

Mask = npt.NDArray[np.bool_]

_METHOD = (
    "mean of the weeks after minus {base}, all platforms together; interval from a first-order "
    "autoregression with white noise, persistence integrated over, t with Welch's degrees of freedom; ratio by Fieller"
)
_BASES = {False: "mean of the weeks before", True: "the line of the weeks before carried on"}
_ASSUMPTIONS = {
    False: "without the treatment every platform would have stayed at its mean of the weeks before",
    True: "without the treatment every platform would have gone on along its straight line of the weeks before",
}
_SHARED = (
    "a rise elsewhere counts as displaced whatever its reason: nobody was followed from one platform to another",
    "platforms not named here are not in the net: who went there, or out of sight, looks like a fall",
    "the same channel counted on two platforms is two",
)
_PERSISTENT = 0.9
_BEFORE, _AFTER = 16, 8
"""Weeks a side from which the interval holds in simulation up to that persistence."""
_DRIFTS = 0.01
_SMALL = 10
_HALVINGS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Displacement:
    """Drop, rises, their ratio and the net."""

    treated: str
    platforms: Platforms
    drop: float
    """Negative where the treated platform fell."""
    drop_interval: Interval | None
    rise: dict[str, float]
    rise_interval: dict[str, Interval | None]
    ratio: float | None
    """Rise over fall; ``None`` where the treated platform's fall cannot be told from none."""
    interval: Interval | None
    net: float
    net_shift: Shift | None
    unobserved: tuple[str, ...]
    footing: Footing

    @property
    def net_interval(self) -> Interval | None:
        """Return the interval of the net."""
        return None if self.net_shift is None else self.net_shift.interval

    @property
    def sentence(self) -> str:
        """Say it without claiming that anybody moved."""
        week = self.platforms.weeks[self.platforms.before]
        said = f"from {week} on {self.treated} changed by {_told(self.drop, self.drop_interval)}"
        if self.ratio is not None:
            said += f", and the other platforms rose by {_told(self.ratio, self.interval)} of that fall"
        return f"{said}; net over the platforms seen: {_told(self.net, self.net_interval)}"

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {
            "treated": self.treated,
            "start": self.platforms.weeks[self.platforms.before],
            "drop": number(self.drop),
            "drop_interval": pair(self.drop_interval),
            "rise": {name: number(value) for name, value in self.rise.items()},
            "rise_interval": {name: pair(interval) for name, interval in self.rise_interval.items()},
            "ratio": number(self.ratio),
            "interval": pair(self.interval),
            "net": number(self.net),
            "net_interval": pair(self.net_interval),
            "minimum_detectable": None if self.net_shift is None else number(self.net_shift.minimum_detectable),
            "persistence": None if self.net_shift is None else number(self.net_shift.persistence),
            "unobserved": list(self.unobserved),
        }


def displacement(
    platforms: Platforms,
    *,
    treated: str,
    others: Sequence[str] = (),
    unobserved: Sequence[str] = (),
    trend: bool = False,
) -> Displacement:
    """Compare the weeks before and after on all platforms at once.

    Weeks in which any of the platforms has no value are left out for all of them.

    :param others: platforms to which something may have moved; by default all but the treated one
    :param unobserved: platforms known to exist of which nothing was seen, for the record
    :param trend: carry each platform's straight line of before on, instead of its mean
    :raises InputError: for an unknown platform, or when no week is left on one side
    """
    names = _names(platforms, treated, others)
    places = [platforms.names.index(name) for name in names]
    whole: Mask = np.all(np.isfinite(platforms.values[:, places]), axis=1)
    before = int(whole[: platforms.before].sum())
    series = platforms.values[whole][:, places]
    if not 0 < before < len(series):
        side = "before" if not before else "after"
        msg = f"no week {side} the start has a value for every platform; check --start and --others"
        raise InputError(msg, where=platforms.file)
    return _answer(platforms, names, series, before, unobserved, trend=trend)


def _names(platforms: Platforms, treated: str, others: Sequence[str]) -> tuple[str, ...]:
    there = ", ".join(platforms.names) or "none"
    for option, name in (("--treated", treated), *(("--others", name) for name in others)):
        if name not in platforms.names:
            msg = f"{option} {name}: there is no such platform; they are: {there}"
            raise InputError(msg, where=platforms.file)
    rest = others or [name for name in platforms.names if name != treated]
    if treated in rest:
        msg = f"--others {treated}: the treated platform is not among the others; leave it out"
        raise InputError(msg, where=platforms.file)
    return (treated, *dict.fromkeys(rest))


def _answer(
    platforms: Platforms, names: tuple[str, ...], series: Floats, before: int, unobserved: Sequence[str], *, trend: bool
) -> Displacement:
    found = moved(series, before, trend=trend)
    values = _plain(series, before, trend=trend) if found is None else found.values
    each = [None if found is None else found.shift(row) for row in np.eye(len(names))]
    net = None if found is None else found.shift(np.ones(len(names)))
    ratio, interval = _ratio(found, values, each[0])
    caveats = [*platforms.caveats, *_found(names, series, before, each[0], unobserved, trend=trend)]
    calibrated = net is not None and _holds(series, before, net, each) and not _drifting(series, before, trend=trend)
    if not calibrated:
        caveats.append(NOT_CALIBRATED)
    return Displacement(
        treated=names[0],
        platforms=platforms,
        drop=float(values[0]),
        drop_interval=None if each[0] is None else each[0].interval,
        rise=dict(zip(names[1:], values[1:].tolist(), strict=True)),
        rise_interval={
            name: None if one is None else one.interval for name, one in zip(names[1:], each[1:], strict=True)
        },
        ratio=ratio,
        interval=interval,
        net=float(values.sum()),
        net_shift=net,
        unobserved=tuple(unobserved),
        footing=Footing(
            method=_METHOD.format(base=_BASES[trend]),
            assumptions=(_ASSUMPTIONS[trend], *_SHARED),
            caveats=tuple(caveats),
            calibrated=calibrated,
        ),
    )


def _plain(series: Floats, before: int, *, trend: bool) -> Floats:
    """Return the shifts where too few weeks are left for an interval; a line needs two weeks before."""
    if trend and before < 2:  # noqa: PLR2004 - one week has no direction
        msg = "--trend linear needs two weeks or more before the start; leave it out"
        raise InputError(msg)
    after: Floats = series[before:].mean(axis=0)
    if not trend:
        level: Floats = after - series[:before].mean(axis=0)
        return level
    weeks = np.arange(len(series))
    line = np.polyfit(weeks[:before], series[:before], 1)
    carried: Floats = after - (line[0] * weeks[before:].mean() + line[1])
    return carried


def _ratio(found: Moved | None, values: Floats, drop: Shift | None) -> tuple[float | None, Interval | None]:
    """Return rise over fall with Fieller's set: every share ``D`` for which others + ``D`` · treated has not moved.

    Where the fall itself may be nothing, every ``D`` belongs to that set, and there is no ratio.
    """
    if found is None or drop is None or drop.interval[1] >= 0 or len(values) == 1:
        return None, None
    ratio = float(values[1:].sum() / -values[0])
    return ratio, (_edge(found, ratio, -1.0), _edge(found, ratio, 1.0))


def _edge(found: Moved, ratio: float, side: float) -> float:
    """Walk away from the ratio until the sum has moved, then halve.

    The walk ends: far out the sum is the treated platform alone, and that has moved, or there would be no ratio.
    """

    def held(share: float) -> bool:
        weights = np.ones(len(found.values))
        weights[0] = share
        one = found.shift(weights)
        return one is not None and one.p >= 1 - LEVEL

    step = max(abs(ratio), 1.0) / 16
    while held(ratio + side * step):
        step *= 2
    low, high = 0.0, step
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if held(ratio + side * middle) else (low, middle)
    return ratio + side * high


def _holds(series: Floats, before: int, net: Shift, each: Sequence[Shift | None]) -> bool:
    """Return whether the windows are as long, and the weeks as little alike, as where the interval was checked."""
    persistence = max(one.persistence for one in (net, *each) if one is not None)
    return before >= _BEFORE and len(series) - before >= _AFTER and persistence <= _PERSISTENT


def _drifting(series: Floats, before: int, *, trend: bool) -> bool:
    """Return whether any platform, or all together, already moved between the two halves of the weeks before."""
    half = before // 2
    if trend or half < _AFTER:
        return False
    found = moved(series[:before], half)
    rows = (*np.eye(series.shape[1]), np.ones(series.shape[1]))
    shifts = [] if found is None else [found.shift(row) for row in rows]
    return any(one is not None and one.p < _DRIFTS for one in shifts)


def _found(
    names: tuple[str, ...],
    series: Floats,
    before: int,
    drop: Shift | None,
    unobserved: Sequence[str],
    *,
    trend: bool,
) -> list[Caveat]:
    missing = f"; known and not seen: {', '.join(unobserved)}" if unobserved else ""
    text = (
        f"the net is over {', '.join(names)} only; what went to platforms that were not observed is not in it{missing}"
    )
    out = [Caveat(code="unobserved-platforms", text=text)]
    if drop is None or drop.interval[1] >= 0:
        text = f"the fall of {names[0]} cannot be told from none, so that a rise has nothing to be a share of"
        out.append(Caveat(code="no-drop", text=text))
    if _drifting(series, before, trend=trend):
        text = "levels moved before the start already; try --trend linear, and look at the curve"
        out.append(Caveat(code="poor-fit", text=text))
    small = [name for name, level in zip(names, series[:before].mean(axis=0), strict=True) if level < _SMALL]
    if small:
        text = f"fewer than {_SMALL} a week before the start on {', '.join(small)}: single channels make the change"
        out.append(Caveat(code="small-cells", text=text))
    return out


def levels(answer: Displacement) -> Mapping[str, Floats]:
    """Return the weekly values behind an answer: the treated platform, and the others together, where there are any."""
    platforms = answer.platforms
    out = {answer.treated: platforms.values[:, platforms.names.index(answer.treated)]}
    others = [platforms.names.index(name) for name in answer.rise]
    return out | {"the others together": platforms.values[:, others].sum(axis=1)} if others else out


def _told(value: float, interval: Interval | None) -> str:
    return f"{value:.3g}" if interval is None else f"{value:.3g} [{interval[0]:.3g}, {interval[1]:.3g}]"
