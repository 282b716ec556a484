"""Known words in texts: the phrases of a lexicon, which match, and the names of organisations, which weigh nothing."""

from abate.signals.terms.mentions import MentionFinder
from abate.signals.terms.names import LEAST_LETTERS, SHORT, SIGNAL_TYPE, WEAK, normalise_name
from abate.signals.terms.phrase import MODES, PhraseSeeker, Term

__all__ = [
    "LEAST_LETTERS",
    "MODES",
    "SHORT",
    "SIGNAL_TYPE",
    "WEAK",
    "MentionFinder",
    "PhraseSeeker",
    "Term",
    "normalise_name",
]
