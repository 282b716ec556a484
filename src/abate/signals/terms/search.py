"""Where known phrases stand in a text: one automaton over all of them, then a look at what touches each hit.

Texts are searched in their heavy normal form, so that case, accents, script variants and invisible characters do not
hide a phrase; and where a text looks disguised, in the readings that undo it (spaced letters, drawn-out ones,
look-alikes), for phrases of ``LEAST_DISGUISED`` letters or more. A clean text costs one pass.

What may touch a hit is its :class:`Rule`. Places come back as offsets of the original. The work is linear in the text:
a long one is searched window by window, so that the hits in hand are bounded too.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from abate.signals.normal import View, matching_views, squeeze
from abate.signals.terms.automaton import BETWEEN, Automaton, Hit
from abate.signals.terms.clitics import LONGEST_BEFORE, LONGEST_BEHIND
from abate.signals.terms.scripts import letters_in, unspaced

LEAST_DISGUISED: Final = 4
"""Letters. Shorter phrases come about by chance where letters are joined or swapped."""
LEAST_SPACED: Final = 5
"""Letters of a phrase that may begin or end among letters that stand alone."""
WINDOW: Final = 1 << 16
"""Characters that are searched together."""

_APOSTROPHES: Final = "'’‘ʼ`´＇"
_APOSTROPHE: Final = re.compile(f"[{_APOSTROPHES}]")
_ELISION: Final = 4
"""Letters before an apostrophe that are a word's own: l', d', qu', dell'."""
_SUFFIX: Final = 8
"""Letters behind an apostrophe that are put onto a name: English 's, Turkish 'lerinden."""
_REACH: Final = max(LONGEST_BEFORE, LONGEST_BEHIND, _ELISION, _SUFFIX) + 1
"""How far is looked around a hit. Farther would make a long text without spaces cost its square."""

Views = Sequence[View]
"""The readings of a text, the plain one first."""
Place = tuple[int, int]
"""Offsets of the first character and of the one behind the last, in the text as written."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What may touch a hit without a space between; ``None`` for anything. Not keyword-only: it is made by the million.

    The empty string among ``before`` or ``behind`` stands for nothing at all.
    """

    before: frozenset[str] | None
    behind: frozenset[str] | None
    apostrophe: bool = False
    """Whether an apostrophe, which vanishes in the normal form, ends the word as a space does."""


BARE: Final = frozenset({""})


def edge(letter: str, allowed: frozenset[str] = BARE) -> frozenset[str] | None:
    """Return what may touch a phrase on the side of ``letter``: anything, where the script has no spaces."""
    return None if unspaced(letter) else allowed


Pattern = tuple[str, int, Rule]
"""What the automaton looks for, the number of the phrase that it stands for, and what may touch it."""

_BOTH, _AS_WRITTEN, _SQUEEZED = range(3)
"""In which views a pattern is looked for: one with a double letter has two forms."""
_DOUBLE: Final = re.compile(r"(.)\1", re.DOTALL)


