"""Looks once a minute whether a live rule hits far more than it usually does, or nothing where much was due.

It is looked at in the transaction that takes items in, so that a wave is told of while it comes, and by the worker's
tick, because a rule that fell silent may be followed by no item. Several workers look as one: the tally :data:`LOOK`
says when somebody looked last.

An alarm changes no version by itself. A wave after an attack is when rules fire most, and switching them off is what
whoever posts it would want; but the queue of a team of two can be drowned by one rule, so the alarm names the rollback,
which one person may do at once. What counts as usual are all hits of a version, whatever its share and whether in
shadow: a rule that rings at one percent of the accounts would have drowned the queue at a hundred.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

from abate.domain.errors import ConflictError, NotFoundError
from abate.domain.flood import Tally, TallyStep
from abate.domain.rule import Backtest, RuleState, RuleStep, RuleVersion
from abate.extend.store import Transaction
from abate.flows import rule_alarms
from abate.flows.kit import Kit
from abate.flows.rule_alarms import ALARM, RuleAlarm
from abate.flows.rules.pruning import history_of
from abate.measurement.weeks import to_micros
from abate.policy.rules.anomaly import DAY_HOURS, HOUR, Counted, Finding, Unusual, is_let_be, judge, may_be_unusual

LOOK: Final = "rules"
"""The tally of looks. No entry has such an identifier."""
EVERY: Final = timedelta(minutes=1)
DAYS: Final = 7
"""Days before now whose hours tell what is usual: a week has its own rhythm."""

_HOURS: Final = DAYS * DAY_HOURS
_HOUR: Final = HOUR // timedelta(microseconds=1)
_BEGUN: Final = (RuleStep.SHADOWED, RuleStep.RESTORED)
"""Steps from which on a version is asked that was asked nothing before."""


def watch(kit: Kit, tx: Transaction, now: datetime) -> list[RuleAlarm]:
    """Look at the live versions where a minute has passed since, and write the alarms of those that are unusual."""
    if kit.settings.rule_alarm_hits <= 0 or not _is_due(tx, now):
        return []
    tx.tallies.put_many([Tally(id=LOOK, steps=(TallyStep(at=now, count=1),))])
    items = _Items(tx, now)
    found = (_looked_at(kit, tx, version, items) for version in tx.rules.find(state=RuleState.LIVE.value))
    alarms = [alarm for alarm in found if alarm is not None]
    for alarm in alarms:
        _raise(tx, alarm)
    return alarms


def tend(kit: Kit) -> int:
    """Look where nobody did for a minute, whether or not anything comes in; returns 0, since nothing waits for it."""
    with kit.store.read() as tx:
        due = kit.settings.rule_alarm_hits > 0 and _is_due(tx, kit.clock.now())
    if due:
        with kit.store.write() as tx:
            watch(kit, tx, kit.clock.now())
    return 0


def alarms(kit: Kit) -> list[RuleAlarm]:
    """Return the alarms that wait for somebody to look, oldest first."""
    with kit.store.read() as tx:
        live = tx.rules.find(state=RuleState.LIVE.value)
        waiting = [alarm for version in live for alarm in rule_alarms.of_version(tx, version.id)[0]]
    return sorted(waiting, key=lambda alarm: alarm.at)


def seen(kit: Kit, alarm: str, *, by: str, note: str = "") -> RuleAlarm:
    """Say that somebody looked at an alarm: it is closed, and its version is not rung for again for a day.

    :param alarm: its identifier
    :raises NotFoundError: when there is none
    :raises ConflictError: when somebody looked already
    """
    now = kit.clock.now()
    with kit.store.write() as tx:
        one = _found(tx, alarm)
        if not rule_alarms.write_seen(tx, one, now, by=by, note=note):
            msg = f"somebody looked at alarm {alarm} already; read the list again"
            raise ConflictError(msg)
        body = {"alarm": one.id, "by": by, "note": note}
        tx.audit.append(at=now, tag="rules:alarm:seen", subject=one.rule, body=body)
    return one


def _found(tx: Transaction, alarm: str) -> RuleAlarm:
    if not alarm.startswith(ALARM):
        msg = f"there is no alarm {alarm!r} about a rule; `abate rules alarms` lists those that wait"
        raise NotFoundError(msg)
    return rule_alarms.of(tx.jobs.get(alarm))


def _is_due(tx: Transaction, now: datetime) -> bool:
    looks = [step.at for tally in tx.tallies.get_many([LOOK]) for step in tally.steps]
    # A clock that went back must not stop the looking until it is where it was.
    return not any(now - EVERY < at <= now for at in looks)


class _Items:
    """How many items came in within each of the hours that end now. Counted when first asked for, then kept."""

    def __init__(self, tx: Transaction, now: datetime) -> None:
        self._tx = tx
        self.now = now
        self.end = to_micros(now) + 1

    @cached_property
    def per_hour(self) -> list[int]:
        """Return them, oldest first."""
        events = self._tx.rule_events
        oldest = events.stream(after=0, limit=1)
        # Numbers go on where events were pruned: what is gone came in before the hours that count.
        gone = oldest[0].seq - 1 if oldest else 0
        marks = [max(gone, events.before(self.end - hour * _HOUR)) for hour in range(_HOURS, -1, -1)]
        return [above - below for below, above in pairwise(marks)]


def _looked_at(kit: Kit, tx: Transaction, version: RuleVersion, items: _Items) -> RuleAlarm | None:
    least = kit.settings.rule_alarm_hits
    # Most rules are told by their last day: only where that may be unusual, the week is read.
    day, _ = _hits(tx, version, items, DAY_HOURS)
    if not may_be_unusual(day, least) or _is_quiet(tx, version, items.now):
        return None
    asked = _hours_asked(kit, tx, version, items)
    hits, counted = _hits(tx, version, items, asked)
    hours = [Counted(hits=one, events=came) for one, came in zip(hits, items.per_hour[-asked:], strict=True)]
    found = judge(hours, _backtest(tx, version), least)
    return None if found is None else _alarm(version, found, counted, items.now)


def _hits(tx: Transaction, version: RuleVersion, items: _Items, hours: int) -> tuple[list[int], list[int]]:
    """Return how many items it hit in each of the last hours, oldest first, and how many of these counted."""
    since = items.end - hours * _HOUR
    hits, counted = [0] * hours, [0] * hours
    for begin, every, live in tx.rule_hits.per_hour(version.id, since=since):
        hour = (begin - since) // _HOUR
        if hour < hours:  # where the clock went back, hits lie ahead of it
            hits[hour], counted[hour] = every, live
    return hits, counted


def _alarm(version: RuleVersion, found: Finding, counted: Sequence[int], now: datetime) -> RuleAlarm:
    return rule_alarms.new(version.id, version.name, now, found, counted[-1] if found.kind is Unusual.MORE else 0)


def _hours_asked(kit: Kit, tx: Transaction, version: RuleVersion, items: _Items) -> int:
    """Return for how many of the last hours the version was asked, and its hits are kept still: the present one is."""
    begun = [change.at for change in tx.rule_changes.find(rule=version.id) if change.step in _BEGUN]
    since = max([items.now - history_of(kit.settings), *begun])
    return min(_HOURS, max(1, (items.end - to_micros(since)) // _HOUR))


def _is_quiet(tx: Transaction, version: RuleVersion, now: datetime) -> bool:
    waiting, looked = rule_alarms.of_version(tx, version.id)
    return bool(waiting) or is_let_be(looked, now)


def _backtest(tx: Transaction, version: RuleVersion) -> Counted | None:
    kept: list[Backtest] = tx.backtests.find(rule=version.id)
    return Counted(hits=kept[-1].hits, events=kept[-1].events) if kept else None


def _raise(tx: Transaction, alarm: RuleAlarm) -> None:
    rule_alarms.write(tx, alarm)
    body = {
        "kind": alarm.kind.value,
        "hits": alarm.hits,
        "counted": alarm.counted,
        "events": alarm.events,
        "usual": round(alarm.usual, 3),
    }
    tx.audit.append(at=alarm.at, tag="rules:version:unusual", subject=alarm.rule, body=body)
