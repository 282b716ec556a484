"""What a winnowing index must answer, by its definition: every held text is compared with the one that is asked for."""

from dataclasses import dataclass

COMMON, LEAST_SHARED, CONTAINED, RUN_LETTERS = 300, 4, 30, 60
ALIGNED, ALIGNED_PERCENT, REPEATED = 8, 22, 80


@dataclass(frozen=True)
class Mark:
    start: int
    length: int
    hash: bytes


def marks(value):
    """Read a written value by the page that describes it."""
    data, at, found = bytes.fromhex(value), -1, []
    for place in range(3, len(data), 5):
        at += data[place + 4] >> 3
        found.append(Mark(at, (data[place + 4] & 7) + 4, data[place : place + 4]))
    return found, int.from_bytes(data[1:3], "big")


def first_places(found):
    return {mark.hash: mark.start for mark in reversed(found)}


def answers(held, value, radius=99):
    """Return ``(distance, position)`` of every held value that ``value`` repeats, and of those that it may repeat.

    :param held: values by position
    """
    asked, letters = marks(value)
    entries = {position: (first_places(marks(other)[0]), marks(other)[1]) for position, other in held.items()}
    totals = {mark.hash: sum(mark.hash in places for places, _ in entries.values()) for mark in asked}
    common = {name for name, total in totals.items() if total > COMMON}
    sure, left_open = [], set()
    for position, entry in entries.items():
        distance, is_sure = judge(asked, letters, *entry, common)
        if distance is None or distance > radius:
            continue
        if is_sure:
            sure.append((distance, position))
        else:
            left_open.add((distance, position))
    return sorted(sure), left_open


def judge(asked, letters, places, entry_letters, common):
    """Return the distance, ``None`` where it is no copy, and whether that is beyond doubt.

    Of several longest chains the index takes one: where some are spread over the text and some are not, it may do as
    it likes.
    """
    own = [mark for mark in {mark.hash: mark for mark in reversed(asked)}.values() if mark.hash in places]
    size = len({mark.hash for mark in asked})
    if len(own) == size == len(places):
        return 0, True
    least = min(size, len(places))
    distance = min(99, max(1, 100 - int(100 * len(own) / least + 0.5)))
    if len(own) >= LEAST_SHARED and 100 * len(own) >= REPEATED * len(places):
        return distance, True
    telling = sorted((mark.start, places[mark.hash]) for mark in own if mark.hash not in common)
    if len(telling) < LEAST_SHARED:
        return None, True
    longest = max(map(len, longest_chains(telling)))
    contained = 100 * longest >= CONTAINED * least and longest >= LEAST_SHARED
    if contained or longest_run(asked, places, common) >= RUN_LETTERS:
        return distance, True
    aligned = longest >= ALIGNED and 100 * longest >= ALIGNED_PERCENT * least
    return (distance, False) if aligned else (None, True)


def longest_chains(pairs):
    """Return, for each pair, a longest chain that ends with it and rises on both sides."""
    chains = []
    for index, pair in enumerate(pairs):
        before = [chains[i] for i in range(index) if pairs[i][1] < pair[1]]
        chains.append([*max(before, key=len, default=[]), pair])
    return chains


def longest_run(asked, places, common):
    longest = run = 0.0
    before = None
    for mark in asked:
        at = places.get(mark.hash)
        if at is None or mark.hash in common:
            before = None
            continue
        if before and at - before[1] == mark.start - before[0].start:
            run += (at - before[1]) * 10 / before[0].length
        else:
            run = 10
        longest, before = max(longest, run), (mark, at)
    return longest
