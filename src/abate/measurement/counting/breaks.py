"""Did the weekly count change when something was done? The ratio of means, with an honest interval.

It says what *coincided*, nothing more: growth that was there before, another event in the same weeks and a change of
instrument all end up in the ratio. Cause needs a comparison (``abate measure effect`` and ``synthetic``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from abate.measurement.counting.distinct import Whole
from abate.measurement.counting.persistence import CONTEXT, HELD_UP_TO, Compared, Side, compare
from abate.measurement.footing import Caveat, Json, finite
from abate.measurement.seasons import ramadan_share
from abate.measurement.tables.columns import Interventions
from abate.measurement.weeks import NO_TIME, monday, week_of

WINDOW = 8
"""Weeks looked at on each side."""
_FEWEST = 4
_SEASON = 0.1
"""A difference in the share of Ramadan days between the two windows from which on it is worth a warning."""
_WEEK_DAYS = 7

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
    end: int | None = None
    """The last week of an intervention that took longer than one."""
    p: float | None = None
    """Two-sided, that nothing changed."""
    q: float | None = None
    """``p`` after Benjamini and Hochberg, over all interventions of this answer."""
    autocorrelation: float | None = None
    """Of neighbouring weeks, as estimated around this intervention."""
    calibrated: bool | None = None
    """Whether the series lies where the interval was found to hold its level; ``None`` without an interval."""

    def to_json(self) -> Json:
        """Return the row of ``breaks``."""
        return {
            "week": monday(self.week).isoformat(),
            "kind": self.kind,
            "platform": self.platform,
            "ratio": self.ratio,
            "interval": None if self.interval is None else list(self.interval),
            "p": self.p,
            "q": self.q,
            "autocorrelation": self.autocorrelation,
            "calibrated": self.calibrated,
            "sentence": self.sentence,
        }

    @property
    def end_week(self) -> int:
        """Return the last week of the intervention."""
        return self.week if self.end is None else self.end

    @property
    def sentence(self) -> str:
        """Say it without claiming a cause."""
        if self.ratio is None or self.interval is None:
            return (
                f"too few usable weeks around {monday(self.week)} to compare {self.what} before and after {self.kind}"
            )
        low, high = self.interval
        rough = " (interval not calibrated)" if self.calibrated is False else ""
        return (
            f"{self.what} in the weeks after was {self.ratio:.2f} times that before [{low:.2f}, {high:.2f}]{rough}; "
            f"this coincided with {self.kind} on {self.platform} and is not shown to be caused by it"
        )


def compared(series: Series, first: int, week: int, end: int, others: Sequence[int] = ()) -> Compared | None:
    """Compare the eight weeks before ``week`` with the eight after ``end``.

    :param series: shape ``(weeks,)``; ``first`` is the number of its first week
    :param others: weeks of other interventions, at which the level may change too
    :return: ``None`` with fewer than four usable weeks a side, or with nothing before
    """
    place = np.arange(len(series)) + first
    usable = np.isfinite(series)
    before = _side(series, place, usable & (place >= week - CONTEXT) & (place < week), week - WINDOW, week)
    start = end + 1
    after = _side(series, place, usable & (place >= start) & (place < start + CONTEXT), start, start + WINDOW)
    if min(before.window.sum(), after.window.sum()) < _FEWEST or before.mean == 0:
        return None
    return compare(before, after, others)


def _side(series: Series, place: Whole, there: npt.NDArray[np.bool_], low: int, high: int) -> Side:
    week = place[there]
    return Side(week=week.astype(np.float64), value=series[there], window=(week >= low) & (week < high))


def find_breaks(interventions: Interventions, series_of: dict[str, Series], first: int, what: str) -> tuple[Break, ...]:
    """Compare the weeks around each intervention.

    :param series_of: platform → its weekly values; ``""`` holds the whole, taken for a platform that has no row
    """
    spans = [span(interventions, row) for row in range(len(interventions))]
    out = []
    for row, (week, end) in enumerate(spans):
        platform, kind = interventions.platform.text(row), interventions.kind.text(row)
        series = series_of.get(platform, series_of[""])
        others = sorted({other for other, _ in spans if other != week})
        found = compared(series, first, week, end, others)
        one = Break(week=week, end=end, kind=kind, platform=platform, ratio=None, interval=None, what=what)
        out.append(one if found is None else _filled(one, found))
    ranks = false_discovery([one.p for one in out])
    out = [replace(one, q=q) for one, q in zip(out, ranks, strict=True)]
    return tuple(sorted(out, key=lambda one: (one.week, one.platform, one.kind)))


def _filled(one: Break, found: Compared) -> Break:
    return replace(
        one,
        ratio=finite(found.ratio),
        interval=found.interval,
        p=found.p,
        autocorrelation=found.autocorrelation,
        calibrated=found.calibrated,
    )


def false_discovery(p: Sequence[float | None]) -> list[float | None]:
    """Return for each p the smallest rate of false discoveries at which it counts (Benjamini and Hochberg 1995).

    :param p: in [0, 1]; ``None`` for what was not tested, which stays so and does not count
    """
    tested = sorted((value, place) for place, value in enumerate(p) if value is not None)
    out: list[float | None] = [None] * len(p)
    smallest = 1.0
    for rank in range(len(tested), 0, -1):
        value, place = tested[rank - 1]
        smallest = min(smallest, value * len(tested) / rank)
        out[place] = smallest
    return out


def span(interventions: Interventions, row: int) -> tuple[int, int]:
    """Return the first and last week of an intervention; the same week where it has no end."""
    start = week_of(int(interventions.date[row]))
    end = NO_TIME if interventions.end is None else int(interventions.end[row])
    return start, start if end == NO_TIME else max(start, week_of(end))


def break_caveats(breaks: Sequence[Break]) -> list[Caveat]:
    """Warn of interventions in each other's weeks, of Ramadan, and of an interval that may be too short."""
    out = [*_season_caveats(breaks), *_calibration_caveats(breaks)]
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


def _season_caveats(breaks: Sequence[Break]) -> list[Caveat]:
    days = WINDOW * _WEEK_DAYS
    for one in breaks:
        before = ramadan_share(monday(one.week - WINDOW), days)
        after = ramadan_share(monday(one.end_week + 1), days)
        if one.ratio is not None and abs(after - before) > _SEASON:
            text = (
                f"Ramadan takes {before:.0%} of the days before {one.kind} ({monday(one.week)}) and {after:.0%} of "
                "those after; part of the change may be the season's"
            )
            return [Caveat(code="seasonality", text=text)]
    return []


def _calibration_caveats(breaks: Sequence[Break]) -> list[Caveat]:
    rough = [one for one in breaks if one.calibrated is False]
    if not rough:
        return []
    named = ", ".join(f"{one.kind} ({monday(one.week)})" for one in rough)
    text = (
        f"the interval of {named} rests on too few weeks, or on weeks more alike than {HELD_UP_TO} from one to the "
        "next; its coverage was not shown for series like this one"
    )
    return [Caveat(code="not-calibrated", text=text)]
