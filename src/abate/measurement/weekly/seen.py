"""What stands behind a weekly answer: rows that were looked through just now, or a roll-up that was kept of them.

A measure counts among rows (:class:`Counter`). Everything that an answer is made of (:class:`Told`) is asked of it
through :class:`OfRows`; a roll-up keeps what was said, and says it again.
"""

from collections.abc import Sequence
from typing import Protocol

from abate.measurement.counting import instrument
from abate.measurement.counting.breaks import Series
from abate.measurement.counting.instrument import Change
from abate.measurement.counting.scope import Calendar, Mask, caveats, ends_of
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.footing import Caveat
from abate.measurement.tables.columns import Interventions, Sightings
from abate.measurement.weekly.collectors import HiddenTotals, hidden_totals, unknown
from abate.measurement.weekly.nowcast import Ages, Triangle
from abate.measurement.weeks import NO_TIME, Micros


class Measure(Protocol):
    """How a weekly measure speaks of itself."""

    @property
    def what(self) -> str:
        """Return what is counted, for sentences."""
        ...

    @property
    def method(self) -> str:
        """Return how, for the head of the answer."""
        ...

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Return what is taken for granted."""
        ...


class Told(Measure, Protocol):
    """What one weekly measure has to say, whoever says it."""

    @property
    def dated(self) -> bool:
        """Return whether any row that counts knows when it was posted."""
        ...

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        """Return a row for each week and subgroup."""
        ...

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        """Return platform → weekly values, and the whole under the empty name; NaN where not comparable."""
        ...

    def triangle(self, ages: Ages) -> Triangle | str:
        """Return what was known at each age, or why that cannot be said."""
        ...

    def panel(self, weeks: Calendar, missing: Mask) -> Series | None:
        """Return the weekly values of the fixed panel; ``None`` where there is none."""
        ...

    def hidden(self, weeks: Calendar) -> HiddenTotals:
        """Return how many there were whom no collector saw."""
        ...


class Counter(Measure, Protocol):
    """What one weekly measure counts among rows."""

    @property
    def table(self) -> Sightings:
        """Return the rows that tell of it."""
        ...

    @property
    def at(self) -> Micros:
        """Return the time by which each row counts, shape ``(rows,)``."""
        ...

    @property
    def lists_of(self) -> tuple[str, ...] | str:
        """Return the columns that name what collectors catch, or why there is no hidden total."""
        ...

    def only(self, keep: Mask) -> "Counter":
        """Return the same for a part of the rows."""
        ...

    def rows(self, weeks: Calendar, missing: Mask, by: Sequence[str]) -> list[WeekRow]:
        """Return a row for each week and subgroup."""
        ...

    def weekly(self, weeks: Calendar, missing: Mask) -> dict[str, Series]:
        """Return platform → weekly values, and the whole under the empty name; NaN where not comparable."""
        ...

    def triangle(self, ages: Ages) -> Triangle | str:
        """Return what was known at each age, or why that cannot be said."""
        ...


class OfRows:
    """What a counter has to say of its rows."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self.what, self.method, self.assumptions = counter.what, counter.method, counter.assumptions
        self.rows, self.weekly, self.triangle = counter.rows, counter.weekly, counter.triangle

    @property
    def dated(self) -> bool:
        """Return whether any row that counts knows when it was posted."""
        posted = self._counter.table.posted_at
        return posted is not None and bool((posted != NO_TIME).any())

    def panel(self, weeks: Calendar, missing: Mask) -> Series | None:
        """Return the weekly values of the fixed panel; ``None`` where there is none."""
        mine = instrument.of_panel(self._counter.table)
        return None if mine is None else self._counter.only(mine).weekly(weeks, missing)[""]

    def hidden(self, weeks: Calendar) -> HiddenTotals:
        """Return how many there were whom no collector saw."""
        counter = self._counter
        if isinstance(counter.lists_of, str):
            return unknown(counter.lists_of)
        return hidden_totals(counter.table, counter.at, weeks, counter.lists_of)


class Seen(Protocol):
    """What is known of all sightings, whatever is counted among them."""

    @property
    def since(self) -> int:
        """Return when watching began."""
        ...

    def changes(self, interventions: Interventions | None) -> tuple[Change, ...]:
        """Return the changes of instrument."""
        ...

    def caveats(self, weeks: Calendar) -> list[Caveat]:
        """Return what a reader of any weekly count has to know about how the rows came in."""
        ...


class SeenRows:
    """What sightings say of themselves."""

    def __init__(self, sightings: Sightings) -> None:
        self._sightings = sightings

    @property
    def since(self) -> int:
        """Return when watching began."""
        return ends_of(self._sightings)[0]

    def changes(self, interventions: Interventions | None) -> tuple[Change, ...]:
        """Return the changes of instrument."""
        return instrument.changes(self._sightings, interventions)

    def caveats(self, weeks: Calendar) -> list[Caveat]:
        """Return what a reader of any weekly count has to know about how the rows came in."""
        return caveats(self._sightings, weeks)
