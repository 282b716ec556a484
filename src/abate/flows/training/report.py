"""Figures and gates as JSON and as rows of a table: the two say the same."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from abate.flows.training.evaluate import Evaluation
from abate.flows.training.figures import Counted, Figures
from abate.flows.training.gates import Gate
from abate.flows.training.metrics import AtThreshold
from abate.signals.linear.drift import Finding

Json = dict[str, Any]
COLUMNS = (
    "language",
    "rows",
    "macro F1",
    "F1",
    "ECE",
    "coverage",
    "recall at 1 % FPR",
    "review from",
    "precision",
    "recall",
    "protected put forward",
)


def to_json(evaluation: Evaluation) -> Json:
    """Return an evaluation as JSON."""
    model, rows = evaluation.opened.model, evaluation.rows
    return {
        "model": {
            "name": model.name,
            "sha256": evaluation.opened.version,
            "labels": list(model.labels),
            "violating": list(model.violating),
            "languages": list(model.languages),
            "level": evaluation.opened.about.level,
        },
        **figures_json(evaluation.overall),
        "by_language": {code: figures_json(one) for code, one in evaluation.by_language.items()},
        "gates": [gate_json(gate) for gate in evaluation.gates],
        "skipped": rows.skipped,
        "problems": list(rows.problems),
    }


def figures_json(figures: Figures) -> Json:
    """Return figures as JSON; what could not be counted is null."""
    return {
        "n": figures.rows,
        "calibrated": figures.calibrated,
        "labels": dict(figures.labels),
        "accuracy": figures.accuracy,
        "macro_f1": figures.macro_f1,
        "f1": figures.f1,
        "ece": figures.ece,
        "average_precision": figures.average_precision,
        "recall_at_1_percent_false_positives": figures.recall_at_1_percent,
        "coverage": _counted(figures.coverage),
        "thresholds": None if figures.thresholds is None else _thresholds(figures.thresholds),
        "protected": _counted(figures.protected),
    }


def _thresholds(thresholds: Mapping[str, AtThreshold | None]) -> Json:
    return {name: None if one is None else _at(one) for name, one in thresholds.items()}


def _at(one: AtThreshold) -> Json:
    return {
        "threshold": one.threshold if math.isfinite(one.threshold) else None,
        "precision": one.precision,
        "recall": one.recall,
        "flagged": one.flagged,
        "precision_interval": list(Counted(count=one.hits, of=one.flagged).interval),
        "recall_interval": list(Counted(count=one.hits, of=one.positives).interval),
    }


def _counted(one: Counted | None) -> Json | None:
    if one is None:
        return None
    return {
        "count": one.count,
        "of": one.of,
        "share": one.share,
        "interval": list(one.interval),
        "upper_one_sided_95": one.upper,
    }


def gate_json(gate: Gate) -> Json:
    """Return a gate as JSON."""
    return {
        "name": gate.name,
        "language": gate.language,
        "outcome": gate.outcome.value,
        "figure": gate.figure,
        "limit": gate.limit,
        "rows": gate.rows,
        "sentence": gate.sentence,
    }


def finding_json(finding: Finding) -> Json:
    """Return what a look for drift found as JSON."""
    return {
        "language": finding.language,
        "kind": finding.kind.value,
        "alarm": finding.on,
        "rows": finding.rows,
        "figures": finding.figures,
        "sentence": finding.sentence,
    }


def table_rows(overall: Figures, by_language: Mapping[str, Figures]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table under ``COLUMNS``: each language, then all."""
    for code, figures in by_language.items():
        yield _row(code, figures)
    if len(by_language) > 1:
        yield _row("all", overall)


def _row(name: str, figures: Figures) -> tuple[str, ...]:
    review = (figures.thresholds or {}).get("review")
    coverage = figures.coverage
    return (
        name,
        f"{figures.rows:,}",
        number(figures.macro_f1),
        number(figures.f1),
        number(figures.ece),
        "–" if coverage is None else number(coverage.share),
        number(figures.recall_at_1_percent),
        _from(figures, review),
        number(review.precision if review else None),
        number(review.recall if review else None),
        protected_words(figures.protected),
    )


def _from(figures: Figures, review: AtThreshold | None) -> str:
    if review is None:
        return "–" if figures.thresholds is None else "none reaches it"
    return number(review.threshold) if math.isfinite(review.threshold) else "each its own"


def protected_words(one: Counted | None) -> str:
    """Return how much protected speech is put forward, with its bound."""
    return "–" if one is None else f"{one.count} of {one.of:,} (≤ {100 * one.upper:.3f} %)"


def number(value: float | None) -> str:
    """Return a figure with three places, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def gate_rows(gates: Iterable[Gate]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table of gates."""
    for gate in gates:
        told = gate.sentence.removeprefix(f"gate {gate.name} in {gate.language} ")
        yield gate.name, gate.language, told
