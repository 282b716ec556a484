"""Intervals for shares and counts, each with the method's name. scipy is imported where a number is asked for."""

import math

LEVEL = 0.95
"""The level of every interval that abate prints, unless it says otherwise."""

Interval = tuple[float, float]


def normal_quantile(share: float) -> float:
    """Return the value below which this share of the standard normal distribution lies."""
    from scipy.special import ndtri  # heavy: only where a number is asked for

    return float(ndtri(share))


def clopper_pearson(successes: float, trials: float, level: float = LEVEL) -> Interval:
    """Return the exact interval of a share (Clopper and Pearson 1934): it covers at least as often as it says.

    :param successes: 0 to ``trials``; ``trials`` of zero gives [0, 1]
    :raises ValueError: when there are more successes than trials, or fewer than none
    """
    from scipy.special import betaincinv  # heavy: only where a number is asked for

    if not 0 <= successes <= trials:
        msg = f"{successes} successes in {trials} trials cannot be; count again"
        raise ValueError(msg)
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes == trials else float(betaincinv(successes + 1, trials - successes, 1 - tail))
    return low, high


def wilson(successes: float, trials: float, level: float = LEVEL) -> Interval:
    """Return the score interval of a share (Wilson 1927): near its level on average, shorter than the exact one.

    :raises ValueError: as :func:`clopper_pearson` does
    """
    if not 0 <= successes <= trials:
        msg = f"{successes} successes in {trials} trials cannot be; count again"
        raise ValueError(msg)
    if trials == 0:
        return 0.0, 1.0
    z = normal_quantile((1 + level) / 2)
    share, wide = successes / trials, z * z / trials
    middle = (share + wide / 2) / (1 + wide)
    half = z * math.sqrt(share * (1 - share) / trials + wide / (4 * trials)) / (1 + wide)
    # At both ends the formula is exact in theory; rounding must not push the limit past the share itself.
    low = 0.0 if successes == 0 else max(middle - half, 0.0)
    high = 1.0 if successes == trials else min(middle + half, 1.0)
    return low, high


def poisson_interval(count: float, level: float = LEVEL) -> Interval:
    """Return the exact interval of a Poisson mean from one count (Garwood 1936).

    :param count: zero or more
    """
    from scipy.special import gammaincinv  # heavy: only where a number is asked for

    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(gammaincinv(count, tail))
    return low, float(gammaincinv(count + 1, 1 - tail))
