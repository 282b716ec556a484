"""Counts of transparency reports under the Digital Services Act, to a series of *enforcement*.

The reports say what a platform did: orders answered, notices handled, its own removals. They never say what was there.
A platform that removes twice as much may hold twice as much, look twice as hard, or count anew; what is more, each
names its own categories. The rows are therefore typed as enforcement (:class:`abate.extend.table.Enforced`), written as
such, and refused wherever sightings are read.

An empty cell is unknown and not zero. Rows that agree on service, section, category and surface and differ in their
numbers are all left out: the table does not say which of them holds, and their sum is nobody's number.

``automated_or_median_time`` is the median time of handling in the sections on orders and notices (3 and 4), and the
number of automated measures in those on own initiative (5 and 6).

Source: Commission Implementing Regulation (EU) 2024/2835, templates for transparency reports, Annex I.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.extend.table import Enforced, PassedOver
from abate.measurement.importers import text_rows
from abate.measurement.importers.text_rows import TextRow

_MARKS: Final = frozenset({"service", "table", "category", "count"})
_KEY: Final = ("period", "service", "table", "category", "surface")
_HANDLED: Final = ("t3", "t4")
"""Sections in which a time is given instead of a number of automated measures."""
_HALF: Final = re.compile(r"(?:h([12])[_\- ]?(20\d\d)|(20\d\d)[_\- ]?h([12]))", re.IGNORECASE)
_EMPTY: Final = PassedOver(reason="a row whose numbers the report leaves empty")
_TWICE: Final = (
    "stands again with the same service, section, category and surface and other numbers; say in surface what tells "
    "them apart"
)


class EnforcementCounts:
    """Reads derived tables of transparency reports."""

    name = "enforcement"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the columns are those of a table of counts."""
        return path.suffix.lower() in {".csv", ".tsv"} and text_rows.columns_of(head) >= _MARKS

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[Enforced | PassedOver | InputError]:
        """Yield the counts. The table is held whole: a report has some hundred rows.

        :raises InputError: when the file cannot be opened or lacks a column
        """
        needed = tuple(frozenset({name}) for name in sorted(_MARKS))
        rows = list(text_rows.rows(path, names, needed))
        seen = Counter(_key(row) for row in rows if isinstance(row, TextRow))
        for row in rows:
            if isinstance(row, InputError):
                yield row
            elif seen[_key(row)] > 1:
                yield InputError(_TWICE, where=row.where)
            else:
                yield _enforced(row, path)


def _key(row: TextRow) -> tuple[str, ...]:
    return tuple(row.cell(name) for name in _KEY)


def _enforced(row: TextRow, path: Path) -> Enforced | PassedOver | InputError:
    half = _HALF.search(row.cell("period") or path.stem)
    if half is None:
        text = "says no half-year; add a column period with 2025-H2, or have it in the file's name"
        return InputError(text, where=row.where)
    counts: dict[str, float] = {}
    for name, written in _written(row).items():
        try:
            counts[name] = float(written)
        except ValueError:
            return InputError("has a cell that is no number; correct or empty it", where=row.where)
    if not all(0 <= number < float("inf") for number in counts.values()):
        return InputError("has a number below zero or without end; correct or empty it", where=row.where)
    if not counts:
        return _EMPTY
    number, year = half[1] or half[4], half[2] or half[3]
    return Enforced(
        where=row.where,
        start=datetime(int(year), 1 if number == "1" else 7, 1, tzinfo=UTC),
        service=row.cell("service"),
        section=row.cell("table"),
        category=row.cell("category"),
        surface=row.cell("surface"),
        **counts,
    )


def _written(row: TextRow) -> dict[str, str]:
    """Return what is counted → its cell, without the empty ones."""
    fifth = "median_time" if row.cell("table").startswith(_HANDLED) else "automated"
    theirs = {
        "actions": "count",
        fifth: "automated_or_median_time",
        "account_suspensions": "account_suspensions",
        "account_terminations": "account_terminations",
    }
    return {ours: cell for ours, name in theirs.items() if (cell := row.cell(name))}
