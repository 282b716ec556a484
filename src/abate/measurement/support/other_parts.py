"""Claims c to g: recruitment, disillusion, threat offline, one ideology, growth."""

from abate.measurement.support.holdings import Holdings
from abate.measurement.support.part import COUNTED, LABELLED, TOGETHER, WEEKS, Part, can, cannot, counted
from abate.measurement.weeks import monday

_READERS = "sightings.audience: a pseudonym of each reader, one row for each time it reacted or read"
_STAGES = "sightings.kind: 'invite' for a followed invitation, 'contact' for a first contact, where these can be seen"
_STANCE = (
    f"labels: {LABELLED} or more replies drawn with known inclusion_probability, with label, channel and posted_at"
)
_SURVEYS = "surveys: the same question asked at two dates or more, with share and margin"
_INCIDENTS = "incidents: date, country, kind and count of what happened offline, over the same months"
_SIGNALS = "sightings.signal: the signal of what was shown, so that the same content is known again"
_OFFLINE = ("incident", "attack", "threat", "offence", "crime", "arrest")
"""In the name of a series' column, these say that it counts what happened offline."""


def recruitment(held: Holdings) -> tuple[Part, ...]:
    """Return the parts of claim c."""
    name, seen = "recruitment", held.sightings
    if seen is None:
        return (cannot(name, "no sightings were given", _READERS, _STAGES),)
    if seen.audience < COUNTED:
        text = f"sightings.audience holds {counted(seen.audience, 'pseudonym')} ({COUNTED} are needed)"
        return (cannot(name, text, _READERS, _STAGES),)
    if not seen.repeated:
        text = f"none of {seen.audience:,} pseudonyms is seen on a second day, so no stage follows the first"
        return (cannot(name, text, _READERS, _STAGES),)
    words = [word for word in ("invite", "contact") if any(kind.lower().startswith(word) for kind in seen.kinds)]
    stages = " → ".join(("exposure", "repeat", *words))
    text = f"the stages {stages}, from {seen.audience:,} pseudonyms of whom {seen.repeated:,} are seen again"
    end = "what follows off the platform is out of sight"
    return (can(name, f"{text}; {end}", *(() if len(words) > 1 else (_STAGES,))),)


def disillusion(held: Holdings) -> tuple[Part, ...]:
    """Return the parts of claim d."""
    return _stance(held), _surveys(held)


def _stance(held: Holdings) -> Part:
    name = "stance"
    if not held.labels:
        return cannot(name, "no labels were given", _STANCE)
    labels = max(held.labels, key=lambda one: (min(one.labelled, LABELLED), one.span >= WEEKS, one.channels > 1))
    if labels.labelled < LABELLED:
        text = f"{counted(labels.labelled, 'item')} of {labels.rows:,} are labelled ({LABELLED} are needed)"
        return cannot(name, text, _STANCE)
    if len(labels.values) < 2:  # noqa: PLR2004 - a stance and another
        return cannot(name, "all labels are the same, so there is no share to follow", _STANCE)
    if labels.span < WEEKS:
        text = f"labelled items were posted over {counted(labels.span, 'week')} ({WEEKS} are needed to see a change)"
        return cannot(name, text, "labels.posted_at, over weeks before and after")
    text = f"the share of each label in {labels.labelled:,} items over {labels.span} weeks"
    more = [] if labels.channels > 1 else ["labels.channel: without it, who left cannot be told from who changed"]
    missing = labels.labelled - labels.weighted
    if missing:
        text = f"{text}; {missing:,} do not say how likely they were drawn and count as drawn alike"
        more.append("labels.inclusion_probability of every labelled item")
    return can(name, text, *more)


def _surveys(held: Holdings) -> Part:
    name = "public opinion"
    if held.surveys is None:
        return cannot(name, "no surveys were given, and replies are not the public", _SURVEYS)
    repeated = {question: waves for question, waves in held.surveys.waves.items() if waves > 1}
    if not repeated:
        asked = counted(len(held.surveys.waves), "question")
        return cannot(name, f"{asked} asked, none at two dates", _SURVEYS)
    most = max(repeated, key=lambda question: repeated[question])
    return can(name, f"the change in answers to {most!r} over {repeated[most]} dates")


def threat(held: Holdings) -> tuple[Part, ...]:
    """Return the part of claim e."""
    name, happened = "threat", held.incidents
    if happened is None:
        return (_threat_in_series(held),)
    if held.sightings is None:
        return (cannot(name, "no sightings were given beside the incidents", "sightings over the incidents' months"),)
    weeks = held.sightings.weeks
    first, last = max(happened.first, min(weeks)), min(happened.last, max(weeks))
    both = max(last - first + 1, 0)
    if both < TOGETHER:
        text = f"incidents and sightings share {counted(both, 'week')} ({TOGETHER} are needed)"
        return (cannot(name, text, _INCIDENTS),)
    if happened.count < COUNTED:
        text = f"there are {counted(happened.count, 'incident')} ({COUNTED} are needed)"
        return (cannot(name, text, _INCIDENTS),)
    text = f"whether {happened.count:,} incidents go with presence over {both} weeks from {monday(first)}"
    return (can(name, f"{text}; association, never cause"),)


def _threat_in_series(held: Holdings) -> Part:
    for one in held.series:
        happened = [name for name in one.outcomes if any(word in name.lower() for word in _OFFLINE)]
        others = [name for name in one.outcomes if name not in happened]
        if happened and others and not one.unit and one.periods >= TOGETHER:
            text = f"whether {happened[0]} goes with {', '.join(others[:3])} over {one.periods} periods"
            return can("threat", f"{text}; association, never cause")
    return cannot("threat", "no incidents were given", _INCIDENTS)


def ideology(held: Holdings) -> tuple[Part, ...]:
    """Return the parts of claim f."""
    seen = held.sightings
    if seen is None:
        return (cannot("overlap", "no sightings were given", _SIGNALS),)
    found = {by: number for by, number in seen.shared_content.items() if number > 1}
    if not found:
        text = "no two groups, platforms or languages show content that could be compared"
        return (cannot("overlap", text, _SIGNALS),)
    of = ", ".join(f"{counted(number, by)}" for by, number in found.items())
    more = () if "group" in found else ("sightings.group of two groups or more: which branch each channel belongs to",)
    return (can("overlap", f"how much the same content {of} share; likeness is not command", *more),)


def growth(held: Holdings) -> tuple[Part, ...]:
    """Return the part of claim g."""
    name, seen = "growth", held.sightings
    if seen is None:
        long = [one for one in held.series if one.outcomes and one.periods >= WEEKS]
        if long:
            return (can(name, f"a scenario from {long[0].periods} periods of {long[0].outcomes[0]}; a scenario only"),)
        return (cannot(name, "no sightings were given", "sightings over the weeks before anything was done"),)
    first = min((one.week for one in held.actions), default=max(seen.weeks) + 1)
    before = max(first - min(seen.weeks), 0)
    if before < WEEKS:
        text = f"there are {counted(before, 'week')} before the first intervention ({WEEKS} are needed)"
        return (cannot(name, text, f"sightings of {WEEKS} weeks or more before anything was done"),)
    text = f"a scenario from {before} weeks"
    more = () if held.actions else ("interventions: the date from which on growth was curbed",)
    return (can(name, f"{text}{' before the first intervention' if held.actions else ''}; a scenario only", *more),)
