"""``abate doctor``."""

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import as_json, table
from abate.flows.doctor import examine


def doctor(json_: Json = False) -> None:
    """Look for what would keep abate from keeping its promises on this machine; exit 1 when something would."""
    with wiring.opened() as kit:
        findings = examine(kit)
    if json_:
        as_json([{"name": f.name, "good": f.good, "text": f.text} for f in findings])
    else:
        table(("", "", ""), (("ok" if f.good else "LOOK", f.name, f.text) for f in findings))
    raise typer.Exit(0 if all(f.good for f in findings) else 1)
