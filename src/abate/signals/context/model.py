"""What the counts of cues say: a small multinomial logistic model, the same weights in every language.

A feature is how often a kind of cue stands in the text (logarithm of one more than the count, which stops at four), or
that two kinds stand in it together. None of them is a name, a capital letter, the length of the text or a word of any
list of people, so no organisation has a weight.

The weights (``weights.json``) are written by ``bench/train_context.py``; so are the temperature, which makes
probabilities of the scores (Guo et al. 2017), and the probability that each label needs before it is said.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.domain.signal import PROTECTED, ContextLabel
from abate.signals.context.lists import CUES, KINDS, MARKS, languages

Floats = npt.NDArray[np.float64]

WEIGHTS: Final = Path(__file__).with_name("weights.json")
CLASSES: Final = (
    "report", "counter_speech", "academic_legal", "endorsement", "recruitment", "instruction", "neutral", "hostile",
)  # fmt: skip
"""What a text may be. ``hostile`` is no label: abuse that no cue puts into another light is ``unknown``."""
HOSTILE: Final = CLASSES.index("hostile")

HELD_AGAINST: Final = frozenset({"ar", "en"})
"""Languages in which labels that spare were held against hateful posts. In others they need ``ELSEWHERE``."""
ELSEWHERE: Final = 0.8

LABELS: Final = tuple(ContextLabel.UNKNOWN if name == "hostile" else ContextLabel(name) for name in CLASSES)
"""What is answered for each class."""

_SPARES: Final = np.array([label in PROTECTED for label in LABELS])
_MOST: Final = 4
"""Cues of a kind beyond which more say no more."""
_TOGETHER: Final = (
    ("say", "source"), ("say", "when"), ("say", "event"), ("event", "source"), ("event", "when"),
    ("speech", "denounce"), ("speech", "sanction"), ("speech", "refuse"), ("speech", "not"), ("you", "speech"),
    ("quotation", "denounce"), ("quotation", "sanction"), ("quotation", "speech"), ("quotation", "refuse"),
    ("quotation", "agree"), ("quotation", "say"), ("quotation", "you"),
    ("denounce", "victims"), ("refuse", "victims"), ("denounce", "we"), ("denounce", "event"), ("debunk", "refuse"),
    ("say", "denounce"), ("denounce", "sanction"), ("refuse", "denounce"), ("debunk", "not"),
    ("hostile", "speech"), ("hostile", "denounce"), ("hostile", "say"), ("hostile", "event"), ("hostile", "source"),
    ("hostile", "i"), ("hostile", "sanction"), ("hostile", "agree"), ("hostile", "wire"), ("hostile", "when"),
    ("praise", "call"), ("praise", "say"), ("call", "contact"), ("call", "we"), ("call", "you"), ("call", "say"),
    ("howto", "digits"), ("howto", "you"), ("law", "study"), ("agree", "i"),
)  # fmt: skip
"""Kinds and marks whose presence in one text, outside of quotations, is a feature of its own."""
_COLUMN: Final = {
    **{kind: number for number, kind in enumerate(KINDS)},
    **{mark: 2 * len(KINDS) + number for number, mark in enumerate(MARKS)},
}
_LEFT: Final = np.array([_COLUMN[left] for left, _ in _TOGETHER])
_RIGHT: Final = np.array([_COLUMN[right] for _, right in _TOGETHER])

FEATURES: Final = (
    *KINDS,
    *(f"quoted {kind}" for kind in KINDS),
    *MARKS,
    *(f"{left} with {right}" for left, right in _TOGETHER),
)


def features(counts: npt.NDArray[np.int64]) -> Floats:
    """Return the features of each row of counts, in the order of ``FEATURES``."""
    single = np.log1p(np.minimum(counts, _MOST))
    together = (counts[:, _LEFT] > 0) & (counts[:, _RIGHT] > 0)
    both: Floats = np.hstack((single, together))
    return both


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """The weights, and what makes an answer of the scores."""

    coefficients: Floats
    """Features by classes."""
    intercepts: Floats
    temperature: float
    least: Floats
    """The probability that each class needs."""
    version: str

    def probabilities(self, counts: npt.NDArray[np.int64]) -> Floats:
        """Return the calibrated probability of each class, a row a text."""
        scores = (features(counts) @ self.coefficients + self.intercepts) / self.temperature
        scores -= scores.max(axis=1, keepdims=True)
        weights = np.exp(scores)
        shares: Floats = weights / weights.sum(axis=1, keepdims=True)
        return shares

    def chosen(self, probabilities: Floats, language: str) -> npt.NDArray[np.int64]:
        """Return the likeliest class of each row, or ``HOSTILE`` where it is not likely enough to be said."""
        least = self.least if language in HELD_AGAINST else np.where(_SPARES, ELSEWHERE, self.least)
        best = probabilities.argmax(axis=1)
        enough = probabilities[np.arange(len(best)), best] >= least[best]
        chosen: npt.NDArray[np.int64] = np.where(enough, best, HOSTILE)
        return chosen


def digest() -> str:
    """Return the SHA-256 of all cues: weights belong to the lists they were trained with."""
    sum_ = hashlib.sha256()
    for language in languages():
        sum_.update((CUES / f"{language}.toml").read_bytes().replace(b"\r\n", b"\n"))
    return sum_.hexdigest()


@cache
def shipped() -> Model:
    """Return the model beside this file, read once."""
    held = json.loads(WEIGHTS.read_text("utf-8"))
    if tuple(held["features"]) != FEATURES or tuple(held["classes"]) != CLASSES:
        msg = "weights.json was trained with other features; run `python -m bench.train_context` anew"
        raise ValueError(msg)
    return Model(
        coefficients=np.array(held["coefficients"]),
        intercepts=np.array(held["intercepts"]),
        temperature=held["temperature"],
        least=np.array([held["least"][name] for name in CLASSES]),
        version=held["version"],
    )
