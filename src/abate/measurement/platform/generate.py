"""The invented platform behind the demo: a year of Harbourline, with the truth that nobody has of a real one.

Neighbours talk in a few dozen channels. The Order of the Grey Lantern passes its bulletins round in others, grows,
loses a known share of its channels to a takedown in week 26, and comes back at a known rate. As every channel draws
from its own random stream, the same year can be run without the takedown: the twin is what would have happened, and the
ratio against it is the effect that a method has to find.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from abate.domain.history import HistoryEvent, Intervention
from abate.domain.item import Item
from abate.measurement.counting.breaks import WINDOW
from abate.measurement.footing import Json, finite
from abate.measurement.lives.kaplan_meier import Observed, kaplan_meier
from abate.measurement.platform import words
from abate.measurement.platform.lives import (
    HALF_LIFE_DAYS,
    RETURN_MEAN_DAYS,
    RETURN_SHARE,
    STRUCK_SHARE,
    TAKEDOWN_DAY,
    TAKEDOWN_WEEK,
    WEEKS,
    YEAR,
    ChannelLife,
    Year,
    planned_lives,
    returns,
    strike,
)
from abate.measurement.platform.posts import (
    Draft,
    Post,
    checks,
    group_posts,
    identified,
    observed_posts,
    ordinary_posts,
    reactions,
)

START = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday."""
_ORDINARY_CHANNELS = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What the group passes round: the entries of its bank."""

    group: str
    texts: tuple[str, ...]
    urls: tuple[str, ...]
    pictures: tuple[str, ...]
    """File names of the originals."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What a measure of this year should find."""

    seed: int
    scale: float
    start: datetime
    presence: tuple[int, ...]
    """Channels that posted the group's content, each week."""
    without_takedown: tuple[int, ...]
    """The same in the twin year."""
    struck: int
    """Channels that the takedown removed."""
    returned: int
    """Channels that their operators opened anew before the year ended."""
    ratio_before_after: float
    """Mean of the eight weeks after the takedown week over that of the eight before: what ``breaks`` looks at."""
    ratio_against_twin: float
    """The eight weeks after, over the same weeks of the twin: the effect of the takedown."""
    half_life_seen_days: int | None
    """Median life with all removals, computed from the true lives of this very year."""
    audience: int
    """Different people who reacted to the group's content."""

    def to_json(self) -> Json:
        """Return the content of ``truth.json``."""
        dates = [(self.start + timedelta(weeks=week)).date().isoformat() for week in range(len(self.presence))]
        return {
            "schema": 1,
            "seed": self.seed,
            "scale": self.scale,
            "platform": words.PLATFORM,
            "group": words.GROUP,
            "weeks": [
                {"week": week, "presence": there, "without_takedown": twin}
                for week, there, twin in zip(dates, self.presence, self.without_takedown, strict=True)
            ],
            "takedown": {
                "week": dates[TAKEDOWN_WEEK],
                "share": STRUCK_SHARE,
                "struck": self.struck,
                "ratio_before_after": finite(self.ratio_before_after),
                "ratio_against_twin": finite(self.ratio_against_twin),
            },
            "returns": {"share": RETURN_SHARE, "mean_days": RETURN_MEAN_DAYS, "count": self.returned},
            "half_life_days": HALF_LIFE_DAYS,
            "half_life_seen_days": self.half_life_seen_days,
            "audience": self.audience,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Generated:
    """A year of the invented platform."""

    posts: tuple[Post, ...]
    """In the order in which they were observed, none later than ``until``."""
    events: tuple[HistoryEvent, ...]
    """Reactions and checks, in order of time, none later than ``until``."""
    interventions: tuple[Intervention, ...]
    lives: tuple[ChannelLife, ...]
    """Of the group's channels, seen or not."""
    material: Material
    truth: Truth
    start: datetime
    until: datetime

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order in which they were observed."""
        return tuple(post.item for post in self.posts)


def generate(seed: int = 0, *, scale: float = 1.0, start: datetime = START) -> Generated:
    """Invent a year.

    :param scale: how many channels and people; 1 makes some 80 ordinary channels and forty of the group's at its peak
    :param start: a Monday 00:00 UTC
    """
    year = Year(seed=seed, scale=scale, start=start)
    planned = planned_lives(year)
    lives = strike(year, planned)
    back = returns(year, [life for life in lives if life.reason == "takedown"])
    lives += back
    drafts = [draft for life in lives for draft in group_posts(year, life, life.removed)]
    twin = [draft for life in planned for draft in group_posts(year, life, life.closed)]
    ordinary = [draft for place in range(year.scaled(_ORDINARY_CHANNELS)) for draft in ordinary_posts(year, place)]
    named = identified([*drafts, *ordinary])
    ends = {life.name: life.removed for life in lives}
    posts = observed_posts(year, named, ends)
    reacted = list(reactions(year, named, ends))
    events = [event for event, _ in reacted] + list(checks(year, lives, _first_seen(posts)))
    audience = {event.audience for event, of_group in reacted if of_group}
    return Generated(
        posts=tuple(posts),
        events=tuple(sorted(events, key=lambda event: (event.at, event.channel, event.item, event.audience))),
        interventions=(_takedown(year),),
        lives=tuple(lives),
        material=_material(),
        truth=_truth(year, lives, (_weekly(drafts), _weekly(twin)), len(audience)),
        start=start,
        until=year.moment(YEAR),
    )


def _first_seen(posts: Iterable[Post]) -> dict[str, datetime]:
    first: dict[str, datetime] = {}
    for post in posts:
        if post.of_group:
            first.setdefault(post.item.channel, post.observed_at)
    return first


def _takedown(year: Year) -> Intervention:
    return Intervention(
        id="harbourline-takedown",
        date=year.moment(TAKEDOWN_DAY),
        platform=words.PLATFORM,
        kind="takedown",
        note=f"{STRUCK_SHARE:.0%} of the channels of the {words.GROUP} were removed in one day.",
    )


def _material() -> Material:
    return Material(
        group=words.GROUP,
        texts=tuple(text for _, text in words.GROUP_TEXTS),
        urls=words.GROUP_URLS,
        pictures=tuple(words.picture_file(name) for name in words.GROUP_PICTURES),
    )


def _weekly(drafts: Iterable[Draft]) -> tuple[int, ...]:
    active: list[set[str]] = [set() for _ in range(WEEKS)]
    for draft in drafts:
        active[int(draft.posted // 7)].add(draft.channel)
    return tuple(len(channels) for channels in active)


def _truth(
    year: Year, lives: Sequence[ChannelLife], weekly: tuple[tuple[int, ...], tuple[int, ...]], audience: int
) -> Truth:
    there, twin = weekly
    before, after = slice(TAKEDOWN_WEEK - WINDOW, TAKEDOWN_WEEK), slice(TAKEDOWN_WEEK + 1, TAKEDOWN_WEEK + 1 + WINDOW)
    return Truth(
        seed=year.seed,
        scale=year.scale,
        start=year.start,
        presence=there,
        without_takedown=twin,
        struck=sum(life.reason == "takedown" for life in lives),
        returned=sum(life.returned for life in lives),
        ratio_before_after=_ratio(there[after], there[before]),
        ratio_against_twin=_ratio(there[after], twin[after]),
        half_life_seen_days=_half_life(lives),
        audience=audience,
    )


def _ratio(above: Sequence[int], below: Sequence[int]) -> float:
    return sum(above) / sum(below) if sum(below) else float("nan")


def _half_life(lives: Sequence[ChannelLife]) -> int | None:
    """Return the median life, had every channel been watched from its beginning, or from the start of the year."""
    ages = np.array([[max(-life.created, 0), min(life.removed, YEAR) - life.created] for life in lives])
    entry, leave = np.ceil(ages).astype(np.int64).T
    ended = np.array([life.removed < YEAR for life in lives])
    return kaplan_meier(Observed(exit=leave, event=ended, entry=entry)).median
