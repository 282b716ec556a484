"""Threat from tables: weekly presence counted by the one measure, incidents by the other, joined week by week."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from abate.flows.kit import Kit
from abate.flows.sources import Source, checks_of, incidents_of, sightings_of
from abate.measurement.counting.scope import counted_at
from abate.measurement.presence import COLUMNS, presence
from abate.measurement.tables.columns import Sightings
from abate.measurement.tables.series import read_series, sorted_by_time
from abate.measurement.threat.answer import Threat, by_week, from_tables, threat, with_bursts

__all__ = ["Source", "of_series", "of_tables"]


def of_tables(
    kit: Kit,
    source: Source,
    *,
    until: datetime | None,
    lags: Sequence[int],
    trend: bool,
    bursts: bool,
) -> Threat:
    """Ask whether incidents move with weekly presence.

    :param bursts: fit the timing of single events as well
    :raises abate.domain.errors.InputError: when a table is missing or cannot be read, or they share too few weeks
    """
    incidents = incidents_of(source)
    sightings = sightings_of(kit, source, COLUMNS)
    counted = presence(sightings, checks_of(kit, source), until=until)
    values = [None if row.provisional else row.value for row in counted.rows]
    aligned = by_week(incidents, values, counted.rows[0].week)
    answer = from_tables(threat(aligned.counts, aligned.exposure, lags=lags, trend=trend, unit="active channel"))
    found = (*answer.footing.caveats, *counted.footing.caveats)
    answer = replace(answer, footing=replace(answer.footing, caveats=found))
    return with_bursts(answer, _first_posts(sightings), incidents) if bursts else answer


def _first_posts(sightings: Sightings) -> npt.NDArray[np.float64]:
    """Return when each item was posted, or first seen; every row where items have no name."""
    at = counted_at(sightings)
    if sightings.item is None:
        return at.astype(np.float64)
    order = np.lexsort((at, sightings.item.codes, sightings.platform.codes))
    keys = np.stack([sightings.platform.codes[order], sightings.item.codes[order]])
    new = np.append(np.True_, (np.diff(keys, axis=1) != 0).any(axis=0))
    return np.asarray(at[order][new], dtype=np.float64)


def of_series(
    path: Path,
    mapping: Mapping[str, str],
    *,
    outcome: str,
    exposure: str,
    time: str,
    lags: Sequence[int],
    trend: bool,
) -> Threat:
    """Ask whether one column of a series moves with another, some rows earlier.

    :param time: the column that orders the rows; the file's own order where empty
    :raises abate.domain.errors.InputError: when the file cannot be read, or the columns cannot be compared
    """
    series = read_series(path, mapping)
    if time:
        series = sorted_by_time(series, time)
    return threat(series.numbers(outcome), series.numbers(exposure), lags=lags, trend=trend, unit=exposure)
