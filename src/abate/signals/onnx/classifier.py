"""The plug ``onnx``: scores of a large model, calibrated per language, or why there are none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.domain.signal import UNDETERMINED, Language, NotScanned, Outlook, Score
from abate.signals.linear import calibration, conformal
from abate.signals.linear.calibration import Curves
from abate.signals.onnx.folder import FORM, Calibration, Description, opened
from abate.signals.onnx.runner import Runner, TooLateError

Scored = tuple[Score, ...] | NotScanned
Doubles = npt.NDArray[np.float64]

_STEP: Final = "score"


class OnnxClassifier:
    """An ONNX model that was opened."""

    def __init__(self, runner: Runner, said: Description, version: str) -> None:
        self.said = said
        self.name = said.name
        self.version = version
        self._runner = runner

    def score(self, texts: Sequence[str], languages: Sequence[Language | None]) -> list[Scored]:
        """Return a score for each label of each text but the one that stands for the rest.

        In a language that the model was not calibrated on, the probability is the model's own and the outlook is
        unknown. ``NotScanned`` in a language that it was not trained on, and of all texts from the first batch that
        takes too long: a call never waits for more than one. An empty tuple of a text with nothing in it.
        """
        codes = [UNDETERMINED if language is None else language.code for language in languages]
        answers: list[Scored] = [
            () if not text or text.isspace() else self._strange(code) for text, code in zip(texts, codes, strict=True)
        ]
        shown = [at for at, answer in enumerate(answers) if answer != () and self._reads(codes[at])]
        decisions, missing = self.decisions([texts[at] for at in shown])
        for at, own in zip(shown, decisions, strict=True):
            answers[at] = missing if own is None else self._scores(own, codes[at])
        return answers

    def decisions(self, texts: Sequence[str]) -> tuple[list[Doubles | None], NotScanned]:
        """Return each text's decision values, shape ``(labels,)``, or ``None``; and the reason of every ``None``."""
        tokens = [self._runner.tokens(text) for text in texts]
        found: list[Doubles | None] = [None] * len(texts)
        # Texts of like length share a batch, so that little is filled up.
        order = sorted((at for at in range(len(texts)) if tokens[at]), key=lambda at: len(tokens[at]))
        reason = "has no number for this text; nothing to do, or export it in a finer number format"
        for first in range(0, len(order), self.said.batch):
            own = order[first : first + self.said.batch]
            try:
                rows = self._runner.decisions([tokens[at] for at in own])
            except TooLateError as error:
                reason = str(error)
                break
            except InputError as error:
                return [None] * len(texts), NotScanned(step=_STEP, reason=error.bare)
            for at, row in zip(own, rows, strict=True):
                found[at] = row if np.isfinite(row).all() else None
        return found, NotScanned(step=_STEP, reason=f"the model {self.name} {reason}")

    def _reads(self, code: str) -> bool:
        return not self.said.languages or code in self.said.languages

    def _strange(self, code: str) -> NotScanned:
        known = ", ".join(self.said.languages)
        said = "a language that is not known" if code == UNDETERMINED else code
        reason = f"the model {self.name} was not trained on {said}, only on {known}; nothing to do"
        return NotScanned(step=_STEP, reason=reason)

    def _scores(self, decisions: Doubles, code: str) -> tuple[Score, ...]:
        known = self.said.calibrations.get(code)
        shares = probabilities(decisions[None], known)[0]
        return tuple(
            Score(
                name=f"{self.name}:{label}",
                probability=float(np.clip(share, 0, 1)),
                outlook=Outlook.UNKNOWN if known is None else _outlook(known, shares, at),
            )
            for at, (label, share) in enumerate(zip(self.said.labels, shares, strict=True))
            if label != self.said.rest
        )


class OnnxClassifierType:
    """Opens ONNX models."""

    name = "onnx"

    def recognises(self, folder: str) -> bool:
        """Say whether ``folder`` holds an ONNX model, by its manifest."""
        return FORM.is_at(Path(folder))

    def open(self, folder: str) -> OnnxClassifier:
        """Open the model in ``folder``, every file of it checked against its manifest; nothing is downloaded.

        :raises InputError: when a file is missing, was changed, is a link or leads out of the folder, when the model
            cannot be opened, or the extra is not installed
        """
        contents = opened(Path(folder))
        return OnnxClassifier(Runner(contents, Path(folder)), contents.description, contents.version)


def probabilities(decisions: Doubles, known: Calibration | None) -> Doubles:
    """Return probabilities, shape ``(texts, labels)``: the calibrated ones, or the model's own."""
    if known is not None:
        return calibration.probabilities(decisions, known.curves)
    one = (1.0,) if decisions.shape[1] == 2 else (1.0,) * decisions.shape[1]  # noqa: PLR2004 - with two labels one curve says both
    return calibration.probabilities(decisions, Curves(slopes=one, offsets=(0.0,) * len(one)))


def _outlook(known: Calibration, shares: Doubles, label: int) -> Outlook:
    return conformal.outlooks(conformal.sets(shares[None], known.least), label)[0]
