"""The Hamming index as python-threatexchange's ``SignalTypeIndex``, in place of its ``PDQIndex``.

Needs the extra ``exchange``. Tested against ``PDQIndex`` of threatexchange 1.2 for equal answers. Beyond that class it
looks up batches, takes one hash in microseconds, and is stored without pickle, so that reading a file runs no code.
"""

import json
import struct
import threading
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Final, Self, TypeVar

from threatexchange.signal_type.index import (
    IndexMatchUntyped,
    SignalSimilarityInfoWithIntDistance,
    SignalTypeIndex,
)

from abate.domain.errors import InputError
from abate.matching.hamming.index import HammingIndex
from abate.matching.hamming_index import codes_of

T = TypeVar("T")
Match = IndexMatchUntyped[SignalSimilarityInfoWithIntDistance, T]

_LENGTH: Final = struct.Struct("<Q")
_PLAIN: Final = (str, int, float, bool, type(None))


class PdqSignalIndex(SignalTypeIndex[T]):
    """PDQ hashes in hexadecimal, each with whatever belongs to it."""

    @classmethod
    def get_match_threshold(cls) -> int:
        """Return the distance up to which hashes match: 31 of 256 bits, as ``PDQIndex`` has it."""
        return 31

    def __init__(self, entries: Iterable[tuple[str, T]] = ()) -> None:
        """Begin with these.

        :raises InputError: when a hash is not 64 hexadecimal digits
        """
        super().__init__()
        held = list(entries)
        self._index = HammingIndex.build(codes_of([signal for signal, _ in held]))
        self._entries = [entry for _, entry in held]
        self._adding = threading.Lock()

    def __len__(self) -> int:
        """Return how many hashes are held."""
        return len(self._index)

    def query(self, query: str) -> Sequence[Match[T]]:
        """Return what lies within the threshold, nearest first, then as added.

        :raises InputError: when the hash is not 64 hexadecimal digits
        """
        return self.query_all([query])[0]

    def query_all(self, queries: Sequence[str], *, threads: int = 1) -> list[list[Match[T]]]:
        """Return, for each of the hashes, what :meth:`query` would: in one pass, which costs far less than each alone.

        :raises InputError: when a hash is not 64 hexadecimal digits
        """
        found = self._index.search(codes_of(queries), self.get_match_threshold(), threads=threads)
        matches: list[list[Match[T]]] = [[] for _ in queries]
        for place, entry, distance in zip(*(column.tolist() for column in found), strict=True):
            info = SignalSimilarityInfoWithIntDistance(distance)
            matches[place].append(IndexMatchUntyped(info, self._entries[entry]))
        return matches

    def add(self, signal_str: str, entry: T) -> None:
        """Add one hash; the next query finds it.

        :raises InputError: when the hash is not 64 hexadecimal digits
        """
        self.add_all([(signal_str, entry)])

    def add_all(self, entries: Iterable[tuple[str, T]]) -> None:
        """Add hashes, all or none.

        :raises InputError: when a hash is not 64 hexadecimal digits
        """
        held = list(entries)
        codes = codes_of([signal for signal, _ in held])
        with self._adding:
            # The entries first: a query in another thread must find one for every hash it finds.
            self._entries.extend(entry for _, entry in held)
            self._index.add(codes)

    def serialize(self, fout: BinaryIO) -> None:
        """Write everything: the entries as JSON, then the index as ``HammingIndex.write_to`` does.

        :raises InputError: when an entry would not come back from JSON as it was
        """
        written = json.dumps([_checked(entry) for entry in self._entries]).encode()
        fout.write(_LENGTH.pack(len(written)))
        fout.write(written)
        self._index.write_to(fout)

    @classmethod
    def deserialize(cls, fin: BinaryIO) -> Self:
        """Read what :meth:`serialize` wrote.

        :raises InputError: when it is damaged, cut off, foreign or newer
        """
        where = "the serialized index"
        try:
            (length,) = _LENGTH.unpack(fin.read(_LENGTH.size))
            entries = json.loads(fin.read(length))
        except (struct.error, ValueError, OverflowError, MemoryError) as error:
            msg = "is none that abate wrote, or damaged; build it anew from the list"
            raise InputError(msg, where=where) from error
        made = cls()
        made._index = HammingIndex.read_from(fin, where=where)
        made._entries = entries
        if not isinstance(entries, list) or len(entries) < made._index.next_id:
            msg = "is damaged: it has fewer entries than hashes; build it anew from the list"
            raise InputError(msg, where=where)
        return made


def _checked(entry: T) -> T:
    """Return an entry that JSON gives back as it is.

    :raises InputError: when it would not
    """
    if isinstance(entry, _PLAIN):
        return entry
    try:
        same = json.loads(json.dumps(entry)) == entry
    except (TypeError, ValueError):
        same = False
    if not same:
        msg = f"an entry of type {type(entry).__name__} does not survive JSON; keep an identifier as the entry instead"
        raise InputError(msg, where="entries")
    return entry
