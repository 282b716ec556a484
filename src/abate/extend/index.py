"""An index: finds the entries near a value. Entry-point group ``abate.indexes``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from abate.domain.located import Located
from abate.domain.signal import Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One neighbour."""

    position: int
    """Where the entry's value stood in the sequence that the index was built from, or what :meth:`Index.add` gave."""
    distance: int
    located: Located | None = None
    """Which span of the one repeats which of the other; only where values are of things that last."""
    runs: tuple[Span, ...] = ()
    """Which stretches of the value that was asked for the entry repeats, in that signal type's own letters."""


class Index(Protocol):
    """A built index. Lookups may run in any number of threads while one adds or discards; each sees one state whole."""

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, its neighbours within the radius, nearest first, ties by position."""
        ...

    def __len__(self) -> int:
        """Return how many values are held."""
        ...

    def add(self, values: Sequence[str]) -> int:
        """Add canonical ``values`` and return the position of the first; the others' follow it.

        Positions go on from the highest that was ever given, so that none stands for two values. The next lookup finds
        them. A value that cannot be added leaves all of them out.
        """
        ...

    def discard(self, positions: Sequence[int]) -> None:
        """Take out what stands at these positions; all else keeps its own. Unknown positions are passed over."""
        ...


class IndexType(Protocol):
    """Builds indexes."""

    name: str

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        """Build an index over canonical ``values``; one value may stand there more than once."""
        ...


@runtime_checkable
class Lasting(Protocol):
    """What an index type may offer besides: what it built lies in a file, and the next process opens that."""

    def open_or_build(self, folder: Path, values: Sequence[str], *, radius: int) -> Index:
        """Return what :meth:`IndexType.build` gives, from its file in ``folder`` where it was built from these values.

        :raises ConflictError: while another process writes the file
        :raises OSError: when it cannot be written
        """
        ...
