"""Small cells hidden so that they stay hidden: a printed total minus the others must not give one back.

A cell of one to N - 1 is hidden (primary). Where a week then has a single hidden cell in any line that adds up to a
total somebody can print (all subgroups together; for a table by platform and group also each platform and each group),
the next smallest is hidden with it (complementary), until no line has one alone. Lines together can still give a cell
away (two rings of hidden cells that a single one joins): what the totals settle, taken as equations, is found by linear
algebra, and more is hidden until no small cell is settled. This defends against arithmetic, the attack anybody can make
with the published tables; it is no proof against somebody who knows some of the cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby

import numpy as np

from abate.measurement.counting.weekly import WeekRow

_SEVERAL = 2
_MOST_EQUATIONS = 400
"""Hidden cells of a week up to which the equations are solved."""
_ROUNDING = 1e-9


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
        if not changed:
            settled = _against_equations(rows, hidden, below)
            changed = bool(settled)
            hidden |= settled
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
    # A zero is taken only where nothing else is left: it hides no one, but stands in the way of subtraction.
    return min(_open(rows, line, hidden), key=lambda place: _order(rows, place), default=None)


def _open(rows: Sequence[WeekRow], line: Sequence[int], hidden: set[int]) -> list[int]:
    return [place for place in line if place not in hidden and not rows[place].missing]


def _order(rows: Sequence[WeekRow], place: int) -> tuple[bool, int, int]:
    return largest(rows[place]) == 0, largest(rows[place]), place


def _against_equations(rows: Sequence[WeekRow], hidden: set[int], below: int) -> set[int]:
    """Return what to hide as well because the totals, as equations, settle a small hidden cell."""
    if len(rows[0].by) < _SEVERAL or not hidden:
        return set()  # with one column there is one total, and the lines have seen to it
    if len(hidden) > _MOST_EQUATIONS:
        # Too many to solve: the week is hidden whole, and what is not printed settles nothing.
        return set(_open(rows, range(len(rows)), hidden))
    small = {place for place in _settled(rows, sorted(hidden)) if 0 < largest(rows[place]) < below}
    beside = {other for line in _lines(rows) if small & set(line) for other in _open(rows, line, hidden)}
    return {min(beside, key=lambda place: _order(rows, place))} if beside else set()


def _settled(rows: Sequence[WeekRow], places: Sequence[int]) -> list[int]:
    """Return the hidden cells that have one value only in every solution of the totals."""
    number = {place: column for column, place in enumerate(places)}
    lines = [[number[place] for place in line if place in number] for line in _lines(rows)]
    equations = np.zeros((len(lines), len(places)))
    for row, line in enumerate(lines):
        equations[row, line] = 1.0
    _, sizes, directions = np.linalg.svd(equations, full_matrices=True)
    free = directions[int((sizes > _ROUNDING).sum()) :]
    moves = np.abs(free).max(axis=0, initial=0.0)
    return [place for place, move in zip(places, moves, strict=True) if move < _ROUNDING]


def _hide(row: WeekRow) -> WeekRow:
    return replace(row, value=None, total=None, bounds=None, suppressed=True)
