"""``abate measure sample``: draw the items that people are to label."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.options import Seed, columns_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import table
from abate.domain.errors import InputError
from abate.measurement.sampled.design import STRATA, draw_sample
from abate.measurement.sampled.write import write_sample
from abate.measurement.tables.read import read_labels


class Within(StrEnum):
    """How a stratum is drawn from."""

    evenly = "evenly"
    views = "views"


def sample(
    population: Annotated[Path | None, typer.Option(help="All items, one a row: item, views, score.")] = None,
    size: Annotated[int, typer.Option(help="How many items people can label.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The table to label: .csv or .parquet.")] = None,
    strata: Annotated[str, typer.Option(help="Cut by score, views, both, or none.")] = ",".join(STRATA),
    within: Annotated[Within, typer.Option(help="Within a stratum evenly, or by views.")] = Within.evenly,
    seed: Seed = 0,
    map_: Map = None,
    json_: Json = False,
) -> None:
    """Draw items to label, with known chances, for prevalence."""
    if population is None or out is None:
        msg = "a sample needs --population FILE, --size N and --out FILE; give all three"
        raise InputError(msg)
    _spare_labels(out)
    by = tuple(name for name in columns_of(strata) if name != "none")
    drawn = draw_sample(read_labels(population, mapping_of(map_)), size, by=by, within=within.value, seed=seed)
    write_sample(drawn, out)
    if tell(drawn, None, chart=None, json_=json_, sentences=(drawn.sentence,)):
        rows = ((one.name, str(one.items), str(one.drawn)) for one in drawn.summary)
        table(("stratum", "items", "drawn"), rows)


def _spare_labels(out: Path) -> None:
    """Refuse to write over a table in which somebody has begun to label.

    :raises InputError: when the file holds a label, or cannot be told to hold none
    """
    if not out.exists():
        return
    there = read_labels(out).label
    if there is not None and bool((there.codes >= 0).any()):
        msg = "somebody has labelled items in this file; name another with --out"
        raise InputError(msg, where=str(out))
