"""``abate hash``."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.batch import Out, interruptible, received_from
from abate.cli.manifest import Manifest
from abate.cli.options import Json, Map, Paths, mapping_of
from abate.cli.output import counted, json_array, json_line
from abate.cli.scan import WRONG_USE, Tally
from abate.domain.errors import InputError
from abate.flows import hashing
from abate.flows.kit import Kit

Lines = list[dict[str, object]]


def hash_paths(
    paths: Paths,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Only this signal type; may repeat.")] = None,
    dihedral: Annotated[
        bool, typer.Option("--dihedral", help="PDQ of the eight turned and mirrored forms of each photo.")
    ] = False,
    map_: Map = None,
    json_: Json = False,
    out: Out = None,
) -> None:
    """Print every signal of files, folders or tables of items, with its quality, one JSON line each."""
    tally, mapping = Tally(), mapping_of(map_)
    with wiring.opened() as kit, interruptible(out, tally.so_far):
        received = tally.watch(received_from(paths, kit.settings, mapping, tally.walked))
        read = partial(hashing.lines_of_each, _with_types(kit, type_), dihedral=dihedral)
        if out:
            with Manifest(out, name="path", grouped=True) as manifest:
                for lines in counted(tally.each(read(manifest.new(received))), "hashed"):
                    manifest.write(lines)
        else:
            _print(counted(tally.each(read(received)), "hashed"), json_=json_)
    raise typer.Exit(WRONG_USE if tally.wrong_use else 0)


def _print(found: Iterator[Lines], *, json_: bool) -> None:
    lines = (line for lines in found for line in lines)
    if json_:
        json_array(lines)
        return
    for line in lines:
        json_line(line)


def _with_types(kit: Kit, names: list[str] | None) -> Kit:
    """Return the kit with those signal types only.

    :raises InputError: for a name that none has
    """
    unknown = set(names or ()) - kit.signals.keys()
    if unknown:
        msg = f"no signal type {min(unknown)!r}; there are: {', '.join(sorted(kit.signals))}"
        raise InputError(msg, where="--type")
    return replace(kit, signals={name: kit.signals[name] for name in names}) if names else kit
