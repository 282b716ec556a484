"""Known phrases in texts: words and sentences that a bank lists, each with how strictly it is compared.

A value is written ``MODE:phrase``:

- ``exact``: the phrase as whole words;
- ``clitic``: also with what its script writes onto a word (see ``clitics``), and before or behind an apostrophe
  ("l'ordre", "the Lantern's", "Fener'den");
- ``substring``: anywhere, inside longer words too.

Without a mode it is ``clitic``; under ``SHORT`` letters and digits it is ``exact`` and may be nothing else, since few
letters stand inside many words. Where a script has no spaces between words, every mode finds the phrase inside its
sentence. Endings of Turkish, Uzbek, Russian and other languages that inflect without an apostrophe are not undone:
list the forms, or the stem as a ``substring``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from abate.domain.errors import InputError
from abate.domain.item import Kind, Material
from abate.domain.signal import Signal, Span
from abate.extend.signal import Seeker
from abate.signals.normal import matching_views, matching_views_many, normalise
from abate.signals.terms import clitics
from abate.signals.terms.scripts import is_arabic, letters_in
from abate.signals.terms.search import Pattern, Place, Rule, Search, Views, edge

EXACT: Final = "exact"
CLITIC: Final = "clitic"
SUBSTRING: Final = "substring"
MODES: Final = (EXACT, CLITIC, SUBSTRING)

SHORT: Final = 5
"""Phrases with fewer letters and digits than this are compared exactly."""
LEAST_LETTERS: Final = 2
BUILD_ANEW: Final = 20
"""When more than one in so many phrases came or went, all are built anew."""
LONGEST: Final = 400
"""Characters of the normal form. A longer text is found by its near copies."""

_HEH: Final = normalise("ه")
_KEPT_HEH: Final = clitics.WHOLE - {normalise("ا")}
"""Behind a heh that stays one, an alef is the rest of "her" on another word."""


class Term:
    """A phrase of a lexicon. What an item has of it depends on what the banks hold: it is looked for, not computed."""

    name = "term"
    version = "1"
    kinds = frozenset(Kind)
    index = "exact"
    radius = 0
    verified = False

    def __init__(self) -> None:
        self._built: PhraseSeeker | None = None

    def compute(self, material: Material) -> Signal | None:  # noqa: ARG002 - the Protocol's word
        """Return ``None``: see :meth:`seeker`."""
        return None

    def parse(self, value: str) -> str:
        """Return ``MODE:phrase`` with the phrase in heavy normal form.

        :raises InputError: when too few letters are left of it, or too many, or too few for its mode
        """
        mode, phrase = _split(value)
        normal = normalise(phrase)
        letters = letters_in(normal)
        if letters < LEAST_LETTERS:
            msg = f"the phrase {phrase[:80]!r} has under {LEAST_LETTERS} letters and would hit anything; leave it out"
            raise InputError(msg)
        if len(normal) > LONGEST:
            msg = f"the phrase is longer than {LONGEST} characters; add the text itself, whose near copies are found"
            raise InputError(msg)
        if letters < SHORT and mode not in {"", EXACT}:
            msg = (
                f"the phrase {phrase[:80]!r} has fewer than {SHORT} letters, which stand inside many words; "
                f"write it as {EXACT}:{normal}"
            )
            raise InputError(msg)
        return f"{mode or (EXACT if letters < SHORT else CLITIC)}:{normal}"

    def examples(self) -> Mapping[str, str]:
        """Return phrases as lists write them."""
        return {
            "Grey Lantern": "clitic:grey lantern",
            " Substring: LÁNTERN ": "substring:lantern",
            "GL5": "exact:gl5",
            "الفانوس الرمادى": "clitic:الفانوس الرمادي",
        }

    def seeker(self, values: Iterable[str]) -> Seeker:
        """Build the seeker of canonical ``values``.

        Where few of them are new since the last one was built, only those are built anew: a phrase that is added to a
        hundred thousand is looked for after milliseconds.
        """
        wanted = frozenset(values)
        built = self._built
        if built is not None and len(wanted ^ built.values) * BUILD_ANEW < len(built.values):
            return _Changed(built, PhraseSeeker(wanted - built.values), gone=built.values - wanted)
        seeker = PhraseSeeker(wanted)
        if built is None or 2 * len(wanted) >= len(built.values):
            # Others look for a few phrases in between, as for those that are new; the large one is what takes a second.
            self._built = seeker
        return seeker


def _split(value: str) -> tuple[str, str]:
    """Return the mode, empty where none is written, and the phrase."""
    mode, colon, phrase = value.partition(":")
    word = mode.strip().casefold()
    return (word, phrase) if colon and word in MODES else ("", value)


class PhraseSeeker:
    """Finds the phrases it was built from. It never changes; any number of threads may ask it."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = frozenset(values)
        """All that it looks for."""
        self._values = sorted(self.values)
        self._search = Search(self._patterns())

    def __len__(self) -> int:
        """Return how many phrases are looked for."""
        return len(self._values)

    def find(self, text: str, views: Views | None = None) -> Sequence[Signal]:
        """Return each phrase that stands in ``text`` once, with all its spans, in reading order.

        :param views: ``matching_views(text)``, where the caller has them
        """
        return self._signals(self._search.places(text, views))

    def find_many(self, texts: Sequence[str]) -> list[Sequence[Signal]]:
        """Return what :meth:`find` does, of each text; they are read and searched together, which is quicker."""
        found = self._search.places_of_many(texts, matching_views_many(texts))
        return [self._signals(found[place]) if place in found else () for place in range(len(texts))]

    def _signals(self, found: Mapping[int, Sequence[Place]]) -> Sequence[Signal]:
        if not found:
            return ()
        signals = [self._signal(owner, places) for owner, places in found.items()]
        return sorted(signals, key=_in_reading_order) if len(signals) > 1 else signals

    def _signal(self, owner: int, places: Iterable[Place]) -> Signal:
        spans = tuple(Span(start=start, end=end) for start, end in places)
        return Signal(type=Term.name, value=self._values[owner], version=Term.version, spans=spans)

    def _patterns(self) -> Iterator[Pattern]:
        for owner, value in enumerate(self._values):
            mode, _, phrase = value.partition(":")
            for text, rule in patterns_of(mode, phrase):
                yield text, owner, rule


