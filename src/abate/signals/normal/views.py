"""Readings of a text that matching looks at besides the plain one: what people put between, into and for letters.

How matching uses them, where ``automaton`` was built from the normal forms of patterns and ``squeezed_automaton`` from
``squeeze`` of them::

    for view in matching_views(text):
        for start, end in (squeezed_automaton if view.squeezed else automaton).find(view.text):
            if view.may_break(start) and view.may_break(end) and view.counts(start, end):
                first, last = view.original(start, end)  # exact; the map is built at the first call

The first view is the plain normal form. There are others only where something looks disguised: letters set apart by
whatever sign, words stretched, scripts mixed inside a word, digits for letters.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from abate.signals.normal import compiled, gates, leet, lookalikes, recent
from abate.signals.normal.characters import FOLDED
from abate.signals.normal.heavy import LONG, SHORT, Spans, normalise, with_spans
from abate.signals.normal.layers import Layer
from abate.signals.normal.undoing import joined, shortened, squeeze, squeezed

__all__ = ["View", "deobfuscated", "matching_views", "matching_views_many", "read_together", "reading", "squeeze"]

_RECENT: Final = recent.Recent[recent.Read]()
_DISGUISED: Final = recent.Recent[tuple["View", ...]]()
"""The readings of texts that have more than one."""


class View:
    """One reading of a text: a heavy normal form, with the way back to the original."""

    def __init__(self, text: str, source: "_Source", layers: Sequence[Layer] = (), *, squeezed: bool = False) -> None:
        self.text = text
        """Words of unified letters with one space between, as ``normalise`` gives them."""
        self.squeezed = squeezed
        """Every run of one letter is one letter here: look for ``squeeze(pattern)``."""
        self._source = source
        self._layers = layers

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` (not empty) stands in the original, end exclusive."""
        for layer in reversed(self._layers):
            start, end = layer.below(start, end)
        return self._source.spans.original(start, end)

    def may_break(self, at: int) -> bool:
        """Say whether a word may begin or end before ``text[at]``: beside a space, at the rims, among spaced letters.

        Spaced letters do not say where a word ends: "a l a n t e r n" has "lantern" in it. Ask it of long words only.
        """
        if at <= 0 or at >= len(self.text) or " " in self.text[at - 1 : at + 1]:
            return True
        left, right = (at - 1, at), (at, at + 1)
        for layer in reversed(self._layers):
            left, right = layer.below(*left), layer.below(*right)
        return left[1] < right[0]

    def counts(self, start: int, end: int) -> bool:
        """Say whether a hit is this view's to report: any in the plain one, in others one over something undone."""
        if not self._layers and not self._source.edit:
            return True
        for layer in reversed(self._layers):
            start, end = layer.below(start, end)
            if layer.tells(start, end):
                return True
        edit = self._source.edit
        return edit is not None and edit.tells(*self._source.spans.original(start, end))


class _Source:
    """What a view's normal form was made of: the original, or the original with signs replaced one for one."""

    def __init__(self, text: str, edit: Layer | None = None) -> None:
        self.text = text
        self.edit = edit
        self._spans: Spans | None = None

    @property
    def spans(self) -> Spans:
        """The map, built when first asked for."""
        if self._spans is None:
            self._spans = with_spans(self.text)
        return self._spans

    def between(self, at: int) -> str:
        """Return what shows in the original for the space at ``at`` of the normal form."""
        hidden = self.text[self.spans.ends[at - 1] : self.spans.starts[at + 1]]
        return "".join(c for c in hidden if FOLDED[ord(c)])

    def shapes(self, normal: str) -> str:
        """Return for each letter of the normal form the letter as it is written, in its case."""
        return "".join(map(lookalikes.shape, map(self.text.__getitem__, self.spans.starts), normal))


def matching_views(text: str) -> tuple[View, ...]:
    """Return the plain reading, and further ones where something looks disguised, each once; in linear time."""
    kept = _DISGUISED.get(text)
    if kept is not None:
        return kept
    read = reading(text)
    views = views_of(text, *read)
    if read.flags and len(text) <= recent.LONGEST:
        _DISGUISED.put([text], [views])
    return views


def matching_views_many(texts: Sequence[str]) -> list[tuple[View, ...]]:
    """As ``matching_views`` for each text; compiled from twenty thousand characters on, if any was not read before."""
    if all(map(_RECENT.get, texts)) or not compiled.ready(sum(map(len, texts)) >= LONG):
        return [matching_views(text) for text in texts]
    normals, flags = compiled.kernel().normalise(texts)
    return [views_of(*each) for each in zip(texts, normals, flags.tolist(), strict=True)]


