"""What every index type promises, as functions that take one."""

from collections.abc import Sequence

from abate.extend.index import Hit, IndexType
from abate.testing.promises import equal, promised

DISTINCT = tuple(f"{n:064x}" for n in (0, 7, 2**255, 5, 9))
"""Five values of 256 bits. An index over other values is given five of its own."""


def check_index_type(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """Hold an index type against every promise.

    :param distinct: five canonical values, no two of them the same
    :raises AssertionError: with the first promise that was broken
    """
    check_every_value_finds_itself(plug, distinct)
    check_an_empty_index_finds_nothing(plug, distinct)


@promised
def check_every_value_finds_itself(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """At radius 0 it is found at distance 0, as often as it is held, alone and in a batch; and nothing else is."""
    first, twice, third, fourth, absent = distinct
    held = [first, twice, twice, third, fourth]
    built = plug.build(held, radius=0)
    equal(len(built), len(held))
    equal(built.lookup([twice, absent]), [[Hit(position=1, distance=0), Hit(position=2, distance=0)], []])
    equal(built.lookup([]), [])
    equal(built.lookup(held), [built.lookup([value])[0] for value in held])


@promised
def check_an_empty_index_finds_nothing(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """Without a value there is nothing to find, and that is no error."""
    empty = plug.build([], radius=0)
    equal((len(empty), empty.lookup([distinct[0]])), (0, [[]]))
