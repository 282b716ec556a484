"""Claim a: presence, following and exposure fell."""

from abate.measurement.support.holdings import Holdings
from abate.measurement.support.part import COUNTED, LABELLED, RECAPTURED, WEEKS, Part, can, cannot, counted
from abate.measurement.support.sightings_facts import SightingsFacts

_SIGHTINGS = "sightings: one row for each thing seen, with observed_at, platform and channel"
_CHECKS = "checks: each channel looked at, every week, with the result, so that silence differs from not looking"
_COLLECTOR = "sightings.collector: who or what saw it, from two or more independent collectors"
_AUDIENCE = "sightings.audience: a pseudonym of each follower or reader, one row each"
_AGED = "sightings.views with views_at and posted_at, so that views are compared at equal age"
_DRAWN = (
    f"labels: {LABELLED} or more labelled items with their inclusion_probability, and the views of the unlabelled rest"
)


def fell(held: Holdings) -> tuple[Part, ...]:
    """Return the parts of claim a."""
    return (
        _presence(held),
        *_series(held),
        *_enforced(held),
        _hidden(held.sightings),
        _following(held.sightings),
        _reach(held.sightings),
        _prevalence(held),
    )


def _presence(held: Holdings) -> Part:
    name, seen = "presence", held.sightings
    if seen is None:
        return cannot(name, "no sightings were given", _SIGHTINGS, _CHECKS)
    if seen.span < WEEKS:
        text = f"the sightings span {counted(seen.span, 'week')} ({seen.period}) and a fall takes {WEEKS} or more"
        return cannot(name, text, f"sightings over {WEEKS} weeks or more")
    text = f"presence of {counted(seen.channels, 'channel')} by platform ({len(seen.platforms)}) over {seen.span} weeks"
    text = f"{text} ({seen.period})"
    if seen.retrospective:
        text = f"{text}, though collected afterwards: what was removed before the collection is missing"
    if held.checks is None:
        return can(name, f"{text}; weeks in which nobody looked count as silent, since no checks were given", _CHECKS)
    looked = len([week for week in held.checks.weeks if min(seen.weeks) <= week <= max(seen.weeks)])
    if looked < seen.span:
        return can(name, f"{text}; {counted(seen.span - looked, 'week')} without a check stay missing", _CHECKS)
    return can(name, f"{text}, checked every week")


def _series(held: Holdings) -> tuple[Part, ...]:
    parts = []
    for one in held.series:
        if not one.outcomes or one.periods < WEEKS:
            continue
        what = ", ".join(one.outcomes[:3])
        whom = f" of {one.units} units ({one.unit})" if one.unit else ""
        text = f"a change in {what}{whom} over {one.periods} periods; whether that counts a presence is yours to say"
        parts.append(can("series", text))
    return tuple(parts)


def _enforced(held: Holdings) -> tuple[Part, ...]:
    if not held.enforced:
        return ()
    text = "counts of enforcement say what a platform did and never what was there"
    return (cannot("enforcement counts", text, _SIGHTINGS),)


def _hidden(seen: SightingsFacts | None) -> Part:
    name = "hidden total"
    if seen is None:
        return cannot(name, "no sightings were given", _COLLECTOR)
    if len(seen.collectors) < 2:  # noqa: PLR2004 - two lists to compare
        text = f"sightings.collector names {counted(len(seen.collectors), 'collector')} and two are needed to compare"
        return cannot(name, text, _COLLECTOR)
    if seen.recaptured < RECAPTURED:
        shared = counted(seen.recaptured, "channel")
        return cannot(name, f"no two collectors share more than {shared} ({RECAPTURED} are needed)", _COLLECTOR)
    lists = f"{len(seen.collectors)} collectors, two of which share {counted(seen.recaptured, 'channel')}"
    return can(name, f"a lower bound of the hidden total from {lists}")


def _following(seen: SightingsFacts | None) -> Part:
    name = "following"
    if seen is None:
        return cannot(name, "no sightings were given", _AUDIENCE)
    span = _span(seen.audience_weeks)
    if seen.audience >= COUNTED and span >= WEEKS:
        return can(name, f"a following of {seen.audience:,} different pseudonyms over {span} weeks")
    if _span(seen.follower_weeks) >= WEEKS:
        text = f"the range in which the following lies, from follower counts over {_span(seen.follower_weeks)} weeks"
        return can(name, text, _AUDIENCE)
    if seen.audience:
        text = f"sightings.audience holds {counted(seen.audience, 'pseudonym')} over {counted(span, 'week')}"
        return cannot(name, f"{text} ({COUNTED} over {WEEKS} weeks are needed)", _AUDIENCE)
    return cannot(name, "sightings have neither audience nor followers", _AUDIENCE)


def _reach(seen: SightingsFacts | None) -> Part:
    name = "reach"
    if seen is None:
        return cannot(name, "no sightings were given", _AGED)
    if seen.aged_views >= COUNTED:
        return can(name, f"reach at equal age, from {seen.aged_views:,} of {seen.views:,} view counts")
    if seen.views:
        text = f"{seen.aged_views:,} of {seen.views:,} view counts say when they were read and when the post was made"
        return cannot(name, f"{text}, and older posts have more views", _AGED)
    return cannot(name, "sightings have no views", _AGED)


def _prevalence(held: Holdings) -> Part:
    name = "prevalence"
    if not held.labels:
        return cannot(name, "no labels were given", _DRAWN)
    labels = max(held.labels, key=lambda one: (min(one.labelled, LABELLED), one.views >= one.rows, one.weighted))
    if labels.labelled < LABELLED:
        text = f"{counted(labels.labelled, 'item')} of {labels.rows:,} are labelled ({LABELLED} are needed)"
        return cannot(name, text, _DRAWN)
    if labels.weighted < labels.labelled:
        missing = labels.labelled - labels.weighted
        text = f"{missing:,} of {labels.labelled:,} labelled items do not say how likely they were drawn"
        return cannot(name, text, _DRAWN)
    of = "of views" if labels.views >= labels.rows else "of items, not of views,"
    more = () if labels.views >= labels.rows else ("labels.views: the views of every item",)
    return can(name, f"the share {of} from {labels.labelled:,} labelled items with known chances of being drawn", *more)


def _span(weeks: frozenset[int]) -> int:
    return max(weeks) - min(weeks) + 1 if weeks else 0
