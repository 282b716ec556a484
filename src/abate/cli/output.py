"""How commands speak: results on stdout as a table or as JSON, everything else on stderr."""

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

OPERATOR = "operator"
"""Who acts at the command line: whoever can read the store's files."""
INTERRUPTED = 130
"""The exit code after a Ctrl-C, as shells know it: what was done is kept, and how to go on was said."""

T = TypeVar("T")
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def say(text: str) -> None:
    """Talk, on stderr. The text is printed as it is: brackets in it are no markup."""
    err.print(Text(printable(text)))


def as_json(value: object) -> None:
    """Print one JSON document. On a terminal every letter beyond ASCII is escaped: some of them steer it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=sys.stdout.isatty(), indent=2, default=str) + "\n")


def json_array(values: Iterable[object]) -> None:
    """Print a JSON array value by value, as :func:`as_json` prints it whole: a long one is not held in memory."""
    begun = False
    for value in values:
        text = json.dumps(value, ensure_ascii=sys.stdout.isatty(), indent=2, default=str)
        sys.stdout.write((",\n" if begun else "[\n") + textwrap.indent(text, "  "))
        begun = True
    sys.stdout.write("\n]\n" if begun else "[]\n")


def json_line(value: object) -> None:
    """Print one JSON value on a line of its own, escaped as by :func:`as_json`."""
    sys.stdout.write(json.dumps(value, ensure_ascii=sys.stdout.isatty(), default=str) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table. Cells hold other people's text: no markup is read and no control character passed on."""
    drawn = Table(title=title or None, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(str(cell))) for cell in row))
    Console(width=None if out.is_terminal else 200).print(drawn)


def printable(untrusted_text: str) -> str:
    """Replace what could steer a terminal; line ends stay, and a space that keeps a unit with its number does too."""
    keep = frozenset("\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
    shown = (sign if sign.isprintable() or sign in keep else "\N{REPLACEMENT CHARACTER}" for sign in untrusted_text)
    return "".join(shown)


@contextmanager
def progress(what: str) -> Iterator[Progress | None]:
    """Show how far the work is, on a terminal; stay silent elsewhere."""
    if not err.is_terminal:
        yield None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as shown:
        yield shown


def counted(values: Iterable[T], what: str) -> Iterator[T]:
    """Pass values through and count them on the terminal."""
    with progress(what) as shown:
        task = shown.add_task(what, total=None) if shown else None
        for value in values:
            yield value
            if shown and task is not None:
                shown.advance(task)
