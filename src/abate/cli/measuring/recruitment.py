"""``abate measure recruitment``: from exposure to contact, in aggregate, and where sight ends."""

from abate.cli.measuring.options import ChartFile, Seed, Sightings, Suppress, Until, moment_of
from abate.cli.measuring.tell import asked, tell
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import table
from abate.flows.sources import Source, sightings_of
from abate.measurement.drawing.shares_chart import recruitment_chart
from abate.measurement.recruitment import COLUMNS, Stage
from abate.measurement.recruitment import recruitment as estimate


def recruitment(
    sightings: Sightings = None,
    until: Until = "",
    suppress_below: Suppress = None,
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """People at each stage from exposure to contact, and where sight ends."""
    _ = seed  # nothing here is random; the flag is common to all measures
    source = Source(sightings=sightings, mapping=mapping_of(map_))
    table_ = asked(lambda kit: sightings_of(kit, source, COLUMNS))
    answer = estimate(table_, until=moment_of(until), suppress_below=suppress_below)
    if tell(answer, recruitment_chart(answer), chart=chart, json_=json_, sentences=answer.sentences):
        table(("stage", "people", "of the one before", "interval", ""), map(_cells, answer.stages))


def _cells(stage: Stage) -> tuple[str, ...]:
    note = "cannot be seen" if not stage.seen else "too few to show" if stage.suppressed else ""
    rate = "" if stage.rate is None else f"{stage.rate:.4f}"
    shown = "" if stage.interval is None else "[{:.4f}, {:.4f}]".format(*stage.interval)
    return stage.name, "" if stage.count is None else str(stage.count), rate, shown, note
