"""``abate measure effect``: an outcome beside what it would have been."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.options import ChartFile, Interventions, Seed, SeriesFile, Until, columns_of, moment_of
from abate.cli.measuring.tell import tell
from abate.cli.options import Json, Map, mapping_for
from abate.cli.output import table
from abate.domain.errors import InputError

if TYPE_CHECKING:
    from abate.measurement.effect.answer import Effects

TUNED = "tuned"
_MOST_DRIFT = 10.0


def effect(
    series: SeriesFile = None,
    outcome: Annotated[list[str] | None, typer.Option(help="The column that is explained; several by commas.")] = None,
    start: Annotated[str, typer.Option(help="First treated period: a time with --time, else a row from 0.")] = "",
    time: Annotated[str, typer.Option(help="The column of times.")] = "",
    controls: Annotated[list[str] | None, typer.Option(help="Columns that were not touched, by commas.")] = None,
    method: Annotated[str, typer.Option(help="state-space or its.")] = "state-space",
    log: Annotated[bool, typer.Option("--log", help="The effect multiplies.")] = False,
    trend: Annotated[str, typer.Option(help="none, or linear: a straight line before the start.")] = "none",
    calendar: Annotated[list[str] | None, typer.Option(help="auto, none, or weekday,ramadan.")] = None,
    level_prior: Annotated[str, typer.Option(help="tuned, or drift of the level per period in outcome sd.")] = "0.01",
    interventions: Interventions = None,
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Compare an outcome with what would have been, with placebos and the effect that could have been seen."""
    from abate.measurement.drawing.effect_chart import effect_chart  # numpy: not at every start
    from abate.measurement.effect.answer import Effects
    from abate.measurement.effect.estimate import effect_of
    from abate.measurement.effect.from_series import Asked, question_of
    from abate.measurement.tables.read import read_interventions
    from abate.measurement.tables.series import read_series

    _ = seed  # nothing here is random; the flag is common to all measures
    if series is None or not columns_of(outcome) or not start:
        msg = "an effect needs --series FILE, --outcome COLUMN and --start TIME; give all three"
        raise InputError(msg)
    mapping = mapping_for(map_, series, interventions)
    asked = Asked(
        outcomes=columns_of(outcome),
        start=start,
        time=time,
        controls=columns_of(controls),
        calendar=columns_of(calendar),
        method="its" if _chosen("--method", method, ("state-space", "its")) == "its" else "state-space",
        log=log,
        trend=_chosen("--trend", trend, ("none", "linear")) == "linear",
        level_prior=_level_prior(level_prior),
        until=moment_of(until),
    )
    events = None if interventions is None else read_interventions(interventions, mapping, shared=True)
    answer = effect_of(question_of(read_series(series, mapping, shared=events is not None), asked, events))
    if isinstance(answer, Effects):
        _tell_several(answer, chart, json_=json_)
    else:
        tell(answer, effect_chart(answer), chart=chart, json_=json_, sentences=(f"{answer.sentence}.",))


def _tell_several(answer: "Effects", chart: Path | None, *, json_: bool) -> None:
    sentences = tuple(f"{one.sentence}." for one in answer.outcomes.values())
    if tell(answer, None, chart=chart, json_=json_, sentences=sentences):
        rows = (
            (name, f"{one.effect.value:.4g}", f"{one.p:.3g}", f"{one.q:.3g}") for name, one in answer.outcomes.items()
        )
        table(("outcome", "effect", "p", "q"), rows)


def _chosen(option: str, given: str, names: tuple[str, ...]) -> str:
    if given not in names:
        msg = f"{option} {given}: choose {' or '.join(names)}"
        raise InputError(msg)
    return given


def _level_prior(given: str) -> float | None:
    """Read the drift that is expected; ``None`` to learn it."""
    if given == TUNED:
        return None
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not 0 < number <= _MOST_DRIFT:
        msg = f"--level-prior {given}: give tuned, or a number above 0 and at most {_MOST_DRIFT:g}"
        raise InputError(msg)
    return number
