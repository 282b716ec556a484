"""Shares side by side, each with its interval: prevalence by stratum, stance before and after, stages of recruitment.

A chart joins neighbouring points by a line, which between strata would say something false. Each share is therefore a
short level line inside the box of its interval, with a gap to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from abate.measurement.drawing.chart import Chart, Point, Tick, round_up
from abate.measurement.recruitment import Recruitment
from abate.measurement.sampled.prevalence import Prevalence
from abate.measurement.sampled.stance import Stance
from abate.numeric.intervals import Interval

_HALF = 0.3
_GAP = 0.5
_MOST = 12
"""Shares in one picture; more would be read by nobody."""
_LETTERS = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bar:
    label: str
    value: float | None
    interval: Interval | None


def prevalence_chart(result: Prevalence) -> Chart:
    """Draw the share of the whole, then of each stratum in the order of its weight."""
    heavy = sorted(result.strata, key=lambda pair: -pair[1].share)[: _MOST - 1]
    parts = [
        _Bar(
            label=name or "(no stratum)",
            value=one.value,
            interval=None if one.limits is None else one.limits.interval(),
        )
        for name, one in heavy
    ]
    whole = _Bar(label="all", value=result.value, interval=result.interval)
    return _chart(f"Prevalence, % of {result.weight}", result.sentence, [whole, *(parts if len(parts) > 1 else [])])


def stance_chart(result: Stance) -> Chart:
    """Draw the share before and after."""
    bars = [
        _Bar(label="before", value=result.before.value, interval=result.before.interval),
        _Bar(label="after", value=result.after.value, interval=result.after.interval),
    ]
    return _chart("Stance, % of replies", result.sentence, bars)


def recruitment_chart(result: Recruitment) -> Chart:
    """Draw the rate of each stage, of those who reached the one before."""
    bars = [_Bar(label=stage.name, value=stage.rate, interval=stage.interval) for stage in result.stages[1:]]
    return _chart("Reached of the stage before, %", " ".join(result.sentences), bars)


def _chart(title: str, description: str, bars: Sequence[_Bar]) -> Chart:
    highest = [
        100 * limit for bar in bars for limit in (bar.value, (bar.interval or (0, None))[1]) if limit is not None
    ]
    return Chart(
        title=title,
        description=description,
        points=tuple(point for place, bar in enumerate(bars) for point in _points(place, bar)),
        ticks=tuple(Tick(x=float(place), text=_short(bar.label)) for place, bar in enumerate(bars)),
        top=min(round_up(max(highest, default=1.0)), 100.0),
    )


def _points(place: int, bar: _Bar) -> tuple[Point, ...]:
    value = None if bar.value is None else 100 * bar.value
    low, high = (
        (None, None) if bar.interval is None or value is None else (100 * bar.interval[0], 100 * bar.interval[1])
    )
    ends = tuple(Point(x=place + side, value=value, low=low, high=high) for side in (-_HALF, _HALF))
    return (*ends, Point(x=place + _GAP, value=None))


def _short(label: str) -> str:
    return label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…"
