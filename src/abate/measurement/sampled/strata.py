"""Cutting a population into strata: by score, where a classifier already sees a difference, and by views.

Scores are cut where the square root of their frequency adds up evenly (Dalenius and Hodges 1959), which needs no belief
in what a score of 0.3 means. Views are cut into parts of equal total, so that each part is worth about the same; the
few items that hold more than their share are a stratum of their own, to be labelled whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

CERTAIN = "most viewed"
_FINE = 200
"""Steps of the histogram on which scores are cut."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Strata:
    """Which stratum each item is in."""

    place: Places
    """Shape ``(items,)``."""
    names: tuple[str, ...]


def cut(
    *, score: Values | None, views: Values | None, score_bins: int, view_bins: int, certain: npt.NDArray[np.bool_]
) -> Strata:
    """Cut by score and by views.

    :param score: shape ``(items,)``; NaN is a bin of its own; ``None`` cuts by views only
    :param views: shape ``(items,)``; ``None`` cuts by score only
    :param certain: shape ``(items,)``; these are one stratum, whatever their score
    """
    pieces: list[tuple[Places, tuple[str, ...]]] = []
    if score is not None:
        pieces.append(_by_score(score, score_bins))
    if views is not None:
        pieces.append(_by_views(views, view_bins, ~certain))
    place = np.zeros(len(certain), dtype=np.int64)
    names: tuple[str, ...] = ("all",)
    for codes, labels in pieces:
        place = place * len(labels) + codes
        names = labels if names == ("all",) else tuple(f"{first}, {second}" for first in names for second in labels)
    place = np.where(certain, len(names), place)
    kept, dense = np.unique(place, return_inverse=True)
    every = (*names, CERTAIN)
    return Strata(place=dense.astype(np.int64), names=tuple(every[at] for at in kept))


def score_edges(score: Values, bins: int) -> Values:
    """Return the inner edges between the bins, ascending; fewer where the scores do not vary.

    :param score: shape ``(items,)``, each from 0 to 1
    """
    counts, edges = np.histogram(score, bins=_FINE)
    added = np.cumsum(np.sqrt(counts))
    targets = added[-1] * np.arange(1, bins) / bins
    places = np.unique(np.searchsorted(added, targets) + 1)
    inner: Values = edges[places[places < _FINE]]
    # An edge below every score, or above, cuts nothing.
    kept: Values = inner[(inner > score.min()) & (inner <= score.max())]
    return kept


def view_edges(views: Values, bins: int) -> Values:
    """Return the inner edges of bins of about equal total views, ascending; equal views are never parted."""
    ordered = np.sort(views)
    added = np.cumsum(ordered)
    if not len(ordered) or added[-1] <= 0:
        return np.empty(0)
    places = np.searchsorted(added, added[-1] * np.arange(1, bins) / bins, side="right")
    inner = np.unique(ordered[np.minimum(places, len(ordered) - 1)])
    kept: Values = inner[inner > ordered[0]]
    return kept


def _by_score(score: Values, bins: int) -> tuple[Places, tuple[str, ...]]:
    known = np.isfinite(score)
    edges = score_edges(score[known], bins) if known.any() else np.empty(0)
    codes = np.where(known, np.searchsorted(edges, np.where(known, score, 0.0), side="right"), len(edges) + 1)
    return codes.astype(np.int64), (*_ranges("score", [0.0, *edges, 1.0], "{:.3g}"), "no score")


def _by_views(views: Values, bins: int, use: npt.NDArray[np.bool_]) -> tuple[Places, tuple[str, ...]]:
    edges = view_edges(views[use], bins)
    top = float(views[use].max()) if use.any() else 0.0
    codes = np.searchsorted(edges, views, side="right").astype(np.int64)
    return codes, _ranges("views", [0.0, *edges, top], "{:.0f}")


def _ranges(what: str, edges: Sequence[float], shown: str) -> tuple[str, ...]:
    """Name the bins; numbered, since two edges may round to the same figures."""
    texts = [shown.format(edge) for edge in edges]
    return tuple(f"{what} {place} ({low} to {high})" for place, (low, high) in enumerate(pairwise(texts), start=1))
