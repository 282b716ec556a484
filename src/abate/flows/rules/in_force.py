"""Rules live: what comes in is recorded, asked about by every version in force, and counted in their windows.

``take`` is a step of the loop, inside its transaction. The record is kept whether or not any rule exists: it is what
tomorrow's rule is tried on. ``preview`` answers what the live rules would say, and leaves nothing behind.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from abate.domain.item import Item
from abate.domain.rule import RuleHit, RuleState, RuleVersion
from abate.domain.scan import Evidence, Scan, Verdict
from abate.extend.store import Transaction
from abate.flows import past_counts
from abate.flows.kit import Kit
from abate.flows.known import Knowledge
from abate.flows.rule_record import event_of
from abate.flows.rules_now import Place, RulesNow
from abate.measurement.weeks import to_micros
from abate.policy.rules import outcome
from abate.policy.rules.event import Event, record
from abate.policy.rules.outcome import Hit
from abate.policy.rules.rollout import asked, percent_of


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fired:
    """A version that fired on an item."""

    version: RuleVersion
    hit: Hit
    counts: bool
    """Whether the version is live, and live for the item's account."""


def take(kit: Kit, tx: Transaction, scans: Sequence[Scan], now: datetime) -> list[Scan]:
    """Record items that just came in, ask the rules in force, and let what is live have its say.

    :param tx: the one write transaction
    :param scans: items that were not known before, in the order of receipt
    :returns: the scans, each with what live rules add to the proposal that it came with
    """
    if not scans:
        return []
    rules = kit.rules.ready(tx, kit.known.current(tx))
    newest, last = tx.rule_events.latest()
    # A clock that went back stands still: the order of receipt is the order of time.
    at = max(to_micros(now), last)
    verified = _verified(kit)
    records = _records(scans, verified, past_counts.more(tx, [one.item for one in scans], now))
    if rules.windows:
        places = [Place(seq=seq, at=at, item=one.item.id) for seq, one in enumerate(scans, newest + 1)]
        records = rules.counters.take(records, places)
    tx.rule_events.append(event_of(one.item.id, at, made) for one, made in zip(scans, records, strict=True))
    fired = _fired(rules, scans, records, verified)
    tx.rule_hits.append(
        RuleHit(
            event=newest + place,
            rule=one.version.id,
            item=scan.item.id,
            at=at,
            live=one.counts,
            verdict=one.hit.verdict,
        )
        for place, (scan, found) in enumerate(zip(scans, fired, strict=True), 1)
        for one in found
    )
    return [_joined(scan, found) for scan, found in zip(scans, fired, strict=True)]


def preview(kit: Kit, scans: Sequence[Scan], known: Knowledge | None = None) -> list[Scan]:
    """Say what the live rules would add to each proposal if its item came in now. Nothing is stored or counted.

    Each item is looked at for itself: those beside it in ``scans`` count in none of its windows.
    """
    with kit.store.read() as tx:
        rules = kit.rules.at_hand(tx, kit.store, known)
        if not rules.live_of:
            return list(scans)
        now = kit.clock.now()
        more = [_beside(rules, tx, one.item, now) for one in scans]
    verified = _verified(kit)
    records = _records(scans, verified, more)
    if rules.windows:
        at = to_micros(now)
        records = [rules.counters.peek(made, at) for made in records]
    fired = _fired(rules, scans, records, verified)
    return [_joined(scan, found) if is_read(scan) else scan for scan, found in zip(scans, fired, strict=True)]


def _beside(rules: RulesNow, tx: Transaction, item: Item, now: datetime) -> dict[str, object]:
    if rules.reads_past:
        return past_counts.peek(tx, [item], now)[0]
    return {"surface": item.surface} if item.surface else {}


def is_read(one: Scan) -> bool:
    """Say whether there is an item: a line or file that could not be read is told of in the result, and is none."""
    return bool(one.signals) or not any(problem.step == "read" for problem in one.not_scanned)


def _verified(kit: Kit) -> frozenset[str]:
    return frozenset(plug.name for plug in kit.signals.values() if plug.verified)


def _records(scans: Iterable[Scan], verified: frozenset[str], more: Iterable[dict[str, object]]) -> Sequence[Event]:
    return [
        record(one.evidence, verified, signals=one.signals, more=beside)
        for one, beside in zip(scans, more, strict=True)
    ]


def _fired(
    rules: RulesNow, scans: Sequence[Scan], records: Sequence[Event], verified: frozenset[str]
) -> list[list[_Fired]]:
    if not rules.versions:
        return [[] for _ in scans]
    return [
        [_hit(rules, number, event, one.evidence, verified) for number in numbers]
        for one, event, numbers in zip(scans, records, rules.function.hits(records), strict=True)
    ]


def _hit(rules: RulesNow, number: int, event: Event, evidence: Evidence, verified: frozenset[str]) -> _Fired:
    version = rules.versions[number]
    hit = outcome.hit(rules.function.rules[number], event, evidence, verified)
    if version.id in rules.held_back:
        hit = replace(hit, verdict=Verdict.NONE)
    counts = version.state is RuleState.LIVE and _is_asked(rules, version, event, evidence.item.id)
    return _Fired(version=version, hit=hit, counts=counts)


def _is_asked(rules: RulesNow, version: RuleVersion, event: Event, item: str) -> bool:
    """Say whether a live version is the one of its name that counts for the event's account."""
    chosen = asked(rules.live_of[version.name], percent_of(version.name, event, item))
    return chosen is not None and chosen.id == version.id


def _joined(one: Scan, fired: Iterable[_Fired]) -> Scan:
    hits = [found.hit for found in fired if found.counts]
    return replace(one, proposal=outcome.joined(one.proposal, hits)) if hits else one
