"""Recruitment: from exposure to return, to an invite link, to a contact; in aggregate, and saying where sight ends.

What is counted are pseudonyms of one platform. Whoever follows a link leaves the platform, and with it everything that
can be counted here: nothing in these rates says that anybody joined anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.counting.scope import Mask, counted_at, keys, reading_caveats, take, within
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.tables.columns import Sightings, Words
from abate.measurement.weeks import weeks_of
from abate.numeric.confidence import exact_limits
from abate.numeric.intervals import LEVEL, Interval, normal_quantile

COLUMNS = ("posted_at", "kind", "item", "audience")
"""What recruitment reads besides the columns it needs."""
SUPPRESSED_BELOW = 10
ENOUGH_CHANNELS = 30
"""Channels from which on the interval's allowance for likeness within a channel was simulated."""

_INVITES = ("invite", "invite_link")
_CONTACTS = ("contact",)
_OFTEN = 2
_NO_SIGN = 0.1
_ASSUMPTIONS = (
    "a pseudonym is one person within one platform; nobody is matched across platforms, and the platforms are added up",
    f"exposure: seen at all; repeat: on {_OFTEN} items or in {_OFTEN} weeks, invites and contacts not counted",
    "invite_link: a sighting of the kind invite or invite_link; contact: of the kind contact",
    "a rate is the share of those at the stage before who were at this one as well; the order in time is not asked for",
    "people around one channel are alike: the interval is widened by how much channels differ",
)
_BEYOND = "What happens past the platform, in private or in person, cannot be observed here."


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage."""

    name: str
    count: int | None
    """People; ``None`` where the data cannot see the stage, or the cell is suppressed."""
    from_previous: int | None = None
    """People at this stage who were at the one before as well."""
    rate: float | None = None
    """Of those at the stage before, the share that was at this one; ``None`` for the first."""
    interval: Interval | None = None
    design_effect: float | None = None
    """By how much the likeness of people around one channel raises the variance; 1 is none."""
    seen: bool = True
    suppressed: bool = False

    def to_json(self) -> Json:
        """Return the stage as the contract writes it."""
        return {
            "name": self.name,
            "count": self.count,
            "from_previous": self.from_previous,
            "rate": number(self.rate),
            "interval": pair(self.interval),
            "design_effect": number(self.design_effect),
            "seen": self.seen,
            "suppressed": self.suppressed,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Recruitment:
    """The stages as far as they can be seen."""

    stages: tuple[Stage, ...]
    sight_ends: str
    """The last stage that the data can see."""
    platforms: tuple[str, ...]
    footing: Footing

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return the answer in words."""
        told = []
        for before, stage in zip(self.stages, self.stages[1:], strict=False):
            if stage.rate is not None and stage.interval is not None:
                low, high = stage.interval
                told.append(
                    f"{100 * stage.rate:.3g} % [{100 * low:.3g}, {100 * high:.3g}] of those at {before.name} "
                    f"were at {stage.name} as well."
                )
        return (*told, f"Sight ends at {self.sight_ends}.", _BEYOND)

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {
            "stages": [stage.to_json() for stage in self.stages],
            "sight_ends": self.sight_ends,
            "beyond": _BEYOND,
            "platforms": list(self.platforms),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class _People:
    """Each array has the shape ``(people,)``."""

    home: npt.NDArray[np.int64]
    """The channel on which a person was seen first."""
    stages: dict[str, Mask | None]
    """Who was there; ``None`` where no row tells of the stage."""


def recruitment(
    sightings: Sightings, *, until: datetime | None = None, suppress_below: int | None = None
) -> Recruitment:
    """Count people at each stage, and the rates between them.

    :param suppress_below: hide stages with fewer people, and the rates that would give them away; by default 10
    :raises InputError: when no sighting carries an audience
    """
    kept = within(_named(sightings), until, None)
    table = _with_audience(kept)
    people = _people(table)
    least = SUPPRESSED_BELOW if suppress_below is None else suppress_below
    stages = tuple(_suppressed(_stages(people), least))
    ends = [stage.name for stage in stages if stage.seen][-1]
    channels = len(np.unique(people.home))
    platforms = _present(table.platform)
    return Recruitment(
        stages=stages,
        sight_ends=ends,
        platforms=platforms,
        footing=Footing(
            method="distinct pseudonyms at each stage; exact Clopper-Pearson limits on the effective number of people",
            assumptions=_ASSUMPTIONS,
            caveats=tuple(_caveats(kept, table, stages, channels, platforms)),
            calibrated=channels >= ENOUGH_CHANNELS,
        ),
    )


def _named(sightings: Sightings) -> Sightings:
    if sightings.audience is None or not (sightings.audience.codes >= 0).any():
        msg = (
            "no sighting carries an audience; give --sightings with one row for each reader, under a pseudonym, "
            "or rename the column with --map THEIRS=audience"
        )
        raise InputError(msg, where=sightings.reading.file)
    # What could not be read is counted; quoting it could quote a pseudonym from a cell that slipped.
    return replace(sightings, reading=replace(sightings.reading, problems=()))


def _with_audience(sightings: Sightings) -> Sightings:
    assert sightings.audience is not None
    named = sightings.audience.codes >= 0
    if not named.any():
        msg = "no sighting up to --until carries an audience; choose a later one"
        raise InputError(msg, where=sightings.reading.file)
    return take(sightings, named)


def _present(column: Words) -> tuple[str, ...]:
    return tuple(sorted(column.names[code] for code in np.unique(column.codes[column.codes >= 0])))


def _people(table: Sightings) -> _People:
    at = counted_at(table, per_reader=True)
    _, person = np.unique(keys(table, ("platform", "audience")), return_inverse=True)
    channel = keys(table, ("platform", "channel"))
    order = np.lexsort((channel, at, person))
    firsts = order[np.flatnonzero(np.diff(person[order], prepend=-1))]
    count = len(firsts)
    invited, met = _of_kind(table, _INVITES), _of_kind(table, _CONTACTS)
    plain = ~(invited | met)
    often = _several(person, weeks_of(at), plain, count)
    if table.item is not None:
        often |= _several(person, table.item.codes.astype(np.int64), plain & (table.item.codes >= 0), count)
    return _People(
        home=channel[firsts],
        stages={
            "exposure": np.ones(count, dtype=bool),
            "repeat": often,
            "invite_link": _who(person, invited, count),
            "contact": _who(person, met, count),
        },
    )


def _of_kind(table: Sightings, names: tuple[str, ...]) -> Mask:
    if table.kind is None:
        return np.zeros(len(table), dtype=bool)
    codes = [place for place, name in enumerate(table.kind.names) if name.strip().lower().replace(" ", "_") in names]
    return np.isin(table.kind.codes, codes)


def _several(person: npt.NDArray[np.int64], what: npt.NDArray[np.int64], rows: Mask, count: int) -> Mask:
    """Return who was seen with two different values, shape ``(count,)``."""
    low = np.full(count, np.iinfo(np.int64).max)
    high = np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(low, person[rows], what[rows])
    np.maximum.at(high, person[rows], what[rows])
    return high > low


def _who(person: npt.NDArray[np.int64], rows: Mask, count: int) -> Mask | None:
    if not rows.any():
        return None
    out = np.zeros(count, dtype=bool)
    out[person[rows]] = True
    return out


def _stages(people: _People) -> Iterator[Stage]:
    before: Mask | None = None
    for name, there in people.stages.items():
        if there is None:
            yield Stage(name=name, count=None, seen=False)
        elif before is None or not before.any():
            yield Stage(name=name, count=int(there.sum()))
        else:
            yield _rated(name, there, before, people.home)
        before = there


def _rated(name: str, there: Mask, before: Mask, home: npt.NDArray[np.int64]) -> Stage:
    reached, group = there[before], home[before]
    n, k = len(reached), int(reached.sum())
    effect = design_effect(reached, group)
    return Stage(
        name=name,
        count=int(there.sum()),
        from_previous=k,
        rate=k / n,
        interval=exact_limits(k / effect, n / effect).interval(),
        design_effect=effect,
    )


def design_effect(reached: Mask, group: npt.NDArray[np.int64]) -> float:
    """Return by how much the likeness within groups raises the variance of a share; 1 where none shows.

    The variance between groups over the one of as many independent people (Rao and Scott 1992, the ratio estimator),
    widened by what few groups leave unknown of it. Where the groups differ no more than chance makes them (chi-squared
    test at 10 %), the effect is 1, so that people who are alike in nothing get the plain exact interval.

    :param reached: shape ``(people,)``
    :param group: shape ``(people,)``
    """
    from scipy.special import chdtrc, stdtrit  # heavy: only where a number is asked for

    n = len(reached)
    share = float(reached.mean())
    _, place = np.unique(group, return_inverse=True)
    sizes = np.bincount(place)
    groups = len(sizes)
    if groups < _OFTEN or share in {0.0, 1.0}:
        return 1.0
    rest = np.bincount(place, reached) - share * sizes
    alone = share * (1 - share)
    if chdtrc(groups - 1, float(np.sum(rest**2 / sizes)) / alone) > _NO_SIGN:
        return 1.0
    # One large group pulls the share towards itself and hides how far it lies off (the jackknife's correction), and a
    # few large ones know no more than as few of any size.
    between = (groups - 1) / groups * float(np.sum((rest / (1 - sizes / n)) ** 2)) / n**2
    freedom = max(n**2 / float(np.sum(sizes.astype(np.float64) ** 2)) - 1, 1.0)
    few = float(stdtrit(freedom, (1 + LEVEL) / 2)) / normal_quantile((1 + LEVEL) / 2)
    return min(max(between * n / alone * few**2, 1.0), float(n))


def _suppressed(stages: Iterator[Stage], least: int) -> Iterator[Stage]:
    hidden_before = False
    for stage in stages:
        hide = stage.count is not None and stage.count < least
        # A rate beside the count of the stage before gives a hidden count away, and so does one of a few people.
        few = stage.from_previous is not None and stage.from_previous < least
        if hide or hidden_before or few:
            count = None if hide else stage.count
            bare = replace(stage, from_previous=None, rate=None, interval=None, design_effect=None)
            yield replace(bare, count=count, suppressed=True)
        else:
            yield stage
        hidden_before = hide


def _caveats(
    sightings: Sightings, table: Sightings, stages: tuple[Stage, ...], channels: int, platforms: tuple[str, ...]
) -> Iterator[Caveat]:
    yield from reading_caveats(sightings.reading)
    if any(stage.suppressed for stage in stages):
        hidden = ", ".join(stage.name for stage in stages if stage.suppressed)
        yield Caveat(code="small-cells", text=f"too few people to be shown: {hidden}")
    unseen = [stage.name for stage in stages if not stage.seen]
    if unseen:
        yield Caveat(code="unobserved-platforms", text=f"no sighting tells of: {', '.join(unseen)}. {_BEYOND}")
    else:
        yield Caveat(code="unobserved-platforms", text=_BEYOND)
    if len(platforms) > 1:
        text = f"people on {len(platforms)} platforms are added up: who uses two of them counts twice"
        yield Caveat(code="unobserved-platforms", text=text)
    without = len(sightings) - len(table)
    if without:
        text = f"{without} of {len(sightings)} sightings name no reader and say nothing of people"
        yield Caveat(code="rows-skipped", text=text)
    if channels < ENOUGH_CHANNELS:
        text = f"{channels} channels are too few to say how alike the people around one are; the interval may be short"
        yield Caveat(code="not-calibrated", text=text)
