"""``abate train``: a classifier from labelled rows, or from what people decided."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abate import app as wiring
from abate import plugins
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, printable, progress, say, table
from abate.domain.errors import InputError
from abate.domain.signal import UNDETERMINED, Language
from abate.flows.training.labelled import Columns, Labelled, as_protected, joined, read_labelled
from abate.settings import Settings, load

if TYPE_CHECKING:
    from abate.flows.training.card import Source
    from abate.flows.training.train import Trained

ORDERS = (
    "It gives each text the probability that people would call it a violation, so that a queue can be put in order. "
    "It was made by `abate train` from the rows below."
)
Text = Annotated[list[str] | None, typer.Option("--text", help="Column of the text; several are joined.")]
Label = Annotated[str, typer.Option("--label", help="Column of the label.")]
LanguageOption = Annotated[str, typer.Option("--language", help="Column of the language, or one code for every row.")]
Protected = Annotated[
    list[Path] | None,
    typer.Option("--protected", help="Table of protected speech, such as news: all of it harmless; may repeat."),
]
ProtectedText = Annotated[
    list[str] | None, typer.Option("--protected-text", help="Column of the text there, where it is another.")
]


def train(
    files: Annotated[list[Path] | None, typer.Argument(help="Labelled rows: CSV, TSV, JSON lines or Parquet.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write the model to.")] = None,
    text: Text = None,
    label: Label = "label",
    language: LanguageOption = "",
    violating: Annotated[
        list[str] | None, typer.Option("--violating", help="Label that is a violation; may repeat.")
    ] = None,
    protected: Protected = None,
    protected_text: ProtectedText = None,
    template: Annotated[
        str, typer.Option("--template", help="Column that says what a row was made from: one template, one part.")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="Column of the source: one source, one part.")] = "",
    from_decisions: Annotated[
        bool, typer.Option("--from-decisions", help="Learn from what people decided, as the store has it.")
    ] = False,
    update: Annotated[
        Path | None,
        typer.Option("--update", help="Model that learns what was decided since it did; with --from-decisions."),
    ] = None,
    sample: Annotated[
        int, typer.Option("--sample", min=0, help="Draw so many texts of late and open a case for each; no training.")
    ] = 0,
    name: Annotated[str, typer.Option("--name", help="What the model's scores are called by.")] = "text",
    note: Annotated[
        list[str] | None, typer.Option("--note", help="For the data card: where rows are from, their licence.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Draws the folds, or the sample; the same gives the same.")
    ] = 0,
    json_: Json = False,
) -> None:
    """Train a classifier and write it as a folder with weights, calibrators, thresholds and a data card.

    With --update it learns a little more instead; with --sample people are asked for what it should learn next.
    """
    if sample:
        draw_sample(sample, seed, json_=json_)
        return
    if out is None:
        msg = "say where the model goes, with --out FOLDER"
        raise InputError(msg)
    if update is not None:
        if files or not from_decisions:
            msg = "a model is updated from decisions only; give --from-decisions and no files, or train anew"
            raise InputError(msg, where="--update")
        update_model(update, out, json_=json_)
        return
    from abate.flows.training import train as training  # compiles and counts: not needed to print a help text
    from abate.flows.training.card import Purpose
    from abate.flows.training.write import write
    from abate.signals.linear.model import Options

    columns = Columns(text=tuple(text or ["text"]), label=label, language=language, template=template, source=source)
    rows, sources = _rows(files or [], columns, from_decisions=from_decisions)
    bad = training.violating_of(set(rows.labels), _asked(violating, rows, from_decisions=from_decisions))
    if news := protected_rows(protected, columns, protected_text):
        sources += [_source(path, part, "protected speech") for path, part in zip(protected or (), news, strict=True)]
        benign = training.benign_of(rows, bad)
        rows = joined([rows, *(as_protected(part, benign) for part in news)])
    tell_problems(rows)
    with steps("train") as told:
        trained = training.train(rows, bad, Options(name=name, seed=seed), told)
    purpose = Purpose(title=f"Data card of the model {name}", is_=(ORDERS,), notes=note or ())
    written = write(trained, sources, columns, out, purpose, seed=seed)
    _tell(written, trained, out, json_=json_)


def draw_sample(size: int, seed: int, *, json_: bool) -> None:
    """Draw texts that people should label next, and say how many of which kind."""
    from abate.flows.training.drawing import draw  # as in train

    with wiring.opened() as kit:
        drawn = draw(kit, size, seed=seed, by=OPERATOR)
    counts = {why.value: len(items) for why, items in drawn.items.items()}
    if json_:
        as_json(counts | {"cases": drawn.opened})
        return
    told = ", ".join(f"{count} {why}" for why, count in counts.items())
    print(printable(f"{sum(counts.values())} texts drawn ({told}); {drawn.opened} cases opened"))  # noqa: T201 - the result


def update_model(folder: Path, out: Path, *, json_: bool) -> None:
    """Teach a model what was decided since it learnt."""
    from abate.flows.training.evaluate import open_folder  # as in train
    from abate.flows.training.updating import update

    with wiring.opened() as kit:
        done = update(open_folder(folder), kit.store, identifier(kit.settings), out)
    if json_:
        told = {"folder": str(out), "sha256": done.version, "rows": done.rows.counts(), "since": done.since}
        as_json(told | {"rows_since_calibration": done.rows_since})
        return
    since = f" since {done.since}" if done.since else ""
    print(printable(f"learnt from {len(done.rows):,} decisions{since}; the model lies in {out}"))  # noqa: T201 - the result
    say("its calibration is the old one and a little off now: evaluate it before it is promoted, and train anew soon")


def _asked(violating: list[str] | None, rows: Labelled, *, from_decisions: bool) -> list[str]:
    from abate.flows.training.decisions import BENIGN  # reads the store's room: only for who learns from it

    if violating or not from_decisions:
        return violating or []
    return sorted(set(rows.labels) - {BENIGN})


def _rows(files: Sequence[Path], columns: Columns, *, from_decisions: bool) -> tuple[Labelled, "list[Source]"]:
    from abate.flows.training.card import Source  # as in train
    from abate.flows.training.decisions import from_decisions as decided

    parts, sources = [], []
    if from_decisions:
        with wiring.opened() as kit:
            parts.append(decided(kit.store, identifier(kit.settings)))
        sources.append(Source(name="decisions in the store", rows=len(parts[-1]), note="of people, in force"))
    settings = load()
    for path in files:
        parts.append(read_labelled([path], columns, settings, identifier(settings)))
        sources.append(_source(path, parts[-1]))
    if not parts:
        msg = "there is nothing to learn from; give files with labelled rows, or --from-decisions"
        raise InputError(msg)
    return joined(parts), sources


def _source(path: Path, rows: Labelled, note: str = "") -> "Source":
    from abate.flows.training.card import Source  # as in train

    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Source(name=path.name, rows=len(rows), sha256=sha256, note=note)


def protected_rows(files: Sequence[Path] | None, columns: Columns, text: Sequence[str] | None) -> list[Labelled]:
    """Read tables of protected speech, one by one; a language column counts where a table has it.

    :raises InputError: as for labelled rows
    """
    settings = load()
    asked = Columns(text=tuple(text or columns.text), language=columns.language)
    return [_protected(path, asked, settings) for path in files or ()]


def _protected(path: Path, asked: Columns, settings: Settings) -> Labelled:
    try:
        return read_labelled([path], asked, settings, identifier(settings))
    except InputError as error:
        if not asked.language or f"no column {asked.language!r}" not in error.bare:
            raise
        return read_labelled([path], Columns(text=asked.text), settings, identifier(settings))


def identifier(settings: Settings) -> Callable[[Sequence[str]], list[str]]:
    """Return what says the language of texts: the plug that the settings name, else the first there is, else nobody."""
    plugs = plugins.load_languages()
    plug = plugs.get(settings.language_reader) or next(iter(plugs.values()), None)

    def identify(texts: Sequence[str]) -> list[str]:
        if plug is None:
            return [UNDETERMINED] * len(texts)
        said = plug.identify(texts)
        return [one.code if isinstance(one, Language) else UNDETERMINED for one in said]

    return identify


def tell_problems(rows: Labelled) -> None:
    """Say which rows were left out: the first few, and how many there were."""
    for problem in rows.problems:
        say(f"left out: {problem}")
    if rows.skipped:
        say(f"{rows.skipped} rows were left out, {len(rows)} are used")


@contextmanager
def steps(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a work of so many steps is."""
    with progress(what) as shown:
        task = shown.add_task(what, total=None) if shown else None

        def told(done: int, of: int) -> None:
            if shown and task is not None:
                shown.update(task, completed=done, total=of)

        yield told


def _tell(written: dict[str, object], trained: "Trained", out: Path, *, json_: bool) -> None:
    from abate.flows.training.report import COLUMNS, table_rows  # as in train

    for sentence in trained.left_out:
        say(sentence)
    if json_:
        as_json(written)
        return
    table(COLUMNS, table_rows(trained.overall, trained.by_language), title="On rows that it had not seen, out of fold")
    print(printable(f"The model lies in {out}; its data card is {out / 'card.md'}."))  # noqa: T201 - the result
    if not trained.model.violating:
        say("no label is a violation: classes are told apart, and nothing is put forward; name some with --violating")
