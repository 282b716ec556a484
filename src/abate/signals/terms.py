"""Where a text names a designated organisation. A mention informs; its weight in what may act is zero.

Names are looked for in the normalised text, so that accents, spelling variants and invisible characters do not hide
them, and every mention comes back with its exact place in the text as it was written. Two kinds of name are told apart:

- *long* (five letters or more, or any in a script without spaces): normalised, at word boundaries. A name in Arabic
  script may carry the proclitics that are written without a space ("and", "to", "with", "the"): exact boundaries would
  lose more than half of them.
- *short* (fewer): exactly as listed, capitals included, as words of the original text, and not where everything
  around is in capitals: "ADF" and "LET" are then organisations or shouting, and nothing tells which.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import ahocorasick_rs

from abate.domain.bank import Entry
from abate.domain.errors import InputError
from abate.domain.signal import Mention
from abate.signals.normal import Spans, normalise, with_spans

SIGNAL_TYPE: Final = "name"
"""The signal type of entries in designated banks. No item has such a signal, so there is no plug of that name."""

LEAST_LETTERS: Final = 3
SHORT: Final = 5
"""Names with fewer letters and digits than this are found only exactly as listed."""

_NEIGHBOURS: Final = 3
"""How many words on each side tell whether the surroundings are in capitals."""

_NEAR: Final = 60
"""And how many characters on each side are searched for them."""
_WORD = re.compile(r"\w+")
_ARTICLE: Final = normalise("ال")
_LAM: Final = normalise("ل")
_CONJUNCTIONS: Final = ("", normalise("و"), normalise("ف"))
_PREPOSITIONS: Final = ("", normalise("ب"), normalise("ك"), _LAM, normalise("س"))
_PROCLITICS: Final = frozenset(
    "".join(parts) for parts in product(_CONJUNCTIONS, _PREPOSITIONS, ("", _ARTICLE))
) | frozenset(f"{conjunction}{_LAM}{_LAM}" for conjunction in _CONJUNCTIONS)
_REACH: Final = max(map(len, _PROCLITICS)) + 1
_TO_THE: Final = frozenset(f"{conjunction}{_LAM}" for conjunction in _CONJUNCTIONS)
"""What stands before the second lam where "to" swallowed the article's alef."""


def normalise_name(untrusted: str) -> str:
    """Return the value under which a name is banked: normal form, or exactly as listed where it is short.

    :raises InputError: when fewer than three letters or digits are left of it
    """
    written = " ".join(unicodedata.normalize("NFC", _without_surrogates(untrusted)).split())
    normal = normalise(written)
    letters = len(normal.replace(" ", ""))
    if letters < LEAST_LETTERS:
        msg = f"the name {untrusted[:80]!r} has fewer than {LEAST_LETTERS} letters and would hit anything; leave it out"
        raise InputError(msg)
    return written if _is_short(normal) else normal


def _without_surrogates(untrusted: str) -> str:
    """Put a question mark for each lone surrogate, which JSON can smuggle into a text and the automaton cannot take."""
    return untrusted if untrusted.isascii() else untrusted.encode("utf-8", "replace").decode("utf-8")


def _is_short(normal: str) -> bool:
    letters = normal.replace(" ", "")
    return len(letters) < SHORT and not all(_unspaced(letter) for letter in letters)


def _unspaced(letter: str) -> bool:
    """Say whether the letter's script puts no space between words: Thai, Lao, kana, Han. Few letters say much there."""
    return "\u0e00" <= letter <= "\u0eff" or "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff"


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
        for entry in names:
            if entry.signal_type == SIGNAL_TYPE:
                self._entries[normalise_name(entry.value)].append(entry)
        short = {value for value in self._entries if _is_short(normalise(value))}
        self._patterns = [*_patterns(value for value in self._entries if value not in short)]
        self._normal = ahocorasick_rs.AhoCorasick([pattern for pattern, _ in self._patterns])
        self._spellings = sorted({unicodedata.normalize(form, value) for value in short for form in ("NFC", "NFD")})
        self._exact = ahocorasick_rs.AhoCorasick(self._spellings)

    def __len__(self) -> int:
        """Return how many different names are looked for."""
        return len(self._entries)

    def find(self, text: str) -> tuple[Mention, ...]:
        """Return the mentions in ``text`` in reading order, without names that lie inside a longer one that matched."""
        outer = _outermost({*self._long_places(text), *self._short_places(text)})
        found = {_mention(p, entry) for p in outer for entry in self._entries[p.value]}
        return tuple(sorted(found, key=lambda m: (m.start, m.end, m.list, m.ref, m.name)))

    def _long_places(self, text: str) -> Iterator[_Place]:
        normal = normalise(text)
        hits = self._normal.find_matches_as_indexes(normal, overlapping=True)
        spans: Spans | None = None
        for index, start, end in hits:
            value, swallowed = self._patterns[index][1]
            if _bounded(normal, start, end, swallowed=swallowed):
                spans = spans or with_spans(text)
                first, last = spans.original(start, end)
                yield _Place(start=first, end=last, value=value)

    def _short_places(self, text: str) -> Iterator[_Place]:
        for index, start, end in self._exact.find_matches_as_indexes(_without_surrogates(text), overlapping=True):
            value = self._spellings[index]
            if _stands_alone(text, start, end) and not (value.isupper() and _shouted(text, start, end)):
                yield _Place(start=start, end=end, value=unicodedata.normalize("NFC", value))


def _patterns(values: Iterable[str]) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield what the automaton looks for, each with its name and whether the article's alef was swallowed by "to"."""
    for value in values:
        yield value, (value, False)
        if value.startswith(_ARTICLE):
            yield value[1:], (value, True)


def _bounded(normal: str, start: int, end: int, *, swallowed: bool) -> bool:
    """Say whether the hit is a whole word, but for proclitics before a name in Arabic script."""
    if end < len(normal) and normal[end] != " " and not _unspaced(normal[end - 1]):
        return False
    if _unspaced(normal[start]):
        return True
    # Looking further back than the longest proclitics would make a long text without spaces cost its square.
    before = normal[max(start - _REACH, 0) : start].rpartition(" ")[2]
    if swallowed:
        return before in _TO_THE
    return not before or (_is_arabic(normal[start]) and before in _PROCLITICS)


def _is_arabic(letter: str) -> bool:
    return "\u0600" <= letter <= "\u06ff"


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


def _outermost(places: Iterable[_Place]) -> Iterator[_Place]:
    """Yield the places that lie in no longer one. One sweep: a text may hold a hundred thousand of them."""
    last: _Place | None = None
    for place in sorted(places, key=lambda p: (p.start, -p.end, p.value)):
        if last is None or place.end > last.end or (place.start, place.end) == (last.start, last.end):
            yield place
            last = place


def _mention(place: _Place, entry: Entry) -> Mention:
    return Mention(
        name=entry.label or entry.value,
        list=", ".join(entry.sources) or entry.bank,
        ref=entry.ref,
        start=place.start,
        end=place.end,
    )
