"""The counterfactual behind the third claim: weekly active channels of the treated platform, had nothing been done.

The settings are fixed here and not chosen by what comes out: state space, a level prior learnt from the weeks before,
no trend, no calendar; the platforms that were left alone as controls, where there are any; the weeks of the event
itself left out.
"""

import numpy as np

from abate.domain.errors import InputError
from abate.flows.found import Found, Measure
from abate.flows.ground import Ground
from abate.measurement.claims.evidence import resolve
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.drawing.chart import Chart, Kind, Point, Series
from abate.measurement.drawing.pictures import presence_chart
from abate.measurement.effect.answer import Effect
from abate.measurement.effect.design import Floats
from abate.measurement.effect.estimate import effect_of
from abate.measurement.effect.question import Question
from abate.measurement.footing import Json
from abate.measurement.since import Mark
from abate.measurement.weeks import monday


def _effect(ground: Ground, found: Found) -> Json:
    mark = ground.mark
    if mark is None:
        msg = "nothing that was done is on record, so that there is nothing to look for the effect of"
        raise InputError(msg)
    rows = _looked_at(ground, mark, ground.presence.rows)
    treated = _looked_at(ground, mark, _rows_of(ground, mark.platform)) or rows
    controls = resolve(found.answers, "/intervention/unaffected_controls") if "intervention" in found.answers else ()
    assert isinstance(controls, list | tuple)
    question = Question(
        outcomes=(("active channels", _values(ground, treated, mark)),),
        start=mark.first - treated[0].week,
        controls=tuple(
            (str(name), _values(ground, _looked_at(ground, mark, _rows_of(ground, str(name))), None))
            for name in controls
        ),
        level_prior=None,
        labels=tuple(monday(row.week).isoformat() for row in treated),
    )
    answer = effect_of(question)
    assert isinstance(answer, Effect)
    whole = _rows_of(ground, mark.platform) or ground.presence.rows
    chart = _chart(ground, whole, answer)
    found.charts["effect"] = chart
    if [row.value for row in whole] == [row.value for row in ground.presence.rows]:
        found.charts["presence"] = chart
    return answer.to_json()


def _looked_at(ground: Ground, mark: Mark, rows: tuple[WeekRow, ...]) -> tuple[WeekRow, ...]:
    """Leave out the weeks beyond the plan's window: the further off, the less the weeks before foretell."""
    after = ground.scope.after
    return rows if not after else tuple(row for row in rows if row.week <= mark.last + after)


def _rows_of(ground: Ground, platform: str) -> tuple[WeekRow, ...]:
    return tuple(row for row in ground.by_platform.rows if row.by == (("platform", platform),))


def _values(ground: Ground, rows: tuple[WeekRow, ...], mark: Mark | None) -> Floats:
    """Return weekly values; NaN where a week is not settled, is left out by the plan, or is that of the event."""
    event = range(mark.first, mark.last + 1) if mark is not None else range(0)
    return np.array(
        [
            np.nan
            if row.value is None or row.provisional or row.week in event or row.week in ground.scope.leave_out_weeks
            else float(row.value)
            for row in rows
        ]
    )


def _chart(ground: Ground, rows: tuple[WeekRow, ...], answer: Effect) -> Chart:
    seen = presence_chart(ground.presence)
    foretold = tuple(
        Point(
            x=float(row.week),
            value=period.predicted,
            low=None if period.interval is None else max(period.interval[0], 0.0),
            high=None if period.interval is None else period.interval[1],
            label=f"week of {period.label}",
        )
        for row, period in zip(rows, answer.rows, strict=False)
        if period.after and period.predicted is not None
    )
    mine = tuple(
        Point(
            x=float(row.week),
            value=None if row.value is None else float(row.value),
            provisional=row.provisional,
            label=f"week of {monday(row.week)}",
        )
        for row in rows
    )
    return Chart(
        title="Active channels a week, and what the weeks before foretold",
        description=f"{answer.sentence[0].upper()}{answer.sentence[1:]}.",
        points=mine,
        name="seen",
        more=(Series(name="foretold by the weeks before", points=foretold, kind=Kind.COUNTERFACTUAL),),
        events=seen.events,
        ticks=seen.ticks,
        unit=seen.unit,
        x_name=seen.x_name,
    )


def _beyond(_: Ground, found: Found) -> Json:
    """Return the effect in points of the level before: what the fall is more than its counterfactual."""
    evidence = found.evidence
    effect, interval = evidence.number("/effect/effect"), evidence.pair("/effect/interval")
    before = evidence.number("/since_presence/before/mean")
    one_platform = len(evidence.rows("/frame/platforms/seen")) == 1
    if effect is None or interval is None or not before or not one_platform:
        msg = "the fall and its counterfactual are not about the same channels"
        raise InputError(msg)
    return {"points": effect / before, "points_interval": [interval[0] / before, interval[1] / before]}


EFFECT: dict[str, Measure] = {"effect": _effect, "beyond": _beyond}
