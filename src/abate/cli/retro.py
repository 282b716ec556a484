"""``abate retro …``: hold new entries against what was posted before."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import INTERRUPTED, OPERATOR, as_json, progress, say, table
from abate.domain.errors import InputError
from abate.domain.retro import RetroRun, RetroState
from abate.domain.scan import Scan
from abate.flows import lane, retro
from abate.flows.kit import Kit
from abate.flows.read_again import read_again
from abate.flows.retro_find import Outcome

app = typer.Typer(invoke_without_command=True, help="Hold new entries against what was posted before.")


@app.callback()
def hold(
    ctx: typer.Context,
    bank: Annotated[str, typer.Option(help="Only entries of this bank.")] = "",
    since: Annotated[str, typer.Option(help="Only entries added from then on: an ISO 8601 time with its offset.")] = "",
    entries: Annotated[list[str] | None, typer.Option(help="Only this entry; may repeat.")] = None,
    read: Annotated[bool, typer.Option("--read", help="First read items again that have no kept signals.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be found; change nothing.")] = False,
    json_: Json = False,
) -> None:
    """Hold entries against every item taken in before; all entries where none are named."""
    if ctx.invoked_subcommand:
        return
    scope = retro.Scope(bank=bank, since=_moment(since), entries=tuple(entries or ()))
    with wiring.opened() as kit:
        if read:
            _read_again(kit)
        if dry_run:
            _foresee(kit, scope, json_=json_)
        else:
            _report(_carried_on(kit, retro.start(kit, scope, by=OPERATOR).id), json_=json_)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is no time; write it like 2026-03-29T01:30:00+01:00"
        raise InputError(msg, where="--since") from error
    if moment.utcoffset() is None:
        msg = f"{text!r} has no UTC offset; write it like 2026-03-29T01:30:00+01:00"
        raise InputError(msg, where="--since")
    return moment


def _read_again(kit: Kit) -> None:
    with progress("read again") as shown:
        task = shown.add_task("", total=None) if shown else None

        def told(done: object) -> None:
            if shown and task is not None:
                shown.update(task, completed=getattr(done, "kept", 0))

        found = read_again(kit, told)
    say(f"{found.kept} items read again; {found.lost} have nothing left to read, and are held against nothing")


@contextmanager
def _shown() -> Iterator[Callable[[RetroRun], None]]:
    with progress("signals") as shown:
        task = shown.add_task("", total=None) if shown else None

        def told(run: RetroRun) -> None:
            if shown and task is not None:
                shown.update(task, completed=run.position, total=run.upto)

        yield told


def _carried_on(kit: Kit, run_id: str) -> RetroRun:
    """Go on until the run is done. A Ctrl-C leaves it where it stands, and says how to go on."""
    try:
        with _shown() as told:
            return retro.carry_on(kit, run_id, progress=told)
    except KeyboardInterrupt:
        say(f"stopped; what was found is stored. Go on with: abate retro resume {run_id}")
        raise typer.Exit(INTERRUPTED) from None


def _report(run: RetroRun, *, json_: bool) -> None:
    if json_:
        as_json(run_json(run))
    say(sentence(run))


def sentence(run: RetroRun) -> str:
    """Say what a run found."""
    told = (
        f"{run.entry_count} entries held against {run.position} signals: {run.found} items found, {run.opened} cases "
        f"opened, {run.joined} joined, {run.limited} limited, {run.removed_already} removed already"
    )
    if run.set_aside:
        entries = len({held.entry for held in run.set_aside})
        told += (
            f"; {run.held_back} items met nothing new but {entries} entries that are set aside, and got no case "
            "(abate bank aside; a release has them found)"
        )
    if run.unread:
        told += f"; {run.unread} items have no kept signals and were held against nothing (abate retro --read)"
    return f"{told}."


def run_json(run: RetroRun) -> dict[str, object]:
    """Return a run as JSON-able values."""
    return {
        "id": run.id,
        "state": run.state.value,
        "by": run.by,
        "bank": run.bank or None,
        "since": run.since.isoformat() if run.since else None,
        "named": list(run.entries),
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "signals": {"done": run.position, "of": run.upto},
        "entries": run.entry_count,
        "found": run.found,
        "opened": run.opened,
        "joined": run.joined,
        "limited": run.limited,
        "removed_already": run.removed_already,
        "set_aside": {
            "items": run.held_back,
            "entries": [{"entry": held.entry, "items": held.items} for held in run.set_aside],
        },
        "without_signals": run.unread,
    }


def _foresee(kit: Kit, scope: retro.Scope, *, json_: bool) -> None:
    found = list(retro.foresee(kit, scope))
    if json_:
        as_json([_foreseen_json(one, outcome) for one, outcome in found])
    else:
        table(("item", "proposal", "would be", "matches"), (_foreseen_row(one, outcome) for one, outcome in found))
    say(f"{len(found)} items would be found; nothing was changed.")


def _foreseen_json(one: Scan, outcome: Outcome) -> dict[str, object]:
    matches = [
        {"bank": m.bank, "entry": m.entry, "signal_type": m.signal_type, "distance": m.distance} for m in one.matches
    ]
    proposal = {"action": one.proposal.verdict.value, "automatic": one.proposal.automatic}
    return {"item": one.item.id, "outcome": outcome.value, "proposal": proposal, "matches": matches}


def _foreseen_row(one: Scan, outcome: Outcome) -> tuple[str, ...]:
    matches = "; ".join(f"{m.bank}: {m.signal_type} at {m.distance}" for m in one.matches)
    return one.item.id, one.proposal.verdict.value, outcome.value.replace("_", " "), matches


@app.command("list")
def list_(json_: Json = False) -> None:
    """List the runs, oldest first."""
    with wiring.opened() as kit:
        runs = retro.listed(kit)
    if json_:
        as_json([run_json(run) for run in runs])
        return
    columns = ("run", "state", "bank", "entries", "signals", "found", "opened", "joined", "limited", "set aside")
    table(columns, (_row(run) for run in runs))


def _row(run: RetroRun) -> tuple[object, ...]:
    done = f"{run.position} of {run.upto}" if run.state is not RetroState.WAITING else ""
    counts = (run.found, run.opened, run.joined, run.limited, run.held_back)
    return run.id, run.state.value, run.bank or "all", run.entry_count, done, *counts


@app.command()
def resume(
    run: Annotated[str, typer.Argument(help="The run, as `abate retro list` names it.")], json_: Json = False
) -> None:
    """Go on with a run that was stopped, from where it stands."""
    with wiring.opened() as kit:
        _report(_carried_on(kit, run), json_=json_)


@app.command()
def work(
    beside: Annotated[int, typer.Option(help="End when this process does; 0 for none.")] = 0,
    idle: Annotated[float, typer.Option(help="End when no run waited for so many seconds.")] = lane.IDLE_S,
) -> None:
    """Do the runs that wait, at a low priority and giving way to others. `abate serve` starts this by itself."""
    lane.step_aside()
    with wiring.opened() as kit:
        # A child whose parent ended is given another one.
        lane.work(kit, worker=f"lane:{os.getpid()}", idle_s=idle, alone=lambda: beside not in {0, os.getppid()})
