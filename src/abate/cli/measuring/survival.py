"""``abate measure survival``: how long channels last."""

from typing import Annotated

import typer

from abate.cli.measuring.options import ChartFile, Lifetimes, Seed, Until, columns_of, moment_of
from abate.cli.measuring.tell import asked, tell
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import table


def survival(
    lifetimes: Lifetimes = None,
    by: Annotated[str, typer.Option(help="A column to compare by; quarter: when each began.")] = "",
    event: Annotated[str, typer.Option(help="removed, or the reason that counts.")] = "removed",
    competing: Annotated[str, typer.Option(help="Reasons that end the observation, comma-separated.")] = "",
    given_alive_at: Annotated[int | None, typer.Option(min=0, help="Start at this age in days.")] = None,
    cox: Annotated[str, typer.Option(help="Columns whose part in the risk is asked, comma-separated.")] = "",
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """How long channels last: Kaplan–Meier with delayed entry, and a Cox model of columns."""
    from abate.flows.lives import LivesQuestion, survival_of  # numpy's linear algebra: only where it is asked for
    from abate.measurement.drawing.pictures import survival_chart, survival_groups_chart

    _ = seed  # nothing here is random; the flag is common to all measures
    question = LivesQuestion(
        lifetimes=lifetimes,
        mapping=mapping_of(map_),
        by=by,
        cox=columns_of(cox),
        until=moment_of(until),
        given_alive_at=given_alive_at,
        event=event,
        competing=columns_of(competing),
    )
    answer = asked(lambda kit: survival_of(kit, question))
    drawn = survival_groups_chart(answer) if answer.groups else survival_chart(answer)
    if tell(answer, drawn, chart=chart, json_=json_, sentences=answer.sentences()) and answer.cox is not None:
        rows = ((one.name, *map(_shown, (one.value, one.error, one.p))) for one in answer.cox.coefficients)
        table(("column", "coefficient", "error", "p"), rows)


def _shown(value: float | None) -> str:
    return "not given" if value is None else f"{value:.4g}"
