"""All tables of a question together, and what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from abate.measurement.support.other_facts import (
    Event,
    IncidentsFacts,
    LabelsFacts,
    LifetimesFacts,
    SeriesFacts,
    SurveysFacts,
    events,
    incidents_facts,
    labels_facts,
    lifetimes_facts,
    series_facts,
    surveys_facts,
)
from abate.measurement.support.sightings_facts import ChecksFacts, SightingsFacts, checks_facts, sightings_facts
from abate.measurement.tables.columns import (
    Checks,
    Incidents,
    Interventions,
    Labels,
    Lifetimes,
    Sightings,
    Surveys,
)
from abate.measurement.tables.series import SeriesTable

AnyTable = Sightings | Checks | Lifetimes | Interventions | Incidents | Labels | Surveys | SeriesTable

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Holdings:
    """What the files hold, table by table; ``None`` where no file is such a table."""

    sightings: SightingsFacts | None = None
    checks: ChecksFacts | None = None
    lifetimes: LifetimesFacts | None = None
    interventions: tuple[Event, ...] | None = None
    incidents: IncidentsFacts | None = None
    labels: tuple[LabelsFacts, ...] = ()
    surveys: SurveysFacts | None = None
    series: tuple[SeriesFacts, ...] = ()
    """Without those of enforcement."""
    enforced: tuple[SeriesFacts, ...] = ()
    """Series of enforcement: no claim rests on them, and the answer says so."""

    @property
    def actions(self) -> tuple[Event, ...]:
        """Return the interventions that are no change of instrument."""
        return tuple(one for one in self.interventions or () if not one.of_instrument)


def holdings(tables: Sequence[AnyTable]) -> Holdings:
    """Count what is in the tables; several of one kind are taken together."""
    interventions = _of(tables, Interventions)
    series = [series_facts(table) for table in _of(tables, SeriesTable)]
    return Holdings(
        sightings=sightings_facts(_of(tables, Sightings)),
        checks=checks_facts(_of(tables, Checks)),
        lifetimes=lifetimes_facts(_of(tables, Lifetimes)),
        interventions=events(interventions) if interventions else None,
        incidents=incidents_facts(_of(tables, Incidents)),
        labels=tuple(labels_facts(table) for table in _of(tables, Labels)),
        surveys=surveys_facts(_of(tables, Surveys)),
        series=tuple(one for one in series if not one.of_enforcement),
        enforced=tuple(one for one in series if one.of_enforcement),
    )


def _of(tables: Sequence[AnyTable], kind: type[T]) -> list[T]:
    return [table for table in tables if isinstance(table, kind)]
