"""Gather the evidence: each measure is asked in turn, and what cannot answer says why and what to collect.

``MEASURES`` is the whole registry. A measure is one function from the ground and what was found so far to its JSON and
its chart; a claim never sees more than the JSON.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from abate.domain.errors import InputError
from abate.flows.effect_evidence import EFFECT
from abate.flows.found import Found, Measure
from abate.flows.further_evidence import DISPLACEMENT, FURTHER
from abate.flows.ground import Ground, is_instrument
from abate.measurement.claims.evidence import Evidence, Missing, token
from abate.measurement.claims.truth import truth_beside
from abate.measurement.counting.instrument import changes
from abate.measurement.drawing.chart import Chart, Kind, Point, Series
from abate.measurement.drawing.pictures import following_chart, presence_chart
from abate.measurement.footing import Json
from abate.measurement.growth import growth
from abate.measurement.since import since
from abate.measurement.weeks import monday

NOT_ASKED: Mapping[str, Missing] = {
    "effect": Missing(
        why="no counterfactual was computed", collect="the date of what was done, and sightings around it"
    ),
    "recruitment": Missing(
        why="no stages from exposure to contact were counted",
        collect="exposures, returns, invitation links and contacts in aggregate, and from outside how many joined",
    ),
    "stance": Missing(
        why="no labels of replies were given",
        collect=(
            "labels of a sample of replies with known inclusion probabilities, and surveys for what the public thinks"
        ),
    ),
    "threat": Missing(
        why="no incidents were given",
        collect="incidents with date and country from a source that counts evenly over the years",
    ),
}
"""What claims ask for; stands until a measure answers or says something nearer."""


def gather(ground: Ground, *, truth: Mapping[str, Any] | None = None, plan: Json | None = None) -> Found:
    """Ask every measure.

    :param truth: of an invented year, as ``truth.json`` has it
    :param plan: hash and time of the frozen plan, where there is one
    An empty store makes seven grey rows. A file in which nothing counts is a mistake, and is said to be one.

    :raises InputError: when a file of sightings cannot be read, or not one sighting in it counts
    """
    found = Found(missing=dict(NOT_ASKED))
    if plan is not None:
        found.answers["plan"] = plan
    if ground.source.sightings is not None:
        _presence(ground, found)
    for name, measure in MEASURES.items():
        try:
            found.answers[name] = measure(ground, found)
        except InputError as error:
            known = found.missing.get(name, Missing(why=""))
            found.missing[name] = Missing(why=error.bare.rstrip("."), collect=known.collect)
        else:
            found.missing.pop(name, None)
    if truth is not None:
        found.answers["truth"] = truth_beside(truth, found.answers)
    return found


def _presence(ground: Ground, found: Found) -> Json:
    answer = ground.presence
    found.charts["presence"] = presence_chart(answer)
    return answer.to_json()


def _following(ground: Ground, found: Found) -> Json:
    answer = ground.following
    found.charts["following"] = following_chart(answer)
    return answer.to_json()


def _since_presence(ground: Ground, _: Found) -> Json:
    return since(ground.presence.rows, ground.mark, ground.scope.window, what="active channels").to_json()


def _since_following(ground: Ground, _: Found) -> Json:
    counts = all(row.value is None for row in ground.following.rows)
    what = "follower counts" if counts else "distinct audience"
    return since(ground.following.rows, ground.mark, ground.scope.window, what=what).to_json()


def _lately_presence(ground: Ground, _: Found) -> Json:
    """Return how the latest settled weeks lie beside those before the event: what fell may have come back."""
    mark, window = ground.mark, ground.scope.window
    if mark is None or not window.after:
        msg = "the weeks compared are the latest ones already"
        raise InputError(msg)
    settled = [row.week for row in ground.presence.rows if not row.provisional and not row.missing]
    if sum(1 for week in settled if week > mark.last + window.after) < window.after:
        msg = "too few weeks have passed since to tell the latest from the first"
        raise InputError(msg)
    return since(ground.presence.rows, mark, replace(window, latest=True), what="active channels").to_json()


def _intervention(ground: Ground, found: Found) -> Json:
    """Return what was done, and which platforms were left alone beside it.

    A platform on which presence rose beyond chance afterwards was not left alone by what was done: what left may have
    gone there, and it would count twice, as a fall here and as a rise of what this fall is held against.
    """
    mark = ground.mark
    if mark is None:
        msg = "nothing that was done is on record"
        raise InputError(msg)
    asked = ground.scope.controls
    controls = [name for name in _left_alone(ground, mark.platform) if asked is None or name in asked]
    risen = [name for name in controls if _rose(found.evidence, name)]
    return {
        "date": mark.day.isoformat(),
        "kind": mark.kind,
        "platform": mark.platform,
        "week": monday(mark.first).isoformat(),
        "unaffected_controls": [name for name in controls if name not in risen],
        "risen_controls": risen,
    }


def _rose(evidence: Evidence, platform: str) -> bool:
    interval = evidence.pair(f"/displacement/rise_interval/{token(platform)}")
    return interval is not None and interval[0] > 0


def _left_alone(ground: Ground, treated: str) -> list[str]:
    """Return the observed platforms to which nothing was done."""
    table = ground.interventions
    touched = {treated}
    if table is not None:
        touched |= {table.platform.text(row) for row in range(len(table)) if not is_instrument(table, row)}
    return [name for name in _platforms(ground) if name not in touched]


def _platforms(ground: Ground) -> list[str]:
    column = ground.sightings.platform
    return sorted(column.names[code] for code in set(column.codes.tolist()) if code >= 0)


def _growth(ground: Ground, found: Found) -> Json:
    mark = ground.mark
    answer = growth(ground.presence.rows, None if mark is None else mark.first)
    seen = presence_chart(ground.presence)
    ahead = tuple(
        Point(x=float(one.week), value=one.value, low=one.low, high=one.high, label=f"week of {monday(one.week)}")
        for one in answer.ahead
    )
    if ahead:
        scenario = Series(name="scenario", points=ahead, kind=Kind.COUNTERFACTUAL)
        found.charts["growth"] = Chart(
            title="Active channels a week, and the scenario",
            description="What was seen, beside the weeks before the intervention carried on as a scenario.",
            points=seen.points,
            name="seen",
            more=(scenario,),
            events=seen.events,
            ticks=seen.ticks,
            unit=seen.unit,
            x_name=seen.x_name,
        )
    return answer.to_json()


def _frame(ground: Ground, _: Found) -> Json:
    """Return what was looked at: platforms, collectors, weeks."""
    rows = ground.presence.rows
    done = [row for row in rows if not row.provisional and not row.missing]
    versions = ground.sightings.collector_version
    return {
        "platforms": {"seen": _platforms(ground), "unseen": list(ground.scope.unseen)},
        "collectors": [
            {"kind": change.what, "date": monday(change.week).isoformat()}
            for change in changes(ground.sightings, ground.interventions)
        ],
        "collector_versions": []
        if versions is None
        else sorted(versions.names[code] for code in set(versions.codes.tolist()) if code >= 0),
        "first_week": monday(rows[0].week).isoformat(),
        "last_complete_week": monday(done[-1].week).isoformat() if done else None,
        "weeks": len(rows),
        "weeks_without_check": sum(1 for row in rows if row.missing),
        "checked": ground.checks is not None,
    }


MEASURES: dict[str, Measure] = {
    "presence": _presence,
    "frame": _frame,
    "following": _following,
    "since_presence": _since_presence,
    "since_following": _since_following,
    "lately_presence": _lately_presence,
    **DISPLACEMENT,
    "intervention": _intervention,
    **EFFECT,
    "growth": _growth,
    **FURTHER,
}
"""Asked in this order, so that a measure may build on what stands before it."""
