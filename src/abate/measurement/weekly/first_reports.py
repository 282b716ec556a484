"""The reporting triangle of distinct channels or people, for few rows and for millions."""

import numpy as np

from abate.measurement.counting import distinct
from abate.measurement.counting.distinct import Numbers, Whole
from abate.measurement.weekly.nowcast import Ages, Triangle, first_known, triangle_of
from abate.measurement.weeks import Micros, week_start

_TABLE_LIMIT = 1 << 32
"""Bits: a week and unit has one."""
FAR = 1 << 61
"""A time that is late for every week."""


def first_reported(at: Micros, observed: Micros, unit: Numbers, size: int, ages: Ages) -> Triangle:
    """Return what :func:`abate.measurement.weekly.nowcast.first_known` does, above a million rows in one pass.

    :param at: shape ``(rows,)``, the time that counts
    :param unit: shape ``(rows,)``, in ``[0, size)``
    """
    weeks = ages.last - ages.start + 1
    if len(at) < distinct.KERNEL_FROM or weeks * size > _TABLE_LIMIT:
        return first_known(at, observed, unit, size, ages)
    from abate.measurement.weekly.first_reports_kernel import first_reports  # numba: for millions of rows only

    oldest = int(ages.known_at(np.array([ages.start]), np.array([FAR]))[0])
    start = week_start(ages.start)
    into = ages.weeks.snapshot - week_start(ages.last)
    bits = np.zeros((weeks, (size + 63) // 64), dtype=np.uint64)
    counts = np.zeros((weeks, oldest + 1), dtype=np.int64)
    # Memory is taken for what is written only, and few reports have to wait.
    later, age_of = np.empty(len(at), dtype=np.int32), np.empty(len(at), dtype=np.int8)
    first_reports(at, observed, unit, start, into, bits, later, age_of, counts)
    week, age = (place.ravel() for place in np.indices(counts.shape))
    whole: Whole = week + ages.start
    return triangle_of(whole, age, counts.ravel(), ages)
