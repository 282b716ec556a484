"""``abate measure stance``: which share of replies carries a label, before and after a date."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.options import ChartFile, Seed, Suppress, Until, moment_of
from abate.cli.measuring.prevalence import LabelsFile, Positive, positive_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_for
from abate.cli.output import table
from abate.domain.errors import InputError
from abate.domain.times import parse_time
from abate.flows.sources import Source, labels_of, surveys_of
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.drawing.shares_chart import stance_chart
from abate.measurement.sampled.stance import Stance
from abate.measurement.sampled.stance import stance as estimate


def stance(
    labels: LabelsFile = None,
    positive: Positive = "",
    start: Annotated[str, typer.Option(help="The first day of after.")] = "",
    surveys: Annotated[Path | None, typer.Option(help="Surveys to stand beside.")] = None,
    until: Until = "",
    suppress_below: Suppress = None,
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Share of replies with a label before and after a date, in channels that stayed and by who left or came."""
    if not start:
        msg = "before and after what? Add --start DATE"
        raise InputError(msg)
    source = Source(labels=labels, surveys=surveys, mapping=mapping_for(map_, labels, surveys))
    asked = None if surveys is None else surveys_of(source)
    answer = estimate(
        labels_of(source),
        positive_of(positive),
        parse_time(start, "--start"),
        surveys=asked,
        until=moment_of(until),
        suppress_below=suppress_below,
        seed=seed,
    )
    if asked is not None:
        caveats = (*answer.footing.caveats, *reading_caveats(asked.reading))
        answer = replace(answer, footing=replace(answer.footing, caveats=caveats))
    if tell(answer, stance_chart(answer), chart=chart, json_=json_, sentences=(answer.sentence,)):
        _surveys(answer)


def _surveys(answer: Stance) -> None:
    if answer.surveys:
        rows = (
            (one.date.date(), one.question, f"{one.share:.3f}", f"±{one.margin:.3f}", one.source)
            for one in answer.surveys
        )
        table(("date", "question", "share", "margin", "source"), rows, title="What people said when they were asked")
