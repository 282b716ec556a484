"""The tables of measurement, built from the history that the loop leaves behind.

A match with a group's bank is a sighting of that group's content. A reaction becomes a row of the audience when it is
to such content, or to a channel that showed some; everybody else's reactions are nobody's business and are left out. A
lifetime is a channel's, from its first sighting to the check that found it gone, or an item's, to its removal.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.action import Effect
from abate.domain.history import HistoryEvent, Intervention, Step
from abate.measurement.tables.columns import CHECK_RESULTS, Checks, Interventions, Lifetimes, Sightings, encode
from abate.measurement.weeks import NO_TIME, Micros, to_micros

_Place = tuple[str, str]
"""Platform and channel, or platform and item."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryTables:
    """What one history says."""

    sightings: Sightings
    checks: Checks
    lifetimes: Lifetimes
    """Of channels."""
    item_lifetimes: Lifetimes
    interventions: Interventions


def from_history(events: Iterable[HistoryEvent], interventions: Iterable[Intervention] = ()) -> HistoryTables:
    """Build all tables. The order of the events does not matter.

    A table may come out empty (a history without a match has no sightings); the measures say so when they are asked.
    """
    told = sorted(events, key=lambda event: event.at)
    matched = [event for event in told if event.step is Step.MATCHED and event.group]
    checked = [event for event in told if event.step is Step.CHECKED and event.detail in CHECK_RESULTS]
    return HistoryTables(
        sightings=_sightings(matched, _audience(told, matched)),
        checks=_checks(checked),
        lifetimes=_channel_lifetimes(matched, checked),
        item_lifetimes=_item_lifetimes(matched, told),
        interventions=interventions_table(interventions),
    )


def interventions_table(interventions: Iterable[Intervention]) -> Interventions:
    """Turn interventions into their table."""
    given = sorted(interventions, key=lambda one: one.date)
    return Interventions(
        date=_times(one.date for one in given),
        platform=encode(one.platform for one in given),
        kind=encode(one.kind for one in given),
        end=_times(one.end for one in given),
        note=encode(one.note for one in given),
    )


def _audience(told: Sequence[HistoryEvent], matched: Sequence[HistoryEvent]) -> list[tuple[HistoryEvent, str]]:
    """Return the reactions to matched content, each with the group it is counted for."""
    by_item = {(event.platform, event.item): event.group for event in reversed(matched) if event.item}
    by_channel = {(event.platform, event.channel): event.group for event in reversed(matched)}
    out = []
    for event in told:
        if event.step is not Step.REACTED or not event.audience:
            continue
        known = by_item.get((event.platform, event.item), "") if event.item else by_channel.get(_channel(event), "")
        group = event.group or known
        if group:
            out.append((event, group))
    return out


def _sightings(matched: Sequence[HistoryEvent], audience: Sequence[tuple[HistoryEvent, str]]) -> Sightings:
    rows = [(event, event.group) for event in matched] + list(audience)
    only = [event for event, _ in rows]
    return Sightings(
        observed_at=_times(event.at for event in only),
        # A reader belongs to the week of reading, not to that of the post that was read.
        posted_at=_times(None if event.step is Step.REACTED else event.posted_at for event in only),
        platform=encode(event.platform for event in only),
        channel=encode(event.channel for event in only),
        group=encode(group for _, group in rows),
        language=encode(event.language for event in only),
        kind=encode(event.kind for event in only),
        item=encode(event.item for event in only),
        audience=encode(event.audience if event.step is Step.REACTED else "" for event in only),
        views=np.array([-1 if event.views is None else event.views for event in only], dtype=np.int64),
    )


def _checks(checked: Sequence[HistoryEvent]) -> Checks:
    return Checks(
        channel=encode(event.channel for event in checked),
        checked_at=_times(event.at for event in checked),
        result=encode(event.detail for event in checked),
    )


@dataclass(slots=True)
class _Life:
    created: datetime
    first: datetime
    last: datetime
    removed: datetime | None = None
    reason: str = ""
    views: int = -1


def _channel(event: HistoryEvent) -> _Place:
    return event.platform, event.channel


def _channel_lifetimes(matched: Sequence[HistoryEvent], checked: Sequence[HistoryEvent]) -> Lifetimes:
    """Return one lifetime a channel on which a group's content was seen.

    Its creation is taken as the earliest posting time seen. A channel that a later check finds alive was not gone.
    """
    lives = _first_and_last(matched, _channel)
    for event in checked:
        life = lives.get(_channel(event))
        if life is None or event.at < life.first:
            continue
        if event.detail == "alive":
            life.last, life.removed, life.reason = max(life.last, event.at), None, ""
        elif event.detail == "gone" and life.removed is None:
            life.removed, life.reason = event.at, "gone"
    for life in lives.values():
        # A post seen after the check contradicts it: the channel came back.
        if life.removed is not None and life.last > life.removed:
            life.removed, life.reason = None, ""
    return _lifetimes(lives)


def _item_lifetimes(matched: Sequence[HistoryEvent], told: Sequence[HistoryEvent]) -> Lifetimes:
    """Return one lifetime a matched item, ended by its removal unless that was undone."""
    lives = _first_and_last(matched, lambda event: (event.platform, event.item))
    for event in told:
        life = lives.get((event.platform, event.item))
        if life is None:
            continue
        if event.step is Step.ACTED and event.detail == Effect.REMOVE and life.removed is None:
            life.removed, life.reason = event.at, Effect.REMOVE.value
            life.views = -1 if event.views is None else event.views
        elif event.step is Step.UNDONE or (event.step is Step.ACTED and event.detail == Effect.RESTORE):
            life.last, life.removed, life.reason, life.views = max(life.last, event.at), None, "", -1
    return _lifetimes(lives)


def _first_and_last(matched: Sequence[HistoryEvent], key: Callable[[HistoryEvent], _Place]) -> dict[_Place, _Life]:
    lives: dict[_Place, _Life] = {}
    for event in matched:
        if not key(event)[1]:
            continue
        began = min(event.posted_at or event.at, event.at)
        life = lives.setdefault(key(event), _Life(created=began, first=event.at, last=event.at))
        life.created, life.last = min(life.created, began), max(life.last, event.at)
    return lives


def _lifetimes(lives: dict[_Place, _Life]) -> Lifetimes:
    told = list(lives.values())
    return Lifetimes(
        subject=encode(subject for _, subject in lives),
        platform=encode(platform for platform, _ in lives),
        first_seen=_times(life.first for life in told),
        last_seen=_times(life.last for life in told),
        created=_times(life.created for life in told),
        removed=_times(life.removed for life in told),
        reason=encode(life.reason for life in told),
        views_at_removal=np.array([life.views for life in told], dtype=np.int64),
    )


def _times(moments: Iterable[datetime | None]) -> Micros:
    return np.array([NO_TIME if moment is None else to_micros(moment) for moment in moments], dtype=np.int64)
