"""What is read off texts besides signals: who is asked, in which order, and what becomes of what cannot be said."""

from dataclasses import dataclass, field

import pytest

from abate.domain.bank import Match
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence
from abate.domain.signal import Context, ContextLabel, Language, Mention, NotScanned, Outlook, Score, Signal, Span
from abate.flows import text
from abate.flows.text import TextReaders

ENGLISH = Language(code="en", confidence=0.75)
NO_WORD = NotScanned(step="language", reason="no letters")
NAMED = Mention(name="Grey Lantern", list="UN", ref="1", start=4, end=16)


@dataclass
class Ears:
    """A language identifier, classifier and context reader that remembers what it was asked."""

    name: str = "ears"
    version: str = "1"
    outlook: Outlook = Outlook.LIKELY
    language: Language | NotScanned = ENGLISH
    asked: list[tuple[str, list]] = field(default_factory=list)

    def identify(self, texts):
        self.asked.append(("identify", list(texts)))
        return [self.language for _ in texts]

    def score(self, texts, languages):
        self.asked.append(("score", list(zip(texts, languages, strict=True))))
        unheard = NotScanned(step="score", reason="not trained on it")
        return [
            (Score(name="ears:abuse", probability=0.5, outlook=self.outlook),) if language else unheard
            for language in languages
        ]

    def read(self, texts, languages):
        self.asked.append(("read", list(texts)))
        unread = NotScanned(step="context", reason="cannot read it")
        return [Context(label=ContextLabel.NEUTRAL, probability=0.5) if lang else unread for lang in languages]


def evidence(words: str, **more) -> Evidence:
    return Evidence(item=Item(id="1", kind=Kind.TEXT, text=words, language=more.pop("said", "")), **more)


def read(given: TextReaders, evidence: list[Evidence]):
    return text.read(given, evidence, [[Span(start=m.start, end=m.end) for m in one.mentions] for one in evidence])


def readers(ears: Ears) -> TextReaders:
    return TextReaders(language=ears, context=ears, classifiers=(ears,))


def test_a_text_gets_its_language_scores_and_context():
    ((told, problems),) = read(readers(Ears()), [evidence("the lamp burns")])
    assert (told.language, told.context.label, problems) == (ENGLISH, ContextLabel.NEUTRAL, ())
    assert [score.name for score in told.scores] == ["ears:abuse"]


def test_what_has_no_text_is_not_asked_about():
    ears = Ears()
    (picture, _), (worded, _) = read(readers(ears), [evidence(""), evidence("words")])
    assert picture == evidence("")
    assert worded.language == ENGLISH
    assert ears.asked[0] == ("identify", ["words"])


def test_names_are_left_out_of_what_is_scored_and_read():
    ears = Ears()
    read(readers(ears), [evidence("the Grey Lantern burns", mentions=(NAMED,))])
    assert ears.asked[1:] == [("score", [("the burns", ENGLISH)]), ("read", ["the burns"])]


@pytest.mark.parametrize("outlook", [Outlook.UNLIKELY, Outlook.UNKNOWN])
def test_no_context_is_asked_for_where_nothing_was_found(outlook):
    ears = Ears(outlook=outlook)
    ((told, problems),) = read(readers(ears), [evidence("the lamp burns")])
    assert (told.context, problems) == (Context(), ())
    assert ears.asked[-1] == ("read", [])


def test_a_match_or_a_mention_is_reason_enough_to_ask_for_context():
    ears = Ears(outlook=Outlook.UNLIKELY)
    met = Match(bank="b", entry="e", signal_type="text", distance=0)
    both = [evidence("one", matches=(met,)), evidence("the Grey Lantern", mentions=(NAMED,))]
    told = read(readers(ears), both)
    assert [one.context.label for one, _ in told] == [ContextLabel.NEUTRAL] * 2


def test_a_language_that_cannot_be_told_takes_no_ones_word_away():
    unsure = Language(code="und", confidence=0.2)
    ((told, problems),) = read(readers(Ears(language=unsure)), [evidence("hm", said="ps")])
    assert (told.language, problems) == (Language(code="ps", confidence=None), ())
    ((told, _),) = read(readers(Ears(language=unsure)), [evidence("hm")])
    assert told.language == unsure


def test_where_no_language_is_found_the_platforms_word_stands():
    ((told, problems),) = read(readers(Ears(language=NO_WORD)), [evidence("!!", said="ps")])
    assert (told.language, problems) == (Language(code="ps", confidence=None), ())


def test_what_could_not_be_said_is_told_step_by_step_and_the_rest_goes_on():
    met = Match(bank="b", entry="e", signal_type="text", distance=0)
    ((told, problems),) = read(readers(Ears(language=NO_WORD)), [evidence("!!", matches=(met,))])
    assert [problem.step for problem in problems] == ["language", "score", "context"]
    assert (told.language, told.scores, told.context) == (None, (), Context())


def test_without_readers_the_platforms_word_is_all_there_is():
    ((told, problems),) = read(TextReaders(), [evidence("words", said="ps")])
    assert (told.language, told.scores, problems) == (Language(code="ps", confidence=None), (), ())


class Lettered:
    """A signal type that counts in letters of its own."""

    def highlight(self, text, runs):
        return tuple(Span(start=run.start + 1, end=min(run.end + 1, len(text))) for run in runs)


def test_spans_in_a_types_own_letters_become_spans_of_the_text():
    near = Match(bank="b", entry="e", signal_type="near", distance=9, spans=(Span(start=0, end=2),))
    plain = Match(bank="b", entry="e", signal_type="url", distance=0, spans=(Span(start=0, end=2),))
    bare = Match(bank="b", entry="e", signal_type="near", distance=0)
    shown = text.highlighted({"near": Lettered(), "url": object()}, "words", (near, plain, bare))
    assert [match.spans for match in shown] == [(Span(start=1, end=3),), plain.spans, ()]


class Phrases:
    def find(self, text):
        return (Signal(type="term", value="lamp"),) if "lamp" in text else ()


def test_known_phrases_are_looked_for_in_texts_only():
    assert text.sought([Phrases(), Phrases()], "a lamp") == (Signal(type="term", value="lamp"),) * 2
    assert text.sought([Phrases()], "") == ()


class ManyPhrases(Phrases):
    def __init__(self):
        self.asked = []

    def find_many(self, texts):
        self.asked.append(texts)
        return [self.find(text) for text in texts]


def test_a_seeker_that_takes_many_texts_together_is_asked_once_and_answers_the_same():
    together = ManyPhrases()
    texts = ["a lamp", "", "no", "lamp"]
    assert text.sought_many([Phrases(), together], texts) == [text.sought([Phrases()] * 2, one) for one in texts]
    assert together.asked == [["a lamp", "no", "lamp"]]
    assert text.sought_many([], texts) == [()] * 4
