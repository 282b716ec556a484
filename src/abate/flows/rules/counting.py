"""Hits → the report of each rule: shares with their intervals, loads by the hour, and what could not be known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from abate.domain.rule import RuleVersion
from abate.domain.signal import PROTECTED
from abate.flows.rule_columns import TEXT, URL
from abate.flows.rules.judged import Judged, Outcome
from abate.flows.rules.query import HOUR, Found, Group, Hits, Late, Range
from abate.flows.rules.report import (
    LEAST_DECIDED,
    Beside,
    Day,
    Decided,
    Earlier,
    Hourly,
    Overlap,
    RuleReport,
    Series,
    Share,
    Wrongly,
)
from abate.measurement.lives.views_before_removal import quantile
from abate.measurement.weeks import to_micros, to_moment
from abate.numeric.intervals import clopper_pearson
from abate.policy.rules import reach
from abate.policy.rules.check import RuleSet
from abate.policy.rules.tree import Rule

_HOUR, _MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)

Counts = npt.NDArray[np.int64]
"""Shape ``(hours,)``, from the first clock hour of the period of which anything is kept."""

_JUDGED = (Outcome.REMOVED, Outcome.LIMITED, Outcome.KEPT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a backtest was asked."""

    rules: tuple[Rule, ...]
    present: tuple[RuleVersion, ...]
    """The versions that are live now."""
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """What there is to ask."""

    within: Range
    oldest: datetime | None
    """When the first event that is kept came in; ``None`` where there is none."""
    end: datetime
    """Before when all events came in: the present, or just after the newest where a clock went back."""


_NO_HITS = Hits(hours={}, groups=(), late=(), shared=(), by_none=0, by_all=0, new=0)


