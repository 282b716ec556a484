"""How much audience the next channel regains: the median after, over the median before.

Before and after are each a channel's own number, never a union over channels, and never people followed from one
channel to the next: pseudonyms are not joined. Operators are drawn again for the interval, since one operator's
channels are alike.
"""

from dataclasses import dataclass

import numpy as np

from abate.measurement.answer import Estimate
from abate.measurement.footing import Json
from abate.measurement.lives.kaplan_meier import Floats, Mask
from abate.measurement.lives.removals import Removals
from abate.measurement.tables.columns import Lifetimes, Rows, Sightings, Words
from abate.measurement.weeks import DAY, Micros
from abate.numeric.intervals import LEVEL, Interval

SIZES = ("followers", "audience")
"""Columns of lifetimes that can say how large a channel was; the first that is there counts."""
COLUMNS = ("followers", "audience")
"""Columns of sightings beyond those that every table has."""
_DRAWS = 2000
_CELLS = 4_000_000
"""Draws times pairs held in memory at once."""
_LEAST = 10
"""Operators below which no interval is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Regained:
    """The ratio, or why there is none."""

    ratio: Estimate
    before: float | None
    after: float | None
    pairs: int
    """Removed channels and their successors whose size is known for both."""
    measure: str
    """What was counted; empty where nothing could be."""
    reason: str
    """Why there is no ratio, or no interval; empty otherwise."""

    def sentence(self) -> str:
        """Say the ratio in words."""
        if self.ratio.value is None:
            return f"regained audience: not known ({self.reason})"
        ends = self.ratio.interval
        within = "" if ends is None else f" [{ends[0]:.2f}, {ends[1]:.2f}]"
        return (
            f"regained audience: {self.ratio.value:.2f}{within} of the {self.measure} before, over {self.pairs} pairs"
        )

    def to_json(self) -> Json:
        """Return the numbers, with a reason where one is missing."""
        return self.ratio.to_json() | {
            "median_before": self.before,
            "median_after": self.after,
            "pairs": self.pairs,
            "measure": self.measure or None,
            "reason": self.reason or None,
        }


def regained_audience(
    lifetimes: Lifetimes, found: Removals, sightings: Sightings | None, *, within_days: int, seed: int = 0
) -> Regained:
    """Compare the audience of removed channels with that of their successors.

    :param within_days: with sightings, the length of both windows: before the removal, and after the next channel began
    """
    rows = np.flatnonzero((found.next_row >= 0) & ~found.elsewhere)
    if not len(rows):
        return _nothing("no next channel is known")
    if sightings is not None:
        rows = rows[found.next_at[rows] + within_days * DAY <= found.snapshot]
        if not len(rows):
            return _nothing(f"no next channel was watched for {within_days} days")
        before, after, measure = _from_sightings(lifetimes, found, rows, sightings, within_days * DAY)
    else:
        before, after, measure = _from_lifetimes(lifetimes, found, rows)
    if not measure:
        return _nothing(
            "nothing says how large a channel was; add --sightings with followers or audience, or a column followers "
            "to the lifetimes"
        )
    known = np.isfinite(before) & np.isfinite(after)
    return _ratio(before[known], after[known], found.operator[rows][known], measure, seed)


def _nothing(reason: str, measure: str = "") -> Regained:
    return Regained(ratio=Estimate(value=None), before=None, after=None, pairs=0, measure=measure, reason=reason)


def _ratio(
    before: Floats, after: Floats, operator: np.ndarray[tuple[int], np.dtype[np.int32]], measure: str, seed: int
) -> Regained:
    if not len(before):
        return _nothing("no channel's size is known both before and after", measure)
    middle = float(np.median(before)), float(np.median(after))
    if not middle[0]:
        return _nothing("the removed channels had no audience to regain", measure)
    interval = _interval(before, after, operator, seed)
    few = f"an interval wants {_LEAST} operators with both sizes known" if interval is None else ""
    return Regained(
        ratio=Estimate(value=middle[1] / middle[0], interval=interval),
        before=middle[0],
        after=middle[1],
        pairs=len(before),
        measure=measure,
        reason=few,
    )


def _interval(
    before: Floats, after: Floats, operator: np.ndarray[tuple[int], np.dtype[np.int32]], seed: int
) -> Interval | None:
    groups = np.unique(operator, return_inverse=True)[1]
    count = int(groups.max()) + 1
    if count < _LEAST:
        return None
    draw = np.random.default_rng(seed)
    at_once = max(_CELLS // len(before), 1)
    ratios = []
    for first in range(0, _DRAWS, at_once):
        chosen = draw.multinomial(count, np.full(count, 1 / count), size=min(at_once, _DRAWS - first))
        weights = chosen[:, groups]
        base = _medians(before, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.where(base > 0, _medians(after, weights) / base, np.inf))
    tail = (1 - LEVEL) / 2
    # Where a draw has no base there is no number between it and its neighbour: a draw itself is taken.
    low, high = np.quantile(np.concatenate(ratios), [tail, 1 - tail], method="inverted_cdf")
    return float(low), float(high)


def _medians(values: Floats, weights: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Floats:
    """Return the median of the values for each row of how often each is counted, shape ``(draws,)``."""
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weights[:, order], axis=1)
    half = running[:, -1:] / 2
    lower, upper = (running >= half).argmax(axis=1), (running > half).argmax(axis=1)
    return np.asarray((values[order][lower] + values[order][upper]) / 2, dtype=np.float64)


def _from_lifetimes(lifetimes: Lifetimes, found: Removals, rows: Rows) -> tuple[Floats, Floats, str]:
    for name in SIZES:
        column = lifetimes.more.get(name)
        if column is not None:
            sizes = _numbers(column)
            return sizes[found.row[rows]], sizes[found.next_row[rows]], name
    return np.empty(0), np.empty(0), ""


def _numbers(column: Words) -> Floats:
    """Read words as numbers of zero or more, NaN where they are none; shape ``(rows,)``."""
    values = [_number(name) for name in column.names]
    return np.array([*values, np.nan])[column.codes]


def _number(untrusted_text: str) -> float:
    try:
        value = float(untrusted_text)
    except ValueError:
        return float("nan")
    return value if 0 <= value < float("inf") else float("nan")


def _from_sightings(
    lifetimes: Lifetimes, found: Removals, rows: Rows, sightings: Sightings, window: int
) -> tuple[Floats, Floats, str]:
    measure = next((name for name in COLUMNS if _any(sightings, name)), "")
    if not measure:
        return np.empty(0), np.empty(0), ""
    places = _by_channel(sightings, measure)
    before = np.full(len(rows), np.nan)
    after = np.full(len(rows), np.nan)
    for place, row in enumerate(rows):
        lost, begun = int(found.at[row]), int(found.next_at[row])
        # Equal windows: a channel of two years had longer to gather readers than one of two months.
        before[place] = _size(sightings, places, lifetimes, int(found.row[row]), (lost - window, lost), measure)
        after[place] = _size(sightings, places, lifetimes, int(found.next_row[row]), (begun, begun + window), measure)
    return before, after, measure


def _any(sightings: Sightings, measure: str) -> bool:
    return bool(_measured(sightings, measure).any())


def _by_channel(sightings: Sightings, measure: str) -> dict[tuple[str, str], Rows]:
    """Return the rows of each platform and channel, of platforms only where the measure was taken at all.

    A channel without a reader on a platform whose readers nobody collected has an unknown audience, and not none.
    """
    size = len(sightings.channel.names) + 1
    key = sightings.platform.codes.astype(np.int64) * size + sightings.channel.codes
    order = np.argsort(key, kind="stable")
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    taken = set(sightings.platform.codes[_measured(sightings, measure)].tolist())
    return {
        (sightings.platform.text(int(part[0])), sightings.channel.text(int(part[0]))): part
        for part in np.split(order, cuts)
        if len(part) and int(sightings.platform.codes[part[0]]) in taken
    }


def _measured(sightings: Sightings, measure: str) -> Mask:
    """Return the rows that say anything of the measure, shape ``(rows,)``."""
    column = sightings.followers if measure == "followers" else sightings.audience
    if column is None:
        return np.zeros(len(sightings), dtype=bool)
    return (column.codes if isinstance(column, Words) else column) >= 0


def _size(
    sightings: Sightings,
    places: dict[tuple[str, str], Rows],
    lifetimes: Lifetimes,
    row: int,
    window: tuple[int, int],
    measure: str,
) -> float:
    """Return a channel's size within a window: its last follower count, or its different readers; NaN if not seen."""
    seen = places.get((lifetimes.platform.text(row), lifetimes.subject.text(row)))
    if seen is None:
        return float("nan")
    at: Micros = sightings.observed_at[seen]
    seen = seen[(at >= window[0]) & (at <= window[1])]
    if measure == "followers":
        assert sightings.followers is not None
        seen = seen[sightings.followers[seen] >= 0]
        return float(sightings.followers[seen[sightings.observed_at[seen].argmax()]]) if len(seen) else float("nan")
    assert sightings.audience is not None
    codes = sightings.audience.codes[seen]
    return float(len(np.unique(codes[codes >= 0]))) if len(seen) else float("nan")
