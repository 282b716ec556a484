"""What a backtest says of one rule: numbers with their intervals, beside the present rules, and what nobody can know.

Shares have Clopper and Pearson's interval, the median of hours an interval of order statistics: both exact. People
decide what was put before them, so a precision is one of the hits that somebody saw, and says nothing of the rest. All
counts are the operator's own and stay inside: small cells are not suppressed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from abate.domain.errors import InputError
from abate.measurement.study.canonical import canonical

LEAST_DECIDED: Final = 20
"""Decided hits below which a precision is called unknown: of three out of three nobody knows much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many of how many, with the exact 95 % interval of the share."""

    of: int
    among: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """Return the share; ``None`` of none."""
        return self.of / self.among if self.among else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hourly:
    """A load an hour: over the hours that lie wholly in the period, or, where none does, all that it touches."""

    total: int
    median: float
    p95: float
    most: int
    busiest: datetime | None
    """The hour with the most, the first of several; ``None`` where there was nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Counts hour by hour, from the first clock hour of the period of which anything is kept."""

    begins: datetime
    events: tuple[int, ...]
    hits: tuple[int, ...]
    cases: tuple[int, ...]
    """Cases that were opened in fact, by whatever was in force then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """Counts of one day in UTC."""

    day: str
    events: int
    hits: int
    cases: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What people decided of the items that it hits, as that is in force now."""

    removed: int
    limited: int
    kept: int
    by_order: int
    """Taken down for an authority: not counted as right or wrong."""
    undecided: int
    precision: Share
    """Removed or limited, among what people decided."""
    is_known: bool
    """Whether enough was decided to call it a precision (:data:`LEAST_DECIDED`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """Items that were taken down, that it hits, and that nothing proposed when they came in."""

    items: int
    by_order: int
    """Of these, on an authority's order."""
    hours: float | None
    """The median from receipt to the opening of the case."""
    low: float | None
    high: float | None
    """``None`` for no end: with five items or fewer nothing bounds a median."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrongly:
    """Hits in one language, or one class of context, that people decided to keep, among those that they decided."""

    by: str
    """``context`` or ``language``."""
    name: str
    """Empty where it could not be told."""
    protected: bool
    share: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """Hits that a rule in force has, too."""

    name: str
    version: str
    hits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Its hits beside the rules that are live now, each as if it had been asked about everything then."""

    rules: tuple[Overlap, ...]
    by_none: int
    """Hits that no rule in force has."""
    by_all: int
    cased: int
    """Hits that came before a person as soon as they came in, by whatever was in force then."""
    new: int
    """Neither."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleReport:
    """What a rule would have done."""

    rule: str
    """The version's hash."""
    name: str
    proposes: str
    since: datetime
    until: datetime
    events: int
    """Items that came in between."""
    hits: int
    spared: int
    """Of these, hits that lead nowhere: a rule that reads scores or contexts spares protected speech."""
    load: Hourly
    """Hits that are not spared."""
    added: Hourly
    """Of these, those that did not come before a person anyway."""
    cases: Hourly
    hours: Series
    days: tuple[Day, ...]
    decided: Decided
    earlier: Earlier
    wrongly: tuple[Wrongly, ...]
    beside: Beside
    kept_from: datetime | None
    """Since when the store has events, where that is after the beginning; ``None`` where nothing is lacking."""
    full_from: datetime | None
    """Since when the windows hold all that they should, where that is after the beginning."""
    forgotten: int
    """Events of a rule that reads text or address whose content was destroyed since; 0 for other rules."""

    def to_json(self) -> str:
        """Return the whole as canonical JSON."""
        return canonical(self.as_values()).decode()

    def as_values(self) -> dict[str, object]:
        """Return the whole as values that JSON has."""
        made: dict[str, object] = msgspec.to_builtins(self)
        return made

    @classmethod
    def from_json(cls, text: str) -> "RuleReport":
        """Read what :meth:`to_json` wrote.

        :raises InputError: when it is no report of this version of abate
        """
        try:
            return msgspec.convert(json.loads(text), cls)
        except (ValueError, msgspec.ValidationError) as error:
            msg = f"this is no report that this version reads ({error}); run the backtest again"
            raise InputError(msg, where="backtest") from error

    def sentences(self) -> tuple[str, ...]:
        """Return what it says, a sentence each, and last what nobody can know."""
        return (
            self._hits_said(),
            f"An hour brings {_hourly(self.load)}; people were given {_hourly(self.cases)} as cases.",
            self._decided_said(),
            *self._earlier_said(),
            *self._wrongly_said(),
            self._beside_said(),
            *self._unknown_said(),
        )

    def _hits_said(self) -> str:
        period = f"from {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC"
        told = f"It hits {self.hits} of {self.events} items {period}"
        if self.spared:
            told += f", and spares {self.spared} of them, which read as protected speech"
        return f"{told}; it proposes {self.proposes}."

    def _decided_said(self) -> str:
        held = self.decided
        precision = held.precision
        verdicts = f"{held.removed} removed, {held.limited} limited, {held.kept} kept"
        told = f"People decided {precision.among} of its hits: {verdicts}"
        if held.by_order:
            told += f" (and {held.by_order} were taken down on an authority's order)"
        if held.is_known and precision.value is not None:
            return f"{told}; {percent(precision)} were rightly hit. Nobody decided {held.undecided}."
        return (
            f"{told}; that is too few to know its precision ({LEAST_DECIDED} are needed). "
            f"Nobody decided {held.undecided}."
        )

    def _earlier_said(self) -> Sequence[str]:
        held = self.earlier
        if not held.items:
            return ()
        high = "no upper end" if held.high is None else f"{held.high:.1f}"
        saved = f"{held.hours:.1f} [{held.low:.1f}, {high}] hours earlier at the median"
        return (f"It hits {held.items} items that were taken down and that nothing proposed at first: {saved}.",)

    def _wrongly_said(self) -> Sequence[str]:
        wrong = [one for one in self.wrongly if one.protected and one.share.of]
        return tuple(
            f"Of its hits in {one.name}, which is protected speech, people kept {percent(one.share)}." for one in wrong
        )

    def _beside_said(self) -> str:
        held = self.beside
        told = f"{held.cased} of its hits came before a person anyway; {held.new} are new"
        if held.rules:
            told += f"; no live rule has {held.by_none}, and all {len(held.rules)} have {held.by_all}"
        return f"{told}."

    def _unknown_said(self) -> Sequence[str]:
        told = []
        if self.kept_from is not None:
            told.append(f"Nothing is kept from before {self.kept_from:%Y-%m-%d %H:%M} UTC.")
        if self.full_from is not None:
            told.append(f"Before {self.full_from:%Y-%m-%d %H:%M} UTC its windows are not full, and its hits not sure.")
        if self.forgotten:
            told.append(
                f"The content of {self.forgotten} items was destroyed since: whether it hits them is not known, and as "
                "these were removed, its precision may be better than it looks."
            )
        return told


def _hourly(load: Hourly) -> str:
    told = f"{load.median:.0f} at the median, {load.p95:.0f} in a busy one (95 %)"
    if load.busiest is None:
        return told
    return f"{told} and {load.most} in the busiest ({load.busiest:%Y-%m-%d %H}:00)"


def percent(share: Share) -> str:
    """Return a share as people read it: with its interval and what it is of."""
    value = "none" if share.value is None else f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"
    return f"{value} of {share.among}"
