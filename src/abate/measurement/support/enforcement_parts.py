"""Claim b: enforcement contributed; how long channels last, where presence went, and who came back."""

from collections.abc import Iterator
from dataclasses import dataclass

from abate.measurement.support.holdings import Holdings
from abate.measurement.support.other_facts import Event, SeriesFacts
from abate.measurement.support.part import AFTER, BEFORE, COUNTED, Part, can, cannot, counted
from abate.measurement.weeks import monday

_INTERVENTIONS = (
    "interventions: date, platform and kind of each takedown, block or change of rules, and of the collector"
)
_LIFETIMES = "lifetimes: one row a channel or account, with created, first_seen, last_seen, removed and reason"
_OPERATOR = "lifetimes.operator: which channels an analyst holds to be one lineage, with the error rate of such links"
_CONTROLS = "a platform, region or topic that the intervention did not touch, collected alike"
_LONGER = f"{BEFORE} weeks before and {AFTER} after an intervention, collected alike"


def enforcement(held: Holdings) -> tuple[Part, ...]:
    """Return the parts of claim b."""
    return _effect(held), _survival(held), _displacement(held), _reappearance(held)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sides:
    """One intervention, the weeks seen on both sides, and the platforms seen with it."""

    event: Event
    before: int
    after: int
    untouched: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        return self.before >= BEFORE and self.after >= AFTER


def _sides(held: Holdings) -> list[_Sides]:
    """Return the interventions with most weeks around them first."""
    return sorted(_each_side(held), key=lambda one: (one.enough, min(one.before, one.after)), reverse=True)


def _each_side(held: Holdings) -> Iterator[_Sides]:
    seen = held.sightings
    for event in held.actions if seen else ():
        assert seen is not None
        weeks = seen.platforms.get(event.platform, seen.weeks)
        before, after = event.week - min(weeks), max(weeks) - event.end
        touched = {one.platform for one in held.actions if abs(one.week - event.week) <= BEFORE}
        untouched = tuple(name for name in seen.platforms if name not in touched)
        yield _Sides(event=event, before=max(before, 0), after=max(after, 0), untouched=untouched)


def _effect(held: Holdings) -> Part:
    name = "effect of enforcement"
    if held.sightings is None or (held.interventions is None and any(_long_enough(one) for one in held.series)):
        return _effect_on_series(held, name)
    if held.interventions is None:
        return cannot(name, "no interventions were given", _INTERVENTIONS)
    if not held.actions:
        return cannot(name, "all interventions given are changes of the collector", _INTERVENTIONS)
    best = _sides(held)[0]
    where = f"{best.event.kind} on {best.event.platform} in the week of {monday(best.event.week)}"
    around = f"{counted(best.before, 'week')} before and {best.after} after {where}"
    if not best.enough:
        return cannot(name, f"there are {around}, the best of {counted(len(held.actions), 'intervention')}", _LONGER)
    if best.untouched:
        return can(name, f"a counterfactual with {around}; {', '.join(best.untouched[:3])} can serve as control")
    text = f"what coincided with it, from {around}; without an untouched control it is not shown to be the cause"
    return can(name, text, _CONTROLS)


def _effect_on_series(held: Holdings, name: str) -> Part:
    usable = [one for one in held.series if _long_enough(one)]
    if not usable:
        text = "neither sightings nor a series of sufficient length were given"
        return cannot(name, text, _INTERVENTIONS, _LONGER)
    one = max(usable, key=lambda found: (found.units, found.periods))
    inside = [event for event in held.actions if one.weeks and one.weeks[0] < event.week <= one.weeks[1]]
    when = f"of {inside[0].kind} ({monday(inside[0].week)})" if inside else "at a --start that you name"
    more = () if inside or held.interventions is not None else (_INTERVENTIONS,)
    others = one.units - 1 if one.unit else len(one.outcomes) - 1
    against = f"against {counted(others, 'other unit' if one.unit else 'other column')}"
    if others:
        return can(name, f"the effect {when}, {against}, over {one.periods} periods", *more)
    text = f"what coincided {when}, over {one.periods} periods; without a control it is not shown to be the cause"
    return can(name, text, *more, _CONTROLS)


def _long_enough(one: SeriesFacts) -> bool:
    return bool(one.outcomes) and one.periods >= BEFORE + AFTER


def _survival(held: Holdings) -> Part:
    name, lives = "survival", held.lifetimes
    if lives is None:
        return cannot(name, "no lifetimes were given", _LIFETIMES)
    if lives.removed < COUNTED:
        text = f"lifetimes tell of {counted(lives.removed, 'removal')} of {lives.subjects:,} ({COUNTED} are needed)"
        return cannot(name, text, _LIFETIMES)
    text = f"how long they last, from {lives.removed:,} removals of {lives.subjects:,}"
    more = []
    if lives.created < lives.subjects:
        unknown = lives.subjects - lives.created
        text = f"{text}; {unknown:,} have no creation date, and what fell before it was seen is missing there"
        more.append("lifetimes.created: when each was opened, so that early removals are not overlooked")
    if lives.views_at_removal < COUNTED:
        more.append("lifetimes.views_at_removal: how many had seen it by then")
    return can(name, text, *more)


def _displacement(held: Holdings) -> Part:
    name, seen = "displacement", held.sightings
    if seen is None:
        return cannot(name, "no sightings were given", "sightings on every platform that presence can move to")
    if len(seen.platforms) < 2:  # noqa: PLR2004 - from one to another
        only = next(iter(seen.platforms))
        text = f"sightings cover one platform ({only}) and what left it is out of sight"
        return cannot(name, text, "sightings on the other platforms, before and after")
    if not held.actions:
        return cannot(name, "no interventions were given, from which on a move would count", _INTERVENTIONS)
    elsewhere = [one for one in _sides(held) if one.enough and one.event.platform in seen.platforms]
    if not elsewhere:
        return cannot(name, f"no intervention has {BEFORE} weeks before and {AFTER} after on a platform seen", _LONGER)
    others = ", ".join(other for other in seen.platforms if other != elsewhere[0].event.platform)
    return can(name, f"net displacement from {elsewhere[0].event.platform} to {others}; other platforms are unseen")


def _reappearance(held: Holdings) -> Part:
    name, lives = "reappearance", held.lifetimes
    if lives is None:
        return cannot(name, "no lifetimes were given", _LIFETIMES, _OPERATOR)
    if not lives.operators:
        return cannot(name, "lifetimes have no operator, so nobody can be seen to return", _OPERATOR)
    if lives.removed < COUNTED:
        text = f"lifetimes tell of {counted(lives.removed, 'removal')} ({COUNTED} are needed)"
        return cannot(name, text, _LIFETIMES)
    text = f"returns of {counted(lives.operators, 'operator')}, of whom {lives.returned} began again after a removal"
    return can(name, text, "the error rate of the operator links (--operator-error-rate)")
