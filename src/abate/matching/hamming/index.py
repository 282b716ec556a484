"""The index over codes."""

from pathlib import Path
from typing import BinaryIO, Final, Self

import numpy as np

from abate.domain.errors import InputError
from abate.matching.hamming.codes import BITS, shuffled
from abate.matching.hamming.parts import Sealed, sealed
from abate.matching.hamming.saving import (
    HAMMING,
    can_be_delta,
    content_of,
    read_state,
    state_in,
    write_delta,
    write_whole,
)
from abate.matching.hamming.state import State, join
from abate.matching.hamming.warming import touch, warm_kernels
from abate.matching.living.arrays import Bytes, Ints
from abate.matching.living.file import packed, unpacked
from abate.matching.living.index import LivingIndex
from abate.matching.living.rows import Ids

_MOST: Final = 2**32 - 2
"""Codes that one part can number."""


class HammingIndex(LivingIndex[State]):
    """Codes of 256 bits under identifiers; finds all within a radius of a query, and no other.

    Any number of threads may search while others add, discard, merge and save: a search sees one state from its first
    query to its last, and the next search sees what was added before it began. Up to a radius of 47 bits a multi-index
    is asked (``hamming/postings.py`` says why it misses nothing), beyond it every code.

    An added code costs about a microsecond, a discarded one a copy of a bit a code. Both make searches slower as they
    gather: :attr:`due` says when :meth:`merge` is worth its while.
    """

    PARTS = 8
    LEAST = 262_144

    @classmethod
    def build(cls, codes: Bytes, *, ids: Ints | None = None, threads: int = 1) -> Self:
        """Build over ``codes``, uint8 ``(n, 32)``, which are copied.

        :param ids: ascending, none negative; by default 0 to n - 1
        :param threads: that sort the postings side by side
        :raises InputError: when the codes are not ``(n, 32)`` bytes, or the identifiers not ascending, one a code
        """
        words = shuffled(codes)
        if len(words) > _MOST:
            msg = f"{len(words)} codes are more than one index can number, {_MOST}; build several"
            raise InputError(msg, where="codes")
        if ids is None:
            return cls(State(parts=(sealed(words, Ids(first=0), threads=threads),), next_id=len(words)))
        given = np.array(ids, dtype=np.int64)
        if given.shape != (len(words),) or (given[1:] <= given[:-1]).any() or (given[:1] < 0).any():
            msg = "identifiers are not ascending from 0 or more, one a code; sort the codes by them"
            raise InputError(msg, where="ids")
        part = sealed(words, Ids(first=0, listed=given), threads=threads)
        return cls(State(parts=(part,), next_id=int(given[-1]) + 1 if len(given) else 0))

    def search(self, queries: Bytes, radius: int, *, threads: int = 1) -> tuple[Ints, Ints, Ints]:
        """Return ``(query, entry, distance)`` of every pair within ``radius`` bits.

        By query (its row), then distance, then entry (its identifier).

        :param queries: uint8 ``(m, 32)``
        :param threads: that share the queries
        :raises InputError: when the queries are not ``(m, 32)`` bytes, or the radius is not within 0-256
        """
        if not 0 <= radius <= BITS:
            msg = f"a radius of {radius} bits is not within 0–{BITS}; correct the signal type"
            raise InputError(msg, where="radius")
        found = self._state.search(shuffled(queries), radius, threads=threads)
        return found[:, 0], found[:, 1], found[:, 2]

    def add(self, codes: Bytes) -> Ints:
        """Add codes, uint8 ``(n, 32)``, and return their identifiers: ascending, and above all that were ever given.

        :raises InputError: when the codes are not ``(n, 32)`` bytes
        """
        words = shuffled(codes)
        with self._writing:
            first = self._state.next_id
            self._state = self._state.added(words)
        return np.arange(first, first + len(words))

    def discard(self, ids: Ints) -> int:
        """Take out the codes with these identifiers and return how many there were; others are passed over."""
        with self._writing:
            before = len(self._state)
            self._state = self._state.without(np.asarray(ids, dtype=np.int64).reshape(-1))
            return before - len(self._state)

    def _joined(self, before: State, place: slice) -> Sealed:
        return join(before, place)

    def save(self, path: Path, *, threads: int = 1) -> None:
        """Write what is held now to ``path``, or only what changed since to ``path.delta`` when that is little.

        A crash at any moment leaves what was saved before, or this, whole. Folders are not made.

        :raises ConflictError: while another process saves to the same path
        :raises OSError: when the file cannot be written; the one before is then as it was
        """
        with self._merging:
            before = self._state
            if can_be_delta(before, path):
                write_delta(path, before)
                return
            before, place = self._closed(whole=True)
            first = before.parts[0]
            alone = place.stop == 1 and isinstance(first, Sealed)
            part = first if alone and isinstance(first, Sealed) else join(before, place, threads=threads)
            self._publish(before, place, write_whole(path, part, before.next_id))

    @classmethod
    def open(cls, path: Path, *, verify: bool = True, threads: int = 1) -> Self:
        """Open what :meth:`save` wrote, by mapping it: processes that open the same file share its memory.

        :param verify: compare every checksum, which reads the whole file once
        :raises InputError: when the file is missing, damaged, cut off, foreign or newer
        """
        return cls(read_state(path, verify=verify, threads=threads))

    def write_to(self, stream: BinaryIO) -> None:
        """Write everything held to a stream, as ``save`` would to a new file."""
        with self._merging:
            before, place = self._closed(whole=True)
            stream.writelines(packed(content_of(join(before, place), before.next_id), HAMMING))

    @classmethod
    def read_from(cls, stream: BinaryIO, *, where: str = "the stream") -> Self:
        """Read what :meth:`write_to` wrote, up to the stream's end.

        :raises InputError: when it is damaged, cut off, foreign or newer
        """
        held = np.frombuffer(bytearray(stream.read()), dtype=np.uint8)
        return cls(state_in(unpacked(held, where, HAMMING), None, where))

    def warm(self) -> None:
        """Compile the kernels and touch every page, so that the first search is as fast as the next."""
        warm_kernels()
        for part in self._state.parts:
            for array in part.arrays():
                touch(array)
