"""Rows of the table of lifetimes as spells under observation: from which age, to which age, and how each ended."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.footing import Caveat
from abate.measurement.lives.kaplan_meier import Days, Mask, Observed
from abate.measurement.tables.columns import Codes, Lifetimes, Rows, Words
from abate.measurement.weeks import DAY, NO_TIME, Micros, to_micros

REMOVED = "removed"
"""The event that any removal is, whatever its reason."""
OTHER = "other reasons"
"""How removals are called that are neither the event nor a named competitor of it."""
QUARTER = "quarter"
"""The column that is derived where the file has none of this name: the calendar quarter in which a subject began."""

CENSORED, EVENT = 0, 1
"""How a spell ended: out of sight, or in the event; from 2 on, in one of the competing ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """What is asked of the ends: which removal counts, and which competes with it."""

    event: str = REMOVED
    """``removed`` for any removal, else the reason that counts."""
    competing: tuple[str, ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """Return the names of the ends, in the order of their codes from ``EVENT`` on."""
        rest = () if self.event == REMOVED else (OTHER,)
        return (self.event, *self.competing, *rest)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spells:
    """The usable rows; all arrays of shape ``(spells,)``."""

    rows: Rows
    """Which rows of the table they are."""
    observed: Observed
    """In whole days of age, entries included."""
    cause: Codes
    """``CENSORED``, ``EVENT``, or the place of a competing end among the causes, plus one."""
    caveats: tuple[Caveat, ...]
    """What was left out."""

    def ended_in(self, cause: int) -> Observed:
        """Return the same spells with another end as the event."""
        return Observed(exit=self.observed.exit, event=self.cause == cause, entry=self.observed.entry)


def origin_of(lifetimes: Lifetimes) -> Micros:
    """Return when each subject began: its creation, or the first sight where that is unknown. Shape ``(rows,)``."""
    if lifetimes.created is None:
        return lifetimes.first_seen
    return np.where(lifetimes.created == NO_TIME, lifetimes.first_seen, lifetimes.created)


def spells_of(lifetimes: Lifetimes, ends: Ends, until: datetime | None = None) -> Spells:
    """Read the rows as spells.

    :param until: the snapshot; later sights and removals are not known yet
    :raises InputError: for a reason that the table does not have, or when no row can be used
    """
    _check_reasons(lifetimes, ends)
    caveats, rows = usable(lifetimes, until)
    origin = origin_of(lifetimes)[rows]
    end = lifetimes.last_seen[rows].copy()
    cause = np.zeros(len(rows), dtype=np.int32)
    if lifetimes.removed is not None:
        removed = lifetimes.removed[rows]
        known = removed != NO_TIME
        end[known] = removed[known]
        cause[known] = _causes(lifetimes.reason, rows, ends)[known]
    if until is not None:
        snapshot = to_micros(until)
        cause[end > snapshot] = CENSORED
        end = np.minimum(end, snapshot)
    observed = Observed(
        exit=days_up(end - origin), event=cause == EVENT, entry=days_up(lifetimes.first_seen[rows] - origin)
    )
    return Spells(rows=rows, observed=observed, cause=cause, caveats=tuple(caveats))


def _check_reasons(lifetimes: Lifetimes, ends: Ends) -> None:
    known = [] if lifetimes.reason is None else sorted(name for name in lifetimes.reason.names if name)
    for reason in (*(() if ends.event == REMOVED else (ends.event,)), *ends.competing):
        if reason not in known:
            msg = f"no removal has the reason {reason!r}; the table's reasons are: {', '.join(known) or 'none'}"
            raise InputError(msg, where=lifetimes.reading.file)
    if ends.event in ends.competing:
        msg = f"{ends.event!r} is the event and cannot compete with itself; take it out of --competing"
        raise InputError(msg, where=lifetimes.reading.file)


def usable(lifetimes: Lifetimes, until: datetime | None) -> tuple[list[Caveat], Rows]:
    """Return the rows known by the snapshot that do not contradict themselves, and how many did.

    :raises InputError: when none remains
    """
    wrong = (lifetimes.last_seen < lifetimes.first_seen) | (origin_of(lifetimes) > lifetimes.first_seen)
    if lifetimes.removed is not None:
        wrong |= (lifetimes.removed != NO_TIME) & (lifetimes.removed < lifetimes.first_seen)
    keep = ~wrong
    if until is not None:
        keep &= lifetimes.first_seen <= to_micros(until)
    rows = np.flatnonzero(keep)
    if not len(rows):
        msg = "no lifetime remains; check --until, and that created ≤ first_seen ≤ last_seen or removed"
        raise InputError(msg, where=lifetimes.reading.file)
    if not wrong.any():
        return [], rows
    order = "created ≤ first_seen ≤ last_seen, and first_seen ≤ removed"
    text = f"{int(wrong.sum())} lifetimes contradict themselves (want {order}) and were left out"
    return [Caveat(code="rows-skipped", text=text)], rows


def _causes(reason: Words | None, rows: Rows, ends: Ends) -> Codes:
    """Return how each row's removal is counted, shape ``(rows,)``."""
    if reason is None:
        return np.full(len(rows), EVENT, dtype=np.int32)
    codes = reason.codes[rows]
    rest = EVENT if ends.event == REMOVED else len(ends.causes)
    out = np.full(len(rows), rest, dtype=np.int32)
    if ends.event != REMOVED:
        out[codes == reason.code_of(ends.event)] = EVENT
    for place, name in enumerate(ends.competing):
        out[codes == reason.code_of(name)] = EVENT + 1 + place
    return out


def days_up(micros: Micros) -> Days:
    """Round up to whole days: S(d) is then exact at the end of day d, where rounding down would shift it by one."""
    return -(-micros // DAY)


def part(observed: Observed, mine: Mask) -> Observed:
    """Return the spells under a mask."""
    entry = None if observed.entry is None else observed.entry[mine]
    return Observed(exit=observed.exit[mine], event=observed.event[mine], entry=entry)


def dividing(lifetimes: Lifetimes, name: str) -> Words:
    """Return the column to divide by, deriving the calendar quarter where it is asked for and the file has none.

    :raises InputError: when there is no such column
    """
    if name == QUARTER and QUARTER not in lifetimes.more:
        return _quarters(origin_of(lifetimes))
    return lifetimes.column(name)


def _quarters(moments: Micros) -> Words:
    months = moments.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    quarters, codes = np.unique(months // 3, return_inverse=True)
    names = [f"{1970 + int(quarter) // 4}-Q{int(quarter) % 4 + 1}" for quarter in quarters]
    return Words(codes=codes.astype(np.int32), names=names)


def by_value(column: Words, rows: Rows) -> dict[str, Mask]:
    """Return for each value of a column which of the rows have it, in the order of the values; "" for empty cells."""
    codes = column.codes[rows]
    found = {("" if code < 0 else column.names[code]): codes == code for code in np.unique(codes)}
    return dict(sorted(found.items()))
