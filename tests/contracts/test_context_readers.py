"""The contract of context readers, run over all that are installed, and over some that err."""

import pytest

from abate.domain.signal import Context, ContextLabel, NotScanned
from abate.plugins import load_contexts
from abate.signals.context.reader import Cues
from abate.testing import check_context_reader

CONTEXTS = load_contexts()


@pytest.mark.parametrize("name", sorted(CONTEXTS))
def test_an_installed_reader_keeps_the_promises(name):
    check_context_reader(CONTEXTS[name])


class Blind(Cues):
    def read(self, texts, languages):
        return [Context() for _ in texts]


class Hasty(Cues):
    def read(self, texts, languages):
        answers = super().read(texts, languages)
        return [one for text, one in zip(texts, answers, strict=True) if text]


class Swayed(Cues):
    def read(self, texts, languages):
        answers = super().read(texts, languages)
        return answers[::-1] if len(answers) > 4 else answers


class Guessing(Cues):
    def read(self, texts, languages):
        answers = super().read(texts, languages)
        return [Context() if isinstance(one, NotScanned) else one for one in answers]


class Terse(Cues):
    def read(self, texts, languages):
        answers = super().read(texts, languages)
        return [NotScanned(step="context", reason="") if isinstance(one, NotScanned) else one for one in answers]


class Certain(Cues):
    def read(self, texts, languages):
        answers = super().read(texts, languages)
        wrong = Context(label=ContextLabel.REPORT, probability=2.0)
        return [wrong if len(text) > 1000 else one for text, one in zip(texts, answers, strict=True)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Blind, "plain texts are read"),
        (Hasty, "in its place"),
        (Swayed, "in its place"),
        (Guessing, "language without cues"),
        (Terse, "a reason without words"),
        (Certain, "a probability of 2.0"),
    ],
)
def test_a_reader_that_breaks_a_promise_is_told_which(kind, said):
    with pytest.raises(AssertionError, match=f"(?s)^promised: .*{said}"):
        check_context_reader(kind())
