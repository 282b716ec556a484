"""``abate measure synthetic``: one treated unit beside a mix of untreated ones."""

from typing import Annotated

import typer

from abate.cli.measuring.options import ChartFile, Interventions, Seed, SeriesFile, Until, columns_of, moment_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_for
from abate.cli.output import table
from abate.domain.errors import InputError


def synthetic(
    series: SeriesFile = None,
    unit: Annotated[str, typer.Option(help="The column that names the units.")] = "unit",
    time: Annotated[str, typer.Option(help="The column of the times.")] = "time",
    outcome: Annotated[str, typer.Option(help="The column that is compared.")] = "outcome",
    treated: Annotated[str, typer.Option(help="The treated unit.")] = "",
    start: Annotated[str, typer.Option(help="The first treated period, a value of the time column.")] = "",
    method: Annotated[str, typer.Option(help="sc, sdid or did.")] = "sc",
    donors: Annotated[list[str] | None, typer.Option(help="Compare with these only, comma-separated.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave these donors out, comma-separated.")] = None,
    interventions: Interventions = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep donors that had an event of their own.")] = False,
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Synthetic control, synthetic difference-in-differences or DiD, with placebos."""
    from abate.measurement.drawing.synthetic_chart import synthetic_chart  # numpy: not at every start
    from abate.measurement.synthetic.answer import synthetic as compared
    from abate.measurement.synthetic.panel import Columns, panel_of
    from abate.measurement.tables.read import read_interventions
    from abate.measurement.tables.series import read_series

    _ = seed  # nothing here is random; the flag is common to all measures
    if series is None or not treated or not start:
        msg = "a comparison needs --series FILE, --treated NAME and --start PERIOD; give all three"
        raise InputError(msg)
    mapping = mapping_for(map_, series, interventions)
    found = read_series(series, mapping, shared=interventions is not None)
    events = None if interventions is None else read_interventions(interventions, mapping, shared=True)
    panel = panel_of(
        found,
        Columns(unit=unit, time=time, outcome=outcome),
        treated=treated,
        start=start,
        donors=columns_of(donors),
        exclude=columns_of(exclude),
        until=moment_of(until),
    )
    answer = compared(panel, method, interventions=events, keep=keep, where=str(series))
    if tell(answer, synthetic_chart(answer), chart=chart, json_=json_, sentences=(f"{answer.sentence}.",)):
        heaviest = answer.donors_by_weight()
        table(("donor", "weight"), ((name, f"{weight:.3f}") for name, weight in heaviest))
