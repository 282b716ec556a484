"""``abate measure verify``: run a bundle again and say what is the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate.cli.measuring.tell import asked
from abate.cli.options import Json
from abate.cli.output import as_json, printable, table

if TYPE_CHECKING:
    from abate.flows.study import Checked

_SHOWN = 5
"""Differences of each measure; all of them are in the JSON."""
FAILURE = 1


def verify(
    bundle: Annotated[Path, typer.Argument(help="The folder that abate measure study wrote.")],
    inputs: Annotated[Path | None, typer.Option(help="Where the input files lie now.")] = None,
    json_: Json = False,
) -> None:
    """Run a bundle again from its inputs. Exits with one where a file, an input or a number is not the same."""
    from abate.flows.study import verify as run_again  # late: every measure comes with it

    checked = asked(lambda kit: run_again(kit, bundle, inputs=inputs))
    if json_:
        as_json(checked.to_json())
    else:
        apart = [one.measure for one in checked.different]
        table(("measure", "same", "different"), ((name, n, apart.count(name)) for name, n in checked.same.items()))
        lines = [f"changed in the bundle: {name}" for name in checked.tampered]
        lines += [f"changed input: {name}" for name in checked.changed_inputs]
        lines += [line for name in checked.same for line in _differences(checked, name)]
        lines.append("same" if checked.holds else "different")
        print(printable("\n".join(lines)))  # noqa: T201 - the result
    if not checked.holds:
        raise typer.Exit(FAILURE)


def _differences(checked: "Checked", measure: str) -> Iterator[str]:
    apart = [one for one in checked.different if one.measure == measure]
    yield from (f"{measure}{one.pointer}: {one.bundle} → {one.now}" for one in apart[:_SHOWN])
    if len(apart) > _SHOWN:
        yield f"{measure}: and {len(apart) - _SHOWN} more"
