"""Scores from which texts are put forward, language by language, and how they stay above protected speech."""

from collections.abc import Mapping

import numpy as np

from abate.flows.training.figures import REVIEW_TARGET, TARGETS, Judged
from abate.flows.training.metrics import FEW, Bools, Floats, threshold_for

Found = dict[str, dict[str, float | None]]

LEAST = 0.5
"""No text is put forward that is likelier harmless, however few violations the others are."""
NEVER = 2.0
"""A threshold that no probability reaches."""


def thresholds_of(judged: Judged) -> Found:
    """Return the thresholds of each calibrated language: of each precision target, and the one for ``review``.

    That for review has a precision of 0.95, is no lower than a half, and lies above every protected text of the
    language that was seen; where fewer than 20 rows are left above it, it is ``None``, as is the threshold of a target
    that none reaches.
    """
    if not judged.violating:
        return {}
    scores, positives = judged.scores, judged.bad[judged.truth]
    codes = np.array(judged.rows.languages, dtype=object)
    shielded = judged.shielded
    return {
        code: _of_language(
            scores[(codes == code) & ~shielded],
            positives[(codes == code) & ~shielded],
            scores[(codes == code) & shielded],
        )
        for code in sorted(set(codes[judged.calibrated].tolist()))
    }


def _of_language(scores: Floats, positives: Bools, protected: Floats) -> dict[str, float | None]:
    found: dict[str, float | None] = {f"{target:.2f}": threshold_for(scores, positives, target) for target in TARGETS}
    return found | {"review": above(found[f"{REVIEW_TARGET:.2f}"], protected, scores)}


def above(threshold: float | None, protected: Floats, scores: Floats) -> float | None:
    """Return the threshold, raised to a half and above every protected score; ``None`` where too few rows are left.

    :param scores: of the labelled rows of the language
    """
    if threshold is None:
        return None
    floor = float(np.nextafter(protected.max(), NEVER)) if len(protected) else 0.0
    raised = max(threshold, floor, LEAST)
    return raised if int(np.count_nonzero(scores >= raised)) >= FEW else None


def review_of(found: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
    """Return the thresholds for review as a model keeps them: one that none reaches is above every probability."""
    return {code: NEVER if (value := one.get("review")) is None else value for code, one in found.items()}
