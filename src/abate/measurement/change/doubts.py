"""What the series says against levels that stand still between changes."""

import numpy as np

from abate.measurement.change.noise import noise_of
from abate.measurement.change.partition import MOST, Floats, Partitions
from abate.measurement.change.penalty import Chosen
from abate.measurement.effect.judgement import repeats
from abate.measurement.footing import Caveat
from abate.numeric.intervals import LEVEL

SHORT = 40
"""Periods below which ``bench/calibration`` did not look."""
HELD_UP_TO = 0.9
"""Sum of the autoregressive weights up to which it did."""


def caveats_of(values: Floats, found: Partitions, chosen: Chosen, *, season: int) -> list[Caveat]:
    """Return the warnings; one of them is ``not-calibrated`` where the promise was not checked.

    :param values: shape ``(times,)``, of mean zero
    :param season: in periods; 0 for none
    """
    out = [Caveat(code="not-calibrated", text=text) for text in _unchecked(values, chosen)]
    if chosen.changes == MOST:
        text = f"{MOST} changes are as many as are looked for; there may be more, or no levels at all"
        out.append(Caveat(code="poor-fit", text=text))
    if _a_line_does_it(values, chosen):
        text = (
            "a straight line explains the series as well as levels do; read it as a trend, and any changes as the "
            "steps that a trend is cut into"
        )
        out.append(Caveat(code="poor-fit", text=text))
    if repeats(chosen.noise.shocks, season) or _changes_with_the_year(found, chosen, season):
        text = f"the series repeats itself every {season} periods; changes may be the season's, so compare like seasons"
        out.append(Caveat(code="seasonality", text=text))
    return out


def _unchecked(values: Floats, chosen: Chosen) -> list[str]:
    if len(values) < SHORT:
        return [f"{len(values)} periods are too few to learn how alike neighbours are; read it as a rough guide"]
    if chosen.noise.persistence > HELD_UP_TO:
        text = (
            f"errors hardly return to their level (their weights sum to {chosen.noise.persistence:.2f}); so close to a "
            "random walk a change of level is nothing apart"
        )
        return [text]
    if chosen.p_wandering is not None and chosen.p_wandering > 1 - LEVEL:
        text = (
            f"a level that wanders slowly under noise would look as much like one with changes in "
            f"{chosen.p_wandering:.0%} of cases, and this series is too short, or its changes too small, to rule it out"
        )
        return [text]
    return []


def _a_line_does_it(values: Floats, chosen: Chosen) -> bool:
    """Return whether one slope earns as much as all the levels, each of which is a coefficient too.

    Where there is only one level, it has to earn what a change would have to.
    """
    line = np.column_stack([np.ones(len(values)), np.arange(len(values))])
    rest = values - line @ np.linalg.lstsq(line, values, rcond=None)[0]
    tiny, order = np.finfo(float).tiny, chosen.noise.order
    before, after = (noise_of(errors - errors.mean(), 1, order).spread ** 2 for errors in (values, rest))
    gain = len(values) * np.log(max(before, tiny) / max(after, tiny))
    wanted = chosen.gain - chosen.penalty * (chosen.changes - 1) if chosen.changes else chosen.penalty
    return bool(gain >= wanted)


def _changes_with_the_year(found: Partitions, chosen: Chosen, season: int) -> bool:
    """Return whether levels alternate at half the season's length: three changes or more, a season apart by twos."""
    if season < 4 or chosen.changes < 3:  # noqa: PLR2004 - shorter, levels cannot alternate within a season
        return False
    apart = found.cuts(chosen.changes)[1:-1]
    same_way = apart[2:] - apart[:-2]
    return bool(np.all(np.abs(same_way - season) <= max(season // 8, 1)))
