"""``abate measure prevalence``: what share of all views fell on what violates."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.options import ChartFile, Seed, Until, columns_of, moment_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import table
from abate.domain.errors import InputError
from abate.flows.sources import Source, labels_of
from abate.measurement.drawing.shares_chart import prevalence_chart
from abate.measurement.sampled.prevalence import prevalence as estimate
from abate.measurement.sampled.rogan_gladen import Reviewers
from abate.measurement.sampled.weighted_share import StratumShare

LabelsFile = Annotated[Path | None, typer.Option(help="Labels: some rows labelled, the others the population.")]
Positive = Annotated[str, typer.Option(help="The label that is counted; every other label is negative.")]


class Weighting(StrEnum):
    """What a share is a share of."""

    views = "views"
    items = "items"


def prevalence(
    labels: LabelsFile = None,
    positive: Positive = "",
    weight: Annotated[Weighting | None, typer.Option(help="A share of views, or of items; views if known.")] = None,
    population_items: Annotated[int | None, typer.Option(help="Items in the whole, if its rows are not here.")] = None,
    population_views: Annotated[int | None, typer.Option(help="Views in the whole.")] = None,
    reviewer_sensitivity: Annotated[float | None, typer.Option(help="Of true positives, labelled so.")] = None,
    reviewer_specificity: Annotated[float | None, typer.Option(help="Of true negatives, labelled so.")] = None,
    reviewer_n: Annotated[str, typer.Option(help="True positives, negatives the reviewers were tested on.")] = "",
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Share of views on what violates, from a labelled sample."""
    reviewers = None
    if reviewer_sensitivity is not None or reviewer_specificity is not None or reviewer_n:
        if reviewer_sensitivity is None or reviewer_specificity is None:
            msg = "--reviewer-sensitivity and --reviewer-specificity go together; give both"
            raise InputError(msg)
        tested = tested_on(reviewer_n)
        reviewers = Reviewers(
            sensitivity=reviewer_sensitivity,
            specificity=reviewer_specificity,
            positives_tested=tested[0],
            negatives_tested=tested[1],
        )
    answer = estimate(
        labels_of(Source(labels=labels, mapping=mapping_of(map_))),
        positive_of(positive),
        weight=None if weight is None else weight.value,
        population_items=population_items,
        population_views=population_views,
        reviewers=reviewers,
        until=moment_of(until),
        seed=seed,
    )
    if tell(answer, prevalence_chart(answer), chart=chart, json_=json_, sentences=(answer.sentence,)):
        table(("stratum", "share", "labels", "positive", "value", "interval", "method"), map(_cells, answer.strata))


def positive_of(text: str) -> str:
    """Return the label that is counted.

    :raises InputError: when none was named
    """
    if not text.strip():
        msg = "which label counts? Add --positive LABEL"
        raise InputError(msg)
    return text.strip()


def tested_on(text: str) -> tuple[int | None, int | None]:
    """Read how many items reviewers were tested on: positives and negatives, or one number for each of them.

    :raises InputError: for anything but one or two whole numbers
    """
    parts = columns_of(text)
    if not parts:
        return None, None
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 - a pair
        msg = f"--reviewer-n {text!r} is neither a whole number nor two, as 120,400; say how many items were tested"
        raise InputError(msg)
    return int(parts[0]), int(parts[-1])


def _cells(row: tuple[str, StratumShare]) -> tuple[str, ...]:
    name, one = row
    value = "" if one.value is None else f"{one.value:.4f}"
    shown = "" if one.limits is None else "[{:.4f}, {:.4f}]".format(*one.limits.interval())
    return name or "(none)", f"{one.share:.1%}", str(one.labelled), str(one.positives), value, shown, one.method
