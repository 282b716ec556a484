"""The data card: what a model was trained on, what it is and is not, what it reached, and where its limits are.

Written for the person who has to decide whether to let it order a queue. It holds counts and figures, never a text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from abate.flows.training.figures import Figures
from abate.flows.training.gates import Gate
from abate.flows.training.report import COLUMNS, gate_rows, number, table_rows
from abate.flows.training.train import FOLDS, Trained

LIMITS = (
    "It ranks a queue. No rule may act on its score; nothing is limited or removed because of it.",
    "It is linear over letter groups and words: it knows what was written near what, not what was meant.",
    "Irony, quotation and reclaimed words are beyond it.",
    "It speaks of the languages in the tables below and says `unknown` in all others.",
    "What people were shown, or what a keyword found, is no sample of what is posted: shares here are of the data.",
    "Its conformal sets hold for texts like those it was calibrated on: look at `abate evaluate --drift` now and then.",
    "Its buckets can be guessed back by hashing a dictionary: what was learnt from your posts is confidential.",
)
HOW = (
    f"{FOLDS} folds, no group of copies in two of them; a group has the same words once numbers, links and `@names` "
    "are taken away, or the same first 40 letters, or one template or source where there are such columns. Scores, "
    "calibrators and sets of a fold come from the other folds. Thresholds come from all of them, so precision at a "
    "threshold is a little flattered here: what `abate evaluate` says of other rows is what counts."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One thing that a model was trained on."""

    name: str
    rows: int
    sha256: str = ""
    """Of the file; empty where it was none."""
    note: str = ""
    """Where it is from and under which licence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """What people should know first."""

    title: str
    is_: Sequence[str] = ()
    """What it is, one paragraph each."""
    is_not: Sequence[str] = ()
    notes: Sequence[str] = ()
    """Attribution and licences of the data."""


def card_of(trained: Trained, purpose: Purpose, sources: Sequence[Source], gates: Sequence[Gate]) -> str:
    """Return the card as Markdown."""
    model = trained.model
    violating = ", ".join(f"`{_safe(label)}`" for label in model.violating) or "none: classes are only told apart"
    parts = [
        f"# {_safe(purpose.title)}",
        *map(_safe, purpose.is_),
        *_list("What it is not", purpose.is_not),
        "## What it was trained on",
        _table(("source", "rows", "SHA-256", "note"), map(_source, sources)),
        *map(_safe, purpose.notes),
        f"Labels: {', '.join(f'`{_safe(label)}`' for label in model.labels)}. Violations: {violating}.",
        _table(("language", "label", "rows"), _counts(trained.rows.counts())),
        *[f"- {_safe(sentence)}." for sentence in trained.left_out],
        "## What it reached on rows that it had not seen",
        f"{trained.groups:,} groups of copies among {len(trained.rows):,} rows. {HOW}",
        _table(COLUMNS, table_rows(trained.overall, trained.by_language)),
        *_thresholds(trained.thresholds, trained.by_language),
        "## Gates",
        "As these rows, out of fold, would have it; a promotion asks for rows of your own.",
        _table(("gate", "language", "outcome"), gate_rows(gates)),
        *_list("Limits", LIMITS),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _list(title: str, lines: Iterable[str]) -> tuple[str, ...]:
    told = "\n".join(f"- {_safe(line)}" for line in lines)
    return (f"## {title}", told) if told else ()


def _source(one: Source) -> tuple[str, ...]:
    return one.name, f"{one.rows:,}", one.sha256 or "–", one.note or "–"


def _counts(counts: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    for language, labels in counts.items():
        for label, rows in labels.items():
            yield language, label, f"{rows:,}"


def _thresholds(
    thresholds: Mapping[str, Mapping[str, float | None]], by_language: Mapping[str, Figures]
) -> tuple[str, ...]:
    if not thresholds:
        return ()
    rows = [
        (code, name, "none reaches it" if value is None else number(value), *_reached(by_language.get(code), name))
        for code, one in thresholds.items()
        for name, value in one.items()
    ]
    said = (
        "`review` is the score from which a text is put forward: precision 0.95, a half or more, above protected text."
    )
    return ("### Thresholds", said, _table(("language", "precision aimed at", "from", "precision", "recall"), rows))


def _reached(figures: Figures | None, name: str) -> tuple[str, str]:
    found = (figures.thresholds or {}).get(name) if figures else None
    return (number(found.precision), number(found.recall)) if found else ("–", "–")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(untrusted_text: str) -> str:
    return _safe(untrusted_text).replace("|", "\\|")


def _safe(untrusted_text: str) -> str:
    """Return a text on one line that opens no markup: labels and file names are other people's."""
    shown = "".join(sign if sign.isprintable() else " " for sign in untrusted_text)
    return shown.replace("<", "&lt;")
