"""A stored backtest as a page shows it: its sentences, two pictures, and who is hit wrongly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from abate.domain.errors import InputError
from abate.domain.rule import Backtest
from abate.flows.rules.report import Hourly, RuleReport, Wrongly, percent
from abate.web.console.rule_bars import Row, bars
from abate.web.strings import text

_WIDE = 720


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows under their heads."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a page shows of a backtest."""

    since: datetime
    until: datetime
    ran_at: datetime
    by: str
    sentences: tuple[str, ...]
    drawings: tuple[str, ...] = ()
    """As markup."""
    tables: tuple[Table, ...] = ()


def shown(backtest: Backtest | None) -> Report | None:
    """Return a backtest for a page; of one that this release cannot read, the sentence that says so."""
    if backtest is None:
        return None
    bare = Report(since=backtest.since, until=backtest.until, ran_at=backtest.ran_at, by=backtest.by, sentences=())
    try:
        report = RuleReport.from_json(backtest.report)
    except InputError as error:
        return replace(bare, sentences=(str(error),))
    return replace(
        bare,
        sentences=report.sentences(),
        drawings=tuple(drawing for drawing in (_by_day(report), _by_hour(report)) if drawing),
        tables=tuple(table for table in (_loads(report), *_wrongly(report)) if table.rows),
    )


def sentences(backtest: Backtest | None) -> Sequence[str]:
    """Return what a backtest says, a sentence each; none of none."""
    found = shown(backtest)
    return found.sentences if found else ()


def _rows(hits: Sequence[float], cases: Sequence[float]) -> list[Row]:
    return [
        Row(name=text("rules.candidate"), values=hits, hue=1),
        Row(name=text("rules.present"), values=cases, hue=2),
    ]


def _by_day(report: RuleReport) -> str:
    rows = _rows([day.hits for day in report.days], [day.cases for day in report.days])
    return bars(text("rules.per_day"), [day.day for day in report.days], rows, name="days", width=_WIDE, height=190)


def _by_hour(report: RuleReport) -> str:
    """Draw the load over the hours of the day: when the queue fills decides who has to be there."""
    first = report.hours.begins.hour
    rows = _rows(_of_day(report.hours.hits, first), _of_day(report.hours.cases, first))
    labels = [f"{hour:02}:00" for hour in range(24)]
    return bars(text("rules.per_hour"), labels, rows, name="hours", width=_WIDE, height=170)


def _of_day(counts: Sequence[int], first: int) -> list[int]:
    return [sum(counts[(hour - first) % 24 :: 24]) for hour in range(24)]


_LOAD_HEADS = ("rules.load_of", "rules.load_total", "rules.load_median", "rules.load_high", "rules.load_most")


def _loads(report: RuleReport) -> Table:
    loads = (("rules.load_all", report.load), ("rules.load_new", report.added), ("rules.load_cases", report.cases))
    return Table(
        title=text("rules.load"),
        columns=tuple(map(text, _LOAD_HEADS)),
        rows=tuple((text(name), *_load(load)) for name, load in loads),
    )


def _load(load: Hourly) -> tuple[str, ...]:
    when = f" ({load.busiest:%Y-%m-%d %H}:00)" if load.busiest else ""
    return str(load.total), f"{load.median:.3g}", f"{load.p95:.3g}", f"{load.most}{when}"


def _wrongly(report: RuleReport) -> Iterable[Table]:
    for by, title in (("context", "rules.wrong_context"), ("language", "rules.wrong_language")):
        yield Table(
            title=text(title),
            columns=(text("rules.wrong_of"), text("rules.wrong_kept")),
            rows=tuple((_class(one), percent(one.share)) for one in report.wrongly if one.by == by),
        )


def _class(one: Wrongly) -> str:
    name = one.name.replace("_", " ") or text("rules.wrong_unknown")
    return f"{name} ({text('rules.protected')})" if one.protected else name
