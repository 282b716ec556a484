"""Small cells stay hidden: neither subtraction nor equations, from all totals that anybody can print, give one back."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.counting import suppression
from abate.measurement.counting.suppression import suppress
from abate.measurement.counting.weekly import WeekRow

BELOW = 10


def table(grid, week=2_800):
    """Rows of a table by platform and group."""
    return [
        WeekRow(week=week, by=(("platform", f"p{row}"), ("group", f"g{column}")), value=int(value))
        for row, line in enumerate(grid)
        for column, value in enumerate(line)
    ]


def line(*values):
    return [WeekRow(week=2_800, by=(("platform", f"p{n}"),), value=value) for n, value in enumerate(values)]


def shown(rows):
    return [row.value for row in rows]


def recovered(truth, hidden):
    """What an attacker settles who knows every total: cells with one value in all solutions of the equations."""
    unknown = [place for place, gone in enumerate(hidden) if gone]
    sums = [[row.by[column] for row in truth] for column in range(len(truth[0].by))]
    lines = [unknown]
    for size in range(1, len(sums)):
        for columns in itertools.combinations(sums, size):
            keys = list(zip(*columns, strict=True))
            lines += [[place for place in unknown if keys[place] == key] for key in set(keys)]
    equations = np.array([[float(place in one) for place in unknown] for one in lines])
    out = []
    for number, place in enumerate(unknown):
        unit = np.zeros(len(unknown))
        unit[number] = 1
        if np.linalg.matrix_rank(np.vstack([equations, unit])) == np.linalg.matrix_rank(equations):
            out.append(place)
    return out


def test_nothing_is_hidden_where_nobody_asked_and_in_the_whole():
    rows = line(3, 40)
    assert suppress(rows, None) == rows
    whole = [WeekRow(week=2_800, value=3)]
    assert suppress(whole, BELOW) == whole


def test_one_small_cell_takes_the_next_smallest_with_it():
    assert shown(suppress(line(3, 40, 20, 90), BELOW)) == [None, 40, None, 90]


def test_a_zero_hides_no_one_and_is_taken_only_where_nothing_else_is_left():
    assert shown(suppress(line(3, 0, 20), BELOW)) == [None, 0, None]
    assert shown(suppress(line(3, 0), BELOW)) == [None, None]


def test_hidden_cells_that_add_up_to_a_handful_take_another_with_them():
    assert shown(suppress(line(1, 1, 30, 40), BELOW)) == [None, None, None, 40]


def test_weeks_are_hidden_each_for_itself_and_a_missing_week_has_nothing_to_hide():
    gone = [WeekRow(week=2_801, by=(("platform", f"p{n}"),), value=None, missing="no-check") for n in range(2)]
    rows = suppress([*line(3, 40), *gone], BELOW)
    assert [row.suppressed for row in rows] == [True, True, False, False]


def test_a_sum_and_a_range_go_with_the_value():
    row = WeekRow(week=2_800, by=(("platform", "p"),), value=None, total=4, bounds=(3, 4))
    (hidden,) = suppress([row], BELOW)
    assert (hidden.total, hidden.bounds, hidden.suppressed) == (None, None, True)
    assert hidden.to_json()["value"] is None


def test_a_single_cell_that_joins_two_rings_is_not_given_away_by_the_totals_together():
    grid = np.full((5, 5), 60)
    # Two rings of large hidden cells would be safe alone; here each is small, and (1, 2) joins them.
    for row, column in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)]:
        grid[row, column] = 8
    grid[1, 2] = 4
    truth = table(grid)
    by_lines = [row.value is None or value in (4, 8) for row, value in zip(truth, grid.ravel(), strict=True)]
    assert 7 in recovered(truth, by_lines), "each line has two hidden cells or more, and yet the totals settle it"
    rows = suppress(truth, BELOW)
    assert rows[7].suppressed
    assert 7 not in recovered(truth, [row.suppressed for row in rows])


@given(st.lists(st.lists(st.sampled_from([0, 1, 2, 5, 9, 10, 30, 80]), min_size=4, max_size=4), min_size=2, max_size=5))
def test_no_small_cell_can_be_worked_out_while_anything_is_printed_beside_it(grid):
    truth = table(grid)
    rows = suppress(truth, BELOW)
    hidden = [row.suppressed for row in rows]
    assert all(gone for row, gone in zip(truth, hidden, strict=True) if 0 < row.value < BELOW)
    assert all(row.value == one.value for row, one in zip(rows, truth, strict=True) if not row.suppressed)
    for place in recovered(truth, hidden):
        small = 0 < truth[place].value < BELOW
        beside = [other for other, row in enumerate(truth) if not hidden[other] and set(row.by) & set(truth[place].by)]
        assert not small or not beside


@pytest.mark.parametrize("cells", [3, 20])
def test_with_too_many_hidden_cells_to_solve_a_week_is_hidden_whole(monkeypatch, cells):
    monkeypatch.setattr(suppression, "_MOST_EQUATIONS", 2)
    grid = np.full((cells, 3), 50)
    grid[0, 0] = grid[1, 1] = 3
    assert all(row.suppressed for row in suppress(table(grid), BELOW))
