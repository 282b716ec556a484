"""What the rows of a table must agree on: times in order and within reason, known words, nothing counted twice.

A rule looks at converted columns and says which rows break it; :mod:`abate.measurement.tables.read` acts on it. A time
that is a bare date means the whole day: a channel created at noon and first seen on that date does not contradict
itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import numpy as np

from abate.measurement.tables.cells import Column
from abate.measurement.tables.columns import CHECK_RESULTS, Rows, Words
from abate.measurement.weeks import DAY, NO_TIME, Micros, to_micros, to_moment

Columns = Mapping[str, Column]


class Consequence(Enum):
    """What becomes of a row that breaks a rule."""

    TOLD = "kept, and said"
    EMPTIED = "the cell is emptied"
    LEFT_OUT = "the row is left out"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Rows that break one rule."""

    column: str
    rows: Rows
    text: Callable[[int], str]
    """Row → what is wrong with it and what to do."""
    then: Consequence


Rule = Callable[[Columns], Iterator[Finding]]

WEB = (to_micros(datetime(1990, 1, 1, tzinfo=UTC)), to_micros(datetime(2100, 1, 1, tzinfo=UTC)))
"""Nothing was seen online before, and nobody has seen what comes after; one slip in a year would add whole centuries
of silent weeks."""
RECORD = (to_micros(datetime(1900, 1, 1, tzinfo=UTC)), WEB[1])
"""For what is dated from archives."""


def within(bounds: tuple[int, int], *names: str) -> Rule:
    """Return a rule that empties times before the first or from the second bound on."""
    first, last = (to_moment(bound).year for bound in bounds)
    text = f"lies outside the years {first} to {last - 1}; correct the date"

    def rule(columns: Columns) -> Iterator[Finding]:
        for name in names:
            at = _times(columns, name)
            # Two passes without a temporary settle the usual case, in which every time is there and sound.
            if at is None or not len(at) or (at.min() >= bounds[0] and at.max() < bounds[1]):
                continue
            rows = np.flatnonzero((at != NO_TIME) & ((at < bounds[0]) | (at >= bounds[1])))
            yield Finding(column=name, rows=rows, text=_dated(at[rows], rows, text), then=Consequence.EMPTIED)

    return rule


def in_order(earlier: str, later: str, then: Consequence, remedy: str, *, slack: int = 0) -> Rule:
    """Return a rule that refuses a ``later`` time more than ``slack`` microseconds before the ``earlier`` one.

    The finding stands at ``later``. Bare dates of one day are in order whatever their hours.
    """

    def rule(columns: Columns) -> Iterator[Finding]:
        first, second = _times(columns, earlier), _times(columns, later)
        if first is None or second is None:
            return
        rows = np.flatnonzero(second < first)
        rows = rows[second[rows] != NO_TIME]
        bare = (first[rows] // DAY == second[rows] // DAY) & (second[rows] % DAY == 0)
        if bare.any():
            _writable(columns[later])[rows[bare]] = first[rows[bare]]
        rows = rows[~bare & (second[rows] < first[rows] - slack)]
        text = _dated(second[rows], rows, f"lies before {earlier}; {remedy}")
        yield Finding(column=later, rows=rows, text=text, then=then)

    return rule


def clear(column: Column, rows: Rows) -> None:
    """Empty cells of a column of times."""
    _writable(column)[rows] = NO_TIME


def _writable(column: Column) -> Micros:
    """Return the times to write into: Arrow may have lent its own memory."""
    assert isinstance(column.values, np.ndarray)
    if not column.values.flags.writeable:
        column.values = column.values.copy()
    return column.values.view(np.int64)


def known_results(columns: Columns) -> Iterator[Finding]:
    """Refuse checks with a result nobody knows how to count."""
    result = columns["result"].values
    assert isinstance(result, Words)
    strange = [place for place, name in enumerate(result.names) if name and name not in CHECK_RESULTS]
    rows = np.flatnonzero(np.isin(result.codes, strange)) if strange else np.empty(0, np.int64)
    text = f"is none of {', '.join(CHECK_RESULTS)}; write one of them"
    yield Finding(
        column="result", rows=rows, text=lambda row: f"{result.text(row)!r} {text}", then=Consequence.LEFT_OUT
    )


def once(name: str, keys: Sequence[str], remedy: str, *, prefer: str = "") -> Rule:
    """Return a rule that keeps one row of each key.

    :param name: the column at which a doubled row is reported
    :param keys: what is the same in rows that are one; columns that the file does not have are passed over
    :param prefer: keep the first row in which this column says something, else the first row
    """

    def rule(columns: Columns) -> Iterator[Finding]:
        rows = _doubled(columns, keys, prefer)
        yield Finding(
            column=name, rows=rows, text=lambda _: f"stands in an earlier row; {remedy}", then=Consequence.LEFT_OUT
        )

    return rule


def _doubled(columns: Columns, keys: Sequence[str], prefer: str) -> Rows:
    parts = [_numbered(columns[name].values) for name in keys if name in columns]
    if not len(parts[0]):
        return np.empty(0, dtype=np.int64)
    preferred = columns.get(prefer)
    silent = np.zeros(len(parts[0]), dtype=bool)
    if preferred is not None and isinstance(preferred.values, Words):
        silent = preferred.values.codes < 0
    order = np.lexsort((silent, *reversed(parts)))
    same = np.ones(len(order) - 1, dtype=bool)
    for part in parts:
        same &= part[order][1:] == part[order][:-1]
    return np.sort(order[1:][same])


def _numbered(values: object) -> Rows:
    numbers = values.codes if isinstance(values, Words) else values
    assert isinstance(numbers, np.ndarray)
    return numbers.view(np.int64) if numbers.dtype == np.float64 else numbers.astype(np.int64)


def _times(columns: Columns, name: str) -> Micros | None:
    column = columns.get(name)
    if column is None:
        return None
    assert isinstance(column.values, np.ndarray)
    return column.values.view(np.int64)


def _dated(at: Micros, rows: Rows, text: str) -> Callable[[int], str]:
    """Return a sentence with the time as it was found, whatever becomes of the cell."""
    return lambda row: f"{_shown(int(at[np.searchsorted(rows, row)]))} {text}"


def _shown(micros: int) -> str:
    moment = to_moment(micros)
    return moment.date().isoformat() if micros % DAY == 0 else moment.isoformat()
