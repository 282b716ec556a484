"""``abate measure check``: which claims a set of files can support, and what would have to be collected."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import printable, say, table

if TYPE_CHECKING:
    from abate.measurement.support.support import Support

_SHOWN = 5
"""Problems of each file; all that were kept are in the JSON."""


def check(
    files: Annotated[list[Path], typer.Argument(help="Tables: Parquet, CSV, TSV or JSON lines.")],
    map_: Map = None,
    json_: Json = False,
) -> None:
    """Which claims these files can support, which not, and what would have to be collected."""
    from abate.flows.measure_check import check_files  # reads tables: not needed to print a help text

    answer = check_files(files, mapping_of(map_))
    if tell(answer, None, chart=None, json_=json_):
        table(("file", "is", "rows", "left out", "problems"), _files(answer))
        table(("claim", "", "can", "why"), _claims(answer), title="Claims")
        missing = [(letter, what) for letter, one in answer.claims.items() for what in one.collect]
        table(("for", "collect"), missing, title="To collect")
        for text in _problems(answer):
            say(text)


def _files(answer: "Support") -> Iterator[tuple[object, ...]]:
    for one in answer.files:
        reading = one.reading
        yield reading.file, one.table or "not usable", reading.rows, reading.skipped, len(reading.problems)


def _claims(answer: "Support") -> Iterator[tuple[object, ...]]:
    for letter, one in answer.claims.items():
        yield letter, one.claim, "yes" if one.can else "no", one.why


def _problems(answer: "Support") -> Iterator[str]:
    for one in answer.files:
        for problem in one.reading.problems[:_SHOWN]:
            yield printable(f"{problem.where}: {problem.text}")
        more = len(one.reading.problems) - _SHOWN
        if more > 0:
            yield f"{one.reading.file}: {more} further problems are listed in --json"
