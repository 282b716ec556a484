"""What the generator of an invented year knows, over the same weeks as each estimate."""

from collections.abc import Mapping, Sequence
from typing import Any

from abate.measurement.claims.evidence import resolve
from abate.measurement.footing import Json


def truth_beside(truth: Mapping[str, Any], answers: Mapping[str, Json]) -> Json:
    """Return the true value beside each estimate; ``None`` where the generator does not know or nothing was estimated.

    :param truth: the content of ``truth.json``
    """
    weeks = {row["week"]: row for row in truth.get("weeks", ())}
    return {
        "since_presence": _change(weeks, answers),
        "effect": _against_twin(weeks, answers),
        "growth_at_end": _at_end(weeks, answers),
        "audience": truth.get("audience"),
        "half_life_days": truth.get("half_life_seen_days"),
        "weeks": list(truth.get("weeks", ())),
    }


def _between(weeks: Mapping[str, Any], first: str, last: str, column: str) -> list[float]:
    return [float(row[column]) for week, row in weeks.items() if first <= week <= last]


def _change(weeks: Mapping[str, Any], answers: Mapping[str, Json]) -> float | None:
    """Return the true change over the weeks that the estimate compares."""
    if "since_presence" not in answers:
        return None
    sides = []
    for side in ("before", "after"):
        first, last = (str(resolve(answers, f"/since_presence/{side}/{end}")) for end in ("first", "last"))
        sides.append(_between(weeks, first, last, "presence"))
    return _ratio(sides[1], sides[0])


def _against_twin(weeks: Mapping[str, Any], answers: Mapping[str, Json]) -> float | None:
    """Return the true effect: the weeks after, over those of the twin year without the takedown."""
    if "since_presence" not in answers:
        return None
    first, last = (str(resolve(answers, f"/since_presence/after/{end}")) for end in ("first", "last"))
    return _ratio(_between(weeks, first, last, "presence"), _between(weeks, first, last, "without_takedown"))


def _at_end(weeks: Mapping[str, Any], answers: Mapping[str, Json]) -> float | None:
    end = answers.get("growth", {}).get("at_end")
    row = weeks.get(str(end["week"])) if isinstance(end, Mapping) else None
    return None if row is None else float(row["without_takedown"])


def _ratio(above: Sequence[float], below: Sequence[float]) -> float | None:
    """Return the relative change of the mean."""
    if not above or not sum(below):
        return None
    return sum(above) / len(above) / (sum(below) / len(below)) - 1