class _Changed:
    """A seeker, one for what came since it was built, and what went."""

    def __init__(self, built: PhraseSeeker, new: PhraseSeeker, *, gone: frozenset[str]) -> None:
        self._built = built
        self._new = new
        self._gone = gone

    def find(self, text: str, views: Views | None = None) -> Sequence[Signal]:
        """Return what both find, without what went, in reading order."""
        views = views or matching_views(text)
        known = [one for one in self._built.find(text, views) if one.value not in self._gone]
        new = self._new.find(text, views) if self._new.values else ()
        return sorted([*known, *new], key=_in_reading_order) if new else known

    def find_many(self, texts: Sequence[str]) -> list[Sequence[Signal]]:
        """Return what :meth:`find` does, of each text; see ``PhraseSeeker.find_many``."""
        built = self._built.find_many(texts)
        new = self._new.find_many(texts) if self._new.values else [()] * len(texts)
        return [
            sorted([*(one for one in old if one.value not in self._gone), *more], key=_in_reading_order)
            if old or more
            else ()
            for old, more in zip(built, new, strict=True)
        ]


def _in_reading_order(one: Signal) -> tuple[Span, str]:
    return one.spans[0], one.value


def patterns_of(mode: str, phrase: str) -> Iterator[tuple[str, Rule]]:
    """Yield each shape that is looked for with what may touch it; ``phrase`` in normal form."""
    if mode == SUBSTRING:
        yield phrase, _ANYWHERE
    elif mode == EXACT:
        yield phrase, Rule(edge(phrase[0]), edge(phrase[-1]))
    else:
        yield from _inflected(phrase)


_ANYWHERE: Final = Rule(None, None)


def _inflected(phrase: str) -> Iterator[tuple[str, Rule]]:
    before = clitics.PROCLITICS if is_arabic(phrase[0]) else edge(phrase[0])
    for text, behind in _endings(phrase):
        yield text, Rule(before, behind, apostrophe=True)
        if phrase.startswith(clitics.ARTICLE):
            yield text[1:], Rule(clitics.TO_THE, behind)


def _endings(phrase: str) -> Iterator[tuple[str, frozenset[str] | None]]:
    last = phrase[-1]
    if not is_arabic(last):
        yield phrase, edge(last)
        return
    yield phrase, _KEPT_HEH if last == _HEH else clitics.WHOLE
    yield from clitics.changed(phrase)
