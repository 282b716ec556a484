"""One published state, searched by anyone, replaced by one writer at a time."""

import threading
from typing import Any, ClassVar, Generic, TypeVar

from abate.matching.living.state import State

S = TypeVar("S", bound=State[Any])


class LivingIndex(Generic[S]):
    """What indexes of every kind share.

    Any number of threads may search while others add, discard, merge and save: a search sees one state from its first
    query to its last, and the next search sees what was added before it began.
    """

    PARTS: ClassVar[int]
    """More parts than this behind the first are worth a merge."""
    LEAST: ClassVar[int]
    """So are more rows that were added, or died, than these, ..."""
    SHARE: ClassVar[int] = 4
    """... and than one in so many of the first part's."""

    def __init__(self, state: S) -> None:
        """Begin with a state."""
        self._state = state
        self._writing = threading.Lock()
        self._merging = threading.Lock()

    def __len__(self) -> int:
        """Return how many can be found."""
        return len(self._state)

    @property
    def next_id(self) -> int:
        """The identifier that what is added next will be given; none is given twice."""
        return self._state.next_id

    @property
    def nbytes(self) -> int:
        """How much memory searches may read."""
        return sum(array.nbytes for part in self._state.parts for array in part.arrays())

    @property
    def due(self) -> bool:
        """Whether so much was added or discarded that searches would gain from a merge."""
        if not self._state.parts:
            return False
        first, *later = self._state.parts
        added = sum(part.size for part in later)
        dead = first.size - len(first)
        return len(later) > self.PARTS or max(added, dead) > max(self.LEAST, first.size // self.SHARE)

    def merge(self, *, whole: bool = True) -> None:
        """Join what was added, and leave out what was discarded; what changes meanwhile is kept.

        Takes the time of a build and the memory of a second index; the lock of the interpreter is free during most of
        it. To merge in the background, call it in a thread.

        :param whole: join everything; otherwise leave a large part as it is while much less has come after it
        """
        with self._merging:
            before, place = self._closed(whole=whole)
            if place.stop - place.start > 1 or any(len(part) < part.size for part in before.parts[place]):
                self._publish(before, place, self._joined(before, place))

    def _joined(self, before: S, place: slice) -> Any:  # noqa: ANN401 - a part of the state's kind
        """Return one part over what lives in the parts at ``place``."""
        raise NotImplementedError

    def _closed(self, *, whole: bool) -> tuple[S, slice]:
        """Let nothing more be added to the parts of now, and return them with those worth joining."""
        with self._writing:
            state = self._state
            self._state = state.closed()
            return state, state.worth_joining(whole=whole)

    def _publish(self, before: S, place: slice, part: Any) -> None:  # noqa: ANN401 - as above
        with self._writing:
            self._state = self._state.with_joined(before, place, part)
