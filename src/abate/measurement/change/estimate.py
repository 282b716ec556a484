"""From a series to its changes of level: read, cut, choose, and say what it rests on."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.change.answer import ChangePoint, Changes, Label, Level
from abate.measurement.change.doubts import caveats_of
from abate.measurement.change.noise import Noise
from abate.measurement.change.partition import MOST, SHORTEST, Floats, Partitions, Places, partitions
from abate.measurement.change.penalty import REPLICATES, choose
from abate.measurement.change.whereabouts import whereabouts
from abate.measurement.effect.from_series import known_by, rows_skipped, season_of, step_days, uneven
from abate.measurement.footing import Caveat, Footing
from abate.measurement.tables.moments import Axis
from abate.measurement.tables.series import SeriesTable, sorted_by_time

FEWEST = 16
"""Seen periods below which levels cannot be told from neighbours that are alike."""
LONGEST = 2000
"""The search grows with the square of the length."""
_LEAST_SPREAD = 1e-9
_METHOD = (
    "change points in the mean: exact least-squares segmentation; a change has to gain more likelihood, with "
    f"autoregressive errors, than series without one do by chance ({REPLICATES} moving-block resamples of the "
    "whitened series)"
)
_ASSUMPTIONS = (
    "between two changes the level stands still",
    f"a level lasts {SHORTEST} periods or more, and there are at most {MOST} changes",
    "errors return to their level and keep their likeness and their size throughout",
    "a change says when, not why: what else happened at that time is not looked at",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One outcome, ready to be cut."""

    outcome: str
    values: Floats
    """Shape ``(rows,)``, NaN where missing."""
    labels: tuple[Label, ...] = ()
    """What each row is called; its number where empty."""
    season: int = 0
    """Periods in a season; 0 where unknown."""
    caveats: tuple[Caveat, ...] = ()


def series_of(table: SeriesTable, *, outcome: str, time: str = "", until: datetime | None = None) -> Series:
    """Take one outcome from a table, in the order of its times.

    :raises InputError: for a column that is not there or is no number, or a snapshot before the first row
    """
    if outcome == time:
        msg = f"{outcome} is given as --outcome and as --time; give each column one part"
        raise InputError(msg, where=table.reading.file)
    table = known_by(sorted_by_time(table, time), time, until)
    axis = table.axis(time) if time else None
    moments = axis.at.astype(np.int64) if axis is not None and axis.kind == "moment" else None
    step = step_days(moments)
    return Series(
        outcome=outcome,
        values=table.numbers(outcome),
        labels=() if axis is None else _labels(axis),
        season=season_of(step, ()),
        caveats=(*rows_skipped(table), *uneven(moments, step)),
    )


def _labels(axis: Axis) -> tuple[Label, ...]:
    if axis.kind == "moment":
        return axis.texts
    return tuple(int(value) if float(value).is_integer() else float(value) for value in axis.at)


def changes_of(series: Series, *, seed: int = 0) -> Changes:
    """Find where the level changed.

    Rows without a value are passed over: their neighbours then stand beside each other.

    :raises InputError: with too few or too many values
    """
    rows = np.flatnonzero(np.isfinite(series.values))
    _check_usable(series.outcome, len(rows))
    labels = series.labels or tuple(range(len(series.values)))
    seen = series.values[rows]
    values, unit = _scaled(seen)
    found = partitions(values)
    chosen = choose(values, found, np.random.default_rng(seed))
    cuts = found.cuts(chosen.changes)
    caveats = caveats_of(values, found, chosen, season=series.season)
    named = tuple(labels[row] for row in rows)
    return Changes(
        outcome=series.outcome,
        changes=_points(values, cuts, chosen.noise, unit, named),
        levels=_levels(seen, cuts, named),
        false_alarm=chosen.false_alarm,
        p=chosen.p,
        p_wandering=chosen.p_wandering,
        penalty=chosen.penalty,
        penalties=_penalties(found, chosen.changes, unit),
        autocorrelation=chosen.noise.persistence,
        labels=labels,
        values=tuple(float(value) if np.isfinite(value) else None for value in series.values),
        footing=Footing(
            method=_METHOD,
            assumptions=_ASSUMPTIONS,
            caveats=(*caveats, *series.caveats, *_missing(len(series.values) - len(rows), len(series.values))),
            calibrated=not any(one.code == "not-calibrated" for one in caveats),
            seed=seed,
        ),
    )


def _check_usable(outcome: str, values: int) -> None:
    if values < FEWEST:
        msg = f"{outcome}: {values} periods have a value and {FEWEST} are needed; collect longer, or use finer periods"
        raise InputError(msg)
    if values > LONGEST:
        msg = f"{outcome}: {values} periods are more than the {LONGEST} that are searched; sum them to days or weeks"
        raise InputError(msg)


def _scaled(seen: Floats) -> tuple[Floats, float]:
    """Return the series with mean 0 and spread 1, and the unit; zeros for one that does not vary."""
    largest = float(np.abs(seen).max()) or 1.0
    values = seen / largest - (seen / largest).mean()
    spread = float(values.std())
    if np.ptp(values) <= _LEAST_SPREAD:
        return np.zeros(len(seen)), largest
    return values / spread, spread * largest


def _penalties(found: Partitions, changes: int, unit: float) -> tuple[float, float]:
    low, high = found.penalties(changes)
    return low * unit * unit, high * unit * unit


def _points(
    values: Floats, cuts: Places, noise: Noise, unit: float, labels: tuple[Label, ...]
) -> tuple[ChangePoint, ...]:
    out = []
    for cut, one in zip(cuts[1:-1].tolist(), whereabouts(values, cuts, noise), strict=True):
        held = one.size_interval
        point = ChangePoint(
            label=labels[cut],
            place=cut,
            between=(labels[min(one.first, cut)], labels[max(one.last, cut)]),
            size=one.size * unit,
            interval=None if held is None else (held[0] * unit, held[1] * unit),
        )
        out.append(point)
    return tuple(out)


def _levels(seen: Floats, cuts: Places, labels: tuple[Label, ...]) -> tuple[Level, ...]:
    ends = cuts.tolist()
    return tuple(
        Level(first=labels[first], last=labels[stop - 1], periods=stop - first, mean=float(seen[first:stop].mean()))
        for first, stop in pairwise(ends)
    )


def _missing(missing: int, rows: int) -> tuple[Caveat, ...]:
    if not missing:
        return ()
    text = f"{missing} of {rows} periods have no value and were passed over"
    return (Caveat(code="missing-periods", text=text),)
