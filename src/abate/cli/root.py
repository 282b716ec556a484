"""The command line: parse, call a flow, print. Results on stdout, talk on stderr.

Exit codes: 0 done, 1 the work found a failure, 2 wrong use.
"""

import io
import sys
from typing import NoReturn

import typer

from abate.cli import (
    bank,
    case,
    comply,
    demo,
    doctor,
    history,
    measure,
    order,
    people,
    retro,
    rules,
    rules_starter,
    scan,
    serve,
    simulate,
)
from abate.cli import evaluate as evaluate_
from abate.cli import hash as hash_
from abate.cli import train as train_
from abate.cli.output import printable
from abate.domain.errors import AbateError, ConflictError, PartnerError, PlugError, StoreError

WRONG_USE = 2
FAILURE = 1

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Curb terrorist and violent extremist content, and measure whether it really abates.",
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("scan")(scan.scan)
app.command("hash")(hash_.hash_paths)
app.command("train")(train_.train)
app.command("evaluate")(evaluate_.evaluate)
app.add_typer(bank.app, name="bank")
rules.app.command("starter")(rules_starter.starter)
app.add_typer(rules.app, name="rules")
app.add_typer(retro.app, name="retro")
app.add_typer(case.app, name="case")
app.add_typer(order.app, name="order")
app.add_typer(comply.app, name="comply")
app.add_typer(measure.app, name="measure")
app.add_typer(simulate.app, name="simulate")
app.add_typer(history.app, name="history")
app.add_typer(people.users, name="user")
app.add_typer(people.tokens, name="token")


def main() -> NoReturn:
    """Run the command line; an error raised on purpose becomes one sentence and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name need not be text; it is shown as far as it can be, instead of ending the run.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except AbateError as error:
        print(printable(f"abate: {error}"), file=sys.stderr)  # noqa: T201 - the command line's own voice
        sys.exit(FAILURE if isinstance(error, (ConflictError, PartnerError, PlugError, StoreError)) else WRONG_USE)
    sys.exit(0)
