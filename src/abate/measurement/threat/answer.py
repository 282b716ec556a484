"""Threat: incidents lagged on presence. The words it prints never say why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.tables.columns import Incidents
from abate.measurement.threat.association import Fit, Lagged, associate
from abate.measurement.threat.hawkes import KINDS, Excitation, enough, excitation
from abate.measurement.threat.timing import beyond_background
from abate.measurement.weeks import DAY, SECOND, Micros, week_of, week_start, weeks_of

Reals = npt.NDArray[np.float64]

LAGS = (0, 1, 2, 3, 4)
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
WIDENED = 1.5
"""False alignments that scatter this much more than the model says are worth a warning."""

_METHOD = "negative binomial regression of incidents on the exposure of some weeks earlier, widened by false alignments"
_ASSUMPTIONS = (
    "an association in time and nothing more: what moves both, and what moves from offline to online, looks the same",
    "incidents are what somebody recorded; a change in recording looks like a change in incidents",
    "the rate may drift along a log line of its own; what is left is compared",
    "the interval holds for all lags looked at together",
)
_FROM_TABLES = "weeks from the first recorded incident to the last; a week between them without one counts as zero"
_BACKGROUND = (
    "bursts: the background may change from one fortnight to the next and with the hour and the day of the week; what "
    "changes faster than that looks like a burst, and what follows later than a week is background"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Threat:
    """What moves together."""

    fit: Fit
    excited: tuple[Excitation, ...]
    """Given where bursts were asked for."""
    unit: str
    """What one more of the exposure is: ``active channel``."""
    footing: Footing
    period: str = "period"
    """What a lag counts: ``week`` or ``period``."""

    @property
    def association(self) -> str:
        """Return ``positive``, ``negative`` or ``none shown``."""
        low, high = self.fit.strongest.interval
        return "positive" if low > 0 else "negative" if high < 0 else "none shown"

    @property
    def sentence(self) -> str:
        """Say it without a cause."""
        one = self.fit.strongest
        value, low, high = (float(np.exp(np.clip(number, -50, 50))) for number in (one.coefficient, *one.interval))
        told = f"{value:.3f} times as many incidents for each further {self.unit} [{low:.3f}, {high:.3f}]"
        late = f"one {self.period}" if one.lag == 1 else f"{one.lag} {self.period}s"
        when = f"{late} later" if one.lag else f"in the same {self.period}"
        ending = "an association in time, which no comparison here ties to presence"
        if self.association == "none shown":
            return f"no association is shown: {told}, {when}; the interval includes 1, which is none"
        return f"{told}, {when}: {ending}"

    def to_json(self) -> Json:
        """Return the contract's object."""
        one = self.fit.strongest
        out = self.footing.to_json() | {
            "association": self.association,
            "lag": one.lag,
            "coefficient": number(one.coefficient),
            "interval": pair(one.interval),
            "p": number(one.p),
            "sentence": self.sentence,
            "rate_ratio": number(float(np.exp(np.clip(one.coefficient, -50, 50)))),
            "dispersion": number(self.fit.dispersion),
            "weeks": self.fit.rows,
            "incidents": self.fit.events,
            "lags": [_lag_json(lagged) for lagged in self.fit.lags],
        }
        return out | ({"hawkes": {one.target: one.to_json() for one in self.excited}} if self.excited else {})


def _lag_json(one: Lagged) -> Json:
    return {
        "lag": one.lag,
        "coefficient": number(one.coefficient),
        "interval": pair(one.interval),
        "p": number(one.p),
        "inflation": number(one.inflation),
    }


def threat(
    counts: Reals,
    exposure: Reals,
    *,
    lags: Sequence[int] = LAGS,
    trend: bool = True,
    unit: str = "unit of exposure",
    period: str = "period",
) -> Threat:
    """Ask whether incidents move with exposure.

    :param counts: incidents of each period, shape ``(periods,)``, NaN where nobody counted
    :param exposure: of the same periods, NaN where missing
    :param lags: periods from exposure to incidents
    :param unit: what one more of the exposure is, for the sentence
    :param period: what a row is, for the sentence
    :raises InputError: for too few periods or incidents, negative counts, or an exposure that does not vary
    """
    wrong = np.flatnonzero((counts < 0) | ((counts % 1) > 0))
    if len(wrong):
        msg = f"row {wrong[0]} has {counts[wrong[0]]:g} incidents; give whole numbers of zero or more"
        raise InputError(msg)
    if not lags or min(lags) < 0:
        msg = "a lag is a whole number of periods, zero or more: presence first, incidents later"
        raise InputError(msg)
    if max(lags) >= len(counts):
        msg = f"a lag of {max(lags)} {period}s is longer than the {len(counts)} {period}s given; choose shorter --lags"
        raise InputError(msg)
    found = associate(counts, exposure, lags, trend=trend)
    caveats = []
    if found.strongest.inflation > WIDENED:
        text = (
            f"false alignments scatter {found.strongest.inflation:.1f} times as much as the model says: both series "
            "drift, and the interval was widened by that"
        )
        caveats.append(Caveat(code="poor-fit", text=text))
    if found.events < 5 * found.rows / 4:
        text = f"{found.events} incidents in {found.rows} periods: single events carry the answer"
        caveats.append(Caveat(code="small-cells", text=text))
    footing = Footing(method=_METHOD, assumptions=_ASSUMPTIONS, caveats=tuple(caveats), calibrated=True)
    return Threat(fit=found, excited=(), unit=unit, period=period, footing=footing)


