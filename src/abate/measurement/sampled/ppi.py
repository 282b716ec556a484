"""Prediction-powered inference: many cheap scores, corrected by few labels (Angelopoulos et al. 2023).

The estimate of a mean is the mean score of the whole, times a weight, plus the mean of what the labels say the scores
miss. The weight is tuned to the smallest variance (PPI++, Angelopoulos, Duchi and Zrnic 2023): useless scores get none,
so that the answer is never much worse than the labels alone; however wrong the scores are, it stays unbiased.
"""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def tuned(
    labels: Values, scores: Values, weight: Values, *, spread: float | None = None, score_variance: float = 0.0
) -> float:
    """Return the weight of the scores with the smallest variance, from 0 to 1.

    :param labels: shape ``(n,)``; of the labelled items, as are ``scores`` and ``weight``
    :param weight: of each item, summing to 1
    :param spread: variance of a score, known from more items than the labelled ones; for equal weights only
    :param score_variance: of the mean score of the whole; 0 where every item of the population has its score
    """
    about = scores - np.sum(weight * scores)
    own = float(np.sum((weight * about) ** 2)) if spread is None else spread * float(np.sum(weight**2))
    shared = float(np.sum(weight**2 * about * (labels - np.sum(weight * labels))))
    below = own + score_variance
    return min(max(shared / below, 0.0), 1.0) if below > 0 else 0.0
