"""Pairs of channel and reader, dealt once and counted by week and altogether."""

from unittest.mock import patch

import numpy as np
import pytest

from abate.measurement.counting import distinct as distinct_module
from abate.measurement.counting import pairs as pairs_module
from abate.measurement.counting import pairs_kernel as kernels
from abate.measurement.counting.pairs import Rows, pairs


def drawn(size, ones, others, weeks, cells):
    draw = np.random.default_rng(4)
    one, other, week = (draw.integers(0, most, size).astype(np.int32) for most in (ones, others, weeks))
    return Rows(week=week, cell=draw.integers(0, cells, size), weeks=weeks, cells=cells), one, other


def counted(rows, *of):
    with patch.object(distinct_module, "KERNEL_FROM", 0):
        return pairs(rows, *of)


@pytest.mark.parametrize("bucket", [4, 1 << 15])
@pytest.mark.parametrize(
    ("ones", "others", "weeks", "cells"),
    [(5, 7, 3, 1), (40, 60, 9, 3), (1, 1, 1, 1), (1, 3, 2, 2), (1 << 20, 1 << 22, 158, 1)],
)
def test_a_pair_counts_once_in_each_week_and_cell_and_once_altogether(bucket, ones, others, weeks, cells):
    rows, one, other = drawn(3000, ones, others, weeks, cells)
    with patch.object(pairs_module, "_BUCKET", bucket):
        found = counted(rows, one, ones, other, others)
    seen = set(zip(rows.week.tolist(), rows.cell.tolist(), one.tolist(), other.tolist(), strict=True))
    truth = [[sum(1 for w, c, *_ in seen if (w, c) == (week, cell)) for cell in range(cells)] for week in range(weeks)]
    assert found.weekly.tolist() == truth
    assert found.whole == len(set(zip(one.tolist(), other.tolist(), strict=True)))


def test_few_rows_and_pairs_too_wide_for_a_word_are_counted_elsewhere():
    rows, one, other = drawn(10, 3, 3, 2, 1)
    assert pairs(rows, one, 3, other, 3) is None
    assert counted(rows, one, 1 << 40, other, 1 << 30) is None
    assert counted(rows, one, 1 << 31, other, 1 << 31) is not None
    three = Rows(week=rows.week, cell=rows.cell, weeks=3, cells=1)
    assert counted(three, one, 1 << 31, other, 1 << 31) is None, "the week would find no room beside them"


def test_the_kernels_and_their_python_say_the_same():
    one, other = np.array([3, 0, 3, 3, 1], np.int32), np.array([2, 5, 2, 2, 0])
    week, cell = np.array([0, 1, 1, 0, 2], np.int32), np.array([1, 0, 1, 1, 0])
    kept = np.array([8, 9, 8, 17, 9], np.uint64)

    def empty(*shape, kind=np.int64):
        return np.zeros(shape, kind)

    calls = [
        (kernels.pair_sizes, one, other, 6, 5, 3, empty(4)),
        (kernels.fill_pairs, one, other, 6, 5, 5, week, cell, 2, 3, empty(1), empty(5, kind=np.uint64)),
        (kernels.fill_pairs, one, other, 6, 5, 5, week, cell, 1, 2, empty(1), empty(5, kind=np.uint64)),
        (kernels.count_pairs, kept, np.array([3, 5]), 0, 2, 3, *empty(2, 16, kind=np.uint64), empty(8)),
    ]
    for kernel, *arguments in calls:
        out = []
        for way in (kernel, kernel.py_func):
            copies = [given.copy() if isinstance(given, np.ndarray) else given for given in arguments]
            with np.errstate(over="ignore"):
                out.append((way(*copies), copies[-1].tolist()))
        assert out[0] == out[1], kernel
