"""What the generator of an invented year knows, over the same weeks and the same platforms as each estimate."""

from collections.abc import Mapping, Sequence
from typing import Any

from abate.measurement.claims.evidence import Evidence
from abate.measurement.footing import Json


def truth_beside(truth: Mapping[str, Any], answers: Mapping[str, Json]) -> Json:
    """Return the true value beside each estimate; ``None`` where the generator does not know or nothing was estimated.

    :param truth: the content of ``truth.json``
    """
    seen = Evidence(answers=answers)
    weeks = {row["week"]: row for row in truth.get("weeks", ())}
    return {
        "since_presence": _change(truth, weeks, seen),
        "effect": _against_twin(truth, weeks, seen),
        "growth_at_end": _at_end(truth, weeks, seen),
        "audience": truth.get("audience"),
        "half_life_days": truth.get("half_life_seen_days"),
        "recruitment": _stages(truth),
        "within": truth.get("replies", {}).get("within") if _is_takedown(truth, seen) else None,
        "threat": _threat(truth),
        "weeks": list(truth.get("weeks", ())),
    }


def _is_takedown(truth: Mapping[str, Any], seen: Evidence) -> bool:
    """Say whether the estimates ask about the takedown that the generator made."""
    return bool(seen.get("/intervention/week") == truth.get("takedown", {}).get("week"))


def _stages(truth: Mapping[str, Any]) -> Json | None:
    known = truth.get("recruitment")
    return None if known is None else {name: known.get(name) for name in ("invited", "contacted")}


def _threat(truth: Mapping[str, Any]) -> Json | None:
    known = truth.get("incidents")
    return None if known is None else {"coefficient": known.get("coefficient"), "lag": known.get("lag_weeks")}


def _alone(truth: Mapping[str, Any], seen: Evidence) -> bool:
    """Say whether the guarded platform is the only one that is seen: its weeks are then those of the estimate."""
    return not set(map(str, seen.rows("/frame/platforms/seen"))) - {str(truth.get("platform"))}


def _present(truth: Mapping[str, Any], weeks: Mapping[str, Any], seen: Evidence) -> dict[str, float] | None:
    """Return the true active channels of each week, over the platforms that were seen."""
    if _alone(truth, seen):
        return {week: float(row["presence"]) for week, row in weeks.items()}
    by_platform = truth.get("presence_by_platform", {})
    names = [str(name) for name in seen.rows("/frame/platforms/seen")]
    if any(name not in by_platform for name in names):
        return None
    return {week: float(sum(by_platform[name][place] for name in names)) for place, week in enumerate(weeks)}


def _side(seen: Evidence, side: str) -> tuple[str, str] | None:
    first, last = (seen.get(f"/since_presence/{side}/{end}") for end in ("first", "last"))
    return (first, last) if isinstance(first, str) and isinstance(last, str) else None


def _between(values: Mapping[str, float], side: tuple[str, str] | None) -> list[float]:
    return [] if side is None else [value for week, value in values.items() if side[0] <= week <= side[1]]


def _change(truth: Mapping[str, Any], weeks: Mapping[str, Any], seen: Evidence) -> float | None:
    """Return the true change over the weeks that the estimate compares."""
    present = _present(truth, weeks, seen)
    if present is None:
        return None
    return _ratio(*(_between(present, _side(seen, side)) for side in ("after", "before")))


def _against_twin(truth: Mapping[str, Any], weeks: Mapping[str, Any], seen: Evidence) -> float | None:
    """Return the true effect: the weeks after, over those of the twin year without the takedown."""
    asked = seen.get("/intervention/platform")
    if asked is not None and not (asked == truth.get("platform") and _is_takedown(truth, seen)):
        return None
    after = _side(seen, "after")
    there, twin = (
        {week: float(row[column]) for week, row in weeks.items()} for column in ("presence", "without_takedown")
    )
    return _ratio(_between(there, after), _between(twin, after))


def _at_end(truth: Mapping[str, Any], weeks: Mapping[str, Any], seen: Evidence) -> float | None:
    row = weeks.get(str(seen.get("/growth/at_end/week")))
    return float(row["without_takedown"]) if row is not None and _alone(truth, seen) else None


def _ratio(above: Sequence[float], below: Sequence[float]) -> float | None:
    """Return the relative change of the mean."""
    if not above or not sum(below):
        return None
    return sum(above) / len(above) / (sum(below) / len(below)) - 1
