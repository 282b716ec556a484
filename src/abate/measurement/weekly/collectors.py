"""The lists behind a hidden total: which collectors looked at the same platforms in the same weeks, and who saw whom.

A list that began a year after the other shares little with it, however well both looked; taken at face value that would
mean a vast hidden number. So only platforms on which two looked count, and only the weeks in which all of them did.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abate.measurement.counting.scope import Calendar, Mask, take
from abate.measurement.counting.weekly import units
from abate.measurement.footing import Caveat, Json
from abate.measurement.tables.columns import Sightings, Words
from abate.measurement.weekly.hidden import FEWEST_SHARED, Hidden, hidden_total, lists_of
from abate.measurement.weeks import Micros, monday, weeks_of

RECENT = 8
"""Settled weeks of the total that is near to now."""
_TWO = 2
_CODE = "hidden-total"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """A hidden total and the weeks it is of."""

    first: int
    last: int
    found: Hidden

    def to_json(self) -> Json:
        """Return the total with its first and last week."""
        return self.found.to_json() | {"weeks": [monday(self.first).isoformat(), monday(self.last).isoformat()]}


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenTotals:
    """The hidden total over the whole period, and over the last weeks where the period is long."""

    whole: Spell | None = None
    """``None`` where it cannot be estimated; the caveats say why."""
    recent: Spell | None = None
    platforms: tuple[str, ...] = ()
    """On these two collectors or more were looking."""
    caveats: tuple[Caveat, ...] = ()

    def to_json(self) -> Json | None:
        """Return the contract's ``hidden``."""
        if self.whole is None:
            return None
        recent = None if self.recent is None else self.recent.to_json()
        return self.whole.to_json() | {"platforms": list(self.platforms), "recent": recent}


def unknown(reason: str) -> HiddenTotals:
    """Return no total and why."""
    return HiddenTotals(caveats=(Caveat(code=_CODE, text=f"no hidden total: {reason}"),))


def hidden_totals(sightings: Sightings, at: Micros, weeks: Calendar, columns: Sequence[str]) -> HiddenTotals:
    """Estimate how many there were whom no collector saw.

    :param at: shape ``(rows,)``, the times that count
    :param columns: what is counted: ``platform`` and ``channel``, or ``platform`` and ``audience``
    """
    if sightings.collector is None:
        return unknown("it needs a column collector that names two lists or more")
    keep, platforms = _shared(sightings, sightings.collector)
    if not platforms:
        return unknown("no platform was looked at by two collectors")
    table, at = take(sightings, keep), at[keep]
    assert table.collector is not None
    week = weeks_of(at)
    first, last = _common(week, table.collector)
    if first > last:
        return unknown("the collectors did not look in the same weeks")
    inside = (week >= first) & (week <= last)
    whole = _spell(table, inside, columns, (first, last))
    if isinstance(whole, str):
        return unknown(whole)
    settled = min(last, weeks.first + int((~weeks.provisional()).sum()) - 1)
    recent = None
    if settled - first + 1 >= _TWO * RECENT:
        begin = settled - RECENT + 1
        spell = _spell(table, (week >= begin) & (week <= settled), columns, (begin, settled))
        recent = None if isinstance(spell, str) else spell
    told = Caveat(code=_CODE, text=f"hidden total: {whole.found.sentence}")
    return HiddenTotals(whole=whole, recent=recent, platforms=platforms, caveats=(told, *whole.found.caveats))


def _shared(sightings: Sightings, collector: Words) -> tuple[Mask, tuple[str, ...]]:
    """Return the rows of platforms on which two collectors looked, and those platforms."""
    many = len(collector.names) + 1
    seen = np.zeros((len(sightings.platform.names), many), dtype=bool)
    seen[sightings.platform.codes, collector.codes] = True
    by_two = seen[:, :-1].sum(axis=1) >= _TWO
    names = sorted(name for name, both in zip(sightings.platform.names, by_two.tolist(), strict=True) if both)
    keep: Mask = by_two[sightings.platform.codes] & (collector.codes >= 0)
    return keep, tuple(names)


def _common(week: Micros, collector: Words) -> tuple[int, int]:
    """Return the first and last week in which every collector with more than a handful of rows was looking."""
    counts = np.bincount(collector.codes, minlength=len(collector.names))
    enough = np.flatnonzero(counts >= min(FEWEST_SHARED, int(counts.max()))).tolist()
    firsts = [int(week[collector.codes == code].min()) for code in enough]
    lasts = [int(week[collector.codes == code].max()) for code in enough]
    return max(firsts), min(lasts)


def _spell(table: Sightings, keep: Mask, columns: Sequence[str], span: tuple[int, int]) -> Spell | str:
    if not keep.any():
        return "the collectors did not look in the same weeks"
    part = take(table, keep)
    assert part.collector is not None
    unit, size = units(part, columns)
    found = hidden_total(lists_of(unit, size, part.collector.codes, part.collector.names))
    return found if isinstance(found, str) else Spell(first=span[0], last=span[1], found=found)
