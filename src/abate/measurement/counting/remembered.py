"""What several measures work out of the same millions of rows is worked out once.

Presence, following and reach, asked of one table, number the same channels and bound the same times. It is kept with
the table, which is never changed, and goes when the table does. A few rows are not worth the memory.
"""

from collections.abc import Callable
from typing import TypeVar

from abate.measurement.counting import distinct
from abate.measurement.tables.columns import Sightings

T = TypeVar("T")


def remembered(sightings: Sightings, key: tuple[object, ...], make: Callable[[], T]) -> T:
    """Return what ``make`` gives for these rows, made at the first call; nobody may write into it.

    :param key: what it is, and all that it depends on besides the rows
    """
    if len(sightings) < distinct.KERNEL_FROM:
        return make()
    if key not in sightings.derived:
        sightings.derived[key] = make()
    made: T = sightings.derived[key]
    return made
