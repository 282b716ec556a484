"""From decision values to probabilities that mean what they say, per language.

With two labels Platt scaling (Platt 1999) with the correction of Lin, Lin and Weng (2007): a logistic curve through the
decision values of held-out texts. With more, vector scaling (Guo et al. 2017): a slope and an offset for each label,
then the softmax. One curve a label against the rest, divided by their sum, was tried and is further off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.signals.linear.tables import Doubles, Labels

LEAST_ROWS: Final = 500
"""Held-out texts that a language needs for curves of its own; below, it is read by those of all languages together."""

LEAST_OF_A_SIDE: Final = 10
"""Of these, the least on either side of each curve."""

_PULL: Final = 1e-3
"""What keeps a label that was never held out from running away."""
_NOTHING: Final = 1e-10
"""A gain, or a step, that no longer counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """What is done to decision values: one curve with two labels (the second's), else one a label."""

    slopes: tuple[float, ...]
    """Never negative: a decision value that speaks against its label is not turned round, it says nothing."""
    offsets: tuple[float, ...]


def curve(decisions: Doubles, truth: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset of the likeliest curve through decision values, shape ``(texts,)``.

    Newton's method with halved steps; the targets stay away from 0 and 1, so that there always is an answer.
    """
    rows, yes = len(truth), int(truth.sum())
    target = np.where(truth, (yes + 1) / (yes + 2), 1 / (rows - yes + 2))
    base = np.stack([decisions, np.ones(rows)], axis=1)
    found = np.array([0.0, np.log((yes + 1) / (rows - yes + 1))])
    loss = _loss(base, found, target)
    for _ in range(100):
        share = sigmoid(base @ found)
        slope = base.T @ (share - target)
        curvature = (base * (share * (1 - share))[:, None]).T @ base + 1e-10 * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while (new := _loss(base, found - size * step, target)) > loss and size > _NOTHING:
            size /= 2
        found, gain, loss = found - size * step, loss - new, new
        if gain <= _NOTHING * abs(loss):
            break
    if found[0] < 0:
        return 0.0, float(np.log((yes + 1) / (rows - yes + 1)))
    return float(found[0]), float(found[1])


def _loss(base: Doubles, at: Doubles, target: Doubles) -> float:
    value = base @ at
    return float((np.logaddexp(0, value) - target * value).sum())


def sigmoid(value: Doubles) -> Doubles:
    """Return 1 / (1 + e^-value), without overflow."""
    answer: Doubles = 0.5 * (1 + np.tanh(0.5 * value))
    return answer


def curves(decisions: Doubles, truth: Labels) -> Curves:
    """Return the curves of decision values, shape ``(texts, labels)``, with the true labels' columns."""
    if decisions.shape[1] == 2:  # noqa: PLR2004 - with two labels one curve says both
        slope, offset = curve(decisions[:, 1], truth == 1)
        return Curves(slopes=(slope,), offsets=(offset,))
    return _vector(decisions, truth)


def _vector(decisions: Doubles, truth: Labels) -> Curves:
    """Return the likeliest slopes and offsets, held near one and zero as by a thousandth of a text."""
    from scipy.optimize import minimize  # heavy: only where a model is calibrated

    labels = decisions.shape[1]
    start = np.concatenate([np.ones(labels), np.zeros(labels)])
    right = np.eye(labels)[truth]

    def loss(at: Doubles) -> tuple[float, Doubles]:
        value = decisions * at[:labels] + at[labels:]
        share = softmax(value)
        apart = share - right
        lost = float(-np.log(np.maximum((share * right).sum(axis=1), 1e-300)).sum())
        slope = np.concatenate([(apart * decisions).sum(axis=0), apart.sum(axis=0)])
        return lost + _PULL * float(((at - start) ** 2).sum()), slope + 2 * _PULL * (at - start)

    bounds = [(0.0, None)] * labels + [(None, None)] * labels
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x.tolist()
    return Curves(slopes=tuple(found[:labels]), offsets=tuple(found[labels:]))


def softmax(value: Doubles) -> Doubles:
    """Return what each row's exponentials are of their sum, without overflow."""
    each = np.exp(value - value.max(axis=1, keepdims=True))
    answer: Doubles = each / each.sum(axis=1, keepdims=True)
    return answer


def probabilities(decisions: Doubles, by: Curves) -> Doubles:
    """Return probabilities that add up to one, shape ``(texts, labels)``."""
    if len(by.slopes) == 1:
        one = sigmoid(decisions[:, 1] * by.slopes[0] + by.offsets[0])
        return np.stack([1 - one, one], axis=1)
    return softmax(decisions * np.asarray(by.slopes) + np.asarray(by.offsets))


def enough(truth: Labels, labels: int) -> bool:
    """Say whether held-out texts of these true labels can carry curves of their own."""
    held = np.bincount(truth, minlength=labels)
    return len(truth) >= LEAST_ROWS and int(np.minimum(held, len(truth) - held).min()) >= LEAST_OF_A_SIDE


def calibration_error(probability: Doubles, truth: Labels, *, bins: int = 10) -> float:
    """Return the expected calibration error (Naeini et al. 2015): how far stated and observed shares lie apart.

    With two labels, of the second's probability; with more, of the likeliest label's. Bins of equal width.

    :param probability: shape ``(texts, labels)``; no texts give 0
    """
    if probability.shape[1] == 2:  # noqa: PLR2004 - with two labels one probability says both
        stated, right = probability[:, 1], truth == 1
    else:
        stated, right = probability.max(axis=1), probability.argmax(axis=1) == truth
    at = np.minimum((stated * bins).astype(np.int64), bins - 1)
    apart = np.bincount(at, stated - right, minlength=bins)
    return float(np.abs(apart).sum() / max(len(truth), 1))


def by_language(languages: Sequence[str]) -> dict[str, Labels]:
    """Return the rows of each language, languages in order."""
    places: dict[str, list[int]] = {}
    for at, language in enumerate(languages):
        places.setdefault(language, []).append(at)
    return {language: np.array(places[language], dtype=np.int64) for language in sorted(places)}
