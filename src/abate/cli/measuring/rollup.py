"""``abate measure rollup``: look through the sightings once, and keep what later questions need of them."""

from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.weekly import Age, age_of
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import as_json, printable
from abate.flows.measure import keep_rollup

Sightings = Annotated[Path, typer.Option(help="Sightings: a file, or a folder of Parquet parts.")]
Out = Annotated[Path, typer.Option(help="The roll-up to write, ending in .rollup.")]


def rollup(sightings: Sightings, out: Out, age: Age = "7d", map_: Map = None, json_: Json = False) -> None:
    """Keep the counts of presence, following and reach in a small file that is asked in the table's place."""
    kept = keep_rollup(sightings, mapping_of(map_), age_of(age), out)
    answers = {name: not isinstance(one, str) for name, one in kept.measures.items()}
    if json_:
        as_json({"out": str(out), "rows": kept.reading.rows, "answers": answers, "by": list(kept.columns)})
        return
    said = ", ".join(name for name, there in answers.items() if there)
    print(printable(f"{out}: {said} of {kept.reading.rows} rows, by {', '.join(kept.columns)}"))  # noqa: T201 - the result
