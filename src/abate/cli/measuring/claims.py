"""``abate measure claims``: what the numbers can and cannot say of seven claims."""

from pathlib import Path
from typing import Annotated

import typer

from abate.cli.measuring.options import Checks, Interventions, Lifetimes, Seed, Sightings, Until, moment_of
from abate.cli.measuring.tell import asked
from abate.cli.options import Json, Map, mapping_for
from abate.cli.output import as_json, printable, say


def claims(
    sightings: Sightings = None,
    checks: Checks = None,
    lifetimes: Lifetimes = None,
    interventions: Interventions = None,
    truth: Annotated[Path | None, typer.Option(help="Of an invented year: its truth.json.")] = None,
    start: Annotated[str, typer.Option(help="Since when; the latest intervention otherwise.")] = "",
    unseen: Annotated[str, typer.Option(help="Platforms that matter and are not observed, comma-separated.")] = "",
    until: Until = "",
    seed: Seed = 0,
    map_: Map = None,
    json_: Json = False,
) -> None:
    """Print the seven claims: each with its verdict, its number, its rival and what would change our mind."""
    from abate.flows.claims import claims_of, truth_of  # late: every measure comes with it, and the page they stand on
    from abate.flows.ground import Scope
    from abate.flows.sources import Source
    from abate.measurement.wording import ENGLISH

    source = Source(
        sightings=sightings,
        checks=checks,
        lifetimes=lifetimes,
        interventions=interventions,
        truth=truth,
        mapping=mapping_for(map_, sightings, checks, lifetimes, interventions),
    )
    named = tuple(name.strip() for name in unseen.split(",") if name.strip())
    scope = Scope(until=moment_of(until), seed=seed, start=moment_of(start, "--start"), unseen=named)
    judged = asked(lambda kit: claims_of(kit, source, scope, truth=None if sightings is not None else truth_of(kit)))
    if json_:
        as_json(judged.to_json())
        return
    for one in judged.claims.frame:
        say(one.text())
    for place, claim in enumerate(judged.claims.claims, start=1):
        title = f"{place}  {ENGLISH[f'claim.{claim.name}']}  [{claim.verdict.value}]"
        lines = [title, *(f"   {one.text()}" for one in (claim.sentence, *claim.details))]
        lines += [f"   {ENGLISH['page.truth']}: {claim.truth.text()}"] if claim.truth else []
        lines += [
            f"   {ENGLISH['page.rival']}: {claim.rival.text()}",
            f"   {ENGLISH['page.mind']}: {claim.mind.text()}",
        ]
        print(printable("\n".join([*lines, ""])))  # noqa: T201 - the result
