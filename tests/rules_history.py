"""Histories that rules are tried on, put into a store as intake would have: items, events, cases and decisions."""

from dataclasses import replace
from datetime import timedelta

from abate.domain.action import HoldState
from abate.domain.case import Decision, Ground
from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind
from abate.domain.rule import RuleState, RuleVersion
from abate.domain.scan import Verdict
from abate.flows.rules.recording import event_of, read_event
from abate.measurement.weeks import to_micros, to_moment
from abate.policy.rules import explain
from abate.policy.rules.check import RuleSet, rules
from abate.policy.rules.windows import Windows
from abate.testing import NOON

BEGINNING = NOON - timedelta(days=2)


def rule_set(*conditions, because="b"):
    """A rule a condition, named r0, r1 …"""
    return rules(
        "\n".join(
            f'rule(name="r{number}", when={when}, then=review, because="{because}", owner="kim")'
            for number, when in enumerate(conditions)
        )
    )


def put(kit, records, *, start=BEGINNING, step=timedelta(minutes=1), name="p"):
    """Store an item and an event for each record, a step apart; return the events as the store gives them back."""
    with kit.store.write() as tx:
        known, at = tx.rule_events.latest()
        first, apart = max(to_micros(start), at), step // timedelta(microseconds=1)
        kept = []
        for number, record in enumerate(records, start=known):
            text, url = record.get("item.text", ""), record.get("item.url", "")
            tx.items.add(Item(id=f"{name}{number}", kind=Kind.TEXT, text=text, url=url))
            kept.append(event_of(f"{name}{number}", first + (number - known) * apart, record))
        tx.rule_events.append(kept)
    return stored(kit)


def stored(kit):
    """Every event that the store holds, with what is left of its content."""
    with kit.store.read() as tx:
        return tx.rule_events.stream(after=0, limit=1_000_000, content=True)


def open_case(kit, item, at):
    open_cases(kit, [(item, at)])


def open_cases(kit, opened):
    """Open a case for each item and time."""
    with kit.store.write() as tx:
        tx.history.append([HistoryEvent(at=at, step=Step.OPENED, item=item) for item, at in opened])


def decision(item, verdict, *, by="kim", ground=Ground.TERMS, at=NOON, case="", reverses="", name=""):
    return Decision(
        id=name or f"d-{item}-{case}-{verdict}-{by}",
        case=case or f"c-{item}",
        item=item,
        by=by,
        at=at,
        verdict=Verdict(verdict),
        ground=ground,
        reverses=reverses,
    )


def decide(kit, item, verdict, **said):
    made = decision(item, verdict, **said)
    with kit.store.write() as tx:
        tx.decisions.add(made)
    return made.id


def destroy(kit, item, at=NOON):
    """What is left in the store when an item's content was destroyed on its date."""
    with kit.store.write() as tx:
        tx.items.replace(replace(tx.items.get(item), text="", url=""))
        tx.history.append([HistoryEvent(at=at, step=Step.HELD, item=item, detail=HoldState.DESTROYED.value)])


def go_live(kit, found, share=100):
    """Put versions of the rules of a set into the store as live ones."""
    with kit.store.write() as tx:
        for rule in found.rules:
            tx.rules.add(
                RuleVersion(
                    id=rule.version,
                    name=rule.name,
                    text=rule.text,
                    created_at=NOON,
                    created_by="kim",
                    state=RuleState.LIVE,
                    since=NOON,
                    share=share,
                )
            )


def fired(rule, events):
    """The events on which a rule fires, walked one by one with the live counters: the definition."""
    windows = Windows(RuleSet(rules=(rule,)).windows)
    return [event for event in events if explain.fires(rule, windows.take(read_event(event), event.at))]


def within(events, since, until):
    return [event for event in events if since <= to_moment(event.at) < until]
