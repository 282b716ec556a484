"""``abate measure report``: one file that a newspaper or a regulator can read."""

from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.tell import asked
from abate.cli.options import Json
from abate.cli.output import as_json, say


def report(
    out: Annotated[Path, typer.Option(help="The file: .html, or .md.")],
    bundle: Annotated[Path | None, typer.Argument(help="A bundle; the store's own history otherwise.")] = None,
    study: Annotated[Path | None, typer.Option(help="A plan to judge by without freezing it.")] = None,
    json_: Json = False,
) -> None:
    """Write the seven claims and their charts as one file that loads nothing."""
    from abate.flows.report import report as write  # late: every measure comes with it

    page = asked(lambda kit: write(kit, bundle=bundle, plan=study, out=out))
    if json_:
        as_json(page.claims.to_json() | {"sha256": page.foot.hash, "out": str(out)})
        return
    say(f"written: {out}")
