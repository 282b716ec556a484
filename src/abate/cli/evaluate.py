"""``abate evaluate``: a model against rows that it was not trained on, and the gate before it is put in force."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, printable, progress, say, table
from abate.cli.train import (
    LanguageOption,
    Protected,
    ProtectedText,
    Text,
    identifier,
    protected_rows,
    tell_problems,
)
from abate.domain.errors import InputError
from abate.flows import model_alarms
from abate.flows.training.labelled import Columns, Labelled, as_protected, joined, read_labelled
from abate.settings import load

if TYPE_CHECKING:
    from abate.flows.training.evaluate import Evaluation, Opened

FAILURE = 1


def evaluate(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the model.")] = None,
    files: Annotated[list[Path] | None, typer.Argument(help="Labelled rows: CSV, TSV, JSON lines or Parquet.")] = None,
    text: Text = None,
    label: Annotated[str, typer.Option("--label", help="Column of the label, where it is another.")] = "",
    language: LanguageOption = "",
    protected: Protected = None,
    protected_text: ProtectedText = None,
    plots: Annotated[Path | None, typer.Option("--plots", help="Folder for pictures of scores and curves.")] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Put the model in force, if it passes its gates.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Put the model before in force again.")] = False,
    recalibrate: Annotated[
        bool, typer.Option("--recalibrate", help="Calibrate anew on these rows, a random reviewed sample.")
    ] = False,
    drift: Annotated[bool, typer.Option("--drift", help="Say whether texts have changed.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the model calibrated anew, or alarmed.")] = None,
    alarms: Annotated[
        bool, typer.Option("--alarms", help="Say how the models in force stand, and which drift alarms are open.")
    ] = False,
    close: Annotated[str, typer.Option("--close", help="Close a drift alarm that --alarms lists.")] = "",
    note: Annotated[str, typer.Option("--note", help="Why it is closed, for those who read it later.")] = "",
    json_: Json = False,
) -> None:
    """Say what a model reaches on labelled rows, language by language, and whether it passes its gates.

    Exit code 1: a gate fails, a promotion is refused, or a drift alarm is on.
    """
    if rollback:
        _roll_back(json_=json_)
        return
    if alarms or close:
        _alarms(close, note, json_=json_)
        return
    if folder is None or not files:
        msg = "name the model's folder and one file of rows or more"
        raise InputError(msg)
    if sum((promote, recalibrate, drift)) > 1 or bool(out) < recalibrate or (out and not (recalibrate or drift)):
        msg = (
            "give one of --promote, --recalibrate and --drift; --out goes with the last two, and --recalibrate needs it"
        )
        raise InputError(msg)
    from abate.flows.training.evaluate import open_folder  # compiles and counts: not needed to print a help text

    opened = open_folder(folder)
    about = opened.about
    columns = Columns(text=tuple(text or about.text), label=label or about.label, language=language or about.language)
    if drift:
        _drift(opened, files, columns, label, out, json_=json_)
        return
    rows = _rows(opened, files, columns, protected, protected_text)
    evaluation = _evaluated(opened, rows)
    if recalibrate and out:
        _recalibrate(evaluation, out, json_=json_)
        return
    if plots:
        _plot(evaluation, plots)
    _tell(evaluation, json_=json_)
    if promote:
        _promote(evaluation)
    _end(evaluation)


def _rows(
    opened: "Opened",
    files: Sequence[Path],
    columns: Columns,
    protected: Sequence[Path] | None,
    protected_text: Sequence[str] | None,
) -> Labelled:
    from abate.flows.training.train import benign_of  # as in evaluate

    settings = load()
    rows = read_labelled(files, columns, settings, identifier(settings))
    if news := protected_rows(protected, columns, protected_text):
        benign = benign_of(replace(rows, labels=opened.model.labels), opened.model.violating)
        rows = joined([rows, *(as_protected(part, benign) for part in news)])
    return rows


@contextmanager
def _scored(total: int) -> Iterator[Callable[[int], None]]:
    with progress("scored") as shown:
        task = shown.add_task("scored", total=total) if shown else None

        def told(done: int) -> None:
            if shown and task is not None:
                shown.update(task, completed=done)

        yield told


def _evaluated(opened: "Opened", rows: Labelled) -> "Evaluation":
    from abate.flows.training.evaluate import evaluate as evaluated  # as in evaluate

    with _scored(len(rows)) as told:
        found = evaluated(opened, rows, told)
    tell_problems(found.rows)
    return found


def _tell(evaluation: "Evaluation", *, json_: bool) -> None:
    from abate.flows.training.report import COLUMNS, gate_rows, table_rows, to_json  # as in evaluate

    if json_:
        as_json(to_json(evaluation))
        return
    title = f"{evaluation.opened.model.name} on {len(evaluation.rows):,} rows"
    table(COLUMNS, table_rows(evaluation.overall, evaluation.by_language), title=title)
    table(("gate", "language", "outcome"), gate_rows(evaluation.gates), title="Gates")
    strange = sorted(set(evaluation.rows.languages) - set(evaluation.opened.model.calibrations))
    if strange:
        say(f"the model was not calibrated on {', '.join(strange)}: there it says nothing, and no gate is judged")


def _end(evaluation: "Evaluation") -> None:
    from abate.flows.training.gates import failed  # as in evaluate

    for gate in failed(evaluation.gates):
        say(gate.sentence)
    raise typer.Exit(FAILURE if failed(evaluation.gates) else 0)


def _plot(evaluation: "Evaluation", folder: Path) -> None:
    from abate.flows.training.plots import write_plots  # as in evaluate

    written = write_plots(evaluation.judged, folder)
    say(f"{len(written)} plots written to {folder}" if written else "nothing to plot: no class is a violation")


def _promote(evaluation: "Evaluation") -> None:
    from abate.flows.training.promotion import promote  # as in evaluate

    with wiring.opened() as kit:
        model = promote(kit, evaluation.opened.folder, evaluation.gates, by=OPERATOR)
    say(f"model {model} is in force where the setting text_model is promoted")


def _roll_back(*, json_: bool) -> None:
    from abate.flows.training.promotion import roll_back  # as in evaluate

    with wiring.opened() as kit:
        model = roll_back(kit, by=OPERATOR)
    if json_:
        as_json({"in_force": model})
    else:
        print(printable(f"model {model} is in force again"))  # noqa: T201 - the result


def _recalibrate(evaluation: "Evaluation", out: Path, *, json_: bool) -> None:
    from abate.flows.training.evaluate import recalibrated  # as in evaluate

    version = recalibrated(evaluation, out)
    if json_:
        as_json({"folder": str(out), "sha256": version, "rows": evaluation.rows.counts()})
    else:
        print(printable(f"calibrated anew on {len(evaluation.rows):,} rows; the model lies in {out}"))  # noqa: T201 - the result
    say("evaluate it on other rows before it is promoted: these have been used up")


def _drift(
    opened: "Opened", files: Sequence[Path], columns: Columns, label: str, out: Path | None, *, json_: bool
) -> None:
    from abate.flows.training.evaluate import drifted, save_alarmed  # as in evaluate
    from abate.flows.training.report import finding_json  # as in evaluate

    rows = _maybe_labelled(files, columns, label)
    with _scored(len(rows)) as told:
        findings = drifted(opened, rows, told)
    tell_problems(rows)
    if json_:
        as_json([finding_json(one) for one in findings])
    else:
        named = {None: "too few", True: "ALARM", False: "no alarm"}
        table(
            ("language", "looks at", "", "says"),
            [(one.language, one.kind.value, named[one.on], one.sentence) for one in findings],
        )
    if not findings:
        say(f"no row is in a language of the model's ({', '.join(sorted(opened.model.calibrations))})")
    if out:
        save_alarmed(opened, findings, out)
        say(f"the model with its alarms lies in {out}")
    raise typer.Exit(FAILURE if any(one.on for one in findings) else 0)


def _alarms(close: str, note: str, *, json_: bool) -> None:
    from abate.flows.training.report import finding_json  # as in evaluate
    from abate.flows.training.watch import standing  # as in evaluate

    with wiring.opened() as kit:
        if close:
            closed = model_alarms.close(kit, close, by=OPERATOR, note=note)
            say(f"alarm {closed.id} about model {closed.name} is closed")
        waiting, found = model_alarms.alarms(kit), standing(kit)
    if json_:
        told = [{"alarm": one.id, "language": one.language, "kind": one.kind, "text": one.text} for one in waiting]
        as_json({"open": told, "now": [{"model": name} | finding_json(one) for name, one in found]})
    else:
        table(("model", "looks at", "says"), [(name, one.kind.value, one.sentence) for name, one in found])
        for one in waiting:
            print(printable(f"{one.id}  {one.text}"))  # noqa: T201 - the result
        say(f"{len(waiting)} drift alarms are open")
    raise typer.Exit(FAILURE if waiting else 0)


def _maybe_labelled(files: Sequence[Path], columns: Columns, label: str) -> Labelled:
    """Read rows whose label column may be absent, unless it was named."""
    settings = load()
    try:
        return read_labelled(files, columns, settings, identifier(settings))
    except InputError as error:
        if label or f"no column {columns.label!r}" not in error.bare:
            raise
        return read_labelled(files, replace(columns, label=""), settings, identifier(settings))
