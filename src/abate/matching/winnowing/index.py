"""The index over texts' fingerprints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from abate.domain.errors import InputError
from abate.matching.living.arrays import Ints
from abate.matching.living.index import LivingIndex
from abate.matching.winnowing.parts import Sealed, sealed
from abate.matching.winnowing.saving import digest_of, read_whole, write_whole
from abate.matching.winnowing.sketches import Sketches, read_sketches
from abate.matching.winnowing.state import State, join


class WinnowingIndex(LivingIndex[State]):
    """Texts' fingerprints under identifiers; finds those that a text repeats in part.

    Any number of threads may search while others add, discard, merge and save: a search sees one state from its first
    query to its last, and the next search sees what was added before it began.

    An added text costs some microseconds, a discarded one a copy of a bit a text. Both make searches slower as they
    gather: :attr:`due` says when :meth:`merge` is worth its while.
    """

    PARTS = 4
    LEAST = 32_768

    def __init__(self, state: State, source: tuple[int, str] = (0, "")) -> None:
        """Begin with a state; :meth:`build` and :meth:`open` make one.

        :param source: how many texts it was built from, and their digest
        """
        super().__init__(state)
        self.source = source

    @classmethod
    def build(cls, written: Sequence[bytes]) -> Self:
        """Build over what is written of texts; each is known by its place.

        :raises InputError: when one of them is no text's fingerprints
        """
        sketches = read_sketches(written)
        return cls(State(parts=(sealed(sketches, 0),), next_id=len(written)))

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> Self:
        """Open what :meth:`save` wrote, by mapping it: processes that open the same file share its memory.

        :param verify: compare every checksum, which reads the whole file once
        :raises InputError: when the file is missing, damaged, cut off, foreign or newer
        """
        return cls(*read_whole(path, verify=verify))

    @classmethod
    def open_or_build(cls, path: Path, written: Sequence[bytes]) -> Self:
        """Return an index over texts, known by their places: the one at ``path`` where it was built from them.

        Where it was built from the first of them, the others are added. Otherwise, or where the file is not there or
        damaged, it is built and saved there; if much was added to what the file holds it is saved as well.

        :raises InputError: when one of them is no text's fingerprints
        :raises ConflictError: while another process saves to the same path
        :raises OSError: when the file cannot be written
        """
        try:
            index = cls.open(path)
        except InputError:
            index = None
        if index is not None and index.source[0] <= len(written):
            count, digest = index.source
            if digest == digest_of(written[:count]) and index.next_id == count == len(index):
                index.add(read_sketches(written[count:]))
                if len(written) - count > max(cls.LEAST, count // cls.SHARE):
                    index.save(path, source=(len(written), digest_of(written)))
                return index
        built = cls.build(written)
        built.save(path, source=(len(written), digest_of(written)))
        return built

    def search(self, sketches: Sketches) -> tuple[Ints, Ints]:
        """Return what each text repeats.

        :returns: ``(h, 4)``, by query, then distance, then entry: query, entry (its identifier), distance, and where in
            the second array, ``(r, 2)``, its runs end: the text's letters from which, and up to which, the entry
            repeats them
        """
        return self._state.search(sketches)

    def add(self, sketches: Sketches) -> int:
        """Add texts and return the identifier of the first; the others' follow it."""
        with self._writing:
            first = self._state.next_id
            self._state = self._state.added(sketches)
        return first

    def discard(self, ids: Ints) -> None:
        """Take out the texts with these identifiers; others are passed over."""
        with self._writing:
            self._state = self._state.without(np.asarray(ids, dtype=np.int64).reshape(-1))

    def _joined(self, before: State, place: slice) -> Sealed:
        return join(before, place)

    def save(self, path: Path, *, source: tuple[int, str] = (0, "")) -> None:
        """Write what is held now to ``path``.

        A crash at any moment leaves what was saved before, or this, whole. Folders are not made.

        :param source: how many texts it was built from, and their digest, for :meth:`open_or_build`
        :raises ConflictError: while another process saves to the same path
        :raises OSError: when the file cannot be written; the one before is then as it was
        """
        self.merge()
        with self._merging:
            state = self._state
            write_whole(path, join(state, slice(0, len(state.parts))), state.next_id, source)
