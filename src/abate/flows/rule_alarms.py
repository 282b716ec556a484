"""The alarm on a rule's hit rate: what it says, how it is kept, and when it is over.

An alarm is a job under ``rule:``, written once and rung by whichever worker claims it. It stays open after it rang,
until a lead says that they looked, which is a row of its own beside it (under ``seen:``, done from the start), or until
its version is not live any more.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from abate.domain.rule import RuleState
from abate.domain.work import Job, JobKind
from abate.extend.store import Transaction
from abate.policy.rules.anomaly import Finding, Unusual

ALARM: Final = "rule:"
"""How the key of an alarm about a rule begins."""
_SEEN: Final = "seen:"
_KEPT: Final = ("name", "kind", "hits", "counted", "events", "usual")
_DIGITS: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleAlarm:
    """A live version whose hit rate is unusual."""

    id: str
    rule: str
    """The version."""
    name: str
    at: datetime
    kind: Unusual
    hits: int
    """Within the last hour; of a silence, within the last day."""
    counted: int
    """Of these, the ones within the version's share of the accounts."""
    events: int
    """Items that came in within that time."""
    usual: float
    """Hits that so many items usually give."""

    @property
    def text(self) -> str:
        """Return in a sentence what happened, and what can be done about it."""
        usual = f"where about {self.usual:.3g} would be usual"
        if self.kind is Unusual.SILENT:
            return (
                f"rule {self.name} hit none of {self.events} items within a day, {usual}: look whether a field that it "
                f"reads still comes in, or take it back with `abate rules rollback {self.name}`"
            )
        return (
            f"rule {self.name} hit {self.hits} of {self.events} items within an hour, {usual}; {self.counted} of them "
            f"counted. If it drowns the queue, take it back with `abate rules rollback {self.name}`, or give it fewer "
            f"accounts with `abate rules promote {self.name} --share`"
        )


def new(rule: str, name: str, at: datetime, finding: Finding, counted: int) -> RuleAlarm:
    """Return the alarm about what was found of a version."""
    return RuleAlarm(
        id=f"{ALARM}{rule[:_DIGITS]}:{finding.kind.value}:{at:%Y%m%dT%H%M%S%f}",
        rule=rule,
        name=name,
        at=at,
        kind=finding.kind,
        hits=finding.hits,
        counted=counted,
        events=finding.events,
        usual=finding.usual,
    )


def write(tx: Transaction, alarm: RuleAlarm) -> None:
    """Have the alarm rung."""
    figures = json.dumps({name: getattr(alarm, name) for name in _KEPT})
    tx.jobs.add(Job(key=alarm.id, kind=JobKind.ALARM, subject=alarm.rule, run_at=alarm.at, note=figures))


def write_seen(tx: Transaction, alarm: RuleAlarm, at: datetime, *, by: str, note: str) -> bool:
    """Keep that somebody looked; return False where somebody had already."""
    told = json.dumps({"by": by, "note": note})
    key = f"{_SEEN}{alarm.id}"
    fresh = tx.jobs.add(Job(key=key, kind=JobKind.ALARM, subject=alarm.rule, run_at=at, note=told))
    tx.jobs.cancel(key)
    return fresh


def of(job: Job) -> RuleAlarm:
    """Return the alarm that a job keeps."""
    kept = json.loads(job.note)
    return RuleAlarm(**kept | {"id": job.key, "rule": job.subject, "at": job.run_at, "kind": Unusual(kept["kind"])})


def of_version(tx: Transaction, rule: str) -> tuple[list[RuleAlarm], list[datetime]]:
    """Return the alarms of a version at which nobody looked yet, and when somebody looked at others, oldest first."""
    jobs = tx.jobs.find(kind=JobKind.ALARM.value, subject=rule)
    seen = {job.key.removeprefix(_SEEN): job.run_at for job in jobs if job.key.startswith(_SEEN + ALARM)}
    waiting = [of(job) for job in jobs if job.key.startswith(ALARM) and job.key not in seen]
    return waiting, list(seen.values())


def is_live(tx: Transaction, rule: str) -> bool:
    """Say whether the version that an alarm is about is live still."""
    return any(one.state is RuleState.LIVE for one in tx.rules.get_many([rule]))


def sentence(tx: Transaction, job: Job) -> str:
    """Return what an alarm says; empty where somebody looked meanwhile, or the version is not live any more."""
    waiting, _ = of_version(tx, job.subject)
    if not is_live(tx, job.subject):
        return ""
    return "".join(one.text for one in waiting if one.id == job.key)
