"""Small cells hidden so that they stay hidden: a printed total minus the others must not give one back.

A cell of one to N - 1 is hidden (primary). Where a week then has a single hidden cell in any line that adds up to a
total somebody can print (all subgroups together; for a table by platform and group also each platform and each group),
the next smallest is hidden with it (complementary), until no line has one alone. This defends against subtraction, the
attack anybody can make with the published tables; it is no proof against somebody who knows some of the cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby

from abate.measurement.counting.weekly import WeekRow


def suppress(rows: Sequence[WeekRow], below: int | None) -> list[WeekRow]:
    """Hide the small cells of subgroups, and what would give them away.

    :param rows: in order of weeks
    :param below: cells above zero and below this are small; ``None`` hides nothing
    """
    if below is None:
        return list(rows)
    out: list[WeekRow] = []
    for _, week in groupby(rows, key=lambda row: row.week):
        out += _week(list(week), below)
    return out


def largest(row: WeekRow) -> int:
    """Return the number that a row would give away: its value, or the sum where only counts exist."""
    return row.value if row.value is not None else (row.bounds or (0, 0))[1]


def _week(rows: list[WeekRow], below: int) -> list[WeekRow]:
    hidden = {place for place, row in enumerate(rows) if row.by and not row.missing and 0 < largest(row) < below}
    changed = bool(hidden)
    while changed:
        changed = False
        for line in _lines(rows):
            more = _complement(rows, line, hidden, below)
            if more is not None:
                hidden.add(more)
                changed = True
    return [_hide(row) if place in hidden else row for place, row in enumerate(rows)]


def _lines(rows: Sequence[WeekRow]) -> Iterator[list[int]]:
    """Yield the places of the cells that share a total: with no column held, with one, with two, …."""
    columns = range(len(rows[0].by))
    for size in range(len(columns)):
        for held in combinations(columns, size):
            lines: dict[tuple[str, ...], list[int]] = {}
            for place, row in enumerate(rows):
                lines.setdefault(tuple(row.by[column][1] for column in held), []).append(place)
            yield from lines.values()


def _complement(rows: Sequence[WeekRow], line: Sequence[int], hidden: set[int], below: int) -> int | None:
    """Return the cell to hide as well, or ``None`` where what is hidden is safe or nothing is left to hide.

    What is hidden together must also come to ``below`` at least: two hidden cells that add up to two are ones.
    """
    inside = [place for place in line if place in hidden]
    if not inside or (len(inside) > 1 and sum(largest(rows[place]) for place in inside) >= below):
        return None
    open_ = [place for place in line if place not in hidden and not rows[place].missing]
    # A zero is taken only where nothing else is left: it hides no one, but stands in the way of subtraction.
    return min(open_, key=lambda place: (largest(rows[place]) == 0, largest(rows[place]), place), default=None)


def _hide(row: WeekRow) -> WeekRow:
    return replace(row, value=None, total=None, bounds=None, suppressed=True)
