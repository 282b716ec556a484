"""Log-linear models of which lists saw whom, and what they say of those whom none saw (Fienberg 1972; Cormack 1989).

Each way to be seen (by the first list only, by the first and the third, …) is a cell whose count is Poisson. Without
interactions the lists are independent; an interaction of two lists lets one see more, or less, of what the other sees.
The cell "by none" is the one that nobody can count: its expectation is what the model is asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

Pair = tuple[int, int]
Cells = npt.NDArray[np.float64]

_MOST_EXHAUSTIVE = 4
"""Up to this many lists every set of pairwise interactions is tried (64 models of four lists); forward steps above."""
_ITERATIONS = 60
_TOLERANCE = 1e-9
_RUNAWAY = 1e6
"""An unseen number this many times larger than the seen one is a model that has no maximum, not an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLinear:
    """One fitted model."""

    pairs: tuple[Pair, ...]
    """The interactions in it, as places of lists; none when the lists are taken to be independent."""
    unseen: float
    """Expected number seen by no list."""
    variance: float
    """Of the unseen number, the chance of the draw itself included."""
    bic: float


def fit(cells: Cells, pairs: Sequence[Pair]) -> LogLinear | None:
    """Fit one model by iteratively reweighted least squares.

    :param cells: shape ``(2**lists,)``: how many were seen by exactly the lists whose bits are set; the first is unused
    :return: ``None`` where the counts cannot identify the model
    """
    lists = len(cells).bit_length() - 1
    design, counts = _design(lists, pairs), cells[1:]
    if design.shape[1] > len(counts) or (design.T @ counts <= 0).any():
        return None  # a sum of zero sends its coefficient to minus infinity
    found = _reweighted(design, counts)
    if found is None:
        return None
    beta, covariance, expected = found
    unseen = float(np.exp(np.clip(beta[0], -700, 700)))
    if not np.isfinite(covariance[0, 0]) or unseen > _RUNAWAY * counts.sum():
        return None
    seen = counts > 0
    deviance = 2 * float((counts[seen] * np.log(counts[seen] / expected[seen])).sum() - (counts - expected).sum())
    return LogLinear(
        pairs=tuple(pairs),
        unseen=unseen,
        variance=unseen**2 * float(covariance[0, 0]) + unseen,
        bic=deviance + design.shape[1] * float(np.log(counts.sum())),
    )


def _design(lists: int, pairs: Sequence[Pair]) -> Cells:
    cells = np.arange(1, 2**lists)
    there = ((cells[:, None] >> np.arange(lists)) & 1).astype(np.float64)
    both = [there[:, one] * there[:, other] for one, other in pairs]
    return np.column_stack([np.ones(len(cells)), there, *both])


def _reweighted(design: Cells, counts: Cells) -> tuple[Cells, Cells, Cells] | None:
    expected = np.maximum(counts, 0.5)
    linear = np.log(expected)
    for _ in range(_ITERATIONS):
        information = design.T @ (expected[:, None] * design)
        try:
            beta = np.linalg.solve(information, design.T @ (expected * linear + counts - expected))
        except np.linalg.LinAlgError:
            return None
        before, fitted = linear, np.clip(design @ beta, -30, 60)
        linear, expected = fitted, np.exp(fitted)
        if np.abs(linear - before).max() < _TOLERANCE:
            break
    else:
        return None
    if np.linalg.cond(information) > 1 / np.finfo(float).eps:
        return None
    return beta.astype(np.float64), np.linalg.inv(information).astype(np.float64), expected


def choose(cells: Cells) -> LogLinear | None:
    """Return the model with the smallest BIC among independence and sets of pairwise interactions.

    AIC would take in an interaction of chance one time in six, and each widens the answer by more than it explains.

    :param cells: as in :func:`fit`, of two lists or more
    :return: ``None`` where not even independence can be fitted
    """
    lists = len(cells).bit_length() - 1
    every = list(combinations(range(lists), 2)) if lists > 2 else []  # noqa: PLR2004 - of two lists nothing is left to tell it from
    if lists > _MOST_EXHAUSTIVE:
        return _forward(cells, every)
    fitted = [model for pairs in _subsets(every) if (model := fit(cells, pairs)) is not None]
    return min(fitted, key=lambda model: model.bic, default=None)


def _subsets(every: Sequence[Pair]) -> Iterator[tuple[Pair, ...]]:
    for size in range(len(every) + 1):
        yield from combinations(every, size)


def _forward(cells: Cells, every: Sequence[Pair]) -> LogLinear | None:
    best = fit(cells, ())
    while best is not None:
        wider = [fit(cells, (*best.pairs, pair)) for pair in every if pair not in best.pairs]
        better = [model for model in wider if model is not None and model.bic < best.bic]
        if not better:
            break
        best = min(better, key=lambda model: model.bic)
    return best
