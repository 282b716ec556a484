"""Exact segmentation into levels: the least sum of squares for every number of changes, and so for every penalty.

This is the problem that optimal partitioning (Jackson et al. 2005) and PELT (Killick et al. 2012) solve for one
penalty: ``sum of squares + penalty · changes``. Solved by number of changes it answers for all penalties at once, which
a penalty that is calibrated afterwards needs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

SHORTEST = 3
"""Periods that a level lasts at least: one strange week is an outlier and no new level."""
MOST = 20
"""Changes looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Partitions:
    """The best cut of a series into one, two, … levels."""

    costs: Floats
    """Sum of squares around the levels by number of changes, shape ``(changes + 1,)``; infinite where none fits."""
    hull: npt.NDArray[np.bool_]
    """Which numbers of changes are the best at some penalty, same shape."""
    table: Floats
    """The recursion's costs, shape ``(times + 1, changes + 1)``."""
    origins: Places

    def cuts(self, changes: int) -> Places:
        """Return where levels begin, and the end of the last one: shape ``(changes + 2,)``."""
        from abate.measurement.change.partition_kernel import cuts_of  # numba: only where changes are looked for

        cuts = np.empty(changes + 2, dtype=np.int64)
        cuts_of(self.origins, changes, cuts)
        return cuts

    def at_penalty(self, penalty: float) -> int:
        """Return the number of changes that is best at a penalty, the fewest among equals.

        :param penalty: in squared units of the series, above zero
        """
        total = self.costs + penalty * np.arange(len(self.costs))
        return int(np.argmin(total))

    def penalties(self, changes: int) -> tuple[float, float]:
        """Return between which penalties this number of changes is the best.

        :param changes: one on the hull
        :return: the upper end is infinite for none; the lower is not a number for the most that were looked for
        """
        numbers = np.flatnonzero(self.hull)
        place = int(np.searchsorted(numbers, changes))
        ends = [numbers[one] for one in (place - 1, place + 1) if 0 <= one < len(numbers)]
        slopes = {bool(other < changes): self._slope(int(other), changes) for other in ends}
        return slopes.get(False, np.nan if changes == len(self.costs) - 1 else 0.0), slopes.get(True, np.inf)

    def _slope(self, one: int, other: int) -> float:
        return float((self.costs[one] - self.costs[other]) / (other - one))


def partitions(values: Floats, *, shortest: int = SHORTEST, most: int = MOST) -> Partitions:
    """Cut a series into levels with the least sum of squares, for every number of changes up to ``most``.

    :param values: finite, shape ``(times,)``
    :param shortest: periods that a level lasts at least, 1 or more
    :raises InputError: with fewer values than one level needs
    """
    from abate.measurement.change.partition_kernel import best_partitions, on_the_hull  # numba, as above

    if len(values) < shortest:
        msg = f"{len(values)} values make no level of {shortest}; give more"
        raise InputError(msg)
    table = np.empty((len(values) + 1, most + 1))
    origins = np.empty(table.shape, dtype=np.int64)
    best_partitions(values - values.mean(), shortest, table, origins)
    hull = np.zeros(most + 1, dtype=np.bool_)
    on_the_hull(table[-1], hull)
    return Partitions(costs=table[-1], hull=hull, table=table, origins=origins)
