"""``abate measure reappearance``: who lost a channel and opened the next."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.options import ChartFile, Lifetimes, Seed, Sightings, Until, columns_of, moment_of
from abate.cli.measuring.tell import asked, tell
from abate.cli.options import Json, Map, mapping_for
from abate.domain.errors import InputError

if TYPE_CHECKING:
    from abate.measurement.lives.reappearance import Reappearance


def reappearance(
    lifetimes: Lifetimes = None,
    days: Annotated[str, typer.Option(help="Days after a removal, comma-separated.")] = "30,90",
    sightings: Sightings = None,
    event: Annotated[str, typer.Option(help="removed, or the reason that starts the clock.")] = "removed",
    operator_error_rate: Annotated[
        float | None, typer.Option(help="Which part of the operator links is wrong, by the analyst's own count.")
    ] = None,
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Who comes back: operators with a next channel within so many days of a removal, and the audience it regains."""
    from abate.flows.lives import LivesQuestion, reappearance_of  # numpy's linear algebra: only where it is asked for
    from abate.measurement.drawing.reappearance_chart import reappearance_chart

    question = LivesQuestion(
        lifetimes=lifetimes,
        sightings=sightings,
        mapping=mapping_for(map_, lifetimes, sightings),
        days=_days(days),
        event=event,
        error_rate=operator_error_rate,
        until=moment_of(until),
        seed=seed,
    )
    answer = asked(lambda kit: reappearance_of(kit, question))
    said = (*answer.sentences(), *_with_wrong_links(answer))
    tell(answer, reappearance_chart(answer), chart=chart, json_=json_, sentences=said)


def _with_wrong_links(answer: "Reappearance") -> Iterator[str]:
    for one in answer.incidence:
        if one.sensitivity is not None and answer.error_rate is not None:
            low, high = (f"{100 * end:.0f}" for end in one.sensitivity)
            wrong = f"with {100 * answer.error_rate:g} % of the links wrong, and as many missed"
            yield f"{wrong}, it could be anything from {low} to {high} % within {one.days} days"


def _days(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(one) for one in columns_of(text)}))
    except ValueError as error:
        msg = f"--days {text!r} wants whole days of 1 or more, such as 30,90"
        raise InputError(msg) from error
