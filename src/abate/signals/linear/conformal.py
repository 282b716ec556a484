"""Conformal sets: which labels cannot be ruled out of a text, at a stated level, by class and by language.

Split conformal prediction within each true class (Vovk 2013, "Mondrian"): a label is in the set unless its probability
is lower than nearly all the probabilities that held-out texts of that label had. For texts that are exchangeable with
those, the set then holds the true label with a probability of at least the level, whatever the model is worth and
however few the held-out texts are: with too few, every label stays in. Nothing is promised when texts have changed;
``drift`` watches for that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.domain.signal import Outlook
from abate.signals.linear.tables import Doubles, Labels

Sets = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Least:
    """What a label's probability must reach to be in the set, a label."""

    probabilities: tuple[float, ...]
    """0 where too few texts were held out to rule the label out."""
    rows: tuple[int, ...]
    """How many texts of each label were held out."""
    level: float


def ranks(rows: int, level: float) -> int:
    """Return how many of ``rows`` held-out texts may lie below the bound, 0 where even one would be too many.

    :raises InputError: when ``level`` is not between 0 and 1
    """
    if not 0 < level < 1:
        msg = f"the level {level} is not between 0 and 1; give one such as 0.9"
        raise InputError(msg)
    # A hair's breadth, so that 0.1 of 10 is 1 in binary too.
    return math.floor((rows + 1) * (1 - level) + 1e-9)


def least(probabilities: Doubles, truth: Labels, *, level: float) -> Least:
    """Return the bounds from held-out texts that neither the model nor the order of its scores was learnt from.

    :param probabilities: shape ``(texts, labels)``
    :param truth: the true label's column, shape ``(texts,)``
    :raises InputError: as :func:`ranks`
    """
    bounds, rows = [], []
    for label in range(probabilities.shape[1]):
        own = np.sort(probabilities[truth == label, label])
        rank = ranks(len(own), level)
        bounds.append(float(own[rank - 1]) if rank else 0.0)
        rows.append(len(own))
    return Least(probabilities=tuple(bounds), rows=tuple(rows), level=level)


def sets(probabilities: Doubles, bounds: Least) -> Sets:
    """Return which labels cannot be ruled out, shape ``(texts, labels)``."""
    found: Sets = probabilities >= np.asarray(bounds.probabilities)
    return found


def outlooks(inside: Sets, label: int) -> list[Outlook]:
    """Return what each text's set says of the label in column ``label``."""
    own = inside[:, label]
    others = inside.sum(axis=1) - own
    return [_outlook(bool(mine), int(rest)) for mine, rest in zip(own, others, strict=True)]


def _outlook(own: bool, others: int) -> Outlook:  # noqa: FBT001 - a cell of a table of two booleans
    if own == (others > 0):
        return Outlook.UNCERTAIN
    return Outlook.LIKELY if own else Outlook.UNLIKELY


def columns(labels: Sequence[str], known: Sequence[str]) -> Labels:
    """Return the column of each of ``labels`` among the ``known``.

    :raises InputError: when one is not among them
    """
    places = {label: at for at, label in enumerate(known)}
    strange = sorted(set(labels) - places.keys())
    if strange:
        msg = f"the model knows no label {strange[0]!r}, only {', '.join(known)}; leave such rows out or train anew"
        raise InputError(msg)
    return np.fromiter((places[label] for label in labels), dtype=np.int64, count=len(labels))
