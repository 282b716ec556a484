"""New entries, ready to have history streamed past them: what may meet one of them, and nothing that surely does not.

A sieve lets through too much rather than too little: what it lets through is looked up again as a live item would be.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from abate.domain.bank import Entry
from abate.domain.errors import InputError
from abate.domain.retro import packed, unpacked
from abate.extend.index import Index, IndexType
from abate.extend.signal import SignalType
from abate.matching.hamming_index import HammingIndex
from abate.matching.text_index import WinnowingLookup

CODE_BYTES: Final = 32
"""What a Hamming index takes."""

MANY: Final = 20_000
"""Rows of some dozen bytes that are compared together."""
SOME: Final = 2_000
"""Rows of some hundred bytes each, now and then some hundred thousand."""
FEW: Final = 32
"""Rows that may be megabytes each: the frames of a long video."""

Rows = Sequence[tuple[int, bytes]]
"""``(number, packed value)`` of kept signals."""


class Sieve(Protocol):
    """The new entries of one signal type."""

    rows_at_once: int
    """How many rows it is given together at most."""

    def __call__(self, rows: Rows, /) -> list[int]:
        """Return the numbers of the rows that may meet an entry."""
        ...


def sieves_of(
    entries: Iterable[Entry], signal_types: Mapping[str, SignalType], index_types: Mapping[str, IndexType]
) -> dict[str, Sieve]:
    """Return a sieve for each signal type that the entries have; of a type that is not installed, none."""
    values: dict[str, set[str]] = {}
    for entry in entries:
        plug = signal_types.get(entry.signal_type)
        if plug is not None and plug.index in index_types:
            values.setdefault(plug.name, set()).add(_canonical(plug, entry))
    return {
        name: _sieve(signal_types[name], held, index_types[signal_types[name].index]) for name, held in values.items()
    }


def _canonical(plug: SignalType, entry: Entry) -> str:
    try:
        return plug.parse(entry.value)
    except InputError:
        return entry.value  # banked by a version that spelled it otherwise; the live matcher will say so


def _sieve(plug: SignalType, values: set[str], index_type: IndexType) -> Sieve:
    codes = {packed(value) for value in values}
    if plug.index == "exact" and plug.radius == 0:
        return _Equal(codes)
    if plug.index == "hamming" and all(len(code) == CODE_BYTES for code in codes):
        return _Near(codes, plug.radius)
    if plug.index == "winnowing":
        return _Repeating(sorted(values), plug.radius)
    return _Asked(index_type, sorted(values), plug.radius)


class _Equal:
    """Equal values."""

    rows_at_once = MANY

    def __init__(self, codes: set[bytes]) -> None:
        self._codes = codes

    def __call__(self, rows: Rows) -> list[int]:
        codes = self._codes
        return [number for number, code in rows if code in codes]


class _Near:
    """Values of 256 bits that differ in at most ``radius``. The index is over the new entries, which are few."""

    rows_at_once = MANY

    def __init__(self, codes: set[bytes], radius: int) -> None:
        self._radius = radius
        held = np.frombuffer(b"".join(sorted(codes)), dtype=np.uint8).reshape(-1, CODE_BYTES)
        self._index = HammingIndex.build(held)

    def __call__(self, rows: Rows) -> list[int]:
        good = [row for row in rows if len(row[1]) == CODE_BYTES]
        if not good:
            return []
        asked = np.frombuffer(b"".join([code for _, code in good]), dtype=np.uint8).reshape(-1, CODE_BYTES)
        queries, _, _ = self._index.search(asked, self._radius)
        return [good[place][0] for place in np.unique(queries).tolist()]


class _Repeating:
    """Texts' fingerprints that repeat those of a new entry. They are compared packed, as they are kept."""

    rows_at_once = SOME

    def __init__(self, values: Sequence[str], radius: int) -> None:
        self._index: WinnowingLookup | None
        try:
            self._index = WinnowingLookup.over(values, radius=radius)
        except InputError:
            self._index = None  # an entry that it cannot hold: then everything may meet it

    def __call__(self, rows: Rows) -> list[int]:
        if self._index is None:
            return [number for number, _ in rows]
        return [rows[place][0] for place in self._index.meeting([code for _, code in rows])]


class _Asked:
    """Values that only their own index compares, such as a video's frames: one over the new entries is asked."""

    rows_at_once = FEW

    def __init__(self, index_type: IndexType, values: Sequence[str], radius: int) -> None:
        self._index: Index | None
        try:
            self._index = index_type.build(values, radius=radius)
        except InputError:
            self._index = None  # one that it cannot hold: then everything may meet it

    def __call__(self, rows: Rows) -> list[int]:
        return [number for number, code in rows if self._may_meet(code)]

    def _may_meet(self, code: bytes) -> bool:
        """Ask for both texts that the packed value may stand for; what is none of the index's may be anything."""
        answers = [self._hits(value) for value in _spellings(code)]
        return any(answers) or all(answer is None for answer in answers)

    def _hits(self, value: str) -> int | None:
        try:
            return None if self._index is None else len(self._index.lookup([value])[0])
        except InputError:
            return None


def _spellings(code: bytes) -> list[str]:
    try:
        return [unpacked(code, is_text=True), unpacked(code, is_text=False)]
    except UnicodeDecodeError:
        return [unpacked(code, is_text=False)]
