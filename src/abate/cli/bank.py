"""``abate bank …``."""

from pathlib import Path
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli import bank_entry
from abate.cli.bank_entry import Until, entry_json, until_of
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, say, table
from abate.domain.bank import Bank, BankPurpose, Stance
from abate.domain.errors import InputError
from abate.domain.verdict import Verdict
from abate.exchange import threatexchange_file
from abate.flows import bank_export, banks

app = typer.Typer(no_args_is_help=True, help="Labelled collections of known entries.")
Name = Annotated[str, typer.Argument(help="The bank's name.")]
Distance = Annotated[int | None, typer.Option(help="The distance above which nothing matches it.")]
Ceiling = Annotated[Verdict | None, typer.Option(help="The most that a match with it may propose.")]
Negative = Annotated[bool, typer.Option("--negative", help="Known harmless look-alikes: they say no.")]
_EXPORTS = ("json", "threatexchange")


@app.command()
def create(
    name: Name,
    purpose: Annotated[BankPurpose, typer.Option(help="What a match with it means.")] = BankPurpose.KNOWN,
    group: Annotated[str, typer.Option(help="The organisation whose content it holds, for measurement.")] = "",
    description: Annotated[str, typer.Option(help="A note for your colleagues.")] = "",
    max_distance: Distance = None,
    ceiling: Ceiling = None,
    json_: Json = False,
) -> None:
    """Create an empty bank."""
    with wiring.opened() as kit:
        bank = banks.create(
            kit,
            name,
            purpose=purpose,
            group=group,
            description=description,
            max_distance=max_distance,
            ceiling=ceiling or Verdict.REMOVE,
            by=OPERATOR,
        )
    if json_:
        as_json(_bank_json(bank))
    else:
        say(f"bank {bank.name} created")


def _bank_json(bank: Bank) -> dict[str, object]:
    return {
        "name": bank.name,
        "purpose": bank.purpose.value,
        "group": bank.group,
        "max_distance": bank.max_distance,
        "ceiling": bank.ceiling.value,
    }


@app.command("set")
def set_(
    name: Name,
    max_distance: Distance = None,
    own_radius: Annotated[bool, typer.Option("--own-radius", help="Match as far as the signal type goes.")] = False,
    ceiling: Ceiling = None,
    json_: Json = False,
) -> None:
    """Set how near a match with a bank must be, and the most that it may propose."""
    if (max_distance is None and not own_radius and ceiling is None) or (own_radius and max_distance is not None):
        msg = "name what to set: --max-distance or --own-radius, --ceiling, or both kinds"
        raise InputError(msg)
    with wiring.opened() as kit:
        before = banks.show(kit, name)
        distance = before.max_distance if max_distance is None and not own_radius else max_distance
        bank = banks.configure(kit, name, max_distance=distance, ceiling=ceiling or before.ceiling, by=OPERATOR)
    if json_:
        as_json(_bank_json(bank))
    else:
        say(f"bank {bank.name} proposes {bank.ceiling.value} at most, at a distance of {_distance(bank)}")


def _distance(bank: Bank) -> str:
    return "the signal type's radius" if bank.max_distance is None else str(bank.max_distance)


@app.command("list")
def list_(json_: Json = False) -> None:
    """List the banks with how many entries each has."""
    with wiring.opened() as kit:
        found = banks.listed(kit)
    if json_:
        as_json([{**_bank_json(bank), "entries": count} for bank, count in found])
    else:
        rows = ((b.name, b.purpose.value, b.group, b.ceiling.value, _short(b), count) for b, count in found)
        table(("bank", "purpose", "group", "ceiling", "distance", "entries"), rows)


def _short(bank: Bank) -> str:
    return "own" if bank.max_distance is None else str(bank.max_distance)


@app.command()
def show(name: Name, json_: Json = False) -> None:
    """Show a bank's entries, and how each stands: known, negative, disputed, expired or quarantined."""
    with wiring.opened() as kit:
        found = banks.standings(kit, name)
        now = kit.clock.now()
    if json_:
        as_json([entry_json(standing, now) for standing in found])
    else:
        rows = (
            (s.entry.id, s.state(now).value, s.entry.signal_type, s.entry.value, s.entry.label, ", ".join(s.backers))
            for s in found
        )
        table(("entry", "state", "type", "value", "label", "sources"), rows)


@app.command()
def add(
    name: Name,
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of known content.")],
    label: Annotated[str, typer.Option(help="A note on the entries; the file name otherwise.")] = "",
    negative: Negative = False,
    expires: Until = None,
    json_: Json = False,
) -> None:
    """Add what can be read off files of known content. You vouch for it: matches may then act."""
    terms = banks.Terms(stance=Stance.NEGATIVE if negative else None, expires_at=until_of(expires), origin="files")
    with wiring.opened() as kit:
        added = banks.add_files(kit, name, paths, label=label, terms=terms, by=OPERATOR)
    _report(added, json_=json_)


@app.command("import")
def import_(
    name: Name,
    path: Annotated[Path, typer.Argument(help="A hash list or a list of names.")],
    source: Annotated[str, typer.Option(help="Who vouches for it; the file's name otherwise.")] = "",
    trust_sources: Annotated[bool, typer.Option("--trust-sources", help="Count the sources that it names.")] = False,
    format_: Annotated[str, typer.Option("--format", help="The list format; recognised when not named.")] = "",
    negative: Negative = False,
    expires: Until = None,
    json_: Json = False,
) -> None:
    """Add the lines of somebody's list."""
    terms = banks.Terms(stance=Stance.NEGATIVE if negative else None, expires_at=until_of(expires))
    with wiring.opened() as kit:
        added = banks.import_list(
            kit,
            name,
            path,
            source=source,
            trust_sources=trust_sources,
            terms=terms,
            format_name=format_,
            by=OPERATOR,
        )
    _report(added, json_=json_)


def _report(added: banks.Added, *, json_: bool) -> None:
    for sentence in added.refused:
        say(f"refused: {sentence}")
    if json_:
        as_json({"added": added.added, "known": added.known, "refused": list(added.refused)})
    else:
        say(f"{added.added} entries added, {added.known} known already, {len(added.refused)} refused")
    raise typer.Exit(1 if added.refused and not added.added and not added.known else 0)


@app.command()
def remove(
    name: Name,
    entries: Annotated[list[str] | None, typer.Argument(help="Entry identifiers.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Remove the bank with all its entries.")] = False,
    json_: Json = False,
) -> None:
    """Remove entries, or with --whole the bank."""
    if whole == bool(entries):
        msg = "name the entries to remove, or --whole to remove the bank; not both"
        raise InputError(msg)
    with wiring.opened() as kit:
        gone = banks.remove(kit, name, entries or [], by=OPERATOR)
    if json_:
        as_json({"removed": gone})
    else:
        say(f"{gone} entries removed")


@app.command()
def export(
    name: Name,
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    format_: Annotated[str, typer.Option("--format", help="json or threatexchange.")] = "json",
) -> None:
    """Write a bank's entries to a file that others, or another abate, can import."""
    if format_ not in _EXPORTS:
        msg = f"no export format {format_!r}; there are: {', '.join(_EXPORTS)}"
        raise InputError(msg)
    with wiring.opened() as kit:
        found, now = banks.standings(kit, name), kit.clock.now()
    if format_ == "threatexchange":
        found = [one for one in found if one.is_plain_yes(now)]
        threatexchange_file.write(path, ((one.entry.signal_type, one.entry.value) for one in found))
    else:
        bank_export.write_json(path, found, platform=kit.settings.platform)
    say(f"{len(found)} entries written to {path}")


bank_entry.add_to(app)
