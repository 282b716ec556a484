"""The drift alarm of a model in force: what it says, how it is kept, what it does to the model's word, and its end.

An alarm is a job under ``model:``, written once and rung by whichever worker claims it. It stays open after it rang,
until a lead says that they looked (a row of its own beside it, under ``seen:``, done from the start), or until another
model is in force: one that was calibrated anew is another.

"Fall back to review when the alarm fires" means two things here, because the two alarms know different things:

- **coverage** was audited on texts that were drawn at random and that people decided. What the model says of itself in
  that language is then known to be wrong, so while the alarm is open every outlook there is ``unknown``: scores order
  the queue, and ask nobody.
- **scores** only saw that what comes in is scored otherwise than before. A wave of violations does that as well as new
  slang, and whoever posts it would like the model silent while it lasts. So the model goes on asking people to look,
  which is all that a score may do anyway, and the alarm asks for a sample that tells the two apart.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from abate.domain.errors import ConflictError, NotFoundError
from abate.domain.work import Job, JobKind
from abate.extend.classifier import Classifier
from abate.extend.store import Transaction
from abate.flows.kit import Kit

ALARM: Final = "model:"
"""How the key of an alarm about a model begins."""
SCORES, COVERAGE = "scores", "coverage"
"""What an alarm looked at."""
LOOK: Final = "models"
"""The tally of looks. No entry has such an identifier."""
EVERY: Final = timedelta(days=1)
LET_BE: Final = timedelta(days=7)
"""For how long a model is not rung for again, in that language and for that reason, once a lead looked."""
_SEEN: Final = "seen:"
_DIGITS: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAlarm:
    """A model whose calibration no longer holds in a language."""

    id: str
    model: str
    """The model's SHA-256."""
    name: str
    """What its scores are called by."""
    language: str
    kind: str
    """``scores`` or ``coverage``."""
    at: datetime
    finding: str
    """What was found, one sentence."""

    @property
    def text(self) -> str:
        """Return in a sentence what happened, and what can be done about it."""
        until = "until then its scores in that language ask nobody" if self.kind == COVERAGE else "it goes on meanwhile"
        return (
            f"model {self.name}: {self.finding.rstrip('.')}; have a sample decided (`abate train --sample 500`) and "
            f"calibrate it anew (`abate evaluate --recalibrate`), or close the alarm with `abate evaluate --close "
            f"{self.id}`; {until}"
        )


def new(model: Classifier, language: str, kind: str, at: datetime, finding: str) -> ModelAlarm:
    """Return the alarm about what was found of a model."""
    return ModelAlarm(
        id=f"{ALARM}{model.version[:_DIGITS]}:{language}:{kind}:{at:%Y%m%dT%H%M%S}",
        model=model.version,
        name=model.name,
        language=language,
        kind=kind,
        at=at,
        finding=finding,
    )


def write(tx: Transaction, alarm: ModelAlarm) -> None:
    """Have the alarm rung, and say so in the audit record."""
    note = json.dumps({name: getattr(alarm, name) for name in ("name", "language", "kind", "finding")})
    tx.jobs.add(Job(key=alarm.id, kind=JobKind.ALARM, subject=alarm.model, run_at=alarm.at, note=note))
    body = {"alarm": alarm.id, "language": alarm.language, "kind": alarm.kind, "finding": alarm.finding}
    tx.audit.append(at=alarm.at, tag="clock:model:drifted", subject=alarm.model, body=body)


def close(kit: Kit, alarm: str, *, by: str, note: str = "") -> ModelAlarm:
    """Say that a lead looked: the alarm is closed, and the model's word counts again as it did.

    :param alarm: its identifier
    :raises NotFoundError: when there is none
    :raises ConflictError: when somebody closed it already
    """
    now = kit.clock.now()
    with kit.store.write() as tx:
        if not alarm.startswith(ALARM):
            msg = f"there is no alarm {alarm!r} about a model; `abate evaluate --alarms` lists those that are open"
            raise NotFoundError(msg)
        one = _of(tx.jobs.get(alarm))
        key = f"{_SEEN}{one.id}"
        if not tx.jobs.add(
            Job(key=key, kind=JobKind.ALARM, subject=one.model, run_at=now, note=json.dumps({"by": by}))
        ):
            msg = f"somebody closed alarm {alarm} already; read the list again"
            raise ConflictError(msg)
        tx.jobs.cancel(key)
        body = {"alarm": one.id, "by": by, "note": note}
        tx.audit.append(at=now, tag="operator:model:alarm_closed", subject=one.model, body=body)
    return one


def open_of(tx: Transaction, models: Iterable[Classifier]) -> list[ModelAlarm]:
    """Return the open alarms about these models, oldest first."""
    waiting = [alarm for model in models for alarm in _split(tx, model.version)[0]]
    return sorted(waiting, key=lambda alarm: (alarm.at, alarm.id))


def alarms(kit: Kit) -> list[ModelAlarm]:
    """Return the open alarms about the models in force, oldest first."""
    with kit.store.read() as tx:
        return open_of(tx, kit.readers.classifiers)


def hear(kit: Kit) -> None:
    """Let the readers of this process know which models say nothing in which languages."""
    if kit.readers.classifiers:
        kit.readers.silence.pairs = silenced(alarms(kit))


def is_due(tx: Transaction, now: datetime) -> bool:
    """Say whether nobody looked for a day."""
    looks = [step.at for tally in tx.tallies.get_many([LOOK]) for step in tally.steps]
    # A clock that went back must not stop the looking until it is where it was.
    return not any(now - EVERY < at <= now for at in looks)


def silenced(open_ones: Iterable[ModelAlarm]) -> frozenset[tuple[str, str]]:
    """Return the models, by SHA-256, with the languages in which their outlooks say nothing."""
    return frozenset((one.model, one.language) for one in open_ones if one.kind == COVERAGE)


def is_let_be(tx: Transaction, alarm: ModelAlarm) -> bool:
    """Say whether the like of an alarm is open, or was closed a short while ago."""
    waiting, closed = _split(tx, alarm.model)
    alike = (alarm.language, alarm.kind)
    return any((one.language, one.kind) == alike for one in waiting) or any(
        (one.language, one.kind) == alike and when <= alarm.at < when + LET_BE for one, when in closed
    )


def sentence(tx: Transaction, job: Job) -> str:
    """Return what an alarm says; empty where it was closed meanwhile."""
    return "".join(one.text for one in _split(tx, job.subject)[0] if one.id == job.key)


def _split(tx: Transaction, version: str) -> tuple[list[ModelAlarm], list[tuple[ModelAlarm, datetime]]]:
    """Return the open alarms of a model, and the closed ones with when they were."""
    jobs = tx.jobs.find(kind=JobKind.ALARM.value, subject=version)
    seen = {job.key.removeprefix(_SEEN): job.run_at for job in jobs if job.key.startswith(_SEEN + ALARM)}
    every = [_of(job) for job in jobs if job.key.startswith(ALARM)]
    return [one for one in every if one.id not in seen], [(one, seen[one.id]) for one in every if one.id in seen]


def _of(job: Job) -> ModelAlarm:
    return ModelAlarm(**json.loads(job.note) | {"id": job.key, "model": job.subject, "at": job.run_at})
