"""Threat from tables: weekly presence counted by the one measure, incidents by the other, joined week by week."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from abate.domain.errors import InputError
from abate.flows.kit import Asking
from abate.flows.sources import Source, checks_of, incidents_of, sightings_of
from abate.measurement.counting.scope import counted_at, reading_caveats, within
from abate.measurement.effect.from_series import known_by
from abate.measurement.footing import Caveat
from abate.measurement.platform_weeks import COLUMNS, active_channels
from abate.measurement.tables.columns import Incidents, Sightings
from abate.measurement.tables.series import read_series, sorted_by_time
from abate.measurement.threat.answer import Threat, by_week, from_tables, threat, with_bursts
from abate.measurement.weeks import Micros, to_micros

__all__ = ["Source", "of_series", "of_tables"]


def of_tables(
    kit: Asking,
    source: Source,
    *,
    until: datetime | None,
    lags: Sequence[int],
    trend: bool,
    bursts: bool,
    seed: int = 0,
) -> Threat:
    """Ask whether incidents move with weekly presence.

    :param until: the snapshot; what was seen or happened later is left out
    :param bursts: fit the timing of single events as well
    :param seed: of what is random there
    :raises abate.domain.errors.InputError: when a table is missing or cannot be read, or they share too few weeks
    """
    incidents = _up_to(incidents_of(source), until, str(source.incidents))
    sightings = sightings_of(kit, source, COLUMNS)
    counted = active_channels(sightings, checks=checks_of(kit, source), until=until)
    aligned = by_week(incidents, counted.together.tolist(), counted.first)
    found = threat(aligned.counts, aligned.exposure, lags=lags, trend=trend, unit="active channel", period="week")
    answer = from_tables(found)
    answer = _warned(answer, (*reading_caveats(incidents.reading), *counted.caveats))
    if not bursts:
        return answer
    return with_bursts(answer, _first_posts(within(sightings, until, None)), incidents, seed=seed)


def _warned(answer: Threat, found: Sequence[Caveat]) -> Threat:
    return replace(answer, footing=replace(answer.footing, caveats=(*answer.footing.caveats, *found)))


def _up_to(incidents: Incidents, until: datetime | None, file: str) -> Incidents:
    if until is None:
        return incidents
    known = incidents.date <= to_micros(until)
    if not known.any():
        msg = f"no incident lies at or before --until {until.isoformat()}; choose a later one"
        raise InputError(msg, where=file)
    return replace(incidents, date=incidents.date[known], count=incidents.count[known])


def _first_posts(sightings: Sightings) -> Micros:
    """Return when each item was posted, or first seen; every row where no item has a name.

    Rows without an item beside rows with one are readers and follower counts, not posts.
    """
    at = counted_at(sightings)
    if sightings.item is None or not (sightings.item.codes >= 0).any():
        return at
    named = np.flatnonzero(sightings.item.codes >= 0)
    platform, item, at = sightings.platform.codes[named], sightings.item.codes[named], at[named]
    order = np.lexsort((at, item, platform))
    keys = np.stack([platform[order], item[order]])
    new = np.append(np.True_, (np.diff(keys, axis=1) != 0).any(axis=0))
    first: Micros = at[order][new]
    return first


def of_series(  # noqa: PLR0913 - the flags of the command, each given by name
    path: Path,
    mapping: Mapping[str, str],
    *,
    outcome: str,
    exposure: str,
    time: str,
    lags: Sequence[int],
    trend: bool,
    until: datetime | None = None,
) -> Threat:
    """Ask whether one column of a series moves with another, some rows earlier.

    :param time: the column that orders the rows; the file's own order where empty
    :param until: leave out later rows; needs a column of dates
    :raises abate.domain.errors.InputError: when the file cannot be read, or the columns cannot be compared
    """
    series = known_by(sorted_by_time(read_series(path, mapping), time), time, until)
    counts, presence = series.numbers(outcome), series.numbers(exposure)
    answer = threat(counts, presence, lags=lags, trend=trend, unit=f"unit of {exposure}")
    return _warned(answer, reading_caveats(series.reading))
