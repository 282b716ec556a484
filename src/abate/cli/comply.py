"""``abate comply …``: what the law wants, soonest first."""

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import as_json, say, table
from abate.flows import clocks, views

app = typer.Typer(no_args_is_help=True, help="What the law wants, and by when.")


@app.callback()
def comply() -> None:
    """Keep ``due`` a command of its own: more will stand beside it."""


@app.command()
def due(json_: Json = False) -> None:
    """List every running deadline, the soonest first."""
    with wiring.opened() as kit:
        now = kit.clock.now()
        found = [views.deadline_json(deadline, now) for deadline in clocks.due(kit)]
    if json_:
        as_json(found)
    elif found:
        columns = ("stands", "due", "subject", "text", "basis")
        table(columns, ([one[column] for column in columns] for one in found))
    else:
        say("nothing is due")
