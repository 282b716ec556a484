"""``abate measure …``: has it fallen? Each answer as numbers, as JSON, and as a chart."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Protocol, TypeVar

import typer

from abate import app as wiring
from abate.cli.options import By, Json, Map, mapping_of
from abate.cli.output import as_json, printable, say, table
from abate.domain.errors import InputError
from abate.domain.times import parse_time
from abate.flows.kit import Kit
from abate.flows.measure import Question, following_of, presence_of, survival_of
from abate.measurement.breaks import Break
from abate.measurement.chart import Chart, render
from abate.measurement.footing import Footing
from abate.measurement.pictures import following_chart, presence_chart, survival_chart
from abate.measurement.terminal_chart import terminal_chart
from abate.measurement.weekly import WeekRow
from abate.measurement.weeks import monday

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Has it fallen? From the store's history, or from tables you collected.")
Sightings = Annotated[Path | None, typer.Option(help="Sightings: Parquet, CSV, TSV or JSON lines.")]
Checks = Annotated[Path | None, typer.Option(help="Checks: a week without one is missing, not zero.")]
Interventions = Annotated[Path | None, typer.Option(help="Interventions to mark.")]
Panel = Annotated[Path | None, typer.Option(help="Count only the channels named in this file, one a line.")]
Until = Annotated[str, typer.Option(help="The snapshot; the latest observation otherwise.")]
Seed = Annotated[int, typer.Option(help="Of anything random.")]
Suppress = Annotated[int | None, typer.Option(help="Hide cells of subgroups below this.")]
ChartFile = Annotated[Path | None, typer.Option("--chart", help="Write the chart as SVG.")]


class Weekly(Protocol):
    """What presence and following have in common: a row a week, and what coincided with each intervention."""

    @property
    def rows(self) -> tuple[WeekRow, ...]:
        """Return the weeks."""
        ...

    @property
    def breaks(self) -> tuple[Break, ...]:
        """Return the interventions."""
        ...

    @property
    def footing(self) -> Footing:
        """Return what the answer stands on."""
        ...

    def to_json(self) -> dict[str, object]:
        """Return the answer."""
        ...


W = TypeVar("W", bound=Weekly)


def _weekly(answer_of: Callable[[Kit, Question], W], chart_of: Callable[[W], Chart], text: str) -> Callable[..., None]:
    """Make the command of a weekly measure: the same flags, another count."""

    def command(
        sightings: Sightings = None,
        checks: Checks = None,
        interventions: Interventions = None,
        by: By = None,
        panel: Panel = None,
        until: Until = "",
        seed: Seed = 0,
        suppress_below: Suppress = None,
        map_: Map = None,
        chart: ChartFile = None,
        json_: Json = False,
    ) -> None:
        asked = Question(
            sightings=sightings,
            checks=checks,
            interventions=interventions,
            panel=panel,
            mapping=mapping_of(map_),
            by=_columns(by),
            until=_moment(until),
            seed=seed,
            suppress_below=suppress_below,
        )
        answer = _asked(answer_of, asked)
        _tell(answer.to_json(), chart_of(answer), answer.footing, chart=chart, json_=json_)
        if not json_:
            _weeks(answer.rows)
            _breaks([one.sentence for one in answer.breaks])

    command.__doc__ = text
    return command


app.command("presence")(_weekly(presence_of, presence_chart, "Active channels a week."))
app.command("following")(
    _weekly(following_of, following_chart, "Different people a week: the union over channels, beside the sum.")
)


@app.command()
def survival(
    lifetimes: Annotated[Path | None, typer.Option(help="Lifetimes: Parquet, CSV, TSV or JSON lines.")] = None,
    by: Annotated[str, typer.Option(help="A column to compare by.")] = "",
    event: Annotated[str, typer.Option(help="removed, or the reason that counts.")] = "removed",
    competing: Annotated[str, typer.Option(help="Reasons that end the observation, comma-separated.")] = "",
    given_alive_at: Annotated[int | None, typer.Option(help="Start at this age in days.")] = None,
    until: Until = "",
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """How long channels last: Kaplan–Meier with delayed entry."""
    asked = Question(
        lifetimes=lifetimes,
        mapping=mapping_of(map_),
        by=(by,) if by else (),
        until=_moment(until),
        given_alive_at=given_alive_at,
        event=event,
        competing=_columns([competing]),
    )
    answer = _asked(survival_of, asked)
    _tell(answer.to_json(), survival_chart(answer), answer.footing, chart=chart, json_=json_)


def _asked(answer: Callable[[Kit, Question], T], asked: Question) -> T:
    with wiring.opened() as kit:
        return answer(kit, asked)


def _columns(given: list[str] | None) -> tuple[str, ...]:
    return tuple(name for one in given or () for name in one.split(",") if name)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    moment = parse_time(text, "--until")
    # A bare date means the whole of that day.
    return moment + timedelta(days=1, microseconds=-1) if len(text) == len("2026-03-29") else moment


def _tell(answer: dict[str, object], drawn: Chart, footing: Footing, *, chart: Path | None, json_: bool) -> None:
    if chart is not None:
        try:
            chart.write_text(render(drawn), "utf-8")
        except OSError as error:
            msg = f"the chart cannot be written ({error.strerror}); name another file"
            raise InputError(msg, where=str(chart)) from error
    if json_:
        as_json(answer)
        return
    print(printable(terminal_chart(drawn)))  # noqa: T201 - the result
    for assumption in footing.assumptions:
        say(f"assumed: {assumption}")
    for caveat in footing.caveats:
        say(f"warning ({caveat.code}): {caveat.text}")


def _weeks(rows: tuple[WeekRow, ...]) -> None:
    table(("week", "of", "value", "sum", ""), (_cells(row) for row in rows))


def _cells(row: WeekRow) -> tuple[str, ...]:
    marks = [row.missing, "suppressed" if row.suppressed else "", "provisional" if row.provisional else ""]
    of = ", ".join(value for _, value in row.by)
    value, total = (str(number) if number is not None else "" for number in (row.value, row.total))
    return monday(row.week).isoformat(), of, value, total, " ".join(mark for mark in marks if mark)


def _breaks(sentences: list[str]) -> None:
    for sentence in sentences:
        print(printable(sentence))  # noqa: T201 - the result