@dataclass(frozen=True, kw_only=True, slots=True)
class Aligned:
    """Two series on the same weeks."""

    first: int
    """Number of the first week."""
    counts: Reals
    exposure: Reals


def by_week(incidents: Incidents, exposure: Sequence[float | None], first: int) -> Aligned:
    """Count incidents on the weeks of an exposure, within the span that the incidents cover.

    :param exposure: one value a week from week number ``first``; ``None`` where missing
    :raises InputError: when the two do not overlap
    """
    week = weeks_of(incidents.date) - first
    begin, end = max(int(week.min()), 0), min(int(week.max()), len(exposure) - 1)
    if begin > end:
        spans = f"incidents lie in weeks {int(week.min())} to {int(week.max())} of the sightings' {len(exposure)}"
        msg = f"incidents and sightings share no week ({spans}); give tables of the same time"
        raise InputError(msg)
    counts = np.zeros(len(exposure))
    inside = (week >= begin) & (week <= end)
    np.add.at(counts, week[inside], incidents.count[inside])
    counts[:begin] = counts[end + 1 :] = np.nan
    given = np.array([np.nan if value is None else value for value in exposure], dtype=np.float64)
    # Exposure before the first incident is kept: the lags look back on it.
    return Aligned(first=first, counts=counts, exposure=given)


def with_bursts(answer: Threat, online: Micros, incidents: Incidents, *, seed: int = 0) -> Threat:
    """Add what the timing of single events says.

    Times known to the day, the hour or the second only are spread over it at random: two events of one day have no
    order, and left at the same moment they would look like a burst.

    :param online: first sightings of items, microseconds, shape ``(items,)``
    :param seed: of the spreading, and of the moves by a week that the closeness of events is held against
    :raises InputError: with fewer than fifty events of a kind
    """
    draw = np.random.default_rng(seed)
    recorded = (online, np.repeat(incidents.date, incidents.count))
    for kind, moments in zip(KINDS, recorded, strict=True):
        enough(len(moments), kind)
    spread = [_spread(moments, draw) for moments in recorded]
    start = week_start(week_of(int(min(moments.min() for moments, _ in spread))))
    times = tuple((moments - start) / DAY for moments, _ in spread)
    end = float(max(moments.max() for moments in times)) + 1e-6
    found = (replace(excitation(times, end, one), p=beyond_background(times, end, one, seed=seed)) for one in (0, 1))
    coarse = [kind for kind, (_, unit) in zip(KINDS, spread, strict=True) if unit >= HOUR]
    footing = replace(
        answer.footing,
        assumptions=(*answer.footing.assumptions, _BACKGROUND),
        caveats=(*answer.footing.caveats, *_burst_caveats(coarse)),
        seed=seed,
    )
    return replace(answer, excited=tuple(found), footing=footing)


def _spread(moments: Micros, draw: np.random.Generator) -> tuple[Micros, int]:
    """Return times spread over what they are known to, and that unit in microseconds."""
    unit = next((one for one in (DAY, HOUR, MINUTE, SECOND) if not (moments % one).any()), 1)
    return moments + draw.integers(0, unit, len(moments)), unit


def _burst_caveats(coarse: Sequence[str]) -> list[Caveat]:
    text = "bursts describe timing; two kinds of event that follow a third look as if one brought the other"
    out = [Caveat(code="not-calibrated", text=text)]
    if coarse:
        text = f"{' and '.join(coarse)}: times are whole days or hours and were spread over them at random"
        out.append(Caveat(code="coarse-times", text=text))
    return out


def from_tables(answer: Threat) -> Threat:
    """Add what counting incidents from a table assumes."""
    footing = replace(answer.footing, assumptions=(*answer.footing.assumptions, _FROM_TABLES))
    return replace(answer, footing=footing)
