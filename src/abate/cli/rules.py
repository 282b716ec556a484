"""``abate rules …``: what an operator's rules say, and how their versions live."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli import rules_alarms, rules_backtest
from abate.cli.acting import As, PasswordFile, acting
from abate.cli.options import Json
from abate.cli.output import as_json, printable, say, table
from abate.cli.rule_files import Checked, each_checked, one_rule, require_free_input
from abate.domain.errors import NotFoundError
from abate.domain.person import Permission
from abate.domain.rule import RuleChange, RuleState, RuleVersion
from abate.flows import people
from abate.flows.kit import Kit
from abate.flows.rules import life, views
from abate.policy.rules.life import COOLING_OFF, told

MISTAKE, WRONG_USE = 1, 2
DIGITS = 8
"""Of a hash, as tables show it."""

app = typer.Typer(no_args_is_help=True, help="Rules of your own: checked, tried, approved, rolled back.")
Files = Annotated[list[str], typer.Argument(help="Rule files; - reads standard input.")]
Ref = Annotated[str, typer.Argument(help="A rule's name, for its newest version, or 8 digits or more of its hash.")]
RefOrFile = Annotated[str, typer.Argument(help="A rule's name, 8 digits or more of a hash, or a rule file.")]
Note = Annotated[str, typer.Option(help="Why, for those who read it later.")]
OneOf = Annotated[str, typer.Option("--rule", help="Which rule of the file.")]
EDIT, APPROVE = Permission.RULES_EDIT, Permission.RULES_APPROVE


@app.command()
def check(files: Files, json_: Json = False) -> None:
    """Say whether rule files could be kept: the first mistake of each rule, with its place and the remedy."""
    with wiring.opened() as kit:
        found = list(each_checked(kit, files))
    if json_:
        as_json([_checked_json(one) for one in found])
    else:
        _print_mistakes(found)
    _end(found, f"{sum(len(one.rules) for one in found)} rules without a mistake")


def _checked_json(one: Checked) -> dict[str, object]:
    return {
        "file": one.file,
        "rules": [{"name": rule.name, "version": rule.version} for rule in one.rules],
        "mistakes": [{"line": e.line, "column": e.column, "message": e.bare} for e in one.mistakes],
        "not_read": one.not_read.bare if one.not_read else None,
    }


def _print_mistakes(found: list[Checked]) -> None:
    for one in found:
        for mistake in one.mistakes:
            typer.echo(printable(str(mistake)))


def _end(found: list[Checked], done: str) -> None:
    """Say what came of the files, and end with the code of the worst."""
    unread = [one for one in found if one.not_read]
    for one in unread:
        say(str(one.not_read))
    mistakes = sum(len(one.mistakes) for one in found)
    say(f"{len(found)} files: {done}, {mistakes} mistakes, {len(unread)} files not read")
    raise typer.Exit(WRONG_USE if unread else MISTAKE if mistakes else 0)


@app.command()
def draft(files: Files, as_: As = "", password_file: PasswordFile = None, json_: Json = False) -> None:
    """Keep the rules of files as versions that are asked nothing yet; a file with a mistake is kept none of."""
    require_free_input(files, as_, password_file)
    with wiring.opened() as kit:
        by = acting(kit, as_, EDIT, password_file)
        found = list(each_checked(kit, files))
        good = [one for one in found if one.good]
        kept = [version for one in good for version in life.draft(kit, one.text, file=one.file, by=by)]
        names = _names(kit)
    if json_:
        as_json([views.version_json(version, names) for version in kept])
    else:
        _print_mistakes(found)
        table(_COLUMNS, [_row(version, names) for version in kept])
    _end(found, f"{len(kept)} versions kept")


def _names(kit: Kit) -> dict[str, str]:
    return {user.id: user.name for user in people.users(kit)}


_COLUMNS = ("rule", "version", "state", "share", "since (UTC)", "by", "waits")


def _row(version: RuleVersion, names: Mapping[str, str]) -> tuple[str, ...]:
    asker = names.get(version.asked_by, version.asked_by)
    return (
        version.name,
        version.id[:DIGITS],
        version.state.value,
        f"{version.share} %" if version.share else "",
        _minute(version.since),
        names.get(version.created_by, version.created_by),
        f"{asker} asked for {version.asked_share} %" if version.asked_at else "",
    )


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="With those that are retired.")] = False, json_: Json = False
) -> None:
    """List the versions by name, the newest first, with how each stands."""
    with wiring.opened() as kit:
        found, names = life.listed(kit, retired=all_), _names(kit)
    if json_:
        as_json([views.version_json(version, names) for version in found])
    else:
        table(_COLUMNS, [_row(version, names) for version in found])


@app.command()
def show(ref: Ref, json_: Json = False) -> None:
    """Show one version: what it says, how it stands, who wrote it, and what happened to it."""
    with wiring.opened() as kit:
        version, names = life.found(kit, ref), _names(kit)
        changes = [change for change in life.history(kit, version.name) if change.rule == version.id]
    if json_:
        told_of = [views.change_json(change, names) for change in changes]
        as_json({**views.version_json(version, names), "text": version.text, "changes": told_of})
        return
    typer.echo(printable(version.text.expandtabs()))
    table(_COLUMNS, [_row(version, names)])
    _print_changes(changes, names)


@app.command()
def history(name: Annotated[str, typer.Argument(help="A rule's name.")], json_: Json = False) -> None:
    """Show what happened to all versions of a rule, the newest first."""
    with wiring.opened() as kit:
        changes, names = life.history(kit, name), _names(kit)
    if json_:
        as_json([views.change_json(change, names) for change in changes])
    else:
        _print_changes(changes, names)


def _print_changes(changes: list[RuleChange], names: Mapping[str, str]) -> None:
    rows = (
        (_minute(c.at), c.rule[:DIGITS], c.step.value, f"{c.share} %" if c.share else "", names.get(c.by, c.by), c.note)
        for c in changes
    )
    table(("at (UTC)", "version", "step", "share", "by", "note"), rows)


@app.command()
def shadow(
    ref: RefOrFile,
    rule: OneOf = "",
    note: Note = "",
    as_: As = "",
    password_file: PasswordFile = None,
    json_: Json = False,
) -> None:
    """Have a version asked about every item that comes in; its hits are kept and lead to nothing."""
    with wiring.opened() as kit:
        by = acting(kit, as_, EDIT, password_file)
        version = life.shadow(kit, _meant(kit, ref, rule, by), by=by, note=note)
        _report(kit, version, "is in shadow", json_=json_)


def _meant(kit: Kit, ref: str, rule: str, by: str) -> str:
    """Return the hash of the version that is meant; what a file says is drafted first.

    :raises NotFoundError: when it is neither
    :raises InputError: when it is not clear which rule of the file is meant
    """
    try:
        return life.found(kit, ref).id
    except NotFoundError:
        if not Path(ref).is_file():
            raise
    (version,) = life.draft(kit, one_rule(kit, ref, rule), file=ref, by=by)
    return version.id


def _report(kit: Kit, version: RuleVersion, became: str, *, json_: bool) -> None:
    if json_:
        as_json(views.version_json(version, _names(kit)))
    else:
        say(f"{told(version)} {became}")


@app.command()
def promote(
    ref: RefOrFile,
    share: Annotated[int, typer.Option(help="Percent of the accounts, 1 to 100.")],
    rule: OneOf = "",
    note: Note = "",
    as_: As = "",
    password_file: PasswordFile = None,
    json_: Json = False,
) -> None:
    """Ask for a version in shadow to go live for a share of the accounts; of a live one, set the share."""
    with wiring.opened() as kit:
        by = acting(kit, as_, EDIT, password_file)
        version = life.found(kit, _meant(kit, ref, rule, by))
        if version.state is RuleState.LIVE:
            version = life.set_share(kit, version.id, share, by=by, note=note)
            _report(kit, version, f"is live for {version.share} % of the accounts", json_=json_)
        else:
            version = life.ask(kit, version.id, share=share, by=by, note=note)
            _report(kit, version, f"waits: {_who_approves(kit, version)}", json_=json_)


def _who_approves(kit: Kit, version: RuleVersion) -> str:
    command = f"`abate rules approve {version.id[:DIGITS]} --as …`"
    if kit.settings.profile == "solo" and version.asked_at is not None:
        return f"{command} lets it go live from {_minute(version.asked_at + COOLING_OFF)} UTC on"
    return f"a second person lets it go live with {command}"


@app.command()
def approve(
    ref: Ref,
    as_: Annotated[str, typer.Option("--as", help="The login name of who approves.")],
    note: Note = "",
    password_file: PasswordFile = None,
    json_: Json = False,
) -> None:
    """Let a version go live that somebody else wrote and asked for."""
    with wiring.opened() as kit:
        version = life.approve(kit, ref, by=acting(kit, as_, APPROVE, password_file), note=note)
        _report(kit, version, f"is live for {version.share} % of the accounts", json_=json_)


@app.command()
def withdraw(ref: Ref, note: Note = "", as_: As = "", password_file: PasswordFile = None, json_: Json = False) -> None:
    """Ask no more for a version to go live; it stays in shadow."""
    with wiring.opened() as kit:
        version = life.withdraw(kit, ref, by=acting(kit, as_, EDIT, password_file), note=note)
        _report(kit, version, "is not asked for any more", json_=json_)


@app.command()
def retire(ref: Ref, note: Note = "", as_: As = "", password_file: PasswordFile = None, json_: Json = False) -> None:
    """Take a version out; an older one that is live beside it has all accounts again."""
    with wiring.opened() as kit:
        version = life.retire(kit, ref, by=acting(kit, as_, EDIT, password_file), note=note)
        _report(kit, version, "is retired", json_=json_)


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(help="A rule's name.")],
    note: Note = "",
    as_: As = "",
    password_file: PasswordFile = None,
    json_: Json = False,
) -> None:
    """Retire the newest live version of a rule at once; what it replaced is live again for all accounts."""
    with wiring.opened() as kit:
        version = life.roll_back(kit, name, by=acting(kit, as_, EDIT, password_file), note=note)
        again = "is live again for all accounts" if version.state is RuleState.LIVE else "is retired; none is live now"
        _report(kit, version, again, json_=json_)


app.command()(rules_backtest.backtest)
app.command()(rules_alarms.alarms)
app.command()(rules_alarms.seen)
