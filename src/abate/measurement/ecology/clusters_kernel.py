"""Clusters as counts by size, with a Fenwick tree over the members in each size.

Only sizes matter to the model, so the state is how many clusters of each size there are; the law of the process is
exactly that of lists of members, at a cost that does not grow with the population. The tree is as long as the largest
cluster so far needs, which keeps it in the cache.
"""

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]

SCALARS = 8
MEMBERS, CLUSTERS, SQUARES, LARGEST, ACTIONS, DISPLACED, REACHED, BANNED = range(SCALARS)
"""Places in the array of running numbers: members, clusters, sum of squared sizes, largest size, policy actions,
members displaced, the event at which the threshold was reached (-1: not yet), members banned."""

LARGEST_FIRST, IN_RANGE, BY_MEMBER = 1, 2, 3
"""How a policy picks: the largest cluster, a random cluster of some sizes, or the cluster of a random member."""


@njit
def draw(state: npt.NDArray[np.uint64]) -> float:
    """Return the next uniform number in [0, 1), by SplitMix64 (Steele, Lea and Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    word = state[0]
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    word ^= word >> np.uint64(31)
    return float(word >> np.uint64(11)) * 1.1102230246251565e-16


@njit
def add(tree: Whole, size: int, members: int) -> None:
    """Add members to a size."""
    length = len(tree)
    while size < length:
        tree[size] += members
        size += size & -size


@njit
def move(tree: Whole, source: int, target: int, members: int) -> None:
    """Take members from one size to another.

    Above the size at which the two paths through the tree meet nothing changes, and for small sizes that is not far:
    the last size is a power of two, at which all of them do.
    """
    while source != target:
        if source < target:
            tree[source] -= members
            source += source & -source
        else:
            tree[target] += members
            target += target & -target


@njit
def below(tree: Whole, size: int) -> int:
    """Return how many members live in clusters of up to this size."""
    size = min(size, len(tree) - 1)
    total = 0
    while size > 0:
        total += tree[size]
        size -= size & -size
    return total


@njit
def find(tree: Whole, place: int) -> tuple[int, int]:
    """Return the cluster size of the member at this place in the order of sizes, and the place within that size.

    Most members live in small clusters: the search begins at size 1 and doubles, then halves its step.
    """
    if tree[1] > place:
        return 1, place
    size, last = 1, len(tree) - 1
    while 2 * size <= last and tree[2 * size] <= place:
        size *= 2
    place, step = place - tree[size], size >> 1
    if size == last:
        step = 0
    while step > 0:
        if tree[size + step] <= place:
            size += step
            place -= tree[size]
        step >>= 1
    return size + 1, place


@njit
def grown(counts: Whole, size: int) -> tuple[Whole, Whole]:
    """Return longer counts that hold ``size``, and their tree. Lengths are a power of two, plus one."""
    length = len(counts) - 1
    while length < size:
        length *= 2
    more = np.zeros(length + 1, dtype=np.int64)
    more[: len(counts)] = counts
    tree = np.zeros(length + 1, dtype=np.int64)
    for place in range(1, length + 1):
        tree[place] += place * more[place]
        parent = place + (place & -place)
        if parent <= length:
            tree[parent] += tree[place]
    return more, tree


@njit
def merge(counts: Whole, tree: Whole, numbers: Whole, size: int, other: int) -> None:
    """Make one cluster of two."""
    counts[size] -= 1
    counts[other] -= 1
    counts[size + other] += 1
    move(tree, size, size + other, size)
    move(tree, other, size + other, other)
    numbers[CLUSTERS] -= 1
    numbers[SQUARES] += 2 * size * other


@njit
def scatter(counts: Whole, tree: Whole, numbers: Whole, size: int, banned: bool) -> None:  # noqa: FBT001 - a kernel takes its arguments by place
    """Let a cluster fall apart into single members, or ban them all."""
    counts[size] -= 1
    numbers[CLUSTERS] -= 1
    numbers[SQUARES] -= size * size
    if banned:
        add(tree, size, -size)
        numbers[MEMBERS] -= size
        numbers[BANNED] += size
    else:
        move(tree, size, 1, size)
        counts[1] += size
        numbers[CLUSTERS] += size
        numbers[SQUARES] += size
    if size == numbers[LARGEST] and counts[size] == 0:
        numbers[LARGEST] = find(tree, numbers[MEMBERS] - 1)[0] if numbers[MEMBERS] > 0 else 0


@njit
def pick(tree: Whole, numbers: Whole, state: npt.NDArray[np.uint64], way: int, low: int, high: int) -> int:
    """Return the size of the cluster that a policy strikes; 0 when there is none.

    A random cluster among sizes is found by a random member, kept with probability ``low / size``.
    """
    if way == LARGEST_FIRST:
        return numbers[LARGEST] if numbers[LARGEST] > 1 else 0
    if way == BY_MEMBER:
        size = find(tree, int(draw(state) * numbers[MEMBERS]))[0]
        return size if size > 1 else 0
    first, last = below(tree, low - 1), below(tree, high)
    if last <= first:
        return 0
    while True:
        size = find(tree, first + int(draw(state) * (last - first)))[0]
        if draw(state) * size < low:
            return size


@njit
def advance(
    counts: Whole,
    tree: Whole,
    numbers: Whole,
    state: npt.NDArray[np.uint64],
    clock: Whole,
    rates: Real,
    policy: Whole,
) -> tuple[Whole, Whole]:
    """Run events; the arrays are changed in place, and returned as they may have grown.

    :param clock: shape ``(3,)``: the first event's number, how many events, and the size whose reaching is timed
    :param rates: shape ``(3,)``: probability of a split, actions an event, members a policy may displace an event
    :param policy: shape ``(5,)``: way, lowest and highest size, cap on fusion (0 none), whether the struck are banned
    """
    for event in range(clock[0], clock[0] + clock[1]):
        # Asked before each event, since a ban may have emptied the world in an earlier call: one member merges with
        # nobody, and looking for a member of nobody would read past the tree.
        if numbers[MEMBERS] < 2:  # noqa: PLR2004 - said above
            break
        size, _ = find(tree, int(draw(state) * numbers[MEMBERS]))
        if draw(state) < rates[0]:
            if size > 1:
                scatter(counts, tree, numbers, size, False)
        else:
            other, offset = find(tree, int(draw(state) * numbers[MEMBERS]))
            joined = size + other
            # Clusters of one size are alike, so the first may stand for the one that was picked.
            same = other == size and offset < size
            if not same and (policy[3] == 0 or joined <= policy[3]):
                if joined >= len(counts):
                    counts, tree = grown(counts, joined)
                merge(counts, tree, numbers, size, other)
                numbers[LARGEST] = max(numbers[LARGEST], joined)
                if numbers[REACHED] < 0 and joined >= clock[2]:
                    numbers[REACHED] = event
        if policy[0] > 0 and draw(state) < rates[1] and numbers[DISPLACED] < rates[2] * (event + 1):
            struck = pick(tree, numbers, state, policy[0], policy[1], policy[2])
            if struck > 0:
                numbers[ACTIONS] += 1
                numbers[DISPLACED] += struck
                scatter(counts, tree, numbers, struck, policy[4] == 1)
    return counts, tree
