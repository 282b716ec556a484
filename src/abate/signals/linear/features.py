"""What the classifier reads of a text: which of 2^bits buckets its letter groups and words fall into.

Features are letter groups of two to five within words, a space standing before and behind each word, and words and
pairs of neighbouring words. Each is hashed as it is read and never kept as text (Weinberger et al. 2009). A feature
counts once a text, however often it stands there: that is as good as damped counts on short posts, and it lets the
scorer go without counting.

Which characters make words is written down here and not taken from the interpreter's Unicode tables, so that a stored
model reads a text the same way under every Python. Buckets can be guessed back by hashing a dictionary: whoever stores
them treats them as confidential.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.signals.linear.folding import folding
from abate.signals.linear.tables import BETWEEN, BMP, SPACE, WORD, Buckets, Bytes, Ends, Points, Tables
from abate.signals.normal import light_many

CHUNK: Final = 1 << 21
"""Characters that are hashed at a time, unless one text is longer: bounds the memory that a batch takes."""

_SPACES: Final = (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_BETWEEN: Final = (
    (0, 0x2F), (0x3A, 0x40), (0x5B, 0x5E), (0x60, 0x60), (0x7B, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF),
    (0xD7, 0xD7), (0xF7, 0xF7), (0x60C, 0x60D), (0x61B, 0x61F), (0x66A, 0x66D), (0x6D4, 0x6D4), (0x2010, 0x206F),
    (0x20A0, 0x20CF), (0x2190, 0x2BFF), (0x3001, 0x303F), (0xD800, 0xF8FF), (0xFE10, 0xFE1F), (0xFE30, 0xFE6F),
    (0xFF01, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65),
)  # fmt: skip
"""Code points below 2^16 that stand between words; every other one there makes words."""


def _kinds() -> Bytes:
    kinds = np.full(BMP, WORD, dtype=np.uint8)
    for first, last in _BETWEEN:
        kinds[first : last + 1] = BETWEEN
    kinds[list(_SPACES)] = SPACE
    return kinds


KINDS: Final = _kinds()


def tables() -> Tables:
    """Return what the kernels know of characters: lengths and forms of the folding, and kinds."""
    return folding().lengths, folding().forms, KINDS


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Hashed:
    """Texts as buckets: enough to learn from and to score, without the texts."""

    buckets: Buckets
    """The buckets of all texts, one text behind the other; within a text each once, in no stated order."""
    ends: Ends
    """Shape ``(texts,)``: where each text's buckets end."""
    bits: int

    def __len__(self) -> int:
        return len(self.ends)

    def take(self, rows: npt.NDArray[np.int64]) -> "Hashed":
        """Return the texts at ``rows``, in that order."""
        starts = np.concatenate(([0], self.ends[:-1]))[rows] if len(self) else np.zeros(0, dtype=np.int64)
        sizes = self.ends[rows] - starts
        ends = np.cumsum(sizes, dtype=np.int64)
        shift = np.repeat(starts - (ends - sizes), sizes)
        return Hashed(buckets=self.buckets[np.arange(len(shift)) + shift], ends=ends, bits=self.bits)


def first_word(bits: int) -> int:
    """Return the first bucket of words and pairs, which have the last quarter; letter groups have the rest."""
    return 3 << (bits - 2)


def hashed(texts: Sequence[str], *, bits: int) -> Hashed:
    """Return the buckets of each text, in order; of a text without a letter, digit or sign there are none.

    Time grows with the length of the texts, whatever stands in them.
    """
    from abate.signals.linear.kernel import hash_texts  # numba takes most of a second: paid at the first text

    found, ends, before = [], [], 0
    for points, stops in chunks(texts):
        buckets, limits = hash_texts(points, stops, tables(), bits)
        found.append(buckets)
        ends.append(limits + before)
        before += len(buckets)
    return Hashed(
        buckets=np.concatenate([np.zeros(0, dtype=np.int32), *found]),
        ends=np.concatenate([np.zeros(0, dtype=np.int64), *ends]),
        bits=bits,
    )


def chunks(texts: Sequence[str]) -> Iterator[tuple[Points, Ends]]:
    """Yield the texts in stretches of about ``CHUNK`` characters: code points, and where each text ends.

    Each is as it was written, or light already where its light form depends on neighbours.
    """
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > CHUNK:
            yield _joined(batch)
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield _joined(batch)


def _joined(texts: list[str]) -> tuple[Points, Ends]:
    from abate.signals.linear.kernel import by_neighbours  # numba takes most of a second: paid at the first text

    points, ends = _points(texts)
    rows = np.flatnonzero(by_neighbours(points, ends, folding().lengths)).tolist()
    if not rows:
        return points, ends
    for row, text in zip(rows, light_many([texts[row] for row in rows]), strict=True):
        texts[row] = text
    return _points(texts)


def _points(texts: list[str]) -> tuple[Points, Ends]:
    # A lone surrogate can be smuggled in through JSON; it is a character like any other here.
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), dtype=np.int64)
    return np.frombuffer(raw, dtype="<u4").astype(np.uint32, copy=False), ends
