"""``abate measure displacement``: what fell on one platform, what rose on the others, and what is left."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.options import ChartFile, Checks, Seed, SeriesFile, Sightings, Until, columns_of, moment_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_for
from abate.domain.errors import InputError
from abate.domain.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abate.measurement.platform_weeks import Platforms

TRENDS = ("none", "linear")


def displacement(
    sightings: Sightings = None,
    series: SeriesFile = None,
    checks: Checks = None,
    treated: Annotated[str, typer.Option(help="The treated platform, or its column in the series.")] = "",
    start: Annotated[str, typer.Option(help="First treated week: a date; a row or time of the series.")] = "",
    others: Annotated[list[str] | None, typer.Option(help="Other platforms, comma-separated; all by default.")] = None,
    unobserved: Annotated[list[str] | None, typer.Option(help="Platforms known to exist and not seen.")] = None,
    time: Annotated[str, typer.Option(help="The series' column of times.")] = "",
    trend: Annotated[str, typer.Option(help="none, or linear: carry on the line of before.")] = "none",
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Displacement: what one platform lost and the others gained."""
    from abate.measurement.drawing.displacement_chart import displacement_chart  # numpy: not at every start
    from abate.measurement.named_others import displacement_among

    _ = seed  # nothing here is random; the flag is common to all measures
    if (sightings is None) == (series is None) or not treated or not start:
        msg = "give --sightings FILE or --series FILE, with --treated NAME and --start TIME"
        raise InputError(msg)
    if trend not in TRENDS:
        msg = f"--trend {trend}: choose none or linear"
        raise InputError(msg)
    mapping, named = mapping_for(map_, sightings, series, checks), columns_of(others)
    if series is not None:
        platforms = _of_series(series, mapping, treated, start, named, time, until)
    else:
        assert sightings is not None
        platforms = _of_sightings(sightings, checks, mapping, start, until)
    answer = displacement_among(
        platforms, treated=treated, others=named, unobserved=columns_of(unobserved), trend=trend == "linear"
    )
    tell(answer, displacement_chart(answer), chart=chart, json_=json_, sentences=(f"{answer.sentence}.",))


def _of_series(
    path: Path,
    mapping: "Mapping[str, str]",
    treated: str,
    start: str,
    others: tuple[str, ...],
    time: str,
    until: str,
) -> "Platforms":
    from abate.measurement.effect.from_series import known_by  # numpy: not at every start
    from abate.measurement.platform_weeks import platforms_of_series
    from abate.measurement.tables.series import read_series

    found = known_by(read_series(path, mapping), time, moment_of(until))
    return platforms_of_series(found, treated=treated, start=start, others=others, time=time)


def _of_sightings(path: Path, checks: Path | None, mapping: "Mapping[str, str]", start: str, until: str) -> "Platforms":
    from abate.measurement.platform_weeks import COLUMNS, platforms_of_sightings  # numpy: not at every start
    from abate.measurement.tables.read import read_checks, read_sightings

    shared = checks is not None
    return platforms_of_sightings(
        read_sightings(path, mapping, COLUMNS, shared=shared),
        start=parse_time(start, "--start"),
        checks=None if checks is None else read_checks(checks, mapping, shared=shared),
        until=moment_of(until),
    )
