"""Texts in, languages out: the window, the two passes of cleaning, and one walk for each script of a batch."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.domain.signal import UNDETERMINED, Language, NotScanned
from abate.signals.language import kernel
from abate.signals.language.scripts import CODES, FIRST_SCRIPT
from abate.signals.language.tables import Walk, tables
from abate.signals.normal.light import light

WINDOW: Final = 256
"""Characters of a text that are looked at. Of what is left of them without addresses, the model is shown 100."""
LONGER: Final = 4096
"""Characters that are looked at where the window holds too few letters."""
LEAST: Final = 0.5
"""Probability below which the language is not said."""
HEAT: Final = (0.75, 0.5)
"""See ``kernel.settle``. Chosen so that five words are right as often as is said; a test counts it."""

TOO_FEW: Final = NotScanned(
    step="language", reason="the text has too few letters to tell its language; say it with the item if it matters"
)
UNREAD_SCRIPT: Final = NotScanned(
    step="language",
    reason=f"the text is in a script that is not read, since the languages told apart are {', '.join(CODES)}; "
    "say its language with the item, or install a plug that knows it",
)

Ints = npt.NDArray[np.int64]
Cleaned = tuple[npt.NDArray[np.uint16], Ints, Ints]
"""The texts as they are read, where each begins, and what ``kernel.clean`` found of each."""


def languages(texts: Sequence[str]) -> list[Language | NotScanned]:
    """Return the language of each text, or why there is none, in order."""
    answers = _read([text[:WINDOW] for text in texts])
    # Behind a run of unseen characters, addresses or names there may be a text after all.
    again = [at for at, text in enumerate(texts) if answers[at] is TOO_FEW and len(text) > WINDOW]
    if again:
        for at, answer in zip(again, _read([texts[at][:LONGER] for at in again]), strict=True):
            answers[at] = answer
    return answers


def _read(windows: Sequence[str]) -> list[Language | NotScanned]:
    answers: list[Language | NotScanned] = [TOO_FEW] * len(windows)
    waiting = _of_scripts(windows, range(len(windows)), answers, settled=False)
    if waiting:
        lighter = [light(windows[at])[: 2 * LONGER] for at in waiting]
        _of_scripts(lighter, waiting, answers, settled=True)
    return answers


def cleaned(texts: Sequence[str], *, settled: bool) -> Cleaned:
    """Return the texts as they are read, and the script of each."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=starts[1:])
    read = np.empty(len(points), dtype=np.uint16)
    found = np.empty((len(texts), 2), dtype=np.int64)
    kernel.clean(points, starts, tables().as_read, tables().kinds, read, found, settled)
    return read, starts, found


def _of_scripts(
    texts: Sequence[str], places: Sequence[int], answers: list[Language | NotScanned], *, settled: bool
) -> list[int]:
    """Answer for the texts at ``places``, and return those that are to come again in their light form."""
    read, starts, found = cleaned(texts, settled=settled)
    for number, walk in enumerate(tables().walks):
        own = np.flatnonzero(found[:, 0] == number)
        if len(own):
            shares = probabilities(walk, read, starts[own], found[own, 1], number)
            for at, answer in zip(own.tolist(), _answers(walk, shares), strict=True):
                answers[places[at]] = answer
    for at in np.flatnonzero(found[:, 0] == kernel.UNKNOWN_SCRIPT).tolist():
        answers[places[at]] = UNREAD_SCRIPT
    return [places[at] for at in np.flatnonzero(found[:, 0] == kernel.NEEDS_LIGHT).tolist()]


def probabilities(
    walk: Walk, read: npt.NDArray[np.uint16], begins: Ints, lengths: Ints, number: int
) -> npt.NDArray[np.float64]:
    """Return ``(texts, codes)``: how probable each of the script's codes is, the last of which is all others."""
    scores, sizes = raw_scores(walk, read, begins, lengths, number)
    shares = np.zeros((len(begins), len(walk.script.codes)))
    kernel.settle(scores, sizes, HEAT, walk.handicaps, walk.groups, shares)
    return shares


def raw_scores(
    walk: Walk, read: npt.NDArray[np.uint16], begins: Ints, lengths: Ints, number: int
) -> tuple[npt.NDArray[np.float32], Ints]:
    """Return ``(texts, labels)``, log probabilities as the model adds them up, and how many bytes it was shown."""
    scores = np.repeat(walk.priors[None], len(begins), axis=0)
    sizes = np.empty(len(begins), dtype=np.int64)
    kernel.score(
        read,
        begins,
        lengths,
        FIRST_SCRIPT + number,
        tables().kinds,
        walk.classes,
        walk.moves,
        walk.rows,
        walk.features,
        walk.marks,
        walk.weights,
        scores,
        sizes,
    )
    return scores, sizes


def _answers(walk: Walk, shares: npt.NDArray[np.float64]) -> list[Language]:
    best = shares[:, :-1].argmax(axis=1)
    confidence = shares[np.arange(len(shares)), best]
    codes = walk.script.codes
    return [
        Language(code=codes[group] if share > LEAST else UNDETERMINED, confidence=share)
        for group, share in zip(best.tolist(), confidence.tolist(), strict=True)
    ]
