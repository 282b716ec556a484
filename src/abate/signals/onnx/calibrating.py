"""Calibrates an ONNX model on held-out texts, and writes what came of it into its folder."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.signals.linear import calibration, conformal
from abate.signals.onnx.classifier import OnnxClassifierType, probabilities
from abate.signals.onnx.folder import Calibration, describe, seal

Doubles = npt.NDArray[np.float64]


def calibrate(
    folder: Path, texts: Sequence[str], labels: Sequence[str], languages: Sequence[str], *, level: float = 0.9
) -> tuple[str, ...]:
    """Calibrate the model in ``folder`` in each language with enough texts, and return those languages.

    The texts must be none of those it was trained on. Earlier calibrations of other languages stay. A language with
    fewer than 500 texts, or with fewer than 10 on either side of a label, is left as it was.

    :param level: how often a conformal set must hold the true label
    :raises InputError: when a label is not the model's, the lists differ in length, or the model did not answer
    """
    model = OnnxClassifierType().open(str(folder))
    strange = sorted(set(labels) - set(model.said.labels))
    if strange or not len(texts) == len(labels) == len(languages):
        msg = f"the rows do not fit the model {model.name}: give a text, a language and one of "
        raise InputError(msg + f"{', '.join(model.said.labels)} in each")
    decisions, missing = model.decisions(texts)
    answered = [row for row in decisions if row is not None]
    if len(answered) < len(texts):
        raise InputError(missing.reason)
    truth = np.array([model.said.labels.index(label) for label in labels], dtype=np.int64)
    made = {
        language: _calibration(np.stack([answered[row] for row in rows]), truth[rows], level)
        for language, rows in calibration.by_language(languages).items()
        if calibration.enough(truth[rows], len(model.said.labels))
    }
    describe(folder, replace(model.said, calibrations={**model.said.calibrations, **made}))
    seal(folder)
    return tuple(made)


def _calibration(decisions: Doubles, truth: npt.NDArray[np.int64], level: float) -> Calibration:
    """Fit the curves on every second text and the bounds on the others, which the curves have not seen."""
    curves = calibration.curves(decisions[::2], truth[::2])
    none_yet = conformal.Least(probabilities=(), rows=(), level=level)
    shares = probabilities(decisions[1::2], Calibration(rows=len(truth), curves=curves, least=none_yet))
    return Calibration(rows=len(truth), curves=curves, least=conformal.least(shares, truth[1::2], level=level))
