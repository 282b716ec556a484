"""``abate bank …``."""

from pathlib import Path
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, say, table
from abate.domain.bank import BankPurpose, Entry
from abate.domain.errors import InputError
from abate.exchange import threatexchange_file
from abate.flows import banks

app = typer.Typer(no_args_is_help=True, help="Labelled collections of known entries.")
Name = Annotated[str, typer.Argument(help="The bank's name.")]
_EXPORTS = ("json", "threatexchange")


@app.command()
def create(
    name: Name,
    purpose: Annotated[BankPurpose, typer.Option(help="What a match with it means.")] = BankPurpose.KNOWN,
    group: Annotated[str, typer.Option(help="The organisation whose content it holds, for measurement.")] = "",
    description: Annotated[str, typer.Option(help="A note for your colleagues.")] = "",
    json_: Json = False,
) -> None:
    """Create an empty bank."""
    with wiring.opened() as kit:
        bank = banks.create(kit, name, purpose=purpose, group=group, description=description, by=OPERATOR)
    if json_:
        as_json({"name": bank.name, "purpose": bank.purpose.value, "group": bank.group})
    else:
        say(f"bank {bank.name} created")


@app.command("list")
def list_(json_: Json = False) -> None:
    """List the banks with how many entries each has."""
    with wiring.opened() as kit:
        found = banks.listed(kit)
    if json_:
        as_json([{"name": b.name, "purpose": b.purpose.value, "group": b.group, "entries": n} for b, n in found])
    else:
        table(("bank", "purpose", "group", "entries"), ((b.name, b.purpose.value, b.group, n) for b, n in found))


@app.command()
def show(name: Name, json_: Json = False) -> None:
    """Show a bank's entries."""
    with wiring.opened() as kit:
        found = banks.entries(kit, name)
    if json_:
        as_json([_entry_json(entry) for entry in found])
    else:
        rows = ((e.id, e.signal_type, e.value, e.label, ", ".join(e.sources)) for e in found)
        table(("entry", "type", "value", "label", "sources"), rows)


def _entry_json(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "type": entry.signal_type,
        "value": entry.value,
        "label": entry.label,
        "sources": list(entry.sources),
        "ref": entry.ref,
    }


@app.command()
def add(
    name: Name,
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of known content.")],
    label: Annotated[str, typer.Option(help="A note on the entries; the file name otherwise.")] = "",
    json_: Json = False,
) -> None:
    """Add what can be read off files of known content. You vouch for it: matches may then act."""
    with wiring.opened() as kit:
        added = banks.add_files(kit, name, paths, label=label, by=OPERATOR)
    _report(added, json_=json_)


@app.command("import")
def import_(
    name: Name,
    path: Annotated[Path, typer.Argument(help="A hash list or a list of names.")],
    source: Annotated[str, typer.Option(help="Who vouches for it; the file's name otherwise.")] = "",
    trust_sources: Annotated[bool, typer.Option("--trust-sources", help="Count the sources that it names.")] = False,
    format_: Annotated[str, typer.Option("--format", help="The list format; recognised when not named.")] = "",
    json_: Json = False,
) -> None:
    """Add the lines of somebody's list."""
    with wiring.opened() as kit:
        added = banks.import_list(
            kit, name, path, source=source, trust_sources=trust_sources, format_name=format_, by=OPERATOR
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
        found = banks.entries(kit, name)
    if format_ == "json":
        banks.write_json(path, found, platform=kit.settings.platform)
    else:
        threatexchange_file.write(path, ((entry.signal_type, entry.value) for entry in found))
    say(f"{len(found)} entries written to {path}")
