"""Hold a model against labelled rows that it was not trained on: figures, gates, drift, and calibrating it anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from abate.domain.errors import InputError
from abate.flows.training.about import NAME, About, read_about
from abate.flows.training.figures import Figures, Judged, figures_of
from abate.flows.training.gates import Gate, gates_of
from abate.flows.training.labelled import Labelled, as_asked, in_batches, taken
from abate.flows.training.metrics import FEW, Bools, Floats
from abate.flows.training.promotion import sha_of
from abate.flows.training.thresholds import NEVER, Found, review_of, thresholds_of
from abate.flows.training.train import Decisions, calibrated_on, judge
from abate.numeric.confidence import Beta
from abate.numeric.intervals import LEVEL
from abate.signals.linear import drift
from abate.signals.linear.calibration import by_language
from abate.signals.linear.conformal import columns, ranks
from abate.signals.linear.folder import open_with_version, save
from abate.signals.linear.model import Model

Told = Callable[[int], None]
"""Rows scored so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A model folder that was read."""

    folder: Path
    model: Model
    about: About
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What a model reached on rows."""

    opened: Opened
    rows: Labelled
    judged: Judged
    decisions: Decisions
    overall: Figures
    by_language: dict[str, Figures]
    gates: tuple[Gate, ...]


def open_folder(folder: Path) -> Opened:
    """Open a model folder, every file of it checked.

    :raises InputError: when it is none, or a file was changed
    """
    sha_of(folder)
    model, version = open_with_version(folder)
    return Opened(folder=folder, model=model, about=read_about(folder), version=version)


def evaluate(opened: Opened, rows: Labelled, told: Told = lambda _: None) -> Evaluation:
    """Score labelled rows and judge what came of it. Rows with a label that the model does not know are left out.

    :raises InputError: when no row is left
    """
    rows = known_to(opened.model, rows)
    decisions = decisions_of(opened.model, rows.texts, told)
    judged = judge(opened.model, rows, decisions)
    overall, each = figures_of(judged, opened.about.thresholds)
    return Evaluation(
        opened=opened,
        rows=rows,
        judged=judged,
        decisions=decisions,
        overall=overall,
        by_language=each,
        gates=tuple(gates_of(each, floors_of(opened.model))),
    )


def floors_of(model: Model) -> dict[str, float]:
    """Return the coverage above which a sound model's sets lie, by language, of those that it was calibrated on.

    Sets made from a sample cover a little more or less than their level, as chance in that sample has it (Vovk 2012: a
    beta distribution); the floor is what nineteen of twenty samples reach.
    """
    return {code: _floor(sum(one.least.rows), one.least.level) for code, one in model.calibrations.items()}


def _floor(rows: int, level: float) -> float:
    rank = ranks(rows, level)
    return Beta(a=rows + 1 - rank, b=rank).quantile(1 - LEVEL)


def known_to(model: Model, rows: Labelled) -> Labelled:
    """Return the rows whose label the model knows; the others are counted with the bad rows.

    :raises InputError: when none is
    """
    kept = [place for place, label in enumerate(rows.labels) if label in model.labels]
    strange = sorted({label for label in rows.labels if label not in model.labels})
    if not kept:
        msg = f"no row has a label of the model's ({', '.join(model.labels)}); there are: {', '.join(strange[:10])}"
        raise InputError(msg)
    if not strange:
        return rows
    lost = len(rows) - len(kept)
    sentence = f"{lost} rows have a label that the model does not know, such as {strange[0]!r}; they were left out"
    return replace(taken(rows, kept), skipped=rows.skipped + lost, problems=(*rows.problems, sentence))


def decisions_of(model: Model, texts: Sequence[str], told: Told = lambda _: None) -> Decisions:
    """Return the model's decision values, batch by batch."""
    parts = []
    done = 0
    for batch in in_batches(texts):
        parts.append(model.decision(as_asked(batch)))
        done += len(batch)
        told(done)
    return np.concatenate(parts)


