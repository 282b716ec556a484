"""Whether events stand closer after others than a background that drifts and beats weekly lets them by chance.

A fitted pull alone is no evidence. Where a rate swings over a year, jumps for a month or wanders from week to week, the
likelihood prefers excitation to any piecewise background in nearly every simulated world without excitation. So the
times are held against themselves moved by exactly one week, within fixed pairs of weeks: that keeps the hour, the
weekday and the count of each fortnight, and breaks nothing but what lies within days (interval jitter: Amarasingham,
Harrison, Hatsopoulos and Geman 2012). A background that is free from one fortnight to the next, times any weekly
rhythm, is then no excitation, whatever its size.

For the pull of a kind on itself each event is moved alone; for that of one kind on the other whole weeks change places,
so that the bursts of each kind stay what they are.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from abate.measurement.threat.hawkes_kernel import nearness

Reals = npt.NDArray[np.float64]

WEEK_DAYS = 7.0
DRAWS = 199
_DECAYS: Reals = np.array([8.0, 2.0, 0.5, 1 / 7])
"""Per day: closeness within hours, within half a day, within days, within a week."""


def beyond_background(
    times: Sequence[Reals], end: float, target: int, *, seed: int = 0
) -> tuple[float | None, float | None]:
    """Return how likely so much closeness is by chance: to earlier events of either kind.

    The two are corrected for each other (Bonferroni). The first week is left as it is, since the observation may have
    begun within it, and so is what lies after the last whole fortnight.

    :param times: for each of the two kinds, times in days from a Monday at 00:00; need not be in order
    :param end: of the observation, in days
    :param target: the kind that may follow the others
    :return: one p-value a kind; ``None`` where there are no such events, or no whole fortnight
    """
    fortnights = int((end / WEEK_DAYS - 1) // 2)
    if fortnights < 1:
        return None, None
    draw = np.random.default_rng(seed)
    own = np.sort(times[target])
    online, incidents = (_p(own, times[kind], fortnights, draw, alone=kind == target) for kind in (0, 1))
    return online, incidents


def _p(own: Reals, sources: Reals, fortnights: int, draw: np.random.Generator, *, alone: bool) -> float | None:
    if not len(sources):
        return None
    week = (own // WEEK_DAYS).astype(np.int64) - 1
    free = (week >= 0) & (week < 2 * fortnights)
    fortnight, second = np.clip(week // 2, 0, fortnights - 1), week % 2
    fixed = np.sort(sources)
    found = [nearness(fixed, own, _DECAYS)]
    for _ in range(DRAWS):
        swapped = draw.integers(0, 2, len(own)) if alone else draw.integers(0, 2, fortnights)[fortnight]
        moved = np.where(free & (swapped == 1), own + WEEK_DAYS * (1 - 2 * second), own)
        moved.sort()
        found.append(nearness(moved if alone else fixed, moved, _DECAYS))
    scores = np.array(found)
    spread = scores.std(axis=0)
    # What no move changes says nothing, and must not be divided by rounding.
    still = spread <= 1e-12 * np.abs(scores).max(axis=0)
    largest = np.where(still, 0.0, (scores - scores.mean(axis=0)) / np.where(still, 1.0, spread)).max(axis=1)
    # A tie is chance as well; rounding must not decide it.
    return min(2 * float((largest >= largest[0] - 1e-9).mean()), 1.0)
