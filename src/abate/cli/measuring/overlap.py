"""``abate measure overlap``: how much of the same content groups, platforms or languages share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.options import ChartFile, Seed, Sightings, Until, moment_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import table
from abate.domain.errors import InputError

if TYPE_CHECKING:
    from abate.measurement.drawing.heat_map import HeatMap


def overlap(
    sightings: Sightings = None,
    by: Annotated[str, typer.Option(help="group, platform or language.")] = "group",
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Overlap: how much of the same content groups, platforms or languages share."""
    from abate.measurement.drawing.overlap_chart import overlap_chart  # numpy: not at every start
    from abate.measurement.overlap import COLUMNS, pairs_of
    from abate.measurement.overlap import overlap as compared
    from abate.measurement.tables.read import read_sightings

    if sightings is None:
        msg = "overlap needs --sightings FILE with a column signal or item; give it"
        raise InputError(msg)
    found = read_sightings(sightings, mapping_of(map_), (*COLUMNS, by))
    answer = compared(found, by=by, until=moment_of(until), seed=seed)
    if chart is not None:
        _write(overlap_chart(answer), chart)
    if tell(answer, None, chart=None, json_=json_, sentences=(f"{answer.sentence}.",)):
        rows = ((one, other, f"{value:.3f}") for (one, other), value in pairs_of(answer).items())
        table(("one", "other", "shared"), rows)


def _write(drawn: "HeatMap", path: Path) -> None:
    from abate.measurement.drawing.heat_map import render_heat_map  # numpy: not at every start

    try:
        path.write_text(render_heat_map(drawn), "utf-8")
    except OSError as error:
        msg = f"the chart cannot be written ({error.strerror}); name another file"
        raise InputError(msg, where=str(path)) from error
