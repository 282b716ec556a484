"""Train a model: weights from all rows, calibration and figures from scores of rows that their model had not seen.

The rows are cut into folds, no group of copies in two of them. For each fold a model is trained on the others and
scores it; the calibrators, conformal bounds and thresholds come from those scores, the weights from all rows (Platt
1999; scikit-learn's ``CalibratedClassifierCV(ensemble=False)`` does the same). The figures of each fold use calibrators
of the other folds only, so nothing is judged by what it was fitted to, but for the thresholds.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.flows.training.copies import groups_of
from abate.flows.training.figures import Figures, Judged, figures_of
from abate.flows.training.folds import folds_of
from abate.flows.training.labelled import Labelled, as_asked, taken
from abate.flows.training.thresholds import Found, review_of, thresholds_of
from abate.signals.linear.features import Hashed, hashed
from abate.signals.linear.learning import fit_hashed
from abate.signals.linear.model import Model, Options, calibrate_decisions

FOLDS = 5
LEAST_ROWS = 50
LEAST_OF_A_LABEL = 10
LEAST_OF_A_LANGUAGE = 100
YES = frozenset(
    {
        "1",
        "true",
        "yes",
        "y",
        "positive",
        "hate",
        "hateful",
        "hatespeech",
        "abuse",
        "abusive",
        "offensive",
        "toxic",
        "insult",
        "harassment",
        "violating",
        "violation",
        "violent",
        "extremist",
        "terrorist",
        "bad",
        "remove",
        "removed",
    }
)
"""Words that say which of two labels is the violation."""

Decisions = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
Told = Callable[[int, int], None]
"""Steps done, of how many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A model, calibrated, with what is known of it."""

    model: Model
    thresholds: Found
    judged: Judged
    """What was said of each row by a model that had not seen it, calibrated by the other folds."""
    overall: Figures
    by_language: Mapping[str, Figures]
    groups: int
    """Groups of copies."""
    left_out: tuple[str, ...]
    """A sentence for each label and language whose rows were too few."""
    rows: Labelled
    """Those it was trained on."""


def violating_of(labels: Collection[str], asked: Collection[str]) -> frozenset[str]:
    """Return which labels are violations: those asked for, else the one of two that says so, else none.

    :raises InputError: for a label that no row has, or when all are violations
    """
    if strange := sorted(set(asked) - set(labels)):
        msg = f"no row has the label {strange[0]!r}; there are: {', '.join(sorted(labels))}"
        raise InputError(msg, where="--violating")
    if asked and set(asked) >= set(labels):
        msg = "every label would be a violation; leave out the one that is not"
        raise InputError(msg, where="--violating")
    said = {label for label in labels if label.casefold() in YES}
    two = len(labels) == 2 and len(said) == 1  # noqa: PLR2004 - of three, more than one may be meant
    return frozenset(asked) or frozenset(said if two else ())


def benign_of(rows: Labelled, violating: Collection[str]) -> str:
    """Return the label that protected speech gets: the most frequent one that is no violation.

    :raises InputError: when no label is a violation
    """
    if not violating:
        msg = "protected speech needs to know what is a violation; name those labels with --violating"
        raise InputError(msg, where="--protected")
    counts = Counter(label for label in rows.labels if label not in violating)
    return min(counts, key=lambda label: (-counts[label], label))


def train(rows: Labelled, violating: Collection[str], options: Options, told: Told = lambda _, __: None) -> Trained:
    """Train a model on labelled rows.

    :param violating: labels that are violations, of those that the rows have; none for classes that are only told apart
    :param told: called as the work goes on
    :raises InputError: when there are too few rows, or only one label, or all rows of a label are copies of one another
    """
    rows, left_out = _learnable(rows)
    labels = tuple(sorted(set(rows.labels)))
    kept = tuple(sorted(set(violating) & set(labels)))
    if violating and (not kept or len(kept) == len(labels)):
        msg = "too few rows of violations, or of anything else, to tell the two apart; give more"
        raise InputError(msg)
    options = replace(options, violating=kept)
    groups = groups_of(rows)
    folds = folds_of(groups, list(zip(rows.languages, rows.labels, strict=True)), FOLDS, options.seed)
    _want_spread(rows, folds)
    features = hashed(as_asked(rows.texts), bits=options.bits)
    decisions = _out_of_fold(rows, features, folds, options, told)
    spoken, unspoken = _spoken(rows)
    final = replace(fit_hashed(features, rows.labels, rows.languages, options=options), languages=spoken)
    told(FOLDS + 1, FOLDS + 1)
    judged = _judged_out_of_fold(final, rows, decisions, folds, options)
    model = calibrated_on(final, rows, decisions, np.arange(len(rows)), options.level)
    thresholds = thresholds_of(judge(model, rows, decisions))
    overall, each = figures_of(judged, thresholds)
    return Trained(
        model=replace(model, review=review_of(thresholds)),
        thresholds=thresholds,
        judged=judged,
        overall=overall,
        by_language=each,
        groups=int(groups.max()) + 1,
        left_out=(*left_out, *unspoken),
        rows=rows,
    )


def judge(model: Model, rows: Labelled, decisions: Decisions) -> Judged:
    """Return what a calibrated model says of rows, from its decision values.

    :raises InputError: when the model was not calibrated
    """
    probabilities = model.calibrated(decisions, rows.languages)
    return Judged(
        rows=rows,
        labels=model.labels,
        violating=frozenset(model.violating),
        guesses=decisions.argmax(axis=1).astype(np.int64),
        probabilities=probabilities,
        sets=model.sets(probabilities, rows.languages),
        calibrated=np.array([code in model.calibrations for code in rows.languages], np.bool_),
        level=model.pooled.least.level if model.pooled else 0.0,
    )


def calibrated_on(model: Model, rows: Labelled, decisions: Decisions, places: Places, level: float) -> Model:
    """Return the model calibrated on some of the rows, protected speech left out.

    A probability speaks of texts like those that people labelled; news that was added to learn from would only push it
    down, for all texts.

    :raises InputError: when none is in a language of the model's
    """
    kept = places[~np.array(rows.protected, np.bool_)[places]]
    labels, languages = _picked(rows.labels, kept), _picked(rows.languages, kept)
    return calibrate_decisions(model, decisions[kept], labels, languages, level=level)


def _learnable(rows: Labelled) -> tuple[Labelled, tuple[str, ...]]:
    """Leave out labels with too few rows to learn from.

    :raises InputError: when too little is left
    """
    counts = Counter(rows.labels)
    few = {label for label, count in counts.items() if count < LEAST_OF_A_LABEL}
    left_out = tuple(
        f"label {label!r} has {counts[label]} rows, fewer than {LEAST_OF_A_LABEL}, and was left out"
        for label in sorted(few)
    )
    kept = [place for place, label in enumerate(rows.labels) if label not in few]
    if len(counts) - len(few) < 2:  # noqa: PLR2004 - one class cannot be told from nothing
        only = max(counts, key=lambda label: counts[label])
        more = f"; {left_out[0]}" if left_out else ""
        msg = f"only one label ({only!r}) has rows enough to learn from{more}; give rows of two labels or more"
        raise InputError(msg)
    if len(kept) < LEAST_ROWS:
        msg = f"{len(kept)} rows are too few to learn from and to judge by; give {LEAST_ROWS} or more"
        raise InputError(msg)
    return taken(rows, kept) if few else rows, left_out


def _spoken(rows: Labelled) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the languages with rows enough to speak of, at least the commonest, and a sentence on the others.

    Language identification errs on short texts: of many rows in one language it makes a few in a dozen others.
    """
    labelled = [code for code, shielded in zip(rows.languages, rows.protected, strict=True) if not shielded]
    counts = Counter(labelled).most_common()
    spoken = [code for place, (code, count) in enumerate(counts) if count >= LEAST_OF_A_LANGUAGE or not place]
    rest = ", ".join(f"{code} ({count})" for code, count in counts[len(spoken) :])
    told = (
        f"fewer than {LEAST_OF_A_LANGUAGE} labelled rows are in {rest}: the model learnt from them and is silent there"
    )
    return tuple(sorted(spoken)), (told,) if rest else ()


