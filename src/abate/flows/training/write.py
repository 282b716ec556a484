"""A trained model to its folder: weights, calibrators, thresholds, data card, and a manifest over all of it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from abate.flows.training.about import NAME, About, Json
from abate.flows.training.card import Purpose, Source, card_of
from abate.flows.training.evaluate import floors_of
from abate.flows.training.figures import REVIEW_TARGET
from abate.flows.training.gates import gates_of
from abate.flows.training.labelled import Columns
from abate.flows.training.report import figures_json, gate_json
from abate.flows.training.train import FOLDS, Trained
from abate.signals.linear.folder import save

RULE = (
    "no group in two folds; a group has the same words without numbers, links and @names, or the same first 40 "
    "letters, or one template, or one source"
)


def write(
    trained: Trained, sources: Sequence[Source], columns: Columns, out: Path, purpose: Purpose, *, seed: int = 0
) -> Json:
    """Write the model to ``out`` and return what can be said of it as JSON.

    :raises InputError: when something that is no model lies there, or it cannot be written
    """
    model = trained.model
    level = model.pooled.least.level if model.pooled else 0.0
    gates = gates_of(trained.by_language, floors_of(model))
    told: Json = {
        "rows": len(trained.rows),
        "counts": trained.rows.counts(),
        "skipped": trained.rows.skipped,
        "protected": sum(trained.rows.protected),
        "left_out": list(trained.left_out),
        "sources": [asdict(source) for source in sources],
        "split": {"folds": FOLDS, "seed": seed, "groups": trained.groups, "rule": RULE},
        "out_of_fold": figures_json(trained.overall)
        | {"by_language": {code: figures_json(one) for code, one in trained.by_language.items()}},
        "gates_out_of_fold": [gate_json(gate) for gate in gates],
        "review_precision": REVIEW_TARGET,
    }
    if trained.rows.until:
        told["decided_until"] = trained.rows.until
    about = About(
        text=columns.text,
        label=columns.label,
        language=columns.language,
        violating=model.violating,
        level=level,
        thresholds=trained.thresholds,
        trained=told,
    )
    version = save(model, out, card=card_of(trained, purpose, sources, gates), further={NAME: about.to_bytes()})
    shown = {"folder": str(out), "sha256": version, "labels": list(model.labels), "violating": list(model.violating)}
    return {**shown, "languages": list(model.languages), "thresholds": trained.thresholds, **told}
