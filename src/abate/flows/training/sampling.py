"""What to have labelled next: half of it uncertain, three in ten at random, two in ten high.

The uncertain teach most (Lewis and Gale 1994), the high ones keep precision known, and the random part is the only one
that says how common anything is: it feeds prevalence and recalibration, and stays apart for that.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

UNCERTAIN, RANDOM = 0.5, 0.3
"""Shares of a sample; the rest is high scores."""


class Why(StrEnum):
    """Why an item is in the sample."""

    UNCERTAIN = "uncertain"
    RANDOM = "random"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """One item to be labelled."""

    place: int
    why: Why


def sample_for_learning(scores: npt.ArrayLike, seed: int, size: int = 100) -> list[Chosen]:
    """Choose what people should label next.

    The random part is drawn first, from all items, so that each had the same chance; the uncertain and the high are
    taken from what is left. Equal scores are put in an order drawn by ``seed``, so that no batch comes from one corner.

    :param scores: probability of violation of each item, shape ``(n,)``, each 0 to 1
    :param size: how many; all where there are no more
    :return: each item at most once, in the order of its place
    :raises ValueError: for a score outside [0, 1], or none that can be read
    """
    values = np.asarray(scores, np.float64)
    if values.ndim != 1 or not np.all((values >= 0) & (values <= 1)):
        msg = "scores are probabilities in one row; give values from 0 to 1"
        raise ValueError(msg)
    wanted = min(size, len(values))
    order = np.random.default_rng(seed).permutation(len(values))
    uncertain = int(wanted * UNCERTAIN + 0.5)
    drawn = min(int(wanted * RANDOM + 0.5), wanted - uncertain)
    chosen = dict.fromkeys(order[:drawn].tolist(), Why.RANDOM)
    left = order[drawn:]
    by_doubt = left[np.argsort(np.abs(values[left] - 0.5), kind="stable")]
    chosen |= dict.fromkeys(by_doubt[:uncertain].tolist(), Why.UNCERTAIN)
    rest = by_doubt[uncertain:]
    by_score = rest[np.argsort(-values[rest], kind="stable")]
    chosen |= dict.fromkeys(by_score[: wanted - len(chosen)].tolist(), Why.HIGH)
    return [Chosen(place=place, why=why) for place, why in sorted(chosen.items())]
