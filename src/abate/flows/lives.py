"""How long channels and items last, and whether they come back: from the store's own history or from tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from abate.domain.action import Effect
from abate.domain.errors import InputError
from abate.domain.history import HistoryEvent, Step
from abate.domain.scan import Verdict
from abate.flows.kit import Asking
from abate.flows.sources import Source, lifetimes_of, sightings_of
from abate.measurement.lives.reappearance import Asked, Reappearance, reappearance
from abate.measurement.lives.regained_audience import COLUMNS as AUDIENCE_COLUMNS
from abate.measurement.lives.regained_audience import SIZES
from abate.measurement.lives.spells import CENSORED, EVENT, QUARTER, REMOVED
from abate.measurement.lives.survival import Survival, survival
from abate.measurement.lives.time_to_action import TimeToAction, measured
from abate.measurement.tables.columns import Lifetimes
from abate.measurement.weeks import to_micros

_KEPT = EVENT + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class LivesQuestion:
    """What is asked of lifetimes; without a file, of the store."""

    lifetimes: Path | None = None
    sightings: Path | None = None
    """For the audience before and after a removal."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    cox: tuple[str, ...] = ()
    event: str = REMOVED
    competing: tuple[str, ...] = ()
    given_alive_at: int | None = None
    days: tuple[int, ...] = (30, 90)
    error_rate: float | None = None
    until: datetime | None = None
    seed: int = 0

    @property
    def source(self) -> Source:
        """Return the files."""
        return Source(lifetimes=self.lifetimes, sightings=self.sightings, mapping=self.mapping)


def survival_of(kit: Asking, asked: LivesQuestion) -> Survival:
    """Estimate how long channels last; from the store, also how long an opened case waits for its action.

    :raises abate.domain.errors.InputError: when there is nothing to count, or a table cannot be read
    """
    lifetimes = lifetimes_of(kit, asked.source, tuple(name for name in (asked.by, *asked.cox) if name))
    _refuse_single(lifetimes, asked)
    answer = survival(
        lifetimes,
        by=asked.by,
        event=asked.event,
        competing=asked.competing,
        given_alive_at=asked.given_alive_at,
        until=asked.until,
        cox=asked.cox,
    )
    return answer if asked.lifetimes else replace(answer, time_to_action=case_times(kit, asked.until))


def _refuse_single(lifetimes: Lifetimes, asked: LivesQuestion) -> None:
    """Refuse to divide by what tells single channels or lineages apart: a curve of one would be a row about one."""
    where = lifetimes.reading.file
    for option, names in (("--by", (asked.by,)), ("--cox", asked.cox)):
        if "operator" in names:
            msg = f"{option} operator: nothing is told of one operator alone; divide by platform, language or the like"
            raise InputError(msg, where=where)
    if asked.by not in {"", "platform", QUARTER} and len(lifetimes) > 1:
        codes = lifetimes.column(asked.by).codes
        if np.bincount(codes[codes >= 0], minlength=1).max() <= 1:
            msg = f"--by {asked.by}: no value stands twice, so that each curve would be of one channel; choose another"
            raise InputError(msg, where=where)


def case_times(kit: Asking, until: datetime | None = None) -> TimeToAction | None:
    """Measure from each case's opening to the action on its item; ``None`` while no case was opened.

    A case whose first decision keeps the item up ends there, without an action. Later turns of the same case (an undo,
    an appeal) are not counted: the question is how long the first answer took.
    """
    with kit.store.read() as tx:
        told = tx.history.read(steps=(Step.OPENED, Step.DECIDED, Step.ACTED))
    now = until or kit.clock.now()
    opened: dict[str, datetime] = {}
    ended: dict[str, tuple[datetime, int]] = {}
    for event in sorted(told, key=lambda one: one.at):
        if event.at > now:
            break
        if event.step is Step.OPENED:
            opened.setdefault(event.item, event.at)
        elif event.item in opened and event.item not in ended and (how := _cause(event)):
            ended[event.item] = (event.at, how)
    if not opened:
        return None
    start = np.array([to_micros(at) for at in opened.values()], dtype=np.int64)
    last = [ended.get(item, (now, CENSORED)) for item in opened]
    end = np.array([to_micros(at) for at, _ in last], dtype=np.int64)
    cause = np.array([code for _, code in last], dtype=np.int32)
    return measured("case opened", start, end, cause, _KEPT)


def _cause(event: HistoryEvent) -> int:
    if event.step is Step.ACTED:
        return EVENT if event.detail in (Effect.LIMIT, Effect.REMOVE) else CENSORED
    return _KEPT if event.detail == Verdict.NONE else CENSORED


def reappearance_of(kit: Asking, asked: LivesQuestion) -> Reappearance:
    """Estimate how soon operators open a next channel after a removal, and how much audience it regains.

    :raises abate.domain.errors.InputError: as for :func:`survival_of`, or where no column says who operates a channel
    """
    sightings = None if asked.sightings is None else sightings_of(kit, asked.source, AUDIENCE_COLUMNS)
    return reappearance(
        lifetimes_of(kit, asked.source, SIZES),
        Asked(days=asked.days, event=asked.event, until=asked.until, error_rate=asked.error_rate, seed=asked.seed),
        sightings=sightings,
    )
