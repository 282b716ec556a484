"""``abate rules starter``: rules to begin with, printed; none is in force."""

from typing import Annotated

import typer

from abate.cli.options import Json
from abate.cli.output import as_json, table
from abate.flows.rules import starter as starting


def starter(
    name: Annotated[str, typer.Argument(help="Which one; all are listed without it.")] = "", json_: Json = False
) -> None:
    """List the rules to begin with, or print one, to be kept in a file, changed and tried. None is in force."""
    if name:
        one = starting.starter(name)
        if json_:
            as_json(one._asdict())
        else:
            typer.echo(one.text, nl=False)
    elif json_:
        as_json([one._asdict() for one in starting.starters()])
    else:
        table(("starter rule", "what it looks for"), [(one.name, one.title) for one in starting.starters()])
