"""One step of undoing: what it took out of a string, and the way back through it."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import chain


class Layer:
    """What a step took out of the string below it, to give the one above.

    Arrays, because a text may be ten million characters of disguise.

    :param cuts: the stretches taken out, in reading order
    :param trailing: whether each of them belongs to the character before it (a run's tail), or to none (a separator)
    :param telling: the stretches of the string below that were disguised, in reading order
    """

    def __init__(
        self,
        *,
        cuts: Iterable[tuple[int, int]] = (),
        trailing: bool = False,
        telling: Iterable[tuple[int, int]] = (),
    ) -> None:
        self._cuts = _Stretches(cuts)
        self._trailing = trailing
        self._telling = _Stretches(telling)
        # Where each cut lies in the string above, and how much is gone by the end of it.
        self._above, self._gone = array("q"), array("q", [0])
        gone = 0
        for start, end in zip(self._cuts.starts, self._cuts.ends, strict=True):
            self._above.append(start - gone)
            gone += end - start
            self._gone.append(gone)

    def through(self, text: str) -> str:
        """Return ``text``, as long as the string below, with what this step takes out taken out."""
        if not self._cuts.starts:
            return text
        starts = [*self._cuts.starts, len(text)]
        ends = [0, *self._cuts.ends]
        return "".join([text[start:end] for start, end in zip(ends, starts, strict=True)])

    def below(self, start: int, end: int) -> tuple[int, int]:
        """Return where the stretch (not empty) stands in the string below."""
        first = start + self._gone[bisect_right(self._above, start)]
        number = bisect_right(self._above, end - 1)
        last = end - 1 + self._gone[number]
        if self._trailing and number < len(self._above) and self._cuts.starts[number] == last + 1:
            return first, self._cuts.ends[number]
        return first, last + 1

    def tells(self, start: int, end: int) -> bool:
        """Say whether the stretch of the string below has something disguised in it."""
        at = bisect_left(self._telling.starts, end)
        return at > 0 and self._telling.ends[at - 1] > start


class _Stretches:
    """Stretches of a string that do not overlap, in reading order."""

    def __init__(self, stretches: Iterable[tuple[int, int]]) -> None:
        both = array("q", chain.from_iterable(stretches))
        self.starts, self.ends = both[::2], both[1::2]


def single(places: Iterable[int]) -> Layer:
    """Return the layer of a step that put other characters at ``places``, one for one."""
    return Layer(telling=((at, at + 1) for at in places))
