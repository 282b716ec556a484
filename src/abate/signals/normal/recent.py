"""Texts that were read just now, with what came of it.

One post is reduced several times over: for its hash, its sketch, the phrases and the names in it. Whoever reads many
posts has them read together first, compiled, and each of those who look then finds the work done.

What is kept is bounded in number and in length, and nothing but a text itself finds what is kept of it.
"""

from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

MOST: Final = 512
"""Texts that are kept at least, and half of what is kept at most."""
LONGEST: Final = 2_048
"""Characters. Longer texts are read anew each time: they are few, and would fill the memory."""


class Read(NamedTuple):
    """The normal form of a text and what it may hide (``gates``)."""

    normal: str
    flags: int


class Recent(Generic[T]):
    """The last :data:`MOST` texts and some before them. Threads may share it: each step is one of a dictionary."""

    def __init__(self) -> None:
        self._new: dict[str, T] = {}
        self._old: dict[str, T] = {}

    def get(self, text: str) -> T | None:
        """Return what is kept of ``text``."""
        return self._new.get(text) or self._old.get(text)

    def put(self, texts: Sequence[str], reads: Sequence[T]) -> None:
        """Keep what came of texts, none longer than :data:`LONGEST`."""
        if len(self._new) + len(texts) > MOST:
            self._old, self._new = self._new, {}
        self._new.update(zip(texts, reads, strict=True))
