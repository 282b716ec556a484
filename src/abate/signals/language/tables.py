"""The model's tables, opened once for each process that meets a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.signals.language.scripts import SCRIPTS, TWO_BYTES, Script

MODEL: Final = Path(__file__).with_name("model.npz")
"""Cut out of py3langid's model by ``bench/language_model.py``, under the licence that stands beside it."""

OWN_LETTER: Final = 4.0
OWN_WORD: Final = 12.0
"""What a letter or a word says for the one language that has it, in the model's log probabilities. Five words of Pashto
are otherwise taken for Persian twice as often."""
OF_OTHERS: Final = 3.0
"""Taken off languages that are not ours: posts are mostly in ours, and five words are often like many others."""
OF_RARE: Final = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """An automaton over the bytes of one script's letters, and what its features say of each language."""

    script: Script
    classes: npt.NDArray[np.uint8]
    """``(256,)``: the column of ``moves`` for each byte."""
    moves: npt.NDArray[np.uint16]
    """``(rows, classes)``: the next state. States whose moves are the same share a row."""
    rows: npt.NDArray[np.uint16]
    """``(states,)``: each state's row."""
    features: npt.NDArray[np.int32]
    """``(states,)``: the feature that ends where the state is reached, or -1."""
    marks: npt.NDArray[np.int32]
    """``(2, 0x800)``: the feature that a letter is, and that it is as a word by itself, or -1."""
    weights: npt.NDArray[np.float32]
    """``(features, labels)``: log probabilities; after the model's features those of ``marks``."""
    priors: npt.NDArray[np.float32]
    """``(labels,)``: log probabilities."""
    handicaps: npt.NDArray[np.float32]
    """``(labels,)``: what is taken off each label's score once its heat is out."""
    groups: npt.NDArray[np.int64]
    """``(labels,)``: the place in ``script.codes`` of what each label counts as."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tables:
    """Everything the kernels read."""

    as_read: npt.NDArray[np.uint16]
    """``(65536,)``: see ``scripts.as_read``."""
    kinds: npt.NDArray[np.uint8]
    """``(65536,)``: see ``scripts.kind``."""
    walks: tuple[Walk, ...]
    """In the order of ``SCRIPTS``."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the large arrays take."""
        of_walks = (
            array.nbytes
            for walk in self.walks
            for array in (walk.moves, walk.rows, walk.features, walk.marks, walk.weights)
        )
        return self.as_read.nbytes + self.kinds.nbytes + sum(of_walks)


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Return the tables, reading them at the first call."""
    with np.load(MODEL, allow_pickle=False) as arrays:
        walks = tuple(_walk(arrays, script) for script in SCRIPTS)
        return Tables(as_read=arrays["as_read"], kinds=arrays["kinds"], walks=walks)


def _walk(arrays: Mapping[str, np.ndarray], script: Script) -> Walk:
    labels: list[str] = arrays[f"{script.name}_labels"].tolist()
    others = len(script.codes) - 1
    weights = np.ascontiguousarray(arrays[f"{script.name}_weights"].T, dtype=np.float32)
    marks, of_marks = _marks(script, labels, len(weights))
    return Walk(
        script=script,
        classes=arrays[f"{script.name}_bytes"],
        moves=arrays[f"{script.name}_moves"],
        rows=arrays[f"{script.name}_rows"],
        features=arrays[f"{script.name}_features"],
        marks=marks,
        weights=np.concatenate([weights, of_marks]),
        priors=arrays[f"{script.name}_priors"],
        handicaps=np.array([_handicap(script, label) for label in labels], dtype=np.float32),
        groups=np.array([script.codes.index(script.ours[n]) if n in script.ours else others for n in labels]),
    )


def _marks(script: Script, labels: list[str], first: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return the numbers of the features that letters are, from ``first``, and what they weigh."""
    marks = np.full((2, TWO_BYTES), -1, dtype=np.int32)
    weights: list[npt.NDArray[np.float32]] = []
    for row, (of_labels, weight) in enumerate(((script.letters, OWN_LETTER), (script.words, OWN_WORD))):
        for label, letters in of_labels.items():
            for letter in letters:
                marks[row, ord(letter)] = first + len(weights)
                weights.append(np.where(np.array(labels) == label, weight, 0).astype(np.float32))
    return marks, np.array(weights, dtype=np.float32).reshape(-1, len(labels))


def _handicap(script: Script, label: str) -> float:
    if label not in script.ours:
        return OF_OTHERS
    return OF_RARE if label in script.rare else 0
