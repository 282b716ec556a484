"""What commands over many files share: where the files come from, and how a Ctrl-C ends the work."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from abate.cli.output import INTERRUPTED, say
from abate.domain.item import Item, Kind
from abate.domain.signal import NotScanned
from abate.flows.intake import Received, Walked, item_of, receive
from abate.flows.rows import json_rows
from abate.settings import Settings

Out = Annotated[
    Path | None,
    typer.Option(dir_okay=False, help="Write a JSON result a line to this file; given again, go on where it ends."),
]


def received_from(
    paths: list[str], settings: Settings, mapping: Mapping[str, str], walked: Walked
) -> Iterator[Received]:
    """Yield what lies at ``paths``, in order; ``-`` is JSON lines from standard input."""
    for path in paths:
        if path == "-":
            yield from _standard_input(settings, mapping)
        else:
            yield from receive([Path(path)], settings, mapping, walked)


def _standard_input(settings: Settings, mapping: Mapping[str, str]) -> Iterator[Received]:
    for row in json_rows(sys.stdin.buffer, "-", settings.max_line_bytes, mapping):
        if isinstance(row.values, NotScanned):
            yield Received(item=Item(id=row.where, kind=Kind.TEXT), not_scanned=(row.values,))
        else:
            yield item_of(row.values, row.where, Path.cwd())


@contextmanager
def interruptible(out: Path | None, so_far: Callable[[], str]) -> Iterator[None]:
    """End on Ctrl-C with what was done, a sentence that says how to go on, and the exit code that shells expect."""
    try:
        yield
    except KeyboardInterrupt:
        onward = (
            f"Give the same command again to go on; {out} keeps what is done"
            if out
            else "With --out FILE it could go on"
        )
        say(f"stopped after {so_far()}. {onward}.")
        raise typer.Exit(INTERRUPTED) from None
