"""What the fusion–fission model says on paper: the stationary sizes, and the share of the giant without splits.

A step picks a random member. With probability ``split`` their whole cluster falls apart into single members; otherwise
a second member is picked, and two clusters become one. With ``x_s`` the share of members in clusters of size ``s``, the
stationary state is ``x_1 = 1/(2 - split)`` and ``x_s = C(s-1) c^(s-1) x_1^s`` with ``c = (1 - split)/(2 - split)`` and
the Catalan numbers ``C``: a power law with exponent 5/2, cut off near ``4/split²`` members (the model of Johnson et
al., Science 2016).
"""

import math

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]

FIT_FROM, FIT_TO = 5, 200
"""Sizes between which the exponent is fitted: above the smallest, below the cut-off and the noise."""


def stationary_shares(split: float, largest: int) -> Reals:
    """Return the share of members in clusters of each size, shape ``(largest,)``; entry 0 is size 1.

    :param split: the probability that a step splits, above 0 and below 1
    """
    size = np.arange(1, largest + 1, dtype=np.float64)
    log_catalan = np.array([math.lgamma(2 * s - 1) - 2 * math.lgamma(s) - math.log(s) for s in size])
    log_one, log_c = -math.log(2 - split), math.log1p(-split) - math.log(2 - split)
    return np.asarray(np.exp(log_catalan + (size - 1) * log_c + size * log_one))


def giant_share(steps_a_member: float) -> float:
    """Return the giant's share of members after merging alone: the solution of ``g = 1 - exp(-2 t g)``.

    :param steps_a_member: merge attempts over members; below one half there is no giant
    """
    twice = 2 * steps_a_member
    if twice <= 1:
        return 0.0
    share = 1.0
    for _ in range(200):
        share = 1 - math.exp(-twice * share)
    return share


def fitted_exponent(counts: Reals) -> float | None:
    """Return the exponent of a power law between :data:`FIT_FROM` and :data:`FIT_TO`, by maximum likelihood.

    The likelihood is that of a discrete power law cut at both ends (Clauset, Shalizi and Newman 2009), so that rare
    large sizes weigh what they are worth; at ``split`` .01 the exact stationary counts give 2.535.

    :param counts: mean number of clusters of each size, entry 0 is size 1
    :return: ``None`` where fewer than ten sizes occurred
    """
    size = np.arange(FIT_FROM, min(FIT_TO, len(counts)) + 1)
    seen = counts[size - 1]
    if (seen > 0).sum() < 10:  # noqa: PLR2004 - fewer sizes make an exponent of noise
        return None
    log_size = np.log(size)
    wanted = float((seen * log_size).sum() / seen.sum())
    low, high = -5.0, 20.0
    # The mean log size falls as the exponent rises, so bisection finds the one that gives the mean that was seen.
    for _ in range(80):
        middle = (low + high) / 2
        weight = np.exp(-middle * log_size)
        low, high = (middle, high) if float((weight * log_size).sum() / weight.sum()) > wanted else (low, middle)
    return (low + high) / 2
