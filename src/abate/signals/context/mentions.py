"""A text without the names that it mentions: what it is read by must not depend on whom it names."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from abate.domain.signal import Mention, Span

_BESIDE_OTHERS: Final = re.compile(r"(?<![^\W_]) | (?![^\W_])")
"""A space that has no letter or digit on both sides."""


def without_mentions(text: str, mentions: Iterable[Mention | Span]) -> str:
    """Return ``text`` without the stretches of its ``mentions``, in one normal spacing.

    A name that is put in or taken out at the edge of a word, with space around it, leaves the very same answer. For
    that, a space is kept only between two letters or digits: beside anything else the space that came with a name
    could not be told from one that was there. Call it for every text that is to be read, also where nothing is named.

    Linear in the text and the mentions. Offsets outside of the text are cut to it.
    """
    return _BESIDE_OTHERS.sub("", " ".join(" ".join(_outside(text, mentions)).split()))


def _outside(text: str, mentions: Iterable[Mention | Span]) -> Iterator[str]:
    """Yield what lies between the mentions."""
    done = 0
    for start, end in sorted((m.start, m.end) for m in mentions):
        if done < start:
            yield text[done:start]
        done = max(done, end)
    yield text[done:]
