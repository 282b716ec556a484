"""``abate simulate …``: invented worlds with known truth, to try a measure or a policy on."""

from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.options import columns_of
from abate.cli.options import Json
from abate.cli.output import as_json, printable, progress, say, table
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


@app.command()
def ecology(
    size: Annotated[int, typer.Option(help="Members.")] = 100_000,
    events: Annotated[int, typer.Option(help="Steps; six a member when 0.")] = 0,
    split: Annotated[float, typer.Option(help="How likely a step splits a cluster; 0 only merges.")] = 0.01,
    seeds: Annotated[int, typer.Option(help="Runs of each policy.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the first run.")] = 0,
    policy: Annotated[list[str] | None, typer.Option(help="A policy to compare with none; repeat, or say all.")] = None,
    effort: Annotated[float, typer.Option(help="Actions in two thousand steps.")] = 1.0,
    cost: Annotated[str, typer.Option(help="What is equal between policies: actions or members.")] = "actions",
    cap: Annotated[int, typer.Option(help="The largest cluster that the policy cap lets merge.")] = 500,
    ban: Annotated[bool, typer.Option(help="The struck leave for good.")] = False,
    threshold: Annotated[int, typer.Option(help="Time when a cluster first has this size; a tenth of all when 0.")] = 0,
    json_: Json = False,
) -> None:
    """Simulate how clusters merge and split, and what removal policies do to them: a scenario, never a forecast."""
    from abate.measurement.ecology.compare import compare  # numba only where it is needed
    from abate.measurement.ecology.policies import chosen
    from abate.measurement.ecology.setting import equal_cost

    policies = chosen(columns_of(policy), cap=cap, banned=ban)
    setting = equal_cost(size=size, events=events, split=split, effort=effort, cost=cost, threshold=threshold)
    if seeds < 1:
        msg = f"--seeds {seeds}: run each policy at least once"
        raise InputError(msg)
    with progress("runs") as shown:
        task = shown.add_task("runs", total=len(policies) * seeds) if shown else None
        answer = compare(
            setting,
            policies,
            range(seed, seed + seeds),
            (lambda: shown.advance(task)) if shown and task is not None else (lambda: None),
        )
    if json_:
        as_json(answer.to_json())
        return
    for one in answer.outcomes:
        print(printable(one.sentence))  # noqa: T201 - the result
    say(f"exponent of sizes {answer.exponent}, largest share at the end {answer.giant.value}")
    for assumption in answer.footing.assumptions:
        say(f"assumed: {assumption}")
    for caveat in answer.footing.caveats:
        say(f"warning ({caveat.code}): {caveat.text}")