def _want_spread(rows: Labelled, folds: Places) -> None:
    """Refuse rows of which a model without one fold would miss a label.

    :raises InputError: naming the label
    """
    for label in sorted(set(rows.labels)):
        spread = {int(fold) for fold, mine in zip(folds, rows.labels, strict=True) if mine == label}
        if len(spread) < 2:  # noqa: PLR2004 - one fold to learn from, one to judge by
            msg = (
                f"all rows with the label {label!r} are copies of one another, or of one template or source; "
                "give others, or leave --template and --source out"
            )
            raise InputError(msg)


def _out_of_fold(rows: Labelled, features: Hashed, folds: Places, options: Options, told: Told) -> Decisions:
    """Return the decision values of each row by a model that was trained without its fold."""
    decisions = np.zeros((len(rows), len(set(rows.labels))), np.float32)
    for fold in range(FOLDS):
        told(fold, FOLDS + 1)
        outside, inside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(inside):
            labels, languages = _picked(rows.labels, outside), _picked(rows.languages, outside)
            model = fit_hashed(features.take(outside), labels, languages, options=options)
            decisions[inside] = model.decision_of_hashed(features.take(inside))
    return decisions


def _judged_out_of_fold(model: Model, rows: Labelled, decisions: Decisions, folds: Places, options: Options) -> Judged:
    """Judge each fold by calibrators of the others."""
    whole = judge(calibrated_on(model, rows, decisions, np.arange(len(rows)), options.level), rows, decisions)
    for fold in range(FOLDS):
        outside, inside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(inside):
            fitted = calibrated_on(model, rows, decisions, outside, options.level)
            part = judge(fitted, taken(rows, inside.tolist()), decisions[inside])
            whole.probabilities[inside], whole.sets[inside] = part.probabilities, part.sets
            whole.calibrated[inside] = part.calibrated
    return whole


def _picked(values: Sequence[str], places: Places) -> list[str]:
    return [values[place] for place in places.tolist()]
