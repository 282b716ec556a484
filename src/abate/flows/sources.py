"""Where a measure's tables come from: files that somebody collected, or the store's own history."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from abate.flows.kit import Kit
from abate.measurement.tables import read
from abate.measurement.tables.columns import Checks, Interventions, Lifetimes, Sightings


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The files of one question; a table without a file comes from the store, where the store has it."""

    sightings: Path | None = None
    checks: Path | None = None
    lifetimes: Path | None = None
    interventions: Path | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Their column name → ours."""

    @property
    def shared(self) -> bool:
        """Return whether the mapping is meant for several tables."""
        return sum(1 for path in (self.sightings, self.checks, self.lifetimes, self.interventions) if path) > 1


def sightings_of(kit: Kit, source: Source, only: Collection[str] | None = None) -> Sightings:
    """Return the sightings.

    :param only: of the columns that are not needed, read these from a file
    :raises abate.domain.errors.InputError: when the file cannot be read
    """
    if source.sightings is None:
        return kit.tables.current(kit.store).sightings
    return read.read_sightings(source.sightings, source.mapping, only, shared=source.shared)


def checks_of(kit: Kit, source: Source) -> Checks | None:
    """Return the checks: of the store only beside the store's own sightings.

    :raises abate.domain.errors.InputError: when the file cannot be read
    """
    if source.checks is not None:
        return read.read_checks(source.checks, source.mapping, shared=source.shared)
    own = None if source.sightings else kit.tables.current(kit.store).checks
    return own if own is not None and len(own) else None


def interventions_of(kit: Kit, source: Source) -> Interventions | None:
    """Return the interventions: of the store only where no other table came from a file.

    :raises abate.domain.errors.InputError: when the file cannot be read
    """
    if source.interventions is not None:
        return read.read_interventions(source.interventions, source.mapping, shared=source.shared)
    return None if source.sightings or source.lifetimes else kit.tables.current(kit.store).interventions


def lifetimes_of(kit: Kit, source: Source, more: Collection[str] = ()) -> Lifetimes:
    """Return the lifetimes of channels.

    :param more: further columns to divide by
    :raises abate.domain.errors.InputError: when the file cannot be read
    """
    if source.lifetimes is None:
        return kit.tables.current(kit.store).lifetimes
    return read.read_lifetimes(source.lifetimes, source.mapping, more)
