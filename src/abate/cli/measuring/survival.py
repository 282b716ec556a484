"""``abate measure survival``: how long channels last."""

from typing import Annotated

import typer

from abate.cli.measuring.options import ChartFile, Lifetimes, Until, columns_of, moment_of
from abate.cli.measuring.tell import asked, tell
from abate.cli.options import Json, Map, mapping_of
from abate.flows.measure import Question, survival_of
from abate.measurement.drawing.pictures import survival_chart


def survival(
    lifetimes: Lifetimes = None,
    by: Annotated[str, typer.Option(help="A column to compare by.")] = "",
    event: Annotated[str, typer.Option(help="removed, or the reason that counts.")] = "removed",
    competing: Annotated[str, typer.Option(help="Reasons that end the observation, comma-separated.")] = "",
    given_alive_at: Annotated[int | None, typer.Option(help="Start at this age in days.")] = None,
    until: Until = "",
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """How long channels last: Kaplan–Meier with delayed entry."""
    question = Question(
        lifetimes=lifetimes,
        mapping=mapping_of(map_),
        by=(by,) if by else (),
        until=moment_of(until),
        given_alive_at=given_alive_at,
        event=event,
        competing=columns_of(competing),
    )
    answer = asked(lambda kit: survival_of(kit, question))
    tell(answer, survival_chart(answer), chart=chart, json_=json_)
