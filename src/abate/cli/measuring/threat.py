"""``abate measure threat``: whether incidents move with presence."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.options import ChartFile, Checks, Seed, SeriesFile, Sightings, Until, columns_of, moment_of
from abate.cli.measuring.tell import asked, tell
from abate.cli.options import Json, Map, mapping_for, mapping_of
from abate.cli.output import table
from abate.domain.errors import InputError

if TYPE_CHECKING:
    from abate.measurement.threat.answer import Threat


def threat(
    sightings: Sightings = None,
    incidents: Annotated[Path | None, typer.Option(help="Incidents: date, and count, country, kind.")] = None,
    checks: Checks = None,
    series: SeriesFile = None,
    outcome: Annotated[str, typer.Option(help="The column of a series that counts incidents.")] = "",
    exposure: Annotated[str, typer.Option(help="The column of a series that they may move with.")] = "",
    time: Annotated[str, typer.Option(help="The column of a series that orders its rows.")] = "",
    lags: Annotated[str, typer.Option(help="Periods from exposure to incidents, comma-separated.")] = "0,1,2,3,4",
    trend: Annotated[bool, typer.Option(help="Let the rate drift on a line of its own.")] = True,
    bursts: Annotated[bool, typer.Option(help="Also fit how single events bring further ones (Hawkes).")] = False,
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Show whether incidents move with presence, at which lag: an association in time, never a cause."""
    from abate.flows import threat as flow  # scipy and numba only where they are needed
    from abate.measurement.drawing.threat_chart import threat_chart

    chosen = _lags(lags)
    if series is not None:
        if not (outcome and exposure):
            msg = "a series needs --outcome and --exposure: the columns that count incidents and presence"
            raise InputError(msg, where=str(series))
        if bursts or sightings is not None or incidents is not None or checks is not None:
            msg = "--series goes without --sightings, --incidents, --checks and --bursts; leave them out"
            raise InputError(msg, where=str(series))
        answer = flow.of_series(
            series,
            mapping_of(map_),
            outcome=outcome,
            exposure=exposure,
            time=time,
            lags=chosen,
            trend=trend,
            until=moment_of(until),
        )
    else:
        mapping = mapping_for(map_, sightings, checks, incidents)
        source = flow.Source(sightings=sightings, checks=checks, incidents=incidents, mapping=mapping)
        answer = asked(
            lambda kit: flow.of_tables(
                kit, source, until=moment_of(until), lags=chosen, trend=trend, bursts=bursts, seed=seed
            )
        )
    if tell(answer, threat_chart(answer), chart=chart, json_=json_, sentences=(f"{answer.sentence}.",)):
        _table(answer)


def _lags(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(one) for one in columns_of(text)}))
    except ValueError as error:
        msg = f"--lags {text}: write whole numbers, such as 0,1,2"
        raise InputError(msg) from error


def _table(answer: "Threat") -> None:
    rows = (
        (one.lag, f"{one.coefficient:.4f}", f"[{one.interval[0]:.4f}, {one.interval[1]:.4f}]", f"{one.p:.3f}")
        for one in answer.fit.lags
    )
    table(("lag", "coefficient", "interval", "p"), rows)
    for one in answer.excited:
        more = f"{'more' if one.shown else 'no more'} than a changing background is shown"
        rows_ = (("on average", *map(_told, one.pull)), ("p", *map(_told, one.p)))
        table((f"{one.target}: {more}; that follow one", "online event", "incident"), rows_)


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
