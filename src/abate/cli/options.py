"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from abate.domain.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Paths = Annotated[list[str], typer.Argument(help="Files, folders or tables of items; - reads JSON lines.")]
Map = Annotated[list[str] | None, typer.Option("--map", help="THEIRS=OURS: a column of the table and our name for it.")]
By = Annotated[list[str] | None, typer.Option("--by", help="Count apart by platform, group or language.")]
Table = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A table to read instead of the store.")]


def mapping_for(pairs: list[str] | None, *files: Path | None) -> dict[str, str]:
    """Read ``THEIRS=OURS`` pairs that are meant for several files.

    :raises InputError: as for :func:`mapping_of`, or for a column that none of them has
    """
    from abate.measurement.tables.mapped import refuse_unknown  # reads tables: not needed to print a help text

    mapping = mapping_of(pairs)
    refuse_unknown(mapping, [path for path in files if path is not None])
    return mapping


def mapping_of(pairs: list[str] | None) -> dict[str, str]:
    """Read ``THEIRS=OURS`` pairs.

    :raises InputError: for a pair without an equals sign or with an empty side, or a column that is given two names
    """
    mapping: dict[str, str] = {}
    for pair in pairs or []:
        theirs, equals, ours = pair.partition("=")
        if not (theirs and equals and ours):
            msg = f"--map {pair!r} does not read THEIRS=OURS"
            raise InputError(msg)
        if mapping.get(theirs, ours) != ours:
            msg = f"--map {theirs}={ours}: {theirs!r} is to be {mapping[theirs]!r} already; name it once"
            raise InputError(msg)
        mapping[theirs] = ours
    return mapping
