"""Cut rows into parts of equal make, no group of copies in two of them."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from abate.flows.training.copies import Groups


def folds_of(groups: Groups, strata: Sequence[Hashable], folds: int, seed: int) -> Groups:
    """Return the fold of each row, ``0 … folds - 1``, shape ``(rows,)``.

    Groups are taken largest first, equal ones in an order drawn by ``seed``; each goes where there is least of what it
    holds. The same groups, strata and seed give the same folds.

    :param groups: of each row; a group is never cut
    :param strata: of each row, such as ``(language, label)``; each fold gets its share of each, as far as groups allow
    """
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(place)
    order = np.random.default_rng(seed).permutation(len(members))
    lists = list(members.values())
    shuffled = sorted((lists[place] for place in order), key=len, reverse=True)
    held: dict[Hashable, list[int]] = {}
    total = [0] * folds
    out = np.zeros(len(groups), np.int64)
    for rows in shuffled:
        fold = _emptiest(Counter(strata[row] for row in rows), held, total)
        out[rows] = fold
        total[fold] += len(rows)
    return out


def _emptiest(mine: Counter[Hashable], held: dict[Hashable, list[int]], total: list[int]) -> int:
    """Return the fold that holds least of these strata, and note that they went there."""
    folds = range(len(total))
    counts = [held.setdefault(stratum, [0] * len(total)) for stratum in mine]
    weights = list(mine.values())
    load = [sum(weight * one[fold] for weight, one in zip(weights, counts, strict=True)) for fold in folds]
    best = min(folds, key=lambda fold: (load[fold], total[fold]))
    for weight, one in zip(weights, counts, strict=True):
        one[best] += weight
    return best
