"""Did the weekly count change when something was done? The ratio of means, with a block-bootstrap interval.

It says what *coincided*, nothing more: growth that was there before, another event in the same weeks and a change of
instrument all end up in the ratio. Cause needs a comparison (``abate measure effect`` and ``synthetic``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.measurement.footing import Caveat, Json, finite
from abate.measurement.tables.columns import Interventions
from abate.measurement.weeks import NO_TIME, monday, week_of
from abate.numeric.intervals import LEVEL
from abate.numeric.resample import block_places

WINDOW = 8
"""Weeks looked at on each side."""
_FEWEST = 4
_REPLICATES = 2_000

Series = npt.NDArray[np.float64]
"""Weekly values, NaN where a week is missing or provisional."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """One intervention and the change that coincided with it."""

    week: int
    kind: str
    platform: str
    ratio: float | None
    """Mean of the weeks after over the mean of the weeks before; ``None`` with fewer than four usable weeks a side."""
    interval: tuple[float, float] | None
    what: str
    """What was counted, for the sentence."""

    def to_json(self) -> Json:
        """Return the row of ``breaks``."""
        return {
            "week": monday(self.week).isoformat(),
            "kind": self.kind,
            "platform": self.platform,
            "ratio": self.ratio,
            "interval": None if self.interval is None else list(self.interval),
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """Say it without claiming a cause."""
        if self.ratio is None or self.interval is None:
            return (
                f"too few usable weeks around {monday(self.week)} to compare {self.what} before and after {self.kind}"
            )
        low, high = self.interval
        return (
            f"{self.what} in the weeks after was {self.ratio:.2f} times that before [{low:.2f}, {high:.2f}]; "
            f"this coincided with {self.kind} on {self.platform} and is not shown to be caused by it"
        )


def coincided(series: Series, first: int, week: int, end: int) -> tuple[Series, Series]:
    """Return the usable values of the weeks before ``week`` and after ``end``, leaving out the weeks in between.

    :param series: shape ``(weeks,)``; ``first`` is the number of its first week
    """
    start, stop = week - first, end - first + 1
    before = series[max(start - WINDOW, 0) : max(start, 0)]
    after = series[max(stop, 0) : max(stop + WINDOW, 0)]
    return before[np.isfinite(before)], after[np.isfinite(after)]


def ratio_interval(
    before: Series, after: Series, seed: Sequence[int]
) -> tuple[float | None, tuple[float, float] | None]:
    """Return the ratio of means and its percentile interval from a moving-block bootstrap of each side.

    Blocks keep the likeness of neighbouring weeks (Künsch 1989); their length is the cube root of the weeks, two or
    more.
    """
    if min(len(before), len(after)) < _FEWEST or before.mean() == 0:
        return None, None
    draw = np.random.default_rng(seed)
    low_side, high_side = _block_means(before, draw), _block_means(after, draw)
    usable = low_side > 0
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(high_side[usable] / low_side[usable], [tail, 1 - tail])
    return finite(after.mean() / before.mean()), (float(low), float(high))


def _block_means(values: Series, draw: np.random.Generator) -> Series:
    means: Series = values[block_places(len(values), _REPLICATES, draw)].mean(axis=1)
    return means


def find_breaks(
    interventions: Interventions, series_of: dict[str, Series], first: int, what: str, seed: int
) -> tuple[Break, ...]:
    """Compare the weeks around each intervention.

    :param series_of: platform → its weekly values; ``""`` holds the whole, taken for a platform that has no row
    """
    out = []
    for row in range(len(interventions)):
        week, end = span(interventions, row)
        platform = interventions.platform.text(row)
        before, after = coincided(series_of.get(platform, series_of[""]), first, week, end)
        ratio, interval = ratio_interval(before, after, (seed, row))
        kind = interventions.kind.text(row)
        out.append(Break(week=week, kind=kind, platform=platform, ratio=ratio, interval=interval, what=what))
    return tuple(sorted(out, key=lambda one: (one.week, one.platform, one.kind)))


def span(interventions: Interventions, row: int) -> tuple[int, int]:
    """Return the first and last week of an intervention; the same week where it has no end."""
    start = week_of(int(interventions.date[row]))
    end = NO_TIME if interventions.end is None else int(interventions.end[row])
    return start, start if end == NO_TIME else max(start, week_of(end))


def break_caveats(breaks: Sequence[Break]) -> list[Caveat]:
    """Warn of changes of instrument, and of interventions that stand in each other's weeks."""
    out = []
    instruments = sorted({one.kind for one in breaks if one.kind.startswith("collector")})
    if instruments:
        text = f"the instrument changed ({', '.join(instruments)}); a step in those weeks may be the collector's"
        out.append(Caveat(code="instrument-change", text=text))
    close = [
        (one, other)
        for place, one in enumerate(breaks)
        for other in breaks[place + 1 :]
        if other.week - one.week <= WINDOW
    ]
    if close:
        one, other = close[0]
        pair = f"{one.kind} ({monday(one.week)}) and {other.kind} ({monday(other.week)})"
        text = f"{pair} share weeks: they cannot be told apart"
        out.append(Caveat(code="concurrent-event", text=text))
    return out
