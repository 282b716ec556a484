"""Options that several measures share, and how their text is read."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from abate.domain.times import parse_time

Sightings = Annotated[Path | None, typer.Option(help="Sightings: Parquet, CSV, TSV or JSON lines.")]
Checks = Annotated[Path | None, typer.Option(help="Checks: a week without one is missing, not zero.")]
Lifetimes = Annotated[Path | None, typer.Option(help="Lifetimes: Parquet, CSV, TSV or JSON lines.")]
Interventions = Annotated[Path | None, typer.Option(help="Interventions to mark.")]
SeriesFile = Annotated[Path | None, typer.Option("--series", help="A series: one row a time, one column an outcome.")]
Panel = Annotated[Path | None, typer.Option(help="Count only the channels named in this file, one a line.")]
Until = Annotated[str, typer.Option(help="The snapshot; the latest observation otherwise.")]
Seed = Annotated[int, typer.Option(help="Of anything random.")]
Suppress = Annotated[int | None, typer.Option(min=2, help="Hide cells of subgroups below this.")]
ChartFile = Annotated[Path | None, typer.Option("--chart", help="Write the chart as SVG.")]

_BARE_DATE = len("2026-03-29")


def columns_of(given: list[str] | str | None) -> tuple[str, ...]:
    """Read names that may be given repeatedly, separated by commas, or both; each counts once."""
    parts = [given] if isinstance(given, str) else given or []
    return tuple(dict.fromkeys(name.strip() for one in parts for name in one.split(",") if name.strip()))


def moment_of(text: str, option: str = "--until") -> datetime | None:
    """Read a time; a bare date means the whole of that day, and nothing means none.

    :raises abate.domain.errors.InputError: for what is no time
    """
    if not text:
        return None
    moment = parse_time(text, option)
    return moment + timedelta(days=1, microseconds=-1) if len(text) == _BARE_DATE else moment
