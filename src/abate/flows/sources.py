"""Where a measure's tables come from: files that somebody collected, or the store's own history."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from abate.domain.errors import InputError
from abate.flows.kit import Asking
from abate.measurement.tables import read
from abate.measurement.tables.columns import (
    Checks,
    Incidents,
    Interventions,
    Labels,
    Lifetimes,
    Sightings,
    Surveys,
)
from abate.measurement.tables.series import SeriesTable, read_series


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The files of one question; a table without a file comes from the store, where the store has it."""

    sightings: Path | None = None
    checks: Path | None = None
    lifetimes: Path | None = None
    interventions: Path | None = None
    incidents: Path | None = None
    labels: Path | None = None
    surveys: Path | None = None
    series: Path | None = None
    truth: Path | None = None
    """Of an invented year: what its generator knows. No table, and read only to stand beside each estimate."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Their column name → ours."""

    @property
    def shared(self) -> bool:
        """Return whether the mapping is meant for several tables."""
        return sum(1 for path in self.files if path) > 1

    @property
    def files(self) -> tuple[Path | None, ...]:
        """Return the path of each table."""
        named = (self.sightings, self.checks, self.lifetimes, self.interventions)
        return (*named, self.incidents, self.labels, self.surveys, self.series)


def sightings_of(kit: Asking, source: Source, only: Collection[str] | None = None) -> Sightings:
    """Return the sightings.

    :param only: of the columns that are not needed, read these from a file
    :raises abate.domain.errors.InputError: when the file cannot be read
    """
    if source.sightings is None:
        return kit.tables.current(kit.store).sightings
    return read.read_sightings(source.sightings, source.mapping, only, shared=source.shared)


def checks_of(kit: Asking, source: Source) -> Checks | None:
    """Return the checks: of the store only beside the store's own sightings.

    :raises abate.domain.errors.InputError: when the file cannot be read
    """
    if source.checks is not None:
        return read.read_checks(source.checks, source.mapping, shared=source.shared)
    own = None if source.sightings else kit.tables.current(kit.store).checks
    return own if own is not None and len(own) else None


def interventions_of(kit: Asking, source: Source) -> Interventions | None:
    """Return the interventions: of the store only where no other table came from a file.

    :raises abate.domain.errors.InputError: when the file cannot be read
    """
    if source.interventions is not None:
        return read.read_interventions(source.interventions, source.mapping, shared=source.shared)
    return None if source.sightings or source.lifetimes else kit.tables.current(kit.store).interventions


def lifetimes_of(kit: Asking, source: Source, more: Collection[str] = ()) -> Lifetimes:
    """Return the lifetimes of channels: of the store only where the sightings are the store's own too.

    :param more: further columns to divide by
    :raises abate.domain.errors.InputError: when the file cannot be read, or sightings from a file have none beside them
    """
    if source.lifetimes is None and source.sightings is not None:
        msg = "the sightings come from a file, and no lifetimes were given beside them; add --lifetimes FILE"
        raise InputError(msg)
    if source.lifetimes is None:
        return kit.tables.current(kit.store).lifetimes
    return read.read_lifetimes(source.lifetimes, source.mapping, more, shared=source.shared)


def incidents_of(source: Source) -> Incidents:
    """Return the incidents; no store holds them.

    :raises InputError: when no file was given, or it cannot be read
    """
    path = _given(source.incidents, "incidents")
    return read.read_incidents(path, source.mapping, shared=source.shared)


def labels_of(source: Source) -> Labels:
    """Return labelled and unlabelled items.

    :raises InputError: as for :func:`incidents_of`
    """
    return read.read_labels(_given(source.labels, "labels"), source.mapping, shared=source.shared)


def surveys_of(source: Source) -> Surveys:
    """Return what surveys say.

    :raises InputError: as for :func:`incidents_of`
    """
    return read.read_surveys(_given(source.surveys, "surveys"), source.mapping, shared=source.shared)


def series_of(source: Source) -> SeriesTable:
    """Return a series.

    :raises InputError: as for :func:`incidents_of`
    """
    return read_series(_given(source.series, "series"), source.mapping, shared=source.shared)


def _given(path: Path | None, name: str) -> Path:
    if path is None:
        msg = f"no {name} were given; add --{name} FILE"
        raise InputError(msg)
    return path
