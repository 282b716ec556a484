"""``abate rules backtest``: what rules would have done with what came in, before anybody asks for them to go live."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.acting import As, PasswordFile, acting
from abate.cli.options import Json
from abate.cli.output import as_json, printable, progress, say, table
from abate.cli.rule_files import STANDARD_INPUT, Checked, each_checked, require_free_input
from abate.domain.errors import InputError
from abate.domain.person import Permission
from abate.domain.rule import Backtest, RuleVersion
from abate.domain.times import parse_time
from abate.flows.kit import Kit
from abate.flows.rule_blocks import Watch
from abate.flows.rules import backtest as trying
from abate.flows.rules import life
from abate.flows.rules.report import Hourly, RuleReport, percent
from abate.policy.rules.tree import Rule

MISTAKE, WRONG_USE = 1, 2
DIGITS = 8
_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Meant:
    """What the targets of the command line come to."""

    stored: tuple[RuleVersion, ...] = ()
    written: tuple[Checked, ...] = ()
    """Rule files."""
    only: str = ""

    @property
    def rules(self) -> list[Rule]:
        """Return the rules of the files that have no mistake: those of the name that is asked for."""
        return [rule for one in self.written if one.good for rule in one.rules if self.only in {"", rule.name}]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tried:
    """A rule's report, and what it was kept as."""

    report: RuleReport
    kept: str = ""
    """The backtest's identifier; empty where it was not kept."""


def backtest(
    rules: Annotated[list[str], typer.Argument(help="Rule files (- reads standard input), names, or hashes.")],
    since: Annotated[str, typer.Option(help="From when: 30d, 12h, 2w ago, or a date or time.")] = "30d",
    until: Annotated[str, typer.Option(help="Before when, written likewise; now if left out.")] = "",
    rule: Annotated[str, typer.Option(help="Only the rule of this name of the files.")] = "",
    keep: Annotated[bool, typer.Option(help="Keep the rules as drafts, and the result for going live.")] = True,
    as_: As = "",
    password_file: PasswordFile = None,
    json_: Json = False,
) -> None:
    """Say what rules would have done with what came in: hits, precision, hours saved, wrong hits, load an hour."""
    require_free_input(rules, as_, password_file)
    with wiring.opened() as kit:
        by = acting(kit, as_, Permission.RULES_EDIT, password_file)
        now = kit.clock.now()
        period = (_moment(since, now, "--since"), _moment(until, now, "--until") if until else now)
        meant = _read(kit, rules, rule)
        tried = list(_tried(kit, meant, period, by, keep=keep))
    if json_:
        as_json([_json(one) for one in tried])
    else:
        _print(tried)
    _end(meant, tried)


def _moment(text: str, now: datetime, where: str) -> datetime:
    """Read a span before now, or a time.

    :raises InputError: when it is neither
    """
    if span := _SPAN.fullmatch(text):
        try:
            return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
        except OverflowError as error:
            msg = f"{text} ago is before all calendars; ask about a shorter time"
            raise InputError(msg, where=where) from error
    try:
        return parse_time(text, "time")
    except InputError as error:
        msg = f"{text!r} is neither a span nor a time; write 30d, 12h, 2026-03-01 or 2026-03-01T08:00:00+01:00"
        raise InputError(msg, where=where) from error


def _read(kit: Kit, targets: Sequence[str], only: str) -> _Meant:
    """Tell rule files from stored versions, and read both.

    :raises NotFoundError: when a target is neither
    :raises InputError: when no file has a rule of the name that is asked for
    """
    files = [one for one in targets if one == STANDARD_INPUT or Path(one).is_file()]
    stored = tuple(life.found(kit, one) for one in targets if one not in files)
    meant = _Meant(stored=stored, written=tuple(each_checked(kit, files)), only=only)
    if only and not meant.rules and not any(one.mistakes or one.not_read for one in meant.written):
        there = ", ".join(rule.name for one in meant.written for rule in one.rules) or "none"
        msg = f"no file has a rule {only!r}; there are: {there}"
        raise InputError(msg, where="--rule")
    return meant


def _tried(kit: Kit, meant: _Meant, period: tuple[datetime, datetime], by: str, *, keep: bool) -> Iterator[_Tried]:
    since, until = period
    with _watched() as watch:
        if not keep:
            asked = [*map(life.rule_of, meant.stored), *meant.rules]
            yield from (
                _Tried(report=one) for one in trying.backtest(kit, asked, since=since, until=until, watch=watch)
            )
            return
        drafted = (life.draft(kit, one.text, by=by)[0] for one in meant.rules)
        versions = list({one.id: one for one in (*meant.stored, *drafted)}.values())
        for one in trying.keep_all(kit, versions, since=since, until=until, by=by, watch=watch):
            yield _Tried(report=_report(one), kept=one.id)


def _report(kept: Backtest) -> RuleReport:
    return RuleReport.from_json(kept.report)


@contextmanager
def _watched() -> Iterator[Watch]:
    with progress("events") as shown:
        task = shown.add_task("", total=None) if shown else None

        def told(done: int, of: int) -> None:
            if shown and task is not None:
                shown.update(task, completed=done, total=of)

        yield told


def _json(one: _Tried) -> dict[str, object]:
    return {"backtest": one.kept or None, "said": list(one.report.sentences()), **one.report.as_values()}


_COLUMNS = ("rule", "version", "items", "hits", "new", "an hour", "busiest", "precision", "earlier", "hours saved")


def _print(tried: Sequence[_Tried]) -> None:
    table(_COLUMNS, [_row(one.report) for one in tried])
    for one in tried:
        typer.echo(f"\n{one.report.name}")
        for sentence in one.report.sentences():
            typer.echo(printable(f"  {sentence}"))


def _row(report: RuleReport) -> tuple[object, ...]:
    decided, saved = report.decided, report.earlier.hours
    return (
        report.name,
        report.rule[:DIGITS],
        report.events,
        report.hits,
        report.beside.new,
        _load(report.load),
        report.load.most,
        percent(decided.precision) if decided.is_known else f"unknown ({decided.precision.among} decided)",
        report.earlier.items,
        "" if saved is None else f"{saved:.1f}",
    )


def _load(load: Hourly) -> str:
    return f"{load.median:.3g} (95 %: {load.p95:.3g})"


def _end(meant: _Meant, tried: Sequence[_Tried]) -> None:
    """Say what came of it, and end with the code of the worst file."""
    for one in meant.written:
        for mistake in (*one.mistakes, *([one.not_read] if one.not_read else [])):
            say(str(mistake))
    mistakes = sum(len(one.mistakes) for one in meant.written)
    unread = sum(one.not_read is not None for one in meant.written)
    kept = sum(bool(one.kept) for one in tried)
    say(f"{len(tried)} rules tried, {kept} results kept, {mistakes} mistakes, {unread} files not read")
    raise typer.Exit(WRONG_USE if unread else MISTAKE if mistakes else 0)
