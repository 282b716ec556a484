"""What is read off a text besides its signals: known phrases, language, scores, and how it is to be read.

A designated organisation's name has weight zero here as well: it is left out of what language identification,
classifiers and the context reader are given, so that putting a name in or taking it out changes none of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

from abate.domain.bank import Match
from abate.domain.scan import Evidence
from abate.domain.signal import UNDETERMINED, Language, NotScanned, Outlook, Signal, Span
from abate.extend.classifier import Classifier
from abate.extend.context import ContextReader
from abate.extend.language import LanguageIdentifier
from abate.extend.signal import Highlighting, Seeker, SignalType
from abate.flows.cascade import Cascade, is_open
from abate.signals.context.mentions import without_mentions

T = TypeVar("T")


@runtime_checkable
class Together(Protocol):
    """What a seeker may offer besides: to look through many texts in one go."""

    def find_many(self, texts: Sequence[str]) -> Sequence[Sequence[Signal]]:
        """Return what ``find`` does, of each text."""
        ...


@dataclass(slots=True)
class Silence:
    """Where a model's outlook says nothing, because its drift alarm is on. It changes with the alarms."""

    pairs: frozenset[tuple[str, str]] = frozenset()
    """A model's version, with a language."""

    def over(self, classifier: Classifier) -> frozenset[str]:
        """Return the languages in which a model's outlook says nothing."""
        return frozenset(language for version, language in self.pairs if version == classifier.version)


@dataclass(frozen=True, kw_only=True, slots=True)
class TextReaders:
    """The plugs that read texts; ``None`` where the operator wants none."""

    language: LanguageIdentifier | None = None
    context: ContextReader | None = None
    classifiers: tuple[Classifier, ...] = ()
    big: Cascade | None = None
    """A large model, which is asked last, and about few texts."""
    silence: Silence = field(default_factory=Silence)

    def at_once(self) -> "TextReaders":
        """Return those that answer in microseconds: for whoever waits."""
        return replace(self, big=None)


Told = tuple[Evidence, tuple[NotScanned, ...]]
"""Evidence, with what could not be read of it."""


def sought(seekers: Sequence[Seeker], text: str) -> tuple[Signal, ...]:
    """Return the known phrases that stand in ``text``."""
    return tuple(found for seeker in seekers for found in seeker.find(text)) if text else ()


def sought_many(seekers: Sequence[Seeker], texts: Sequence[str]) -> list[tuple[Signal, ...]]:
    """Return what :func:`sought` does, of each text; a seeker that takes many together is asked once."""
    found: list[tuple[Signal, ...]] = [()] * len(texts)
    worded = [place for place, text in enumerate(texts) if text]
    for seeker in seekers:
        shown = [texts[place] for place in worded]
        told = seeker.find_many(shown) if isinstance(seeker, Together) else map(seeker.find, shown)
        for place, own in zip(worded, told, strict=True):
            if own:
                found[place] += tuple(own)
    return found


def highlighted(signals: Mapping[str, SignalType], text: str, matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """Return the matches with their spans in the text as written, where their type counts in letters of its own."""
    return tuple(_highlighted(signals, text, match) if match.spans else match for match in matches)


def _highlighted(signals: Mapping[str, SignalType], text: str, match: Match) -> Match:
    plug: object = signals.get(match.signal_type)
    return replace(match, spans=plug.highlight(text, match.spans)) if isinstance(plug, Highlighting) else match


def read(readers: TextReaders, evidence: Sequence[Evidence], names: Sequence[Sequence[Span]]) -> list[Told]:
    """Return the evidence with language, scores and context, each with what could not be said of it, in order.

    :param names: the stretches of each item's text that are somebody's name
    """
    batch = _Batch(evidence, names)
    if readers.language is not None:
        batch.identify(readers.language)
    for classifier in readers.classifiers:
        batch.score(classifier, readers.silence.over(classifier))
    if readers.context is not None:
        batch.put_in_context(readers.context, open_too=readers.big is not None)
    if readers.big is not None:
        batch.ask(readers.big)
    return batch.told()


class _Batch:
    """The texts of a batch of items, read together; items without a text go through untouched."""

    def __init__(self, evidence: Sequence[Evidence], names: Sequence[Sequence[Span]]) -> None:
        self._all = [*evidence]
        self._problems: list[list[NotScanned]] = [[] for _ in evidence]
        self._read = [place for place, one in enumerate(evidence) if one.item.text]
        self._bare = {place: without_mentions(evidence[place].item.text, names[place]) for place in self._read}
        for place in self._read:
            if code := evidence[place].item.language:
                self._put(place, language=Language(code=code, confidence=None))

    def told(self) -> list[Told]:
        return [(one, tuple(own)) for one, own in zip(self._all, self._problems, strict=True)]

    def identify(self, identifier: LanguageIdentifier) -> None:
        """Say each text's language; where that cannot be told, what the platform says stands."""
        answers = identifier.identify([self._bare[place] for place in self._read])
        for place, answer in zip(self._read, answers, strict=True):
            said = self._all[place].language
            if isinstance(answer, NotScanned):
                self._problems[place] += [] if said else [answer]
            elif answer.code != UNDETERMINED or said is None:
                self._put(place, language=answer)

    def score(self, classifier: Classifier, silent: frozenset[str]) -> None:
        """Add a model's scores; in ``silent`` languages they order and ask nobody."""
        answers = classifier.score(*self._asked(self._read))
        for place, scores in self._answered(self._read, answers):
            said = scores
            if silent and (language := self._all[place].language) and language.code in silent:
                said = tuple(replace(score, outlook=Outlook.UNKNOWN) for score in scores)
            self._put(place, scores=self._all[place].scores + said)

    def put_in_context(self, reader: ContextReader, *, open_too: bool) -> None:
        """Ask only where something was found: most posts need no context.

        :param open_too: also where a model cannot say, because another will be asked
        """
        asked = [place for place in self._read if _calls_for_context(self._all[place], open_too=open_too)]
        for place, context in self._answered(asked, reader.read(*self._asked(asked))):
            self._put(place, context=context)

    def ask(self, cascade: Cascade) -> None:
        """Let the large model read what its share allows; its scores come behind those that there are."""
        answers = cascade.read([self._all[place] for place in self._read], [self._bare[place] for place in self._read])
        for place, scores in self._answered(self._read, answers):
            if scores:
                self._put(place, scores=self._all[place].scores + scores)

    def _put(self, place: int, **read: Any) -> None:  # noqa: ANN401 - passed on to `replace`
        self._all[place] = replace(self._all[place], **read)

    def _asked(self, places: Sequence[int]) -> tuple[list[str], list[Language | None]]:
        return [self._bare[place] for place in places], [self._all[place].language for place in places]

    def _answered(self, places: Sequence[int], answers: Iterable[T | NotScanned]) -> Iterator[tuple[int, T]]:
        """Yield what was answered with its place, and keep why the rest was not."""
        for place, answer in zip(places, answers, strict=True):
            if isinstance(answer, NotScanned):
                self._problems[place].append(answer)
            else:
                yield place, answer


def _calls_for_context(one: Evidence, *, open_too: bool) -> bool:
    scored = any(score.outlook in {Outlook.LIKELY, Outlook.UNCERTAIN} for score in one.scores)
    return scored or bool(one.matches or one.mentions) or (open_too and any(map(is_open, one.scores)))
