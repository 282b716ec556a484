"""``abate measure presence``, ``following`` and ``reach``: a row a week, and what coincided with each intervention."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Protocol, TypeVar

import typer

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
from abate.cli.options import By, Json, Map, mapping_for, mapping_of
from abate.cli.output import printable, table
from abate.domain.errors import InputError
from abate.flows.kit import Asking
from abate.flows.measure import Question, following_of, presence_of, reach_of
from abate.measurement.counting.breaks import Break
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.drawing.chart import Chart
from abate.measurement.drawing.pictures import following_chart, presence_chart, reach_chart
from abate.measurement.footing import Footing
from abate.measurement.rollup.file import is_rollup
from abate.measurement.weekly.weekly_answer import Beside
from abate.measurement.weeks import monday

Age = Annotated[str, typer.Option(help="Read the views of each item at this age: 7d, 24h, 2w.")]

_COLUMNS = ("week", "of", "value", "sum", "")
_ALWAYS = ("week", "value")
_AGE = re.compile(r"([0-9]{1,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


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
    def beside(self) -> Beside:
        """Return what stands beside the weeks."""
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
    answer_of: Callable[[Asking, Question], W], chart_of: Callable[[W], Chart], text: str
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
            mapping=_mapping(map_, sightings, checks, interventions),
            by=columns_of(by),
            until=moment_of(until),
            seed=seed,
            suppress_below=suppress_below,
        )
        _answered(question, answer_of, chart_of, chart=chart, json_=json_)

    command.__doc__ = text
    return command


presence = weekly_command(presence_of, presence_chart, "Active channels a week.")
following = weekly_command(
    following_of, following_chart, "Different people a week: the union over channels, beside the sum."
)


def reach(
    sightings: Sightings = None,
    checks: Checks = None,
    interventions: Interventions = None,
    age: Age = "7d",
    by: By = None,
    panel: Panel = None,
    until: Until = "",
    seed: Seed = 0,
    suppress_below: Suppress = None,
    map_: Map = None,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Add up views by week, each item at the same age. Views are not people, and never mixed with the audience."""
    question = Question(
        sightings=sightings,
        checks=checks,
        interventions=interventions,
        age=age_of(age),
        by=columns_of(by),
        panel=panel,
        mapping=_mapping(map_, sightings, checks, interventions),
        until=moment_of(until),
        seed=seed,
        suppress_below=suppress_below,
    )
    _answered(question, reach_of, reach_chart, chart=chart, json_=json_)


def _mapping(pairs: list[str] | None, sightings: Path | None, *others: Path | None) -> dict[str, str]:
    """Read the pairs; a roll-up has no columns among which a name could be missed, and refuses them later."""
    return mapping_of(pairs) if is_rollup(sightings) else mapping_for(pairs, sightings, *others)


def age_of(text: str) -> timedelta:
    """Read an age: a whole number of days, hours or weeks.

    :raises InputError: for anything else, and for no time at all
    """
    found = _AGE.fullmatch(text.strip().lower())
    if found is None or not int(found[1]):
        msg = f"--age {text}: write days, hours or weeks, as in 7d, 24h or 2w, up to 9999"
        raise InputError(msg)
    return int(found[1]) * _UNITS[found[2]]


def _answered(
    question: Question,
    answer_of: Callable[[Asking, Question], W],
    chart_of: Callable[[W], Chart],
    *,
    chart: Path | None,
    json_: bool,
) -> None:
    answer = asked(lambda kit: answer_of(kit, question))
    if tell(answer, chart_of(answer), chart=chart, json_=json_):
        _table(answer.rows)
        for sentence in _sentences(answer):
            print(printable(sentence))  # noqa: T201 - the result


def _table(rows: Sequence[WeekRow]) -> None:
    """Print a line a week; a column that no line fills is left out."""
    cells = [_cells(row) for row in rows]
    shown = [place for place, name in enumerate(_COLUMNS) if name in _ALWAYS or any(line[place] for line in cells)]
    table([_COLUMNS[place] for place in shown], ([line[place] for place in shown] for line in cells))


def _sentences(answer: Weekly) -> Iterator[str]:
    for young in answer.beside.nowcast.weeks:
        if young.value is not None and young.interval is not None:
            low, high = young.interval
            yield f"week of {monday(young.week)}: will come to {young.value:.0f} [{low:.0f}, {high:.0f}]"
    yield from (one.sentence for one in answer.breaks)
    panel = answer.beside.panel
    yield from () if panel is None else (one.sentence for one in panel.changes)


def _cells(row: WeekRow) -> tuple[str, ...]:
    marks = [row.missing, "suppressed" if row.suppressed else "", "provisional" if row.provisional else ""]
    of = ", ".join(value for _, value in row.by)
    value, total = (str(number) if number is not None else "" for number in (row.value, row.total))
    return monday(row.week).isoformat(), of, value, total, " ".join(mark for mark in marks if mark)
