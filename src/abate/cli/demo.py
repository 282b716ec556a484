"""``abate demo``: an invented platform, the real pipeline, the console."""

import shutil
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import as_json, progress, say, table
from abate.cli.serve import run
from abate.domain.errors import InputError
from abate.flows.kit import Kit
from abate.settings import Settings, load

if TYPE_CHECKING:
    from abate.flows.demo import Summary

_OURS = ".abate-demo"
"""Marks the folder as the demo's own, before anything else is put into it."""
_BUILT = "built"
"""Stands in the demo's folder once the year is whole; a folder without it is an interrupted start and is made anew."""


def demo(
    once: Annotated[bool, typer.Option("--once", help="Print the summary and end.")] = False,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; 8400 otherwise.")] = None,
    seed: Annotated[int, typer.Option(help="Of the invented year.")] = 0,
    json_: Json = False,
) -> None:
    """Run the real pipeline over an invented year and serve the console on it. Your own store is not touched."""
    if once:
        with tempfile.TemporaryDirectory(prefix="abate-demo-") as folder, wiring.opened(_apart(Path(folder))) as kit:
            _tell(_built(kit, seed), json_=json_)
        return
    from abate.flows.demo import keep_an_order_running, logins  # late: the generator brings numpy and Pillow

    home = load().home / "demo"
    _clear_an_interrupted_start(home)
    with wiring.opened(_apart(home)) as kit:
        if not (home / _BUILT).exists():
            _tell(_built(kit, seed), json_=json_)
            (home / _BUILT).touch()
        keep_an_order_running(kit)
        for name, password in logins(kit).items():
            say(f"login {name:<9} password {password}")
        run(kit, port or kit.settings.port)


def _clear_an_interrupted_start(home: Path) -> None:
    """Remove what an interrupted start left, and nothing that is not the demo's own.

    :raises InputError: when something else lies there
    """
    if (home / _BUILT).exists():
        return
    if home.exists() and any(home.iterdir()) and not (home / _OURS).exists():
        msg = "holds something that the demo did not make; move it away, or set ABATE_HOME to another folder"
        raise InputError(msg, where=str(home))
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    (home / _OURS).touch()


def _apart(home: Path) -> Settings:
    """Return settings of the demo's own: its folder, its SQLite file, and consequences that reach no platform."""
    return replace(load(), home=home, store="", connector="simulate", platform="harbourline")


def _built(kit: Kit, seed: int) -> "Summary":
    from abate.flows.demo import build  # late: as above

    say("inventing a year of a small platform and running the pipeline over it, once")
    with progress("days") as shown:
        task = shown.add_task("days", total=1000) if shown else None

        def watch(share: float) -> None:
            if shown and task is not None:
                shown.update(task, completed=int(1000 * share))

        return build(kit, seed=seed, watch=watch)


def _tell(summary: "Summary", *, json_: bool) -> None:
    if json_:
        as_json(asdict(summary))
        return
    ratio, interval = summary.presence_ratio, summary.presence_interval
    measured = "not measurable" if ratio is None else f"{ratio - 1:+.0%}"
    band = f" [{interval[0] - 1:+.0%}, {interval[1] - 1:+.0%}]" if interval else ""
    rows = [
        ("active channels of the group, after the takedown", measured + band, f"{summary.presence_truth - 1:+.0%}"),
        ("distinct audience", summary.audience, summary.audience_truth),
        ("half-life of a channel, days", summary.half_life_days, summary.half_life_truth),
    ]
    table(("measured over the invented year", "abate", "the generator's truth"), rows)
    table(
        ("what the pipeline did", ""),
        [
            ("items taken in", summary.items),
            ("cases decided", summary.cases_decided),
            ("cases waiting for you", summary.cases_open),
            ("automatic limits, each reviewed by a person", summary.automatic),
            ("removed items under a hold", summary.held),
            ("removal order with its clock running", summary.order),
            ("audit records in the chain", summary.audit_records),
        ],
    )
