"""Survival: channels seen late, few of them, competing ends, half-lives, operators with many channels."""

import math
from collections.abc import Callable

import numpy as np

from abate.measurement.lives.kaplan_meier import Curve, Floats
from abate.measurement.lives.survival import Survival, survival
from abate.measurement.tables.columns import Lifetimes, encode
from abate.measurement.weeks import DAY, NO_TIME
from bench.calibration.scenario import Replicate, Scenario

COVERS = tuple(
    f"measurement/lives/{name}.py"
    for name in ("survival", "spells", "kaplan_meier", "incidence", "views_before_removal")
)
START = 1_740_787_200_000_000
YEAR = 365.0
SHAPE, SCALE = 0.8, 60.0
"""Weibull: channels fall most often while young, as under enforcement."""


def lifetimes(created: Floats, seen: Floats, ended: Floats, **more: np.ndarray) -> Lifetimes:
    """Make a table of channels, in days: what ended before it was seen is in none, what lives on is not removed."""
    known = (seen < ended) & (seen < YEAR)
    created, seen, ended = created[known], seen[known], ended[known]
    removed = ended <= YEAR
    micros = {
        "created": created,
        "first_seen": seen,
        "last_seen": np.minimum(ended, YEAR),
        "removed": ended,
    }
    columns = {name: np.round(days * DAY).astype(np.int64) + START for name, days in micros.items()}
    columns["removed"][~removed] = NO_TIME
    words = {
        name: encode(str(value) if value != "" else "" for value in values[known]) for name, values in more.items()
    }
    if "reason" in words:
        words["reason"] = encode(
            name if gone else "" for name, gone in zip(more["reason"][known], removed, strict=True)
        )
    own = {name: words.pop(name) for name in ("reason", "operator") if name in words}
    return Lifetimes(
        subject=encode(str(place) for place in range(len(created))),
        platform=encode(["p"] * len(created)),
        more=words,
        **columns,
        **own,
    )


def channels(draw: np.random.Generator, size: int) -> tuple[Floats, Floats, Floats]:
    """Creation, first sight (0 to 40 days late) and end of each."""
    created = draw.uniform(-60, YEAR, size)
    seen = np.maximum(created, 0) + draw.uniform(0, 40, size) * (draw.random(size) < 0.7)
    return created, seen, created + SCALE * draw.weibull(SHAPE, size)


def still_there(day: float) -> float:
    return math.exp(-((day / SCALE) ** SHAPE))


def _at(curve: Curve, day: int) -> tuple[float, float, float]:
    place = max(int(np.searchsorted(curve.days, day, side="right")) - 1, 0)
    return float(curve.survival[place]), float(curve.low[place]), float(curve.high[place])


def _labelled(answer: Survival) -> bool:
    return any(caveat.code == "not-calibrated" for caveat in answer.footing.caveats)


def _truncated(size: int, day: int) -> Callable[[np.random.Generator], Replicate]:
    def replicate(draw: np.random.Generator) -> Replicate:
        # Few are seen within their first days; the curve is for those alive at two weeks, as the warning advises.
        answer = survival(lifetimes(*channels(draw, size)), given_alive_at=14)
        value, low, high = _at(answer.whole.curve, day)
        truth = still_there(day) / still_there(14)
        return Replicate(truth=truth, value=value, low=low, high=high, labelled=_labelled(answer))

    return replicate


def _seen_from_birth(size: int, day: int) -> Callable[[np.random.Generator], Replicate]:
    def replicate(draw: np.random.Generator) -> Replicate:
        created = draw.uniform(0, YEAR, size)
        answer = survival(lifetimes(created, created, created + SCALE * draw.weibull(SHAPE, size)))
        value, low, high = _at(answer.whole.curve, day)
        return Replicate(truth=still_there(day), value=value, low=low, high=high, labelled=_labelled(answer))

    return replicate


def _half_life(draw: np.random.Generator) -> Replicate:
    answer = survival(lifetimes(*channels(draw, 400)), given_alive_at=14)
    low, high = answer.whole.median_interval
    truth = math.ceil(SCALE * (math.log(2) - math.log(still_there(14))) ** (1 / SHAPE))
    value = answer.whole.curve.median
    return Replicate(
        truth=truth,
        value=math.inf if value is None else value,
        low=math.inf if low is None else low,
        high=1e9 if high is None else high,
        labelled=_labelled(answer) or value is None,
    )


def _competing(draw: np.random.Generator) -> Replicate:
    """Takedown and closing race each other, both exponential: the incidence of takedown by day 60 is known."""
    size, rates = 250, (1 / 80, 1 / 50)
    created = draw.uniform(-60, YEAR, size)
    seen = np.maximum(created, 0)
    takedown, closing = (draw.exponential(1 / rate, size) for rate in rates)
    reason = np.where(takedown < closing, "takedown", "closed")
    ended = created + np.minimum(takedown, closing)
    answer = survival(lifetimes(created, seen, ended, reason=reason), event="takedown", competing=("closed",))
    incidence = answer.incidence["takedown"]
    low, high = incidence.interval_at(60)
    truth = rates[0] / sum(rates) * -math.expm1(-60 * sum(rates))
    return Replicate(truth=truth, value=incidence.at(60), low=low, high=high, labelled=_labelled(answer))


def _operators(draw: np.random.Generator) -> Replicate:
    """An operator's channels fall together: the answer has to say that its interval is too narrow."""
    operators = np.repeat(np.arange(40), 5)
    created = draw.uniform(0, 200, 40)[operators]
    ended = created + (SCALE * draw.weibull(SHAPE, 40))[operators] + draw.uniform(0, 1, 200)
    answer = survival(lifetimes(created, created, ended, operator=operators))
    value, low, high = _at(answer.whole.curve, 30)
    return Replicate(truth=still_there(30), value=value, low=low, high=high, labelled=_labelled(answer))


def _views(draw: np.random.Generator) -> Replicate:
    """A few posts take most of the views: the median's interval holds all the same."""
    size = int(draw.integers(8, 80))
    created = np.zeros(size)
    table = lifetimes(created, created, draw.uniform(1, 100, size))
    counts = np.floor(draw.lognormal(5, 2, size)).astype(np.int64)
    table = Lifetimes(
        subject=table.subject,
        platform=table.platform,
        first_seen=table.first_seen,
        last_seen=table.last_seen,
        created=table.created,
        removed=table.removed,
        views_at_removal=counts,
    )
    middle = survival(table).views.whole.quartiles[1]
    low, high = middle.interval
    return Replicate(truth=math.floor(math.exp(5)), value=middle.value, low=low, high=min(high, 1e9))


SCENARIOS = (
    Scenario(name="survival-truncated", covers=COVERS, replicate=_truncated(400, 60)),
    Scenario(name="survival-truncated-few", covers=COVERS, replicate=_truncated(80, 60)),
    Scenario(name="survival-from-birth", covers=COVERS, replicate=_seen_from_birth(120, 30)),
    Scenario(name="survival-from-birth-few", covers=COVERS, replicate=_seen_from_birth(30, 30)),
    Scenario(name="survival-half-life", covers=COVERS, replicate=_half_life),
    Scenario(name="survival-competing", covers=COVERS, replicate=_competing),
    Scenario(name="survival-operators", covers=COVERS, replicate=_operators),
    Scenario(name="survival-views", covers=COVERS, replicate=_views, exact=True),
)
