"""``abate measure presence`` and ``following``: a row a week, and what coincided with each intervention."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from abate.cli.measuring.options import (
    ChartFile,
    Checks,
    Interventions,
    Panel,
    Seed,
    Sightings,
    Suppress,
    Until,
    columns_of,
    moment_of,
)
from abate.cli.measuring.tell import asked, tell
from abate.cli.options import By, Json, Map, mapping_of
from abate.cli.output import printable, table
from abate.flows.kit import Kit
from abate.flows.measure import Question, following_of, presence_of
from abate.measurement.counting.breaks import Break
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.drawing.chart import Chart
from abate.measurement.drawing.pictures import following_chart, presence_chart
from abate.measurement.footing import Footing
from abate.measurement.weeks import monday


class Weekly(Protocol):
    """What the weekly measures have in common."""

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


def weekly_command(
    answer_of: Callable[[Kit, Question], W], chart_of: Callable[[W], Chart], text: str
) -> Callable[..., None]:
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
        question = Question(
            sightings=sightings,
            checks=checks,
            interventions=interventions,
            panel=panel,
            mapping=mapping_of(map_),
            by=columns_of(by),
            until=moment_of(until),
            seed=seed,
            suppress_below=suppress_below,
        )
        answer = asked(lambda kit: answer_of(kit, question))
        if tell(answer, chart_of(answer), chart=chart, json_=json_):
            table(("week", "of", "value", "sum", ""), (_cells(row) for row in answer.rows))
            for one in answer.breaks:
                print(printable(one.sentence))  # noqa: T201 - the result

    command.__doc__ = text
    return command


presence = weekly_command(presence_of, presence_chart, "Active channels a week.")
following = weekly_command(
    following_of, following_chart, "Different people a week: the union over channels, beside the sum."
)


def _cells(row: WeekRow) -> tuple[str, ...]:
    marks = [row.missing, "suppressed" if row.suppressed else "", "provisional" if row.provisional else ""]
    of = ", ".join(value for _, value in row.by)
    value, total = (str(number) if number is not None else "" for number in (row.value, row.total))
    return monday(row.week).isoformat(), of, value, total, " ".join(mark for mark in marks if mark)
