"""``abate simulate …``: invented worlds with known truth, to try a measure or a policy on."""

from pathlib import Path
from typing import Annotated

import typer

from abate.cli.options import Json
from abate.cli.output import as_json, say, table
from abate.domain.errors import InputError

app = typer.Typer(no_args_is_help=True, help="Invented worlds with known truth, to try a measure or a policy on.")


@app.command()
def platform(
    out: Annotated[Path, typer.Option(help="The folder for the tables and truth.json.")],
    seed: Annotated[int, typer.Option(help="The same seed writes the same tables.")] = 0,
    scale: Annotated[float, typer.Option(help="How many channels and people; 1 is sixty channels at the peak.")] = 1.0,
    json_: Json = False,
) -> None:
    """Write a year on three invented platforms, with a takedown whose effect is known: every table, and truth.json."""
    from abate.measurement.platform.region import region, write_region  # numpy only where it is needed

    if not 0 < scale <= 100:  # noqa: PLR2004 - a hundred is a region of six thousand channels
        msg = f"--scale {scale}: choose a number above 0 and up to 100"
        raise InputError(msg)
    try:
        files = write_region(region(seed, scale=scale), out)
    except OSError as error:
        msg = f"the tables cannot be written ({error.strerror}); name a folder that you can write to"
        raise InputError(msg, where=str(out)) from error
    rows = [{"file": str(path), "bytes": path.stat().st_size} for path in files]
    if json_:
        as_json({"schema": 1, "seed": seed, "scale": scale, "files": rows})
        return
    table(("file", "bytes"), ((row["file"], row["bytes"]) for row in rows))
    say(f"what a measure of these tables should find stands in {out / 'truth.json'}")
