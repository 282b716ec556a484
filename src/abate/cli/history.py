"""``abate history …``: what measurement reads, as files."""

from pathlib import Path
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import as_json, say

app = typer.Typer(no_args_is_help=True, help="Every step of the loop, as measurement reads it.")


@app.callback()
def history() -> None:
    """Keep ``export`` a command of its own."""


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where the Parquet files go, one a month.")],
    json_: Json = False,
) -> None:
    """Write the history as Parquet. It holds no text and no name."""
    from abate.stores.history import export_history  # late: it brings Arrow, which no other command should pay for

    with wiring.opened() as kit:
        files = export_history(kit.store, folder)
    if json_:
        as_json([str(path) for path in files])
    else:
        say(f"{len(files)} files written to {folder}")