class Search:
    """Finds phrases. It never changes; any number of threads may ask it."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._owners = array("I")
        self._rule_of = array("H")
        self._forms = bytearray()
        numbers: dict[Rule, int] = {}
        texts: list[str] = []
        for text, owner, rule, form in _in_their_forms(patterns):
            texts.append(text)
            self._owners.append(owner)
            self._rule_of.append(numbers.setdefault(rule, len(numbers)))
            self._forms.append(form)
        self._rules = [*numbers]
        self._automaton = Automaton(texts)

    def places(self, text: str, views: Views | None = None) -> dict[int, list[Place]]:
        """Return for each phrase that stands in ``text``, by its number, where: in order, none overlapping.

        :param views: ``matching_views(text)``, where the caller has them
        """
        read = views or matching_views(text)
        return self._places(text, read, self._hits(read[0].text))

    def places_of_many(self, texts: Sequence[str], views: Sequence[Views]) -> dict[int, dict[int, list[Place]]]:
        """Return what :meth:`places` does, of those of the texts in which something stands, by their places.

        They are searched together, which is quicker.

        :param views: ``matching_views`` of each text
        """
        normals = [read[0].text for read in views]
        disguised = [place for place, read in enumerate(views) if len(read) > 1]
        found: dict[int, dict[int, list[Place]]] = {}
        for group in _groups(normals):
            hits = self._hits_apart(normals, group)
            found |= {place: self._places(texts[place], views[place], own) for place, own in hits.items()}
        found |= {place: self._places(texts[place], views[place], ()) for place in disguised if place not in found}
        return {place: own for place, own in found.items() if own}

    def _places(self, text: str, views: Views, hits: Iterable[Hit]) -> dict[int, list[Place]]:
        found: dict[int, list[Place]] = {}
        plain, *undone = views
        self._collect(text, plain, hits, found)
        for view in undone:
            self._collect_undone(view, found)
        return {owner: _apart(places) for owner, places in found.items()} if found else found

    def _hits_apart(self, normals: Sequence[str], group: range) -> Mapping[int, Iterable[Hit]]:
        """Return the hits in those of a group that have any. A text that is longer than a window stands alone."""
        if len(group) == 1:
            return {group.start: self._hits(normals[group.start])}
        joined = BETWEEN.join(normals[group.start : group.stop])
        apart: dict[int, list[Hit]] = {}
        begins: list[int] = []
        for number, start, end in self._automaton.hits(joined):
            begins = begins or _begins(normals[group.start : group.stop])
            place = bisect_right(begins, start) - 1
            apart.setdefault(group.start + place, []).append((number, start - begins[place], end - begins[place]))
        return apart

    def _hits(self, normal: str) -> Iterable[Hit]:
        return self._automaton.hits(normal) if len(normal) <= WINDOW else self._windows(normal)

    def _windows(self, normal: str) -> Iterator[Hit]:
        for at in range(0, len(normal), WINDOW):
            for number, start, end in self._automaton.hits(normal[at : at + WINDOW + self._automaton.longest]):
                if start < WINDOW:
                    yield number, at + start, at + end

    def _collect(self, text: str, view: View, hits: Iterable[Hit], found: dict[int, list[Place]]) -> None:
        """Add what stands in the plain view."""
        normal = view.text
        for number, start, end in hits:
            if self._forms[number] == _SQUEEZED:
                continue
            rule = self._rules[self._rule_of[number]]
            left = rule.before is None or _before(normal, start) in rule.before
            right = rule.behind is None or _behind(normal, end) in rule.behind
            if (left and right) or (rule.apostrophe and _cut_off(text, view, start, end, (left, right))):
                found.setdefault(self._owners[number], []).append(view.original(start, end))

    def _collect_undone(self, view: View, found: dict[int, list[Place]]) -> None:
        """Add what stands in a view that undoes a disguise, over something that was undone."""
        normal = view.text
        other_form = _AS_WRITTEN if view.squeezed else _SQUEEZED
        for number, start, end in self._hits(normal):
            if self._forms[number] == other_form or end - start < LEAST_DISGUISED or not view.counts(start, end):
                continue
            rule = self._rules[self._rule_of[number]]
            # Few letters among others that stand alone come about by chance: "a l a n" has "alan" in it.
            alone = end - start >= LEAST_SPACED
            left = rule.before is None or (alone and view.may_break(start)) or _before(normal, start) in rule.before
            behind = "" if alone and view.may_break(end) else _behind(normal, end)
            if left and (rule.behind is None or behind in rule.behind):
                found.setdefault(self._owners[number], []).append(view.original(start, end))


def _groups(normals: Sequence[str]) -> Iterator[range]:
    """Cut texts into groups of a window together, so that the hits in hand are bounded."""
    first = letters = 0
    for place, normal in enumerate(normals):
        letters += len(normal) + len(BETWEEN)
        if letters > WINDOW and place > first:
            yield range(first, place)
            first, letters = place, len(normal) + len(BETWEEN)
    if normals:
        yield range(first, len(normals))


def _begins(normals: Sequence[str]) -> list[int]:
    return [0, *accumulate(len(normal) + len(BETWEEN) for normal in normals)]


def _in_their_forms(patterns: Iterable[Pattern]) -> Iterator[tuple[str, int, Rule, int]]:
    for text, owner, rule in patterns:
        if not _DOUBLE.search(text):
            yield text, owner, rule, _BOTH
            continue
        yield text, owner, rule, _AS_WRITTEN
        squeezed = squeeze(text)
        if letters_in(squeezed) >= LEAST_DISGUISED:
            yield squeezed, owner, rule, _SQUEEZED


def _before(normal: str, start: int) -> str:
    """Return what is written onto the front of a hit; of a long word only its end, which is longer than any clitic."""
    piece = normal[max(start - _REACH, 0) : start].rpartition(" ")[2]
    return "" if piece and unspaced(piece[-1]) else piece


def _behind(normal: str, end: int) -> str:
    piece = normal[end : end + _REACH].partition(" ")[0]
    return "" if piece and unspaced(piece[0]) else piece


def _cut_off(text: str, view: View, start: int, end: int, sound: tuple[bool, bool]) -> bool:
    """Say whether an apostrophe cuts off the hit on each side that is not ``sound``."""
    if not _APOSTROPHE.search(text):
        return False
    normal = view.text
    if (not sound[0] and len(_before(normal, start)) > _ELISION) or (
        not sound[1] and len(_behind(normal, end)) > _SUFFIX
    ):
        return False
    first, last = view.original(start, end)
    left = sound[0] or _is_apostrophe(text, first - 1)
    return left and (sound[1] or _is_apostrophe(text, last))


def _is_apostrophe(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at] in _APOSTROPHES


def _apart(places: Sequence[Place]) -> list[Place]:
    """Return the places in order, without those that begin inside one before."""
    kept: list[Place] = []
    for place in sorted(set(places), key=lambda one: (one[0], -one[1])):
        if not kept or place[0] >= kept[-1][1]:
            kept.append(place)
    return kept
