"""Looks once a day whether the models in force still mean what they say, language by language.

- **scores**: of the texts that came in since the reference was made, against that reference: the scores that the same
  model gave to what came in within a week when it was first looked at. Not against the texts it was calibrated on:
  somebody chose those, and scores of what is posted would lie otherwise from the first day. Each wording counts once,
  so that one text posted a thousand times is no change of all texts.
- **coverage**: of the linear models' conformal sets, on texts that a draw took at random (``drawing``) and that people
  decided since. What was decided because something put it forward is left out: the model itself chose much of it, and
  benign texts that it chose are those on which it errs.

Several workers look as one: the tally :data:`LOOK` says when somebody looked last.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from abate.domain.flood import Tally, TallyStep
from abate.domain.signal import Outlook, Score
from abate.domain.work import Job, JobKind
from abate.extend.classifier import Classifier
from abate.extend.store import Transaction
from abate.flows import model_alarms
from abate.flows.kit import Kit
from abate.flows.model_alarms import COVERAGE, LOOK, SCORES, ModelAlarm
from abate.flows.training.decisions import label_in, newest_of_people
from abate.flows.training.drawing import drawn_at_random, held, held_of, scored
from abate.flows.training.labelled import as_asked
from abate.signals.linear import drift
from abate.signals.linear.classifier import LinearClassifier
from abate.signals.linear.conformal import columns
from abate.signals.linear.drift import Finding, Histogram
from abate.signals.linear.model import Model

SPAN: Final = timedelta(days=7)
"""A week has its own rhythm, so one is held against one."""
AUDITED: Final = timedelta(days=90)
"""Draws so old still say how the sets hold now."""
LEAST: Final = 500
"""Wordings in a language for a reference."""
_REFERENCE: Final = "reference:"

References = Mapping[str, Histogram]
"""By the name of a score, such as ``text:1``."""


def look(kit: Kit, now: datetime) -> list[ModelAlarm]:
    """Look at every model in force, and write the alarms of what changed; nothing where another worker just did."""
    with kit.store.read() as tx:
        looks = [_looked_at(tx, model, now) for model in kit.readers.classifiers]
    with kit.store.write() as tx:
        if not model_alarms.is_due(tx, now):
            return []
        tx.tallies.put_many([Tally(id=LOOK, steps=(TallyStep(at=now, count=1),))])
        found = []
        for rows, alarms in looks:
            for row in rows:
                tx.jobs.add(row)
                tx.jobs.cancel(row.key)
            for alarm in alarms:
                if not model_alarms.is_let_be(tx, alarm):
                    model_alarms.write(tx, alarm)
                    found.append(alarm)
        return found


def standing(kit: Kit) -> list[tuple[str, Finding]]:
    """Return what a look would find now of each model in force, by the model's name; nothing is written."""
    now = kit.clock.now()
    with kit.store.read() as tx:
        return [(m.name, one) for m in kit.readers.classifiers for _, one in _findings(tx, m, now, _references(tx, m))]


def _looked_at(tx: Transaction, model: Classifier, now: datetime) -> tuple[list[Job], list[ModelAlarm]]:
    """Return the references that can be made now, and the alarms about what changed since those that there were."""
    kept = _references(tx, model)
    findings = _findings(tx, model, now, kept)
    alarms = [model_alarms.new(model, one.language, kind, now, one.sentence) for kind, one in findings if one.on]
    return list(_new_references(tx, model, now, kept)), alarms


def _findings(
    tx: Transaction, model: Classifier, now: datetime, kept: Mapping[str, tuple[datetime, References]]
) -> list[tuple[str, Finding]]:
    since = now - SPAN
    found = [
        (SCORES, _changed(language, references, _of_language(tx, model, language, max(since, end))))
        for language, (end, references) in sorted(kept.items())
    ]
    if isinstance(model, LinearClassifier):
        found += [(COVERAGE, one) for one in _audited(tx, model.model, now)]
    return found


def _of_language(tx: Transaction, model: Classifier, language: str, since: datetime) -> list[tuple[Score, ...]]:
    texts = [one for one in held(tx, since=since) if one.language.code == language]
    return [scores for _, scores in scored(model, texts)]


def _changed(language: str, references: References, said: list[tuple[Score, ...]]) -> Finding:
    """Hold each score's probabilities against its reference; the one that changed most speaks for the language."""
    looks = []
    for name, reference in sorted(references.items()):
        values = np.array([score.probability for scores in said for score in scores if score.name == name])
        # The test of two labels looks at the second column: here, the label that the score speaks of.
        pair = np.stack([1 - values, values], axis=1)
        rate = drift.FALSE_ALARM / len(references)
        looks.append(drift.of_scores([reference, reference], pair, language=language, false_alarm=rate))
    return max(looks, key=lambda one: (bool(one.on), one.figures.get("index", 0.0)))


def _audited(tx: Transaction, model: Model, now: datetime) -> Iterator[Finding]:
    decided = newest_of_people(tx)
    texts = held_of(tx, [item for item in drawn_at_random(tx, since=now - AUDITED) if item in decided])
    known = [(one, label) for one in texts if (label := label_in(decided[one.item], model.labels, model.violating))]
    for language, calibration in sorted(model.calibrations.items()):
        rows = [(one.text, label) for one, label in known if one.language.code == language]
        if rows:
            words, labels = zip(*rows, strict=True)
            said = model.probabilities(as_asked(words), [language] * len(rows))
            yield drift.of_coverage(calibration.least, said, columns(labels, model.labels), language=language)


def _references(tx: Transaction, model: Classifier) -> dict[str, tuple[datetime, References]]:
    """Return the references of a model by language, each with when it was made."""
    rows = tx.jobs.find(kind=JobKind.ALARM.value, subject=model.version)
    return dict(_reference(row) for row in rows if row.key.startswith(_REFERENCE))


def _reference(row: Job) -> tuple[str, tuple[datetime, References]]:
    said = json.loads(row.note)
    kept = {name: Histogram(edges=tuple(one[0]), counts=tuple(one[1])) for name, one in said["scores"].items()}
    return said["language"], (row.run_at, kept)


def _new_references(tx: Transaction, model: Classifier, now: datetime, kept: Mapping[str, object]) -> Iterator[Job]:
    texts = [one for one in held(tx, since=now - SPAN) if one.language.code not in kept]
    by_language: dict[str, list[tuple[Score, ...]]] = {}
    for one, scores in scored(model, texts):
        if any(score.outlook is not Outlook.UNKNOWN for score in scores):
            by_language.setdefault(one.language.code, []).append(scores)
    for language, said in sorted(by_language.items()):
        if len(said) >= LEAST:
            values: dict[str, list[float]] = {}
            for scores in said:
                for score in scores:
                    values.setdefault(score.name, []).append(score.probability)
            made = {name: drift.histogram(np.array(own)) for name, own in sorted(values.items())}
            note = {"language": language, "scores": {name: (one.edges, one.counts) for name, one in made.items()}}
            key = f"{_REFERENCE}{model.version}:{language}"
            yield Job(key=key, kind=JobKind.ALARM, subject=model.version, run_at=now, note=json.dumps(note))
