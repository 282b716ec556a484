"""Texts that repeat each other in part: copies with words changed, cut out of a longer text, or put into one."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from abate.domain.item import Kind, Material
from abate.domain.signal import Signal, Span
from abate.domain.winnow import HEAD_LETTERS, MOST_LETTERS, read_fingerprints
from abate.signals.normal import reading, with_spans

# late: numpy, abate.signals.winnow_kernel - numba takes most of a second to import: not at each `abate --help`

MATCHED_LETTERS: Final = 80
"""From this length, some fifteen words, a text is matched and banked (quality 50). What two shorter ones share may be
no more than a turn of speech. Letters of denser scripts count for more: 32 Chinese characters are as much."""

RADIUS: Final = 99
"""Every hit that the index verified. Its distance says how much of the shorter text the other has *not*, in percent."""

_EXAMPLE: Final = "01002f2ce5b6e31ea1d61708461d57c2461eab7681ff160488496d4ee1b53fe346"
"""Of "The Order of the Grey Lantern meets at noon by the harbour." """
_BEST: Final = 100
_POINTS: Final = 10
"""Of quality for each different fingerprint: drawn-out cries are long and have few."""


class NearText:
    """The winnowing fingerprints of the normalised text, with where they stand among its letters.

    They hide long texts only: a short one is found by trying a dictionary. Treat such lists as confidential. Case,
    accents, spacing, punctuation and invisible characters do not matter. Of more than 65,535 letters the first 32,768
    and the last 32,767 are read.
    """

    name = "near_text"
    version = "1"
    kinds = frozenset({Kind.TEXT, Kind.PHOTO, Kind.VIDEO})
    index = "winnowing"
    radius = RADIUS
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Read the item's text (a picture's caption as well); ``None`` where not even two words are left of it."""
        normal = reading(material.item.text).normal
        if not normal:
            return None
        import numpy as np

        from abate.signals.winnow_kernel import LETTER, winnow

        codes = np.frombuffer(normal.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        written, weight, different = winnow(codes)
        if not written.size:
            return None
        quality = min(_BEST, weight * 50 // (LETTER * MATCHED_LETTERS), different * _POINTS)
        return Signal(type=self.name, value=written.tobytes().hex(), version=self.version, quality=quality)

    def parse(self, value: str) -> str:
        """Return the fingerprints in lower-case hexadecimal; see ``abate.domain.winnow`` for what is read.

        :raises InputError: when ``value`` is none
        """
        return read_fingerprints(value)

    def examples(self) -> Mapping[str, str]:
        """Return the fingerprints of a sentence as others write them."""
        return {f" {_EXAMPLE.upper()}\n": _EXAMPLE}

    def highlight(self, text: str, runs: Sequence[Span]) -> tuple[Span, ...]:
        """Return the stretches of ``text`` as written that these runs of its letters cover, in reading order.

        A character that stands for several letters is covered whole or not at all.
        """
        if not runs:
            return ()
        normal = with_spans(text)
        places = [at for at, letter in enumerate(normal.text) if letter != " "]
        origins = [normal.starts[at] for at in places]
        cut = max(0, len(places) - MOST_LETTERS)
        found = []
        for start, end in _halves(runs, HEAD_LETTERS if cut else len(places)):
            shift = cut if start >= HEAD_LETTERS else 0
            first, last = _whole(origins, start + shift, min(end + shift, len(places)))
            if first < last:
                found.append(Span(start=origins[first], end=normal.ends[places[last - 1]]))
        return tuple(sorted(found))


def _halves(runs: Sequence[Span], head: int) -> Iterator[tuple[int, int]]:
    """Yield each run; one that crosses from a long text's first letters to its last as two."""
    for run in runs:
        yield from pairwise(sorted({run.start, run.end, min(max(run.start, head), run.end)}))


def _whole(origins: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Return the run without letters at its ends whose character, which stands for several, goes on outside of it."""
    first, last = start, end
    while 0 < first < end and origins[first] == origins[start - 1]:
        first += 1
    while first < last < len(origins) and origins[last - 1] == origins[end]:
        last -= 1
    return first, last
