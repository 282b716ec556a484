"""``abate measure study``: freeze a plan, then read the outcome and write the bundle."""

from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.tell import asked
from abate.cli.options import Json
from abate.cli.output import as_json, printable, say

PlanFile = Annotated[Path, typer.Argument(help="study.toml: metric, window, controls, exclusions, inputs, seed.")]


def study(
    plan: PlanFile,
    out: Annotated[Path, typer.Option(help="The bundle's folder.")],
    amend: Annotated[bool, typer.Option("--amend", help="Accept a changed plan, and say so in the report.")] = False,
    json_: Json = False,
) -> None:
    """Freeze the plan before the outcome is read, then write a bundle that anybody can run again."""
    from abate.flows.study import run_study  # late: every measure comes with it

    done = asked(lambda kit: run_study(kit, plan, out, amend=amend))
    if json_:
        as_json(done.to_json())
        return
    for one in done.amended:
        say(f"amended: {one}")
    for claim in done.judged.claims.claims:
        print(printable(f"[{claim.verdict.value}] {claim.sentence.text()}"))  # noqa: T201 - the result
    print(f"bundle {done.hash}")  # noqa: T201 - the result
    say(f"run it again: abate measure verify {out}")
