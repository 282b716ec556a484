"""Where a text names a designated organisation. A mention informs; its weight in what may act is zero.

Names are looked for as ``names`` says, and every mention comes back with its exact place in the text as it was written:

- long names at word boundaries of the normal form. A name in Arabic script may carry the proclitics that are written
  without a space ("and", "to", "with", "the"): exact boundaries would lose more than half of them. One beside an
  apostrophe ends there ("the Lantern's").
- short names as words of the original text, and not where everything around is in capitals: "ADF" and "LET" are then
  organisations or shouting, and nothing tells which.
- weak names only where their organisation is named by another one as well.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import ahocorasick_rs

from abate.domain.bank import Entry
from abate.domain.signal import Mention, Span
from abate.signals.normal import matching_views_many, normalise
from abate.signals.terms import clitics
from abate.signals.terms.names import SIGNAL_TYPE, is_short, is_weak, looked_for, normalise_name
from abate.signals.terms.scripts import is_arabic, without_surrogates
from abate.signals.terms.search import WINDOW, Pattern, Rule, Search, Views, edge

_NEIGHBOURS: Final = 3
"""How many words on each side tell whether the surroundings are in capitals."""

_NEAR: Final = 60
"""And how many characters on each side are searched for them."""
_WORD = re.compile(r"\w+")

Organisation = tuple[str, tuple[str, ...], str]
"""What names of one organisation have in common: their bank, list and reference, or label where there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A stretch of the original text that names the entries under ``value``."""

    start: int
    end: int
    value: str


class MentionFinder:
    """Finds the names of the entries it was built from. Build one for a state of the banks; it never changes."""

    def __init__(self, names: Iterable[Entry]) -> None:
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        self._weak: set[str] = set()
        for entry in names:
            if entry.signal_type == SIGNAL_TYPE:
                self._entries[looked_for(normalise_name(entry.value))].append(entry)
                if is_weak(entry):
                    self._weak.add(entry.id)
        short = {value for value in self._entries if is_short(normalise(value))}
        self._long = [value for value in self._entries if value not in short]
        self._search = Search(self._patterns())
        self._spellings = sorted({unicodedata.normalize(form, value) for value in short for form in ("NFC", "NFD")})
        self._longest = max(map(len, self._spellings), default=0)
        self._exact = ahocorasick_rs.AhoCorasick(self._spellings)

    def __len__(self) -> int:
        """Return how many different names are looked for."""
        return len(self._entries)

    def find(self, text: str, views: Views | None = None) -> tuple[Mention, ...]:
        """Return the mentions in ``text`` in reading order, without names that lie inside a longer one that matched.

        :param views: ``matching_views(text)``, where the caller has them
        """
        return self._mentions(self._places(text, views))

    def names_in(self, text: str) -> tuple[tuple[Mention, ...], tuple[Span, ...]]:
        """Return what :meth:`find` and :meth:`stretches` do, looked for once."""
        places = self._places(text)
        return self._mentions(places), _merged(places)

    def _mentions(self, places: "list[_Place]") -> tuple[Mention, ...]:
        if not places:
            return ()
        counted = _outermost(self._that_count(places))
        found = {_mention(place, entry) for place, entries in counted for entry in entries}
        return tuple(sorted(found, key=lambda m: (m.start, m.end, m.list, m.ref, m.name)))

    def find_many(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Return what :meth:`find` does, of each text; their readings are made together, which is quicker."""
        return [self.find(text, views) for text, views in zip(texts, matching_views_many(texts), strict=True)]

    def stretches(self, text: str) -> tuple[Span, ...]:
        """Return every stretch of ``text`` that is somebody's name, those of weak names that do not count too.

        In reading order, none overlapping. What is left without them is the same whatever names are put in.
        """
        return _merged(self._places(text))

    def _places(self, text: str, views: Views | None = None) -> list[_Place]:
        return [*self._long_places(text, views), *self._short_places(text)]

    def _that_count(self, places: Iterable[_Place]) -> "Iterator[_Named]":
        """Yield each place with the entries that count there: all but weak ones whose organisation is not named."""
        named = [(place, self._entries[place.value]) for place in places]
        strong = ((place, [one for one in entries if one.id not in self._weak]) for place, entries in named)
        outer = _outermost(pair for pair in strong if pair[1])
        known = {_organisation(entry) for _, entries in outer for entry in entries}
        for place, entries in named:
            counting = [one for one in entries if one.id not in self._weak or _organisation(one) in known]
            if counting:
                yield place, counting

    def _long_places(self, text: str, views: Views | None) -> Iterator[_Place]:
        for owner, places in self._search.places(text, views).items():
            for start, end in places:
                yield _Place(start=start, end=end, value=self._long[owner])

    def _short_places(self, text: str) -> Iterator[_Place]:
        if not self._spellings:
            return
        plain = without_surrogates(text)
        for at in range(0, len(plain), WINDOW):
            piece = plain[at : at + WINDOW + self._longest]
            for index, start, end in self._exact.find_matches_as_indexes(piece, overlapping=True):
                if start < WINDOW and self._is_name(text, at + start, at + end):
                    value = unicodedata.normalize("NFC", self._spellings[index])
                    yield _Place(start=at + start, end=at + end, value=value)

    @staticmethod
    def _is_name(text: str, start: int, end: int) -> bool:
        return _stands_alone(text, start, end) and not (text[start:end].isupper() and _shouted(text, start, end))

    def _patterns(self) -> Iterator[Pattern]:
        for owner, value in enumerate(self._long):
            behind = edge(value[-1])
            before = clitics.PROCLITICS if is_arabic(value[0]) else edge(value[0])
            yield value, owner, Rule(before, behind, apostrophe=True)
            if value.startswith(clitics.ARTICLE):
                yield value[1:], owner, Rule(clitics.TO_THE, behind)


_Named = tuple[_Place, list[Entry]]


def _merged(places: Iterable[_Place]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for place in sorted(places, key=lambda p: (p.start, p.end)):
        if merged and place.start < merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, place.end))
        else:
            merged.append(Span(start=place.start, end=place.end))
    return tuple(merged)


def _organisation(entry: Entry) -> Organisation:
    return entry.bank, entry.sources, entry.ref or entry.label or entry.value


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Say whether no letter, digit or mark touches the stretch; "ADF-led" and "ADF's" name the ADF."""
    rims = text[max(start - 1, 0) : start] + text[end : end + 1]
    return not any(rim.isalnum() or rim == "_" or unicodedata.combining(rim) for rim in rims)


def _shouted(text: str, start: int, end: int) -> bool:
    """Say whether all the words around are in capitals, so that an acronym cannot be told from a word."""
    before = _WORD.findall(text[max(start - _NEAR, 0) : start])[-_NEIGHBOURS:]
    cased = [word for word in [*before, *_WORD.findall(text[end : end + _NEAR])[:_NEIGHBOURS]] if _has_case(word)]
    return bool(cased) and all(word.isupper() for word in cased)


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()


def _outermost(named: "Iterable[_Named]") -> "Iterator[_Named]":
    """Yield the places that lie in no longer one. One sweep: a text may hold a hundred thousand of them."""
    last: _Place | None = None
    for place, entries in sorted(named, key=lambda pair: (pair[0].start, -pair[0].end, pair[0].value)):
        if last is None or place.end > last.end or (place.start, place.end) == (last.start, last.end):
            yield place, entries
            last = place


def _mention(place: _Place, entry: Entry) -> Mention:
    return Mention(
        name=entry.label or looked_for(entry.value),
        list=", ".join(entry.sources) or entry.bank,
        ref=entry.ref,
        start=place.start,
        end=place.end,
    )
