"""Exact distinct counts by sorting, by bits and by buckets; the kernels beside their own Python."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.counting import distinct as distinct_module
from abate.measurement.counting import distinct_kernel as kernels
from abate.measurement.counting import joined as joined_module
from abate.measurement.counting import scope as scope_module
from abate.measurement.counting.distinct import deal, distinct, week_places
from abate.measurement.counting.joined import joined
from abate.measurement.tables.columns import Sightings, Words, encode
from abate.measurement.weekly.first_reports_kernel import first_reports
from abate.measurement.weekly.reach_kernel import earliest_posting, most_by_age, views_by_age, views_by_week
from abate.measurement.weeks import DAY, NO_TIME, to_micros, week_of

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
NO_ROWS = np.empty(0, dtype=np.int32)


def compiled():
    """Whatever the size, take the way of millions of rows."""
    return patch.object(distinct_module, "KERNEL_FROM", 0)


@pytest.mark.parametrize("cells", [1, 3])
@pytest.mark.parametrize("bits_a_row", [0, 64])
def test_bits_buckets_and_sorting_count_alike(cells, bits_a_row):
    draw = np.random.default_rng(5)
    week, cell, unit = draw.integers(0, 7, 4000), draw.integers(0, cells, 4000), draw.integers(0, 90, 4000)
    sizes = {"weeks": 7, "cells": cells, "units": 90}
    truth = [[len(set(unit[(week == w) & (cell == c)])) for c in range(cells)] for w in range(7)]
    assert distinct(week, cell, unit, **sizes).tolist() == truth
    with compiled(), patch.object(distinct_module, "_BITS_A_ROW", bits_a_row):
        assert distinct(week, cell, unit, **sizes).tolist() == truth


def test_many_small_buckets_hold_the_same_keys_together():
    draw = np.random.default_rng(6)
    week, key = draw.integers(0, 3, 5000).astype(np.int32), draw.integers(0, 1 << 40, 5000) % 700
    with patch.object(distinct_module, "_BUCKET", 40):
        kept, rows, ends, parts = deal(week, key, 3, rows=True)
        assert parts == 64
        assert np.array_equal(key[rows], kept)
        assert sorted(rows) == list(range(5000))
        homes = {}
        for place, row in enumerate(rows):
            homes.setdefault((week[row], key[row]), set()).add(int(np.searchsorted(ends, place, side="right")))
        assert all(len(home) == 1 for home in homes.values())
        with compiled(), patch.object(distinct_module, "_BITS_A_ROW", 0):
            counted = distinct(week, np.zeros(5000, dtype=np.int64), key, weeks=3, cells=1, units=1 << 40)
    assert counted.ravel().tolist() == [len(set(key[week == w])) for w in range(3)]


def test_numbers_too_large_to_be_joined_are_numbered_anew():
    unit = np.array([5, 1 << 61, 5, 7])
    counted = distinct(np.array([0, 0, 1, 1]), np.zeros(4, dtype=np.int64), unit, weeks=2, cells=2, units=1 << 62)
    assert counted.tolist() == [[2, 0], [2, 0]]


def test_a_machine_with_one_processor_counts_alike():
    week = np.array([0, 0, 1])
    with compiled(), patch.object(distinct_module, "_BITS_A_ROW", 0), patch("os.cpu_count", return_value=None):
        assert distinct(week, NO_ROWS, np.array([4, 4, 4]), weeks=2, cells=1, units=5).tolist() == [[1], [1]]


def test_a_time_outside_the_calendar_is_an_error_and_not_another_week():
    at = np.array([to_micros(MONDAY), to_micros(MONDAY + timedelta(weeks=2))])
    first = week_of(int(at[0]))
    for way in (compiled(), patch.object(distinct_module, "KERNEL_FROM", 99)):
        with way:
            assert week_places(at, first, 3).tolist() == [0, 2]
            for start, count in ((first, 2), (first + 1, 3)):
                with pytest.raises(ValueError, match="calendar"):
                    week_places(at, start, count)


def test_a_name_on_one_platform_needs_no_platform_to_be_told_apart():
    platform, channel = encode("ppqq"), encode("aabc")
    reader = encode(["x", "", "x", "y"])
    with compiled():
        number, bound = joined((platform, channel), "")
        assert (number is channel.codes, bound) == (True, 3)
        apart, bound = joined((platform, reader), "")
        assert sorted(apart) == [0, 1, 2, 3], "a missing reader is one of their own, and x is two people"
        assert bound == 4
        assert joined((platform, None), "")[0].tolist() == [0, 0, 1, 1]
        assert joined((encode(["", "p"]), encode("aa")), "")[0].tolist() == [0, 1], "no platform is a platform too"
        gap = Words(codes=channel.codes[2:], names=channel.names)
        assert joined((gap,), "")[0].tolist() == [0, 1], "a name that no row has any more gets no number"
        with patch.object(joined_module, "_FLAGS_LIMIT", 1):
            assert sorted(joined((platform, reader), "")[0]) == [0, 1, 2, 3]
        with patch.object(joined_module, "SPARSE_FROM", 12):
            number, bound = joined((platform, channel, reader), "")
            assert (len(set(number)), bound) == (4, 12), "the channel tells the platform, and gaps stay"


def test_too_many_combinations_for_one_number_are_refused_with_the_file():
    huge = encode(["a"])
    object.__setattr__(huge, "names", range(1 << 40))
    with pytest.raises(InputError, match=r"s\.parquet.*one platform at a time"):
        joined((huge, huge), "s.parquet")


def both(kernel, *arguments):
    """Run a kernel and its Python on copies; return both answers and what they wrote."""
    out = []
    for way in (kernel, kernel.py_func):
        copies = [one.copy() if isinstance(one, np.ndarray) else one for one in arguments]
        with np.errstate(over="ignore"):
            answer = way(*copies)
        out.append((answer, [one.tolist() for one in copies if isinstance(one, np.ndarray)]))
    return out


def zeros(*shape, kind=np.int64):
    return np.zeros(shape, dtype=kind)


def test_the_kernels_and_their_python_say_the_same():
    week, cell = np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0])
    unit, at = np.array([3, 70, 3, 3]), np.array([8, 2, 5, 9])
    posted, key = np.array([NO_TIME, 3, 4, 10]), np.array([11, 4, 11, 11])
    item = np.array([0, 0, -1, 1], dtype=np.int32)
    bits = np.array([[1, 3], [0, 1 << 63]], dtype=np.uint64)
    ends = np.array([3, 4])
    active = np.array([[1, 1], [0, 1], [1, 0], [0, 0], [0, 1]], dtype=np.bool_)
    calls = [
        (kernels.set_bits, week, cell, unit, 2, zeros(4, 2, kind=np.uint64)),
        (kernels.set_bits, week, cell, unit, 1, zeros(2, 2, kind=np.uint64)),
        (kernels.count_bits, bits, zeros(2)),
        (kernels.spans, unit, at, np.full(99, 50), zeros(99)),
        (kernels.mark, week, unit, zeros(2, 99, kind=np.bool_)),
        (kernels.mark_weeks, at * kernels.WEEK // 2, 0, zeros(5, kind=np.bool_)),
        (kernels.last_rows, unit, zeros(99)),
        (kernels.gaps, active, 1, np.full(2, -1), zeros(2), zeros(2), zeros(2)),
        (kernels.in_order, posted, at, NO_TIME),
        (kernels.in_order, at - 1, at, NO_TIME),
        (kernels.drawn, np.array([-1, 0, 3, 4, 6], dtype=np.int32), 3, zeros(5, kind=np.int32)),
        (kernels.week_numbers, at * kernels.WEEK // 2, 3, zeros(4)),
        (kernels.lies_in_one, item, week.astype(np.int32), np.full(3, kernels.NOBODY, dtype=np.int32)),
        (kernels.lies_in_one, item, item, np.full(3, kernels.NOBODY, dtype=np.int32)),
        (kernels.lies_in_one, item, np.zeros(4, np.int32), np.full(3, kernels.NOBODY, dtype=np.int8)),
        (kernels.occurrence, unit, zeros(99, kind=np.bool_)),
        (kernels.bucket_sizes, week, key, 63, zeros(4)),
        (kernels.bucket_sizes, week, key, 64, zeros(2)),
        (kernels.fill_buckets, week, key, 64, np.array([0, 2]), zeros(4), zeros(4, kind=np.int32), 0),
        (kernels.fill_buckets, week, key, 63, np.array([0, 0, 2, 2]), zeros(4), NO_ROWS, 0),
        (kernels.count_buckets, key, ends, 0, 2, 1, 4, zeros(16), zeros(2, 3)),
        (kernels.count_buckets, key, ends, 0, 2, 1, 99, zeros(16), zeros(2, 1)),
        (kernels.number_buckets, key, np.arange(4), ends, zeros(16), zeros(16, kind=np.int32), zeros(4)),
        (kernels.bound_times, posted, at, NO_TIME, zeros(4)),
        (kernels.earliest, item, at, posted, NO_TIME, np.full(2, 99), zeros(2, kind=np.bool_)),
        (kernels.earliest, item, at, zeros(0), NO_TIME, np.full(2, 99), zeros(2, kind=np.bool_)),
        (kernels.settle, item, posted, NO_TIME, np.array([1, 2]), at),
        (kernels.settle, item, zeros(0), NO_TIME, np.array([1, 2]), at),
    ]
    for kernel, *arguments in calls:
        fast, slow = both(kernel, *arguments)
        assert fast == slow, kernel


def test_the_kernels_of_the_weekly_measures_and_their_python_say_the_same():
    item, first = np.array([0, 1, 0, 2, 1], dtype=np.int32), np.array([DAY, 9 * DAY, 20 * DAY])
    observed, posted = np.array([1, 10, 3, 40, 60]) * DAY, np.array([DAY, NO_TIME, DAY, 20 * DAY, 9 * DAY])
    views, moments = np.array([5, 7, 9, -1, 8]), np.array([NO_TIME, 11 * DAY, 3 * DAY, NO_TIME, 61 * DAY])
    counts, known = np.array([True, True, True, False, True]), zeros(3, 1, kind=np.uint64)
    waiting = (zeros(5, kind=np.int32), zeros(5, kind=np.int8))
    calls = [
        (first_reports, first[item], observed, item, 0, DAY, known, *waiting, zeros(3, 4)),
        (first_reports, first[item], observed, item, 7 * DAY, DAY, known[:1], *waiting, zeros(1, 4)),
        (earliest_posting, item, posted, observed, NO_TIME, np.full(3, 99 * DAY)),
        (most_by_age, item, views, moments, observed, NO_TIME, first, 7 * DAY, counts & False, np.full(3, -2)),
        (most_by_age, item, views, zeros(0), observed, NO_TIME, first, 7 * DAY, counts & False, np.full(3, -2)),
        (views_by_age, counts, item, views, observed, first, 0, DAY, *waiting, zeros(4, 2)),
        (views_by_week, first, np.array([3, -1, -2]), NO_ROWS, 0, 1, zeros(3), zeros(3, kind=np.bool_)),
        (views_by_week, first, np.array([3, -1, 4]), np.array([0, 1, 1]), 0, 2, zeros(6), zeros(6, kind=np.bool_)),
    ]
    for kernel, *arguments in calls:
        fast, slow = both(kernel, *arguments)
        assert fast == slow, kernel


def test_the_lag_of_a_sample_is_the_same_by_kernel():
    draw = np.random.default_rng(5)
    observed = to_micros(MONDAY) + draw.integers(0, 90 * 24, 400) * (DAY // 24)
    item = draw.integers(0, 60, 400)
    seen = Sightings(
        observed_at=observed,
        posted_at=np.where(draw.random(400) < 0.1, NO_TIME, observed - draw.integers(0, 99, 400) * (DAY // 24)),
        platform=encode("pq"[n] for n in draw.integers(0, 2, 400)),
        channel=encode("abc"[n] for n in draw.integers(0, 3, 400)),
        item=encode("" if n > 50 else f"i{n}" for n in item),
    )
    for sample in (10**6, 300, 90):
        with patch.object(scope_module, "_LAG_SAMPLE", sample):
            expected = scope_module.reporting_lag(seen)
            with compiled():
                assert scope_module.reporting_lag(replace(seen)) == expected
                assert scope_module.reporting_lag(replace(seen), per_reader=True) > 0
