"""The nowcast of the last week: does its interval hold what the week comes to, as reports trickle in?

Each world is a year of weekly numbers, reported with a delay in days; the snapshot falls on some day of the last week,
and the truth is what that week, or the one before, would have been called once everything had been reported.
"""

from functools import partial

import numpy as np

from abate.measurement.counting.scope import Calendar
from abate.measurement.weekly.nowcast import Ages, nowcast, triangle_of
from abate.measurement.weeks import DAY, WEEK, week_start
from bench.calibration.scenario import Replicate, Scenario

_COVERS = ("measurement/weekly/nowcast.py",)
_FIRST = 2_800


def _once(
    draw: np.random.Generator,
    *,
    mean: float,
    weeks: int = 60,
    slow: float = 0.4,
    days: float = 9.0,
    fall: float = 1.0,
    uneven: float = 0.0,
    views: float = 0.0,
    back: int = 1,
) -> Replicate:
    level = np.full(weeks, float(mean))
    level[weeks - 6 :] *= fall
    counts = draw.poisson(level)
    week = np.repeat(np.arange(weeks), counts)
    posted = draw.uniform(0, 7, len(week))
    # Some weeks are reported more slowly than others: a holiday, a crawler that was down.
    share = np.clip(slow * np.exp(uneven * draw.normal(size=weeks)), 0, 0.95)[week]
    late = np.where(draw.uniform(size=len(week)) < share, draw.exponential(days, len(week)), draw.exponential(0.1))
    worth = np.ones(len(week)) if not views else np.ceil(views * draw.lognormal(0, 1, len(week)))
    snapshot = week_start(_FIRST + weeks - 1) + int(draw.uniform(2, 7) * DAY)
    observed = week_start(0) + (_FIRST + week) * WEEK + ((posted + late) * DAY).astype(np.int64)
    seen = observed <= snapshot
    calendar = Calendar(first=_FIRST, count=weeks, snapshot=snapshot, lag=WEEK, retrospective=False)
    ages = Ages(weeks=calendar, since=week_start(_FIRST))
    at = (_FIRST + week)[seen]
    known = triangle_of(at, ages.known_at(at, observed[seen]), worth[seen].astype(np.int64), ages)
    young = _FIRST + weeks - 1 - back
    found = nowcast(known, [young, _FIRST + weeks - 1] if back else [young], ages)
    row = found.weeks[0]
    truth = float(worth[week == weeks - 1 - back].sum())
    if row.value is None or row.interval is None:
        return Replicate(truth=truth, value=truth, low=truth, high=truth, labelled=True)
    low, high = row.interval
    return Replicate(truth=truth, value=row.value, low=low, high=high, labelled=found.calibrated is False)


def _scenario(name: str, **world: float) -> Scenario:
    return Scenario(name=f"nowcast-{name}", covers=_COVERS, replicate=partial(_once, **world))


SCENARIOS = (
    _scenario("steady", mean=60),
    _scenario("running-week", mean=60, back=0),
    _scenario("slow", mean=60, slow=0.8, days=14.0),
    _scenario("after-a-fall", mean=60, fall=0.3),
    _scenario("small-counts", mean=8),
    _scenario("uneven-reporting", mean=60, uneven=0.4),
    _scenario("views", mean=60, views=200.0),
    _scenario("short-history", mean=60, weeks=22),
)
