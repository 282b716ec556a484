"""The plug: calibrated scores of texts in the languages that a model has seen, and 'cannot say' in all others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from abate.domain.signal import UNDETERMINED, Language, NotScanned, Outlook, Score
from abate.signals.linear.folder import FORM, open_with_version
from abate.signals.linear.model import Model
from abate.signals.linear.tables import Doubles

Scored = tuple[Score, ...] | NotScanned


def _blank(text: str) -> bool:
    return not text or text.isspace()


class LinearClassifier:
    """A linear model that was opened."""

    def __init__(self, model: Model, version: str) -> None:
        self.model = model
        self.name = model.name
        self.version = version

    def score(self, texts: Sequence[str], languages: Sequence[Language | None]) -> list[Scored]:
        """Return a score for each violating label of each text; of a model without such labels, for each label.

        ``NotScanned`` in a language that the model was not trained on; an empty tuple of a text with nothing in it.
        """
        codes = [UNDETERMINED if language is None else language.code for language in languages]
        read = [at for at, text in enumerate(texts) if codes[at] in self.model.languages and not _blank(text)]
        scores = self._scores([texts[at] for at in read], [codes[at] for at in read])
        said: dict[int, Scored] = dict(zip(read, scores, strict=True))
        nothing: Scored = ()
        return [said.get(at, nothing if _blank(text) else self._strange(codes[at])) for at, text in enumerate(texts)]

    def threshold(self, language: str) -> float | None:
        """Return the least probability of all violating labels together from which the outlook may be ``likely``."""
        return self.model.review.get(language)

    def _strange(self, code: str) -> NotScanned:
        known = ", ".join(self.model.languages)
        if code == UNDETERMINED:
            reason = f"The language is not known, and the model {self.name} reads {known} only; nothing to do."
        else:
            reason = f"The model {self.name} was not trained on {code}, only on {known}; train one that was."
        return NotScanned(step="score", reason=reason)

    def _scores(self, texts: Sequence[str], codes: Sequence[str]) -> list[tuple[Score, ...]]:
        said = self.model.probabilities(texts, codes)
        told = self.model.violating or self.model.labels
        outlooks = [self._outlooks(said, codes, label) for label in told]
        wanted = said[:, [self.model.labels.index(label) for label in told]]
        names = [f"{self.name}:{label}" for label in told]
        return [
            tuple(
                Score(name=name, probability=float(np.clip(value, 0, 1)), outlook=outlook[row])
                for name, value, outlook in zip(names, values, outlooks, strict=True)
            )
            for row, values in enumerate(wanted)
        ]

    def _outlooks(self, said: Doubles, codes: Sequence[str], label: str) -> list[Outlook]:
        if not self.model.violating:
            return [Outlook.UNKNOWN] * len(codes)
        return self.model.outlooks(said, codes, label)


class LinearClassifierType:
    """Opens linear models."""

    name = "linear"

    def recognises(self, folder: str) -> bool:
        """Say whether ``folder`` holds a linear model, by its manifest."""
        return FORM.is_at(Path(folder))

    def open(self, folder: str) -> LinearClassifier:
        """Open the model in ``folder``, every file of it checked against its manifest.

        :raises InputError: when a file is missing, was changed, is not the model's, or cannot be read by this version
        """
        model, version = open_with_version(Path(folder))
        return LinearClassifier(model, version)
