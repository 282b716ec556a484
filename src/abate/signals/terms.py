"""Where a text names a designated organisation. A mention informs; its weight in what may act is zero.

Names are looked for in the normalised text, so that accents, spelling variants and invisible characters do not hide
them, and every mention comes back with its exact place in the text as it was written. Two kinds of name are told apart:

- *long* (five letters or more, or any in a script without spaces): normalised, at word boundaries. A name in Arabic
  script may carry the proclitics that are written without a space ("and", "to", "with", "the"): exact boundaries would
  lose more than half of them.
- *short* (fewer): exactly as listed, capitals included, as a token of the original text, and not where everything
  around is in capitals: "ADF" and "LET" are then organisations or shouting, and nothing tells which.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
"""How many tokens on each side tell whether the surroundings are in capitals."""

_TOKEN = re.compile(r"\w+(?:[-'’]\w+)*")
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
    normal = normalise(untrusted)
    letters = len(normal.replace(" ", ""))
    if letters < LEAST_LETTERS:
        msg = f"the name {untrusted[:80]!r} has fewer than {LEAST_LETTERS} letters and would hit anything; leave it out"
        raise InputError(msg)
    return " ".join(unicodedata.normalize("NFC", untrusted).split()) if _is_short(normal) else normal


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
        self._short = {value for value in self._entries if _is_short(normalise(value))}
        self._patterns = [*_patterns(value for value in self._entries if value not in self._short)]
        self._automaton = ahocorasick_rs.AhoCorasick([pattern for pattern, _ in self._patterns])

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
        hits = self._automaton.find_matches_as_indexes(normal, overlapping=True)
        spans: Spans | None = None
        for index, start, end in hits:
            value, swallowed = self._patterns[index][1]
            if _bounded(normal, start, end, swallowed=swallowed):
                spans = spans or with_spans(text)
                first, last = spans.original(start, end)
                yield _Place(start=first, end=last, value=value)

    def _short_places(self, text: str) -> Iterator[_Place]:
        if not self._short:
            return
        tokens = [*_TOKEN.finditer(text)]
        for i, token in enumerate(tokens):
            for start, end in _parts(token):
                word = unicodedata.normalize("NFC", text[start:end])
                if word in self._short and not (word.isupper() and _shouted(tokens, i)):
                    yield _Place(start=start, end=end, value=word)


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


def _parts(token: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of a token: whole, and by its hyphens and apostrophes ("G-9"; "ADF-led", "ADF's")."""
    yield token.span()
    if re.search(r"[-'’]", token[0]):
        for part in re.finditer(r"\w+", token[0]):
            yield token.start() + part.start(), token.start() + part.end()


def _shouted(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Say whether all the words around are in capitals, so that an acronym cannot be told from a word."""
    around = [*tokens[max(at - _NEIGHBOURS, 0) : at], *tokens[at + 1 : at + 1 + _NEIGHBOURS]]
    cased = [token[0] for token in around if token[0].lower() != token[0].upper()]
    return bool(cased) and all(word.isupper() for word in cased)


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
