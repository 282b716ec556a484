"""``abate measure import``: exports of other tools to tables that the measures read."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.options import moment_of
from abate.cli.options import Json, Map, mapping_of
from abate.cli.output import as_json, counted, say, table
from abate.flows.import_manifest import Imported
from abate.flows.import_tables import Found, Order, import_tables
from abate.measurement.tables.read import read_panel
from abate.plugins import load_importers
from abate.settings import load

_SHOWN = 5
"""Sentences of each file; all that were kept are in the manifest."""


def import_(
    files: Annotated[list[Path], typer.Argument(help="Exports of 4CAT, Telegram Desktop, Mastodon, Jetstream, UCDP …")],
    study: Annotated[str, typer.Option(help="The study whose keys make the pseudonyms.")],
    out: Annotated[Path, typer.Option(help="A new or empty folder for the tables and manifest.json.")],
    from_: Annotated[str, typer.Option("--from", help="The format, where it is not recognised.")] = "",
    platform: Annotated[str, typer.Option(help="The platform, for formats that do not say it.")] = "",
    collected: Annotated[str, typer.Option(help="When the exports were made, for formats that do not say it.")] = "",
    channels: Annotated[
        Path | None, typer.Option(help="Public channels that keep their names, and closed rooms to count, one a line.")
    ] = None,
    map_: Map = None,
    json_: Json = False,
) -> None:
    """Read exports of other tools into tables, with pseudonyms for accounts and without any text."""
    order = Order(
        files=files,
        study=study,
        out=out,
        format_name=from_,
        names=mapping_of(map_),
        platform=platform,
        collected=moment_of(collected, "--collected"),
        public=read_panel(channels) if channels else frozenset(),
    )
    home = load().home
    done = import_tables(order, load_importers(), home=home, now=datetime.now(UTC), watch=_watched)
    if json_:
        as_json(done.to_json())
    else:
        _tell(done, out)
    if any(read.unreadable for read in done.files):
        raise typer.Exit(1)


def _watched(rows: Iterable[Found]) -> Iterable[Found]:
    return counted(rows, "rows")


def _tell(done: Imported, out: Path) -> None:
    header = ("file", "format", "rows", "left out", "passed over")
    table(header, ((r.path, r.format or "unknown", r.rows, r.left_out, r.passed_over.total()) for r in done.files))
    table(("table", "rows", "what it is"), ((out / one.file, one.rows, one.note) for one in done.tables))
    claims = ((letter, one.claim, "yes" if one.can else "no") for letter, one in done.claims.items())
    table(("claim", "", "can"), claims, title="Claims")
    for read in done.files:
        for reason, count in read.passed_over.most_common():
            say(f"{read.path}: passed over {count}: {reason}")
        for sentence in read.sentences[:_SHOWN]:
            say(sentence)
        if read.left_out > _SHOWN:
            say(f"{read.path}: {read.left_out - _SHOWN} further rows were left out; see {out / 'manifest.json'}")
    for caveat in done.caveats:
        say(f"warning ({caveat.code}): {caveat.text}")