def read_together(texts: Sequence[str]) -> None:
    """Have texts that several will look at read in one go; what comes of it is kept for a while (``recent``)."""
    new = [text for text in dict.fromkeys(texts) if len(text) <= recent.LONGEST and not _RECENT.get(text)]
    if not new or not compiled.ready(sum(map(len, new)) >= LONG):
        return
    for start in range(0, len(new), recent.MOST):
        some = new[start : start + recent.MOST]
        normals, flags = compiled.kernel().normalise(some)
        _RECENT.put(some, [recent.Read(*each) for each in zip(normals, flags.tolist(), strict=True)])


def reading(text: str) -> recent.Read:
    """Return the normal form of a text and what it may hide, from what is kept of it or anew."""
    kept = _RECENT.get(text)
    if kept is None:
        kept = _read(text)
        if len(text) <= recent.LONGEST:
            _RECENT.put([text], [kept])
    return kept


def _read(text: str) -> recent.Read:
    if len(text) < SHORT or not compiled.ready(len(text) >= LONG):
        normal = normalise(text)
        return recent.Read(normal, gates.flags(text, normal))
    (normal,), (flags,) = compiled.kernel().normalise([text])
    return recent.Read(normal, int(flags))


def views_of(text: str, normal: str, flags: int) -> tuple[View, ...]:
    """As ``matching_views``, of a text whose normal form and flags (``gates``) are known."""
    source = _Source(text)
    plain = View(normal, source)
    return (plain, *_once(normal, _disguised(source, normal, flags))) if flags else (plain,)


def _once(normal: str, views: Iterator[View]) -> Iterator[View]:
    seen = {(normal, False)}
    for view in views:
        if (view.text, view.squeezed) not in seen:
            seen.add((view.text, view.squeezed))
            yield view


def _disguised(source: _Source, normal: str, flags: int) -> Iterator[View]:
    if flags & ~gates.LEET:
        yield from _undone(source, normal)
    for edited in _with_letters(source, flags):
        plain = normalise(edited.text)
        again, digits = leet.in_spaced(plain)
        if edited.edit or again != plain:
            yield View(again, edited, (digits,))
            yield from _undone(edited, again, (digits,))


def _with_letters(source: _Source, flags: int) -> Iterator[_Source]:
    """Yield the text with letters for signs; itself where there is none but digits may stand among spaced letters."""
    found = False
    if flags & gates.LEET:
        for edited, edit in leet.replaced(source.text):
            found = True
            yield _Source(edited, edit)
    if flags & gates.SPACED and not found:
        yield source


def _undone(source: _Source, normal: str, layers: tuple[Layer, ...] = ()) -> Iterator[View]:
    """Yield the readings with letters joined, scripts unmixed and runs shortened, the likeliest first."""
    for gaps in (True, False):
        together, joints, seen = joined(normal, source.between, gaps=gaps)
        for reading, letters in _unmixed(source, normal, together, joints, spaced=together != normal):
            under = (*layers, joints, letters)
            short, tails = shortened(reading)
            yield View(short, source, (*under, tails))
            if gates.stretched(reading):
                one, runs = squeezed(reading)
                yield View(one, source, (*under, runs), squeezed=True)
        if not seen:
            return


def _unmixed(
    source: _Source, normal: str, together: str, joints: Layer, *, spaced: bool
) -> Iterator[tuple[str, Layer]]:
    any_reading = False
    if gates.mixed(together):
        for reading in lookalikes.readings(together, joints.through(source.shapes(normal))):
            any_reading = True
            yield reading
    if not any_reading or spaced:
        yield together, Layer()  # letters set apart may have joined a word of one script with a neighbour of another


def deobfuscated(text: str) -> str:
    """Return the likeliest reading of ``text`` in heavy normal form: scripts unmixed, letters joined, runs shortened.

    Digits stay digits. Idempotent, and equal to ``normalise(text)`` where nothing looks disguised.
    """
    return deobfuscated_form(text, *reading(text))


def deobfuscated_form(text: str, normal: str, flags: int) -> str:
    """As ``deobfuscated``, of a text whose normal form and flags (``gates``) are known."""
    if not flags & ~gates.LEET:
        return normal
    return next(_undone(_Source(text), normal)).text
