"""The measures behind the other charts and the claims about people: each asked only of what it can be asked of."""

from datetime import datetime

from abate.domain.errors import InputError
from abate.flows.found import Found, Measure
from abate.flows.ground import MONTH, Ground
from abate.flows.sources import incidents_of, labels_of, surveys_of
from abate.measurement.displacement import displacement
from abate.measurement.drawing.displacement_chart import displacement_chart
from abate.measurement.drawing.overlap_chart import overlap_chart
from abate.measurement.drawing.pictures import survival_chart, survival_groups_chart
from abate.measurement.drawing.reappearance_chart import reappearance_chart
from abate.measurement.drawing.shares_chart import recruitment_chart, stance_chart
from abate.measurement.drawing.views_chart import views_chart
from abate.measurement.footing import Json, finite
from abate.measurement.lives.reappearance import Asked, reappearance
from abate.measurement.lives.spells import QUARTER, Ends, spells_of
from abate.measurement.lives.survival import survival
from abate.measurement.lives.views_before_removal import views_before_removal
from abate.measurement.overlap import overlap
from abate.measurement.platform_weeks import platforms_of_sightings
from abate.measurement.recruitment import recruitment
from abate.measurement.sampled.stance import stance
from abate.measurement.tables.columns import Words
from abate.measurement.threat.answer import by_week, from_tables, threat
from abate.measurement.weeks import to_moment, week_start

SUPPORTIVE = "supportive"
"""The label of a reply that supports."""


def _survival(ground: Ground, found: Found) -> Json:
    until = ground.scope.until
    answer = survival(ground.lifetimes, by=QUARTER, until=until)
    drawn = survival_groups_chart(answer) if len(answer.groups) > 1 else survival_chart(answer)
    found.charts["survival"] = drawn
    return answer.to_json()


def _views(ground: Ground, found: Found) -> Json:
    """Return the views that content had when it was removed, in all and by the month of its removal."""
    table = ground.content_lifetimes
    spells = spells_of(table, Ends(), ground.scope.until)
    answer = views_before_removal(table, spells, MONTH)
    if answer is None or not answer.whole.known:
        msg = "no removal has its views written down"
        raise InputError(msg)
    found.charts["views"] = views_chart(answer)
    return answer.to_json()


def _displacement(ground: Ground, found: Found) -> Json:
    mark = ground.mark
    if mark is None:
        msg = "nothing that was done is on record, so that nothing can be displaced by it"
        raise InputError(msg)
    if len(found.evidence.rows("/frame/platforms/seen")) < 2:  # noqa: PLR2004 - here and elsewhere
        msg = "only one platform is observed, so that nothing can be seen to have moved to another"
        raise InputError(msg)
    table = platforms_of_sightings(
        ground.sightings, start=_first(ground), checks=ground.checks, until=ground.scope.until
    )
    answer = displacement(table, treated=mark.platform, unobserved=ground.scope.unseen)
    found.charts["displacement"] = displacement_chart(answer)
    return answer.to_json()


def _overlap(ground: Ground, found: Found) -> Json:
    """Return what groups share; where there is one group only, platforms, then languages."""
    for by in ("group", "platform", "language"):
        column: Words | None = getattr(ground.sightings, by)
        if column is not None and len(set(column.codes.tolist()) - {-1}) > 1:
            answer = overlap(ground.sightings, by=by, until=ground.scope.until, seed=ground.scope.seed)
            found.charts["overlap"] = overlap_chart(answer)
            return answer.to_json()
    msg = "one group on one platform in one language is seen, so that there is nothing to compare"
    raise InputError(msg)


def _reappearance(ground: Ground, found: Found) -> Json:
    asked = Asked(until=ground.scope.until, seed=ground.scope.seed)
    answer = reappearance(ground.lifetimes, asked, sightings=ground.sightings)
    found.charts["reappearance"] = reappearance_chart(answer)
    return answer.to_json()


def _recruitment(ground: Ground, found: Found) -> Json:
    answer = recruitment(ground.sightings, until=ground.scope.until)
    found.charts["recruitment"] = recruitment_chart(answer)
    return answer.to_json()


def _surveys(ground: Ground, _: Found) -> Json:
    table = surveys_of(ground.source)
    rows = [
        {
            "date": to_moment(int(table.date[row])).date().isoformat(),
            "question": table.question.text(row),
            "share": finite(float(table.share[row])),
            "margin": finite(float(table.margin[row])),
            "source": "" if table.source is None else table.source.text(row),
        }
        for row in range(len(table))
    ]
    return {"rows": sorted(rows, key=lambda row: (str(row["date"]), str(row["question"])))}


def _stance(ground: Ground, found: Found) -> Json:
    if ground.source.labels is None:
        msg = "no labels of replies were given"
        raise InputError(msg)
    mark = ground.mark
    if mark is None:
        msg = "nothing that was done is on record, so that there is no before and after"
        raise InputError(msg)
    answer = stance(
        labels_of(ground.source), SUPPORTIVE, _first(ground), until=ground.scope.until, seed=ground.scope.seed
    )
    found.charts["stance"] = stance_chart(answer)
    return answer.to_json()


def _first(ground: Ground) -> datetime:
    mark = ground.mark
    assert mark is not None
    return to_moment(week_start(mark.first))


def _threat(ground: Ground, _: Found) -> Json:
    if ground.source.incidents is None:
        msg = "no incidents were given"
        raise InputError(msg)
    rows = ground.presence.rows
    aligned = by_week(
        incidents_of(ground.source), [None if row.provisional else row.value for row in rows], rows[0].week
    )
    return from_tables(threat(aligned.counts, aligned.exposure, unit="active channel")).to_json()


DISPLACEMENT: dict[str, Measure] = {"displacement": _displacement}
"""Asked before the effect: a platform to which presence moved is no control."""
FURTHER: dict[str, Measure] = {
    "survival": _survival,
    "views": _views,
    "overlap": _overlap,
    "reappearance": _reappearance,
    "recruitment": _recruitment,
    "surveys": _surveys,
    "stance": _stance,
    "threat": _threat,
}