def drifted(opened: Opened, rows: Labelled, told: Told = lambda _: None) -> list[drift.Finding]:
    """Look for drift in each language that the model was calibrated on.

    Scores are held against those of the calibration; where the rows have labels that people gave to a random sample,
    the conformal sets are audited too.
    """
    model = opened.model
    labelled = any(rows.labels)
    rows = known_to(model, rows) if labelled else rows
    probabilities = model.calibrated(decisions_of(model, rows.texts, told), rows.languages)
    truth = columns(rows.labels, model.labels) if labelled else None
    findings = []
    for language, mine in by_language(rows.languages).items():
        if calibration := model.calibrations.get(language):
            findings.append(drift.of_scores(calibration.reference, probabilities[mine], language=language))
            if truth is not None:
                found = drift.of_coverage(calibration.least, probabilities[mine], truth[mine], language=language)
                findings.append(found)
    return findings


def save_alarmed(opened: Opened, findings: Sequence[drift.Finding], out: Path) -> str:
    """Write the model with the drift alarm on where one is: there its outlook is unknown. Return its SHA-256."""
    return save_from(opened, opened.model.alarmed(drift.alarmed(findings)), opened.about, out)


def recalibrated(evaluation: Evaluation, out: Path) -> str:
    """Calibrate the model anew on these rows, write it to ``out`` and return its SHA-256.

    The rows must be a random sample that people reviewed, and none that it was trained on. Languages without rows here
    keep their calibration. A threshold for review stays above the protected speech that it stood above before.

    :raises InputError: when no row is in a language of the model's, or ``out`` cannot be written
    """
    old, rows, about = evaluation.opened.model, evaluation.rows, evaluation.opened.about
    new = calibrated_on(old, rows, evaluation.decisions, np.arange(len(rows)), about.level)
    judged = judge(new, rows, evaluation.decisions)
    found = _kept_above(thresholds_of(judged), evaluation.judged, judged, about)
    thresholds = {code: dict(one) for code, one in about.thresholds.items()} | found
    merged = replace(
        new,
        calibrations={**old.calibrations, **new.calibrations},
        pooled=new.pooled if set(old.calibrations) <= set(new.calibrations) else old.pooled,
        review=review_of(thresholds),
    )
    told = about.trained | {"recalibrated_on": rows.counts()}
    return save_from(evaluation.opened, merged, replace(about, thresholds=thresholds, trained=told), out)


def _kept_above(found: Found, before: Judged, after: Judged, about: About) -> Found:
    """Carry the old thresholds for review over to the new scores, row by row, and keep the higher one."""
    codes = np.array(before.rows.languages, dtype=object)
    for code, one in found.items():
        old, mine = about.thresholds.get(code, {}).get("review"), (codes == code) & ~before.shielded
        if one["review"] is not None:
            carried = _carried(old, before.scores[mine], after.scores[mine])
            one["review"] = None if carried is None else max(one["review"], carried)
    return found


def _carried(old: float | None, before: Floats, after: Floats) -> float | None:
    """Return the new score from which as few rows are put forward as by the old one; ``None`` where too few were."""
    above: Bools = before >= (NEVER if old is None else old)
    return float(after[above].min()) if int(np.count_nonzero(above)) >= FEW else None


def save_from(opened: Opened, model: Model, about: About, out: Path) -> str:
    """Write a model that was made from another, beside it, and return its SHA-256.

    :raises InputError: when it would take the other's place, or cannot be written
    """
    if out.resolve() == opened.folder.resolve():
        msg = "the new model would take the place of the old one; name another folder with --out"
        raise InputError(msg, where=str(out))
    card = (opened.folder / "card.md").read_text("utf-8")
    note = f"\nMade from the model {opened.version}; see `{NAME}`.\n"
    return save(model, out, card=card + note, further={NAME: about.to_bytes()})