def reports(asked: Asked, found: Found | None, span: Span, judged: Judged) -> list[RuleReport]:
    """Return the report of each rule that was asked, in order.

    :param found: what they hit; ``None`` where nothing came in
    """
    # Hours of which nothing is kept, or that are still to come, were no quiet ones.
    until = min(asked.until, span.end)
    begin = max(asked.since, span.oldest or until - _HOUR)
    hours = _Hours(begin, max(until, begin + _MICROSECOND))
    events = hours.counts(found.events if found else {})
    opened = Counter(at // HOUR for at in judged.openings if hours.holds(at))
    frame = _Frame(asked=asked, span=span, hours=hours, events=events, cases=hours.counts(opened))
    return [
        frame.report(rule, found.hits[number] if found else _NO_HITS, found.forgotten if found else 0)
        for number, rule in enumerate(asked.rules)
    ]


class _Hours:
    """The clock hours that a period touches."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since, self._until = to_micros(since), to_micros(until)
        self.first = self._since // HOUR
        self._count = -(-self._until // HOUR) - self.first
        whole = np.zeros(self._count, np.bool_)
        whole[-(-self._since // HOUR) - self.first : self._until // HOUR - self.first] = True
        self._whole = whole if whole.any() else ~whole

    def holds(self, at: int) -> bool:
        return self._since <= at < self._until

    def counts(self, found: Mapping[int, int]) -> Counts:
        made = np.zeros(self._count, np.int64)
        for hour, count in found.items():
            made[hour - self.first] = count
        return made

    def moment(self, number: int) -> datetime:
        return to_moment((self.first + number) * HOUR)

    def load(self, counts: Counts) -> Hourly:
        inside = counts[self._whole]
        place = int(counts.argmax())
        return Hourly(
            total=int(counts.sum()),
            median=float(np.median(inside)),
            p95=float(np.quantile(inside, 0.95)),
            most=int(counts[place]),
            busiest=self.moment(place) if counts[place] else None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frame:
    """What is the same for all rules of a backtest."""

    asked: Asked
    span: Span
    hours: _Hours
    events: Counts
    cases: Counts

    def report(self, rule: Rule, found: Hits, forgotten: int) -> RuleReport:
        hours, asked = self.hours, self.asked
        hits = hours.counts({hour: one.hits for hour, one in found.hours.items()})
        leading = hours.counts({hour: one.hits - one.spared for hour, one in found.hours.items()})
        cased = hours.counts({hour: one.cased for hour, one in found.hours.items()})
        kept_from, full_from = self._lacking(rule)
        return RuleReport(
            rule=rule.version,
            name=rule.name,
            proposes=reach.proposes(rule).value,
            since=asked.since,
            until=asked.until,
            events=int(self.events.sum()),
            hits=int(hits.sum()),
            spared=int((hits - leading).sum()),
            load=hours.load(leading),
            added=hours.load(leading - cased),
            cases=hours.load(self.cases),
            hours=Series(
                begins=hours.moment(0),
                events=tuple(self.events.tolist()),
                hits=tuple(hits.tolist()),
                cases=tuple(self.cases.tolist()),
            ),
            days=_days(hours.moment(0), self.events, hits, self.cases),
            decided=_decided(found.groups),
            earlier=_earlier(found.late),
            wrongly=_wrongly(found.groups),
            beside=_beside(rule, found, asked.present, int(cased.sum())),
            kept_from=kept_from,
            full_from=full_from,
            forgotten=forgotten if _reads_content(rule) else 0,
        )

    def _lacking(self, rule: Rule) -> tuple[datetime | None, datetime | None]:
        """Return since when there are events, and since when windows are full, where either is after the beginning."""
        oldest, since = self.span.oldest, self.asked.since
        kept_from = oldest if oldest is not None and oldest > since else None
        windows = RuleSet(rules=(rule,)).windows
        if oldest is None or not windows:
            return kept_from, None
        full = oldest + timedelta(seconds=max(window.seconds for window in windows))
        return kept_from, full if full > since else None


def _reads_content(rule: Rule) -> bool:
    return any(info.name in {TEXT, URL} for info, _ in reach.read(rule.when))


def _days(begins: datetime, events: Counts, hits: Counts, cases: Counts) -> tuple[Day, ...]:
    made: dict[str, list[int]] = {}
    for number, counts in enumerate(zip(events.tolist(), hits.tolist(), cases.tolist(), strict=True)):
        held = made.setdefault(f"{begins + timedelta(hours=number):%Y-%m-%d}", [0, 0, 0])
        for place, count in enumerate(counts):
            held[place] += count
    return tuple(Day(day=day, events=held[0], hits=held[1], cases=held[2]) for day, held in made.items())


def share(of: int, among: int) -> Share:
    """Return a share with its exact interval."""
    low, high = clopper_pearson(of, among)
    return Share(of=of, among=among, low=low, high=high)


def _decided(groups: Iterable[Group]) -> Decided:
    counts: Counter[Outcome | None] = Counter()
    for one in groups:
        counts[one.outcome] += one.hits
    judged = sum(counts[outcome] for outcome in _JUDGED)
    return Decided(
        removed=counts[Outcome.REMOVED],
        limited=counts[Outcome.LIMITED],
        kept=counts[Outcome.KEPT],
        by_order=counts[Outcome.ORDERED],
        undecided=counts[None],
        precision=share(judged - counts[Outcome.KEPT], judged),
        is_known=judged >= LEAST_DECIDED,
    )


def _earlier(late: Sequence[Late]) -> Earlier:
    saved = np.sort(np.array([one.opened - one.received for one in late], np.int64))
    found = quantile(saved, 0.5)
    low, high = found.interval or (None, None)
    return Earlier(
        items=len(late),
        by_order=sum(one.ordered for one in late),
        hours=_hours(found.value),
        low=_hours(low),
        high=_hours(high),
    )


def _hours(micros: float | None) -> float | None:
    return None if micros is None or np.isinf(micros) else micros / HOUR


def _wrongly(groups: Sequence[Group]) -> tuple[Wrongly, ...]:
    """Return what was decided by context and by language: protected classes first, then where most was kept."""
    made = [
        Wrongly(by=by, name=name, protected=by == "context" and name in PROTECTED, share=share(kept, judged))
        for by in ("context", "language")
        for name, (kept, judged) in _kept_by(groups, by).items()
    ]
    return tuple(sorted(made, key=lambda one: (not one.protected, one.by, -one.share.of, -one.share.among, one.name)))


def _kept_by(groups: Iterable[Group], by: str) -> dict[str, tuple[int, int]]:
    made: dict[str, tuple[int, int]] = {}
    for one in groups:
        if one.outcome in _JUDGED:
            name = one.context if by == "context" else one.language
            kept, judged = made.get(name, (0, 0))
            made[name] = kept + one.hits * (one.outcome is Outcome.KEPT), judged + one.hits
    return made


def _beside(rule: Rule, found: Hits, present: Iterable[RuleVersion], cased: int) -> Beside:
    others = [version for version in present if version.id != rule.version]
    shared = found.shared or (0,) * len(others)
    return Beside(
        rules=tuple(
            Overlap(name=version.name, version=version.id, hits=hits)
            for version, hits in zip(others, shared, strict=True)
        ),
        by_none=found.by_none,
        by_all=found.by_all,
        cased=cased,
        new=found.new,
    )
