"""A text cut where something known stands in it, so that a reviewer sees at once what was met."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from abate.domain.case import Case
from abate.domain.signal import Span

MATCH, MENTION = "match", "mention"


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of a text, and what it is; the pieces in their order are the text."""

    text: str
    kind: str = ""
    """``match``, ``mention``, or empty; a match where it is both, for it weighs something."""


def pieces(text: str, case: Case) -> tuple[Piece, ...]:
    """Return the text in pieces.

    Spans that do not lie in the text, as after an item's text was changed, are cut to it.
    """
    met = _joined((span for match in case.matches for span in match.spans), len(text))
    named = _joined((Span(start=m.start, end=m.end) for m in case.mentions), len(text))
    return tuple(Piece(text=text[start:end], kind=kind) for start, end, kind in _cut(len(text), met, named))


def _joined(spans: Iterable[Span], length: int) -> list[Span]:
    """Return the spans in order, those that touch made one."""
    joined: list[Span] = []
    for span in sorted(spans):
        start, end = min(max(span.start, 0), length), min(span.end, length)
        if joined and start <= joined[-1].end:
            joined[-1] = Span(start=joined[-1].start, end=max(joined[-1].end, end))
        elif start < end:
            joined.append(Span(start=start, end=end))
    return joined


def _cut(length: int, met: list[Span], named: list[Span]) -> Iterator[tuple[int, int, str]]:
    edges = sorted({0, length, *(edge for span in (*met, *named) for edge in (span.start, span.end))})
    first_met = first_named = 0
    for start, end in pairwise(edges):
        while first_met < len(met) and met[first_met].end <= start:
            first_met += 1
        while first_named < len(named) and named[first_named].end <= start:
            first_named += 1
        if first_met < len(met) and met[first_met].start <= start:
            yield start, end, MATCH
        elif first_named < len(named) and named[first_named].start <= start:
            yield start, end, MENTION
        else:
            yield start, end, ""
