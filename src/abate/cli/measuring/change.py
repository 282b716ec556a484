"""``abate measure change``: when the level of a series changed."""

from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.options import ChartFile, Seed, SeriesFile, Until, moment_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import table
from abate.domain.errors import InputError

if TYPE_CHECKING:
    from abate.measurement.change.answer import Changes


def change(
    series: SeriesFile = None,
    outcome: Annotated[str, typer.Option(help="The column whose level is looked at.")] = "",
    time: Annotated[str, typer.Option(help="The column of times; the order of the rows otherwise.")] = "",
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Find when a level changed, with a penalty that neighbours which resemble each other cannot fool."""
    from abate.measurement.change.estimate import changes_of, series_of  # numpy: not at every start
    from abate.measurement.drawing.change_chart import change_chart
    from abate.measurement.tables.series import read_series

    if series is None or not outcome:
        msg = "a change needs --series FILE and --outcome COLUMN; give both"
        raise InputError(msg)
    found = series_of(read_series(series, mapping_of(map_)), outcome=outcome, time=time, until=moment_of(until))
    answer = changes_of(found, seed=seed)
    if tell(answer, change_chart(answer), chart=chart, json_=json_, sentences=(f"{answer.sentence}.",)):
        _table(answer)


def _table(answer: "Changes") -> None:
    rows = ((str(one.first), str(one.last), one.periods, f"{one.mean:.4g}") for one in answer.levels)
    table(("from", "to", "periods", "mean"), rows)
