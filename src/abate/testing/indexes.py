"""What every index type promises, as functions that take one."""

from collections.abc import Sequence

from abate.extend.index import Hit, Index, IndexType
from abate.testing.promises import equal, promised

DISTINCT = tuple(f"{n:064x}" for n in (0, 7, 2**255, 5, 9))
"""Five values of 256 bits. An index over other values is given five of its own."""
VIDEOS = tuple(f"0,100,{value},0.000" for value in DISTINCT)
"""Five videos of one frame each, for an index over vPDQ values."""
TEXTS = tuple(f"01000a{n:08x}0e" for n in (0, 7, 2**31, 5, 9))
"""Five texts of one shingle of ten letters each, for an index over the fingerprints of texts."""


def check_index_type(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """Hold an index type against every promise.

    :param distinct: five canonical values, no two of them the same
    :raises AssertionError: with the first promise that was broken
    """
    check_every_value_finds_itself(plug, distinct)
    check_an_empty_index_finds_nothing(plug, distinct)
    check_what_is_added_is_found_under_a_new_position(plug, distinct)
    check_what_is_discarded_is_found_no_more(plug, distinct)


@promised
def check_every_value_finds_itself(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """At radius 0 it is found at distance 0, as often as it is held, alone and in a batch; and nothing else is."""
    first, twice, third, fourth, absent = distinct
    held = [first, twice, twice, third, fourth]
    built = plug.build(held, radius=0)
    equal(len(built), len(held))
    equal([_places(hits) for hits in built.lookup([twice, absent])], [[(1, 0), (2, 0)], []])
    equal(built.lookup([]), [])
    equal(built.lookup(held), [built.lookup([value])[0] for value in held])


def _places(hits: Sequence[Hit]) -> list[tuple[int, int]]:
    return [(hit.position, hit.distance) for hit in hits]


@promised
def check_an_empty_index_finds_nothing(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """Without a value there is nothing to find, and that is no error."""
    empty = plug.build([], radius=0)
    equal((len(empty), empty.lookup([distinct[0]])), (0, [[]]))


@promised
def check_what_is_added_is_found_under_a_new_position(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """By the next lookup, beside an equal one that was there; positions go on, also from an empty index."""
    first, twice, third, *_ = distinct
    built = plug.build([first, twice], radius=0)
    equal((built.add([twice, third]), built.add([]), built.add([first]), len(built)), (2, 4, 4, 5))
    equal(_positions(built, first, twice, third), [[0, 4], [1, 2], [3]])
    empty = plug.build([], radius=0)
    equal((empty.add([third]), _positions(empty, third, first)), (0, [[0], []]))


@promised
def check_what_is_discarded_is_found_no_more(plug: IndexType, distinct: Sequence[str] = DISTINCT) -> None:
    """Its equals are, each where it stood; its position is not given again; unknown positions are passed over."""
    first, twice, third, *_ = distinct
    built = plug.build([first, twice, twice], radius=0)
    built.discard([1, 0, 7])
    equal((len(built), _positions(built, first, twice)), (1, [[], [2]]))
    equal((built.add([first, third]), _positions(built, first, twice, third)), (3, [[3], [2], [4]]))
    built.discard([4, 2, 2])
    built.discard([3, 0])
    equal((len(built), _positions(built, first, twice, third)), (0, [[], [], []]))
    equal((built.add([twice]), _positions(built, twice)), (5, [[5]]))


def _positions(built: Index, *values: str) -> list[list[int]]:
    return [[hit.position for hit in hits] for hits in built.lookup(values)]
